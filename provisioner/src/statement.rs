//! Steps as SQL: the verified recipes, in the order in which they are safe to be cut at any point.
//!
//! * A role appears with its password, or not at all: both in one transaction. The password goes as a SCRAM verifier
//!   in a bind parameter, and from there into `ALTER ROLE` inside a `DO` block, so that no `log_statement` below `all`
//!   shows even the verifier. `DO` re-raises its errors: their context would quote the statement.
//! * A database is made closed (`ALLOW_CONNECTIONS false`) and opened in the transaction that gives it to its owner.
//! * Acting as an owner takes a membership, for the master is no superuser. It is granted and revoked in one
//!   transaction: no other session ever sees it, and a kill rolls it back. One that is there already is used, and stays.

use platform::names::AppKey;

use crate::change::{Acting, Attribute, Change, DatabaseOption, Grantee, Object, RightChange, Step};
use crate::marker;

/// PostgreSQL 16 gave memberships options, and creators of roles an implicit one.
const MEMBERSHIP_OPTIONS: u32 = 160_000;

/// One statement, with a gap where a secret goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// As it is sent.
    Sql(String),
    /// The transaction's `provisioner.v` is set to the SCRAM verifier of the step's secret, as a bind parameter.
    TakeVerifier,
    /// The marker on a role; its secret's version may be one that the run makes.
    Mark,
}

/// What a step sends, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipe {
    /// Sent by themselves first: they cannot be in a transaction.
    pub before: Vec<Statement>,
    /// Sent as one transaction.
    pub transaction: Vec<Statement>,
    /// Sent as one transaction instead, where the first is refused for want of privilege (42501).
    pub otherwise: Option<Vec<Statement>>,
}

/// What the SQL depends on beside the step.
#[derive(Clone, Debug)]
pub struct Dialect {
    /// As `server_version_num`.
    pub version_number: u32,
    /// The role that is logged in.
    pub master: String,
}

/// Sets the transaction's verifier.
pub const TAKE_VERIFIER: &str = "SELECT pg_catalog.set_config('provisioner.v', $1, true)";

