//! What a plan is made of: changes that name roles, databases and secret paths, and never hold a password.

use std::fmt;

use platform::names::{AppKey, DatabaseName, RoleName, SecretPath};
use serde::Serialize;

use crate::marker::Marker;

/// The database for what belongs to the whole server. It is there on every instance, and the lock is taken in it,
/// whatever database the master's secret names.
pub const MAINTENANCE: &str = "postgres";

/// The kind of a step, as reports and audit rows name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    CreateSecret,
    UpdateSecret,
    Adopt,
    CreateRole,
    AlterRole,
    SetPassword,
    CreateDatabase,
    AlterDatabase,
    CreateExtension,
    ApplyGrants,
    VerifyLogin,
}

impl Action {
    /// As it is written in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateSecret => "create_secret",
            Self::UpdateSecret => "update_secret",
            Self::Adopt => "adopt",
            Self::CreateRole => "create_role",
            Self::AlterRole => "alter_role",
            Self::SetPassword => "set_password",
            Self::CreateDatabase => "create_database",
            Self::AlterDatabase => "alter_database",
            Self::CreateExtension => "create_extension",
            Self::ApplyGrants => "apply_grants",
            Self::VerifyLogin => "verify_login",
        }
    }
}

/// An attribute of a role that differs from what is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// `LOGIN`: the role could not log in.
    Login,
    /// `CREATEDB` or `NOCREATEDB`.
    Createdb(bool),
    /// `CONNECTION LIMIT`; `None` is unlimited.
    ConnectionLimit(Option<u32>),
    /// `VALID UNTIL 'infinity'`: its time had passed.
    NeverExpires,
}

/// Who gets or loses a right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grantee {
    /// `PUBLIC`.
    Public,
    /// A role.
    Role(String),
}

/// What a right is on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    Database(String),
    Schema(String),
    Table {
        schema: String,
        name: String,
    },
    Sequence {
        schema: String,
        name: String,
    },
    /// What the owner will create: `TABLES`, `SEQUENCES` or `SCHEMAS`, in one schema or everywhere.
    Default {
        kind: DefaultKind,
        schema: Option<String>,
    },
}

/// The kinds of objects that default privileges are set for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DefaultKind {
    Tables,
    Sequences,
    Schemas,
    /// Never granted by us, only taken back.
    Functions,
    /// Never granted by us, only taken back.
    Types,
}

/// One `GRANT` or `REVOKE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightChange {
    /// Whether it is a `GRANT`.
    pub grant: bool,
    /// PostgreSQL's names of the rights, in order.
    pub privileges: Vec<String>,
    pub object: Object,
    pub grantee: Grantee,
}

/// As whom rights are changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acting {
    /// As the role that owns the object, within a membership that no other session sees.
    As(String),
    /// As the master itself, which owns the object.
    Master,
}

/// One thing to do, all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    CreateSecret {
        path: SecretPath,
    },
    UpdateSecret {
        path: SecretPath,
    },
    CreateRole {
        role: RoleName,
        secret: SecretPath,
        createdb: bool,
        connection_limit: Option<u32>,
    },
    SetPassword {
        role: RoleName,
        secret: SecretPath,
        attributes: Vec<Attribute>,
    },
    /// Attributes, memberships to end (`role` from `member`), or the marker alone.
    AlterRole {
        role: RoleName,
        attributes: Vec<Attribute>,
        memberships: Vec<(String, String)>,
    },
    AdoptRole {
        role: RoleName,
    },
    /// From `template`, or, without one, what is left of the one that an earlier run began.
    CreateDatabase {
        database: DatabaseName,
        owner: RoleName,
        template: Option<&'static str>,
    },
    /// Takes over a database that `from` owns.
    AdoptDatabase {
        database: DatabaseName,
        owner: RoleName,
        from: String,
    },
    AlterDatabase {
        database: DatabaseName,
        acting: Acting,
        open: bool,
        rights: Vec<RightChange>,
    },
    CreateExtension {
        database: DatabaseName,
        owner: String,
        extension: String,
    },
    ApplyGrants {
        database: DatabaseName,
        acting: Acting,
        rights: Vec<RightChange>,
    },
}

/// A step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The app that it is for.
    pub app: AppKey,
    pub change: Change,
    /// The marker that the step leaves on the app's role, in the same transaction.
    pub marker: Option<(RoleName, Marker)>,
}

impl Step {
    pub const fn action(&self) -> Action {
        match self.change {
            Change::CreateSecret { .. } => Action::CreateSecret,
            Change::UpdateSecret { .. } => Action::UpdateSecret,
            Change::CreateRole { .. } => Action::CreateRole,
            Change::SetPassword { .. } => Action::SetPassword,
            Change::AlterRole { .. } => Action::AlterRole,
            Change::AdoptRole { .. } | Change::AdoptDatabase { .. } => Action::Adopt,
            Change::CreateDatabase { .. } => Action::CreateDatabase,
            Change::AlterDatabase { .. } => Action::AlterDatabase,
            Change::CreateExtension { .. } => Action::CreateExtension,
            Change::ApplyGrants { .. } => Action::ApplyGrants,
        }
    }

    /// What the step works on: a role, a database, a secret's path or an extension.
    pub fn target(&self) -> String {
        match &self.change {
            Change::CreateSecret { path } | Change::UpdateSecret { path } => path.to_string(),
            Change::CreateRole { role, .. }
            | Change::SetPassword { role, .. }
            | Change::AlterRole { role, .. }
            | Change::AdoptRole { role } => role.to_string(),
            Change::CreateDatabase { database, .. }
            | Change::AdoptDatabase { database, .. }
            | Change::AlterDatabase { database, .. }
            | Change::ApplyGrants { database, .. } => database.to_string(),
            Change::CreateExtension { extension, .. } => extension.clone(),
        }
    }

    /// The database that the step's statements run in; `None` where there are none.
    pub fn runs_in(&self) -> Option<String> {
        match (&self.change, self.inside()) {
            (Change::CreateSecret { .. } | Change::UpdateSecret { .. }, _) => None,
            (_, Some(database)) => Some(database.to_string()),
            (_, None) => Some(MAINTENANCE.to_owned()),
        }
    }

    /// The database that the step needs a session in; `None` where any will do, or none at all.
    pub const fn inside(&self) -> Option<&DatabaseName> {
        match &self.change {
            Change::CreateExtension { database, .. } | Change::ApplyGrants { database, .. } => Some(database),
            _ => None,
        }
    }
}

impl fmt::Display for Grantee {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => out.write_str("PUBLIC"),
            Self::Role(role) => out.write_str(role),
        }
    }
}

impl fmt::Display for Step {
    /// In words, as a plan shows it: `create role keycloak_user`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.change {
            Change::CreateSecret { path } => write!(out, "create secret {path} with a new password"),
            Change::UpdateSecret { path } => write!(out, "put a new password into secret {path}"),
            Change::CreateRole { role, createdb, connection_limit, .. } => {
                write!(out, "create role {role}")?;
                words(out, &[*createdb], &["may create databases"])?;
                connection_limit.map_or(Ok(()), |limit| write!(out, ", at most {limit} connections"))
            }
            Change::SetPassword { role, attributes, .. } => {
                write!(out, "set the password of role {role} to the secret's")?;
                attributes.iter().try_for_each(|attribute| write!(out, ", {attribute}"))
            }
            Change::AlterRole { role, attributes, memberships } => alter_role(out, role, attributes, memberships),
            Change::AdoptRole { role } => write!(out, "take over role {role}"),
            Change::CreateDatabase { database, owner, template: Some(_) } => {
                write!(out, "create database {database}, owned by {owner}, closed to PUBLIC")
            }
            Change::CreateDatabase { database, owner, template: None } => {
                write!(out, "finish database {database}, which an earlier run began, owned by {owner}")
            }
            Change::AdoptDatabase { database, owner, from } => {
                write!(out, "take over database {database} from {from}, to be owned by {owner}, closed to PUBLIC")
            }
            Change::AlterDatabase { database, open, rights, .. } => {
                write!(out, "alter database {database}")?;
                words(out, &[*open], &["let it accept connections"])?;
                rights.iter().try_for_each(|right| write!(out, ", {right}"))
            }
            Change::CreateExtension { database, extension, .. } => {
                write!(out, "create extension {extension} in database {database}")
            }
            Change::ApplyGrants { database, rights, .. } => grants(out, database, rights),
        }
    }
}