/// `name` as an identifier.
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `text` as a literal, for a session with `standard_conforming_strings`.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Dialect {
    /// What `step` sends. A change of a secret sends nothing.
    pub fn recipe(&self, step: &Step) -> Recipe {
        let mut recipe = self.recipe_of(&step.change, &step.app);
        if step.marker.is_some() {
            recipe.transaction.push(Statement::Mark);
            recipe.otherwise = recipe.otherwise.map(|sent| [sent, vec![Statement::Mark]].concat());
        }
        recipe
    }

    fn recipe_of(&self, change: &Change, app: &AppKey) -> Recipe {
        let transaction = match change {
            Change::CreateSecret { .. } | Change::UpdateSecret { .. } | Change::AdoptRole { .. } => Vec::new(),
            Change::CreateRole { role, createdb, connection_limit, .. } => {
                self.create_role(role.as_str(), *createdb, *connection_limit)
            }
            Change::SetPassword { role, attributes, .. } => {
                // The harmless ALTER waits for another session's lock, so that the one with the verifier need not.
                let attributes = [&[Attribute::Login], attributes.as_slice()].concat();
                let mut sent = vec![alter_role(role.as_str(), &attributes)];
                sent.extend(set_password(role.as_str()));
                sent
            }
            Change::AlterRole { role, attributes, memberships } => {
                let altered = (!attributes.is_empty()).then(|| alter_role(role.as_str(), attributes));
                // The revocation of a membership that a step's own bracket would end, too.
                altered.into_iter().chain(memberships.iter().map(|(role, member)| end(role, member))).collect()
            }
            Change::CreateDatabase { database, owner, template } => {
                return self.create_database(database.as_str(), owner.as_str(), app, *template);
            }
            Change::AdoptDatabase { database, owner, acting, .. } => {
                self.hand_over(database.as_str(), owner.as_str(), app, acting)
            }
            Change::AlterDatabase { database, acting, options, rights } => {
                let altered = options.iter().map(|option| match option {
                    DatabaseOption::AllowConnections => "ALLOW_CONNECTIONS true",
                    DatabaseOption::NoTemplate => "IS_TEMPLATE false",
                });
                let altered = altered.map(|option| sql(format!("ALTER DATABASE {} {option}", quoted(database))));
                self.acting(acting, altered.chain(rights.iter().map(right)).collect())
            }
            Change::CreateExtension { database, owner, extension } => {
                return self.create_extension(database.as_str(), owner, extension);
            }
            Change::ApplyGrants { acting, rights, .. } => self.acting(acting, rights.iter().map(right).collect()),
        };
        Recipe { transaction: limited(transaction), ..Recipe::default() }
    }

    fn create_role(&self, role: &str, createdb: bool, limit: Option<u32>) -> Vec<Statement> {
        let createdb = if createdb { " CREATEDB" } else { "" };
        let limit = limit.map(|limit| format!(" CONNECTION LIMIT {limit}")).unwrap_or_default();
        let mut sent = Vec::new();
        if self.version_number >= MEMBERSHIP_OPTIONS {
            // A master with this setting would stay a member of every role it makes.
            sent.push(sql("SET LOCAL createrole_self_grant = ''".to_owned()));
        }
        sent.push(sql(format!("CREATE ROLE {} LOGIN{createdb}{limit}", identifier(role))));
        sent.extend(set_password(role));
        sent
    }

    fn create_database(&self, database: &str, owner: &str, app: &AppKey, template: Option<&str>) -> Recipe {
        let create = |template: &str| {
            sql(format!("CREATE DATABASE {} TEMPLATE {template} ALLOW_CONNECTIONS false", identifier(database)))
        };
        let before = template.map(create).into_iter().collect();
        Recipe { before, transaction: limited(self.hand_over(database, owner, app, &Acting::Master)), otherwise: None }
    }

    /// Closes the database to `PUBLIC`, opens it to its owner and the master, and gives it away, all at once.
    fn hand_over(&self, database: &str, owner: &str, app: &AppKey, from: &Acting) -> Vec<Statement> {
        let name = identifier(database);
        let from = if let Acting::As(from) = from { Some(from) } else { None };
        let mut sent: Vec<Statement> = from.iter().map(|from| self.join(from, true)).collect();
        sent.extend([
            sql(format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC")),
            sql(format!("COMMENT ON DATABASE {name} IS {}", literal(&marker::of_database(app)))),
            sql(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")),
            self.join(owner, false),
            sql(format!("ALTER DATABASE {name} OWNER TO {}", identifier(owner))),
            sql(format!("SET LOCAL ROLE {}", identifier(owner))),
            sql(format!("GRANT CONNECT ON DATABASE {name} TO {}", identifier(&self.master))),
            sql("RESET ROLE".to_owned()),
            self.leave(owner),
        ]);
        sent.extend(from.iter().map(|from| self.leave(from)));
        sent
    }

    fn create_extension(&self, database: &str, owner: &str, extension: &str) -> Recipe {
        let create = sql(format!("CREATE EXTENSION {}", identifier(extension)));
        let path = sql("SET LOCAL search_path = public".to_owned());
        let as_owner = self.acting(&Acting::As(owner.to_owned()), vec![path.clone(), create.clone()]);
        // An untrusted one: the master may be allowed to (rds_superuser is), but must be let into the database.
        let (name, master) = (identifier(database), identifier(&self.master));
        let role = sql(format!("SET LOCAL ROLE {}", identifier(owner)));
        let reset = sql("RESET ROLE".to_owned());
        let as_master = vec![
            self.join(owner, false),
            role.clone(),
            sql(format!("GRANT CREATE ON DATABASE {name} TO {master}")),
            reset.clone(),
            path,
            create,
            role,
            sql(format!("REVOKE CREATE ON DATABASE {name} FROM {master}")),
            reset,
            self.leave(owner),
        ];
        Recipe { before: Vec::new(), transaction: limited(as_owner), otherwise: Some(limited(as_master)) }
    }

    fn acting(&self, acting: &Acting, work: Vec<Statement>) -> Vec<Statement> {
        let (Acting::As(role) | Acting::Member(role)) = acting else { return work };
        let (set, reset) = (sql(format!("SET LOCAL ROLE {}", identifier(role))), sql("RESET ROLE".to_owned()));
        let sent = [vec![set], work, vec![reset]].concat();
        match acting {
            Acting::As(_) => [vec![self.join(role, false)], sent, vec![self.leave(role)]].concat(),
            _ => sent,
        }
    }

    fn join(&self, role: &str, inherit: bool) -> Statement {
        let options = match (self.version_number >= MEMBERSHIP_OPTIONS, inherit) {
            (false, _) => "",
            (true, false) => " WITH INHERIT FALSE, SET TRUE",
            (true, true) => " WITH INHERIT TRUE, SET TRUE",
        };
        sql(format!("GRANT {} TO CURRENT_USER{options}", identifier(role)))
    }

    #[expect(clippy::unused_self, reason = "the counterpart of join")]
    fn leave(&self, role: &str) -> Statement {
        sql(format!("REVOKE {} FROM CURRENT_USER", identifier(role)))
    }
}

fn sql(text: String) -> Statement {
    Statement::Sql(text)
}

fn quoted(name: &impl ToString) -> String {
    identifier(&name.to_string())
}

/// A lock that another session holds must not make everybody behind us wait.
fn limited(sent: Vec<Statement>) -> Vec<Statement> {
    if sent.is_empty() {
        return sent;
    }
    [vec![sql("SET LOCAL lock_timeout = '5s'".to_owned())], sent].concat()
}

fn set_password(role: &str) -> [Statement; 2] {
    let body = format!(
        "BEGIN EXECUTE pg_catalog.format('ALTER ROLE %I PASSWORD %L', {}, pg_catalog.current_setting('provisioner.v')); \
         EXCEPTION WHEN query_canceled OR OTHERS THEN \
         RAISE EXCEPTION 'password change failed' USING ERRCODE = SQLSTATE; END",
        literal(role)
    );
    [Statement::TakeVerifier, sql(format!("DO {}", literal(&body)))]
}

fn alter_role(role: &str, attributes: &[Attribute]) -> Statement {
    let words = attributes.iter().map(|attribute| match attribute {
        Attribute::Login => "LOGIN".to_owned(),
        Attribute::Createdb(true) => "CREATEDB".to_owned(),
        Attribute::Createdb(false) => "NOCREATEDB".to_owned(),
        Attribute::ConnectionLimit(limit) => format!("CONNECTION LIMIT {}", limit.map_or(-1, i64::from)),
        Attribute::NeverExpires => "VALID UNTIL 'infinity'".to_owned(),
    });
    let mut unique: Vec<String> = Vec::new();
    for word in words {
        // LOGIN twice is a syntax error.
        if !unique.contains(&word) {
            unique.push(word);
        }
    }
    sql(format!("ALTER ROLE {} {}", identifier(role), unique.join(" ")))
}

/// And the memberships that the member granted, where it was allowed to: without their ground they cannot stay.
fn end(role: &str, member: &str) -> Statement {
    sql(format!("REVOKE {} FROM {} CASCADE", identifier(role), identifier(member)))
}

fn right(change: &RightChange) -> Statement {
    let (verb, preposition) = if change.grant { ("GRANT", "TO") } else { ("REVOKE", "FROM") };
    let grantee = match &change.grantee {
        Grantee::Public => "PUBLIC".to_owned(),
        Grantee::Role(role) => identifier(role),
    };
    let (prefix, object) = match &change.object {
        Object::Database(name) => (String::new(), format!("DATABASE {}", identifier(name))),
        Object::Schema(name) => (String::new(), format!("SCHEMA {}", identifier(name))),
        Object::Table { schema, name } => (String::new(), format!("TABLE {}.{}", identifier(schema), identifier(name))),
        Object::Sequence { schema, name } => {
            (String::new(), format!("SEQUENCE {}.{}", identifier(schema), identifier(name)))
        }
        Object::Default { kind, schema } => {
            let place = schema.as_ref().map(|schema| format!(" IN SCHEMA {}", identifier(schema))).unwrap_or_default();
            // FOR ROLE is the current one: the bracket has taken the owner's.
            (format!("ALTER DEFAULT PRIVILEGES{place} "), kind.sql().to_owned())
        }
    };
    // What a role passed on would stand in the way of taking its right back.
    let along = match (&change.object, &change.grantee) {
        (Object::Default { .. }, _) | (_, Grantee::Public) => "",
        _ if change.grant => "",
        _ => " CASCADE",
    };
    sql(format!("{prefix}{verb} {} ON {object} {preposition} {grantee}{along}", change.privileges.join(", ")))
}

impl Dialect {
    /// What `step` sends, for people: one statement a line, with a placeholder for each secret. `None` for a change of
    /// a secret.
    pub fn shown(&self, step: &Step) -> Option<String> {
        let recipe = self.recipe(step);
        let mark = || {
            let (role, marker) = step.marker.as_ref()?;
            let mut marker = marker.clone();
            marker.secret_version.get_or_insert_with(|| "<of the new secret>".to_owned());
            Some(format!("COMMENT ON ROLE {} IS {}", identifier(role.as_str()), literal(&marker.to_string())))
        };
        let line = |statement: &Statement| match statement {
            Statement::Sql(sql) => Some(format!("{sql};")),
            Statement::TakeVerifier => Some(format!("{};", TAKE_VERIFIER.replace("$1", "'<SCRAM verifier>'"))),
            Statement::Mark => mark().map(|sql| format!("{sql};")),
        };
        let mut lines: Vec<String> = recipe.before.iter().filter_map(line).collect();
        if !recipe.transaction.is_empty() {
            lines.push("BEGIN;".to_owned());
            lines.extend(recipe.transaction.iter().filter_map(line));
            lines.push("COMMIT;".to_owned());
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}