fn words(out: &mut fmt::Formatter<'_>, given: &[bool], texts: &[&str]) -> fmt::Result {
    given.iter().zip(texts).filter(|(given, _)| **given).try_for_each(|(_, text)| write!(out, ", {text}"))
}

fn alter_role(
    out: &mut fmt::Formatter<'_>,
    role: &RoleName,
    attributes: &[Attribute],
    memberships: &[(String, String)],
) -> fmt::Result {
    if attributes.is_empty() && memberships.is_empty() {
        return write!(out, "mark role {role} as done with its secret's version and what is declared");
    }
    write!(out, "alter role {role}")?;
    attributes.iter().try_for_each(|attribute| write!(out, ", {attribute}"))?;
    memberships.iter().try_for_each(|(role, member)| write!(out, ", end the membership of {member} in {role}"))
}

/// Rights by who gets or loses them. Long lists of tables are counted, not told: `--sql` has them all.
fn grants(out: &mut fmt::Formatter<'_>, database: &DatabaseName, rights: &[RightChange]) -> fmt::Result {
    const SHOWN: usize = 8;
    write!(out, "in database {database}:")?;
    let mut last = None;
    for right in rights.iter().take(SHOWN) {
        let side = (right.grant, &right.grantee);
        match last {
            Some(same) if same == side => write!(out, ", {}", right.what())?,
            previous => {
                let comma = if previous.is_some() { ";" } else { "" };
                let (verb, preposition) = right.words();
                write!(out, "{comma} {verb} {preposition} {} {}", right.grantee, right.what())?;
            }
        }
        last = Some(side);
    }
    match rights.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(out, ", and {more} more"),
    }
}

impl RightChange {
    const fn words(&self) -> (&'static str, &'static str) {
        if self.grant { ("grant", "to") } else { ("revoke", "from") }
    }

    /// The rights and what they are on, without whose.
    fn what(&self) -> String {
        format!("{} on {}", self.privileges.join(", "), self.object)
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Login => out.write_str("let it log in"),
            Self::Createdb(true) => out.write_str("let it create databases"),
            Self::Createdb(false) => out.write_str("no longer let it create databases"),
            Self::ConnectionLimit(Some(limit)) => write!(out, "at most {limit} connections"),
            Self::ConnectionLimit(None) => out.write_str("any number of connections"),
            Self::NeverExpires => out.write_str("lift its expiry"),
        }
    }
}

impl fmt::Display for RightChange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, preposition) = self.words();
        write!(out, "{verb} {} {preposition} {}", self.what(), self.grantee)
    }
}

impl fmt::Display for Object {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(name) => write!(out, "database {name}"),
            Self::Schema(name) => write!(out, "schema {name}"),
            Self::Table { schema, name } => write!(out, "table {schema}.{name}"),
            Self::Sequence { schema, name } => write!(out, "sequence {schema}.{name}"),
            Self::Default { kind, schema: None } => write!(out, "future {}", kind.words()),
            Self::Default { kind, schema: Some(schema) } => write!(out, "future {} in schema {schema}", kind.words()),
        }
    }
}

impl DefaultKind {
    /// As SQL has it.
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Tables => "TABLES",
            Self::Sequences => "SEQUENCES",
            Self::Schemas => "SCHEMAS",
            Self::Functions => "FUNCTIONS",
            Self::Types => "TYPES",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Tables => "tables",
            Self::Sequences => "sequences",
            Self::Schemas => "schemas",
            Self::Functions => "functions",
            Self::Types => "types",
        }
    }

    /// The kind behind `pg_default_acl.defaclobjtype`.
    pub fn of_catalog(code: &str) -> Option<Self> {
        match code {
            "r" => Some(Self::Tables),
            "S" => Some(Self::Sequences),
            "n" => Some(Self::Schemas),
            "f" => Some(Self::Functions),
            "T" => Some(Self::Types),
            _ => None,
        }
    }
}
