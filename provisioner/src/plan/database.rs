//! An app's database: made, finished, taken over, closed to strangers; and the rights of those who share it.

use platform::names::DatabaseName;

use super::acting::Need;
use super::{Draft, rights};
use crate::change::{Acting, Action, Change, DatabaseOption, Object, RightChange};
use crate::model::{Access, App};
use crate::observed::{Database, Inside, LoginState, Right, Schema};
use crate::statement::{identifier, literal};

/// From here on a new database's schema `public` belongs to its owner, and is closed to `PUBLIC`.
const PUBLIC_IS_OWNED: u32 = 150_000;

impl Draft<'_> {
    pub(super) fn database(&mut self) {
        match self.app.access {
            Access::Owner => self.own(),
            Access::Editor | Access::Reader => self.share(),
        }
        self.close_own_databases();
    }

    fn own(&mut self) {
        let name = self.app.database.as_str();
        let Some(database) = self.observed.server.databases.get(name) else {
            let owned = self.observed.server.version_number >= PUBLIC_IS_OWNED;
            return self.make(Some(if owned { "template0" } else { "template1" }));
        };
        if database.invalid {
            return self.refuse_invalid(database);
        }
        if database.owner == self.app.role.as_str() {
            self.alter(database);
            // What could not be seen shows when this is done.
            if let Some(inside) = self.inside() {
                self.fill_inside(Some(&inside));
            }
            return;
        }
        if database.owner == self.master() && !database.accepts_connections {
            return self.make(None);
        }
        if self.wanted.adopt.contains(name) {
            let Some(acting) = self.acting_through(&database.owner, Need::Inherit, Action::AlterDatabase) else {
                return;
            };
            let (name, owner, from) = (self.app.database.clone(), self.app.role.clone(), database.owner.clone());
            self.step(Change::AdoptDatabase { database: name.clone(), owner, from: from.clone(), acting });
            self.plan.unseen.insert(name.clone());
            let note = format!(
                "what {from} owns in database {name} stays {from}'s: its owner can hand it over with ALTER … OWNER TO {}",
                identifier(self.app.role.as_str())
            );
            return self.note(note);
        }
        self.refuse(
            Action::AlterDatabase,
            format!("database {name} is owned by {}, not by {}", database.owner, self.app.role),
            format!("correct the tfvars, or take the database over with --adopt {name}"),
        );
    }

    /// An interrupted DROP DATABASE: it can only be dropped, and that is not ours to do.
    pub(super) fn refuse_invalid(&mut self, database: &Database) {
        let (name, owner) = (&database.name, &database.owner);
        self.refuse(
            Action::AlterDatabase,
            format!("database {name} is what an interrupted DROP DATABASE left: nobody can connect to it"),
            format!("drop it as its owner {owner}: DROP DATABASE {}", identifier(name)),
        );
    }

    fn make(&mut self, template: Option<&'static str>) {
        let (database, owner) = (self.app.database.clone(), self.app.role.clone());
        self.step(Change::CreateDatabase { database, owner, template });
        let inside = self.fresh();
        self.fill_inside(inside.as_ref());
    }

    /// What a database begins with; `None` where nobody looked, because it does not matter.
    pub(super) fn fresh(&self) -> Option<Inside> {
        if self.observed.server.version_number < PUBLIC_IS_OWNED {
            return self.observed.template.clone();
        }
        let right = |grantee: Option<&str>, privilege: &str| Right {
            grantee: grantee.map(ToOwned::to_owned),
            privilege: privilege.to_owned(),
            grantable: false,
        };
        let owner = Some("pg_database_owner");
        let acl = vec![right(None, "USAGE"), right(owner, "USAGE"), right(owner, "CREATE")];
        let public = Schema { name: "public".to_owned(), owner: "pg_database_owner".to_owned(), acl };
        Some(Inside { schemas: vec![public], ..Inside::default() })
    }

    /// The inside of the app's database. Where nobody could look, the plan says so.
    pub(super) fn inside(&mut self) -> Option<Inside> {
        let name = &self.app.database;
        let seen = self.observed.insides.get(name).cloned();
        if seen.is_none() && *self.login() != LoginState::Trusted {
            let name = name.clone();
            self.plan.unseen.insert(name);
        }
        seen
    }

    /// Closed to `PUBLIC` and to other apps, open to its owner and the master.
    fn alter(&mut self, database: &Database) {
        let object = Object::Database(database.name.clone());
        let mut changes = self.closed(database);
        let master = self.master().to_owned();
        changes.extend(rights::lacking(&object, &database.acl, &master, rights::ON_DATABASE, false));
        let options: Vec<DatabaseOption> = [
            (!database.accepts_connections, DatabaseOption::AllowConnections),
            (database.template, DatabaseOption::NoTemplate),
        ]
        .into_iter()
        .filter_map(|(differs, option)| differs.then_some(option))
        .collect();
        if options.is_empty() && changes.is_empty() {
            return;
        }
        let acting = Acting::As(database.owner.clone());
        self.step(Change::AlterDatabase { database: self.app.database.clone(), acting, options, rights: changes });
    }

    /// What closes a database of the app's to everybody who does not belong there.
    fn closed(&self, database: &Database) -> Vec<RightChange> {
        let object = Object::Database(database.name.clone());
        let mut changes: Vec<RightChange> = rights::closing(&object, &database.acl, &[]).into_iter().collect();
        changes.extend(rights::difference(&object, &database.acl, &database.owner, rights::ON_OWN_DATABASE, false));
        let stranger = |app: &&App| app.database.as_str() != database.name && app.role.as_str() != database.owner;
        for app in self.wanted.all.iter().filter(stranger) {
            changes.extend(rights::difference(&object, &database.acl, app.role.as_str(), &[], false));
        }
        changes
    }

    /// A database that the app made itself, as Backstage does for each plugin: open to `PUBLIC`, as PostgreSQL makes
    /// it, until it is closed here. Other apps may be declared to read it: it is its maker's all the same.
    fn close_own_databases(&mut self) {
        let role = self.app.role.as_str();
        let own = |database: &&Database| {
            database.owner == role && !database.invalid && !self.wanted.declares_owner_of(&database.name)
        };
        let databases: Vec<&Database> = self.observed.server.databases.values().filter(own).collect();
        for database in databases {
            let changes = self.closed(database);
            if changes.is_empty() {
                continue;
            }
            let name = DatabaseName::existing(&database.name);
            self.note(format!("database {name} was made by {role} itself, and is closed to others"));
            let acting = Acting::As(role.to_owned());
            self.step(Change::AlterDatabase { database: name, acting, options: Vec::new(), rights: changes });
        }
    }

    /// The owner's part of the inside: extensions, and who may create in the schema `public`.
    fn fill_inside(&mut self, inside: Option<&Inside>) {
        let none = Inside::default();
        for extension in self.app.extensions.difference(&inside.unwrap_or(&none).extensions) {
            self.extension(extension);
        }
        let Some(public) = inside.and_then(|inside| inside.schemas.iter().find(|schema| schema.name == "public"))
        else {
            return;
        };
        let object = Object::Schema(public.name.clone());
        let owner = self.app.role.to_string();
        let Some(acting) = self.acting_on(public, &self.acting_as(&owner)) else {
            return self.closed_by_superuser(public);
        };
        let mut changes: Vec<RightChange> = rights::closing(&object, &public.acl, &["CREATE"]).into_iter().collect();
        // What PUBLIC loses is not had; what the owner has as `pg_database_owner` is.
        let kept = public.acl.iter().filter(|right| right.grantee.is_some() || right.privilege != "CREATE");
        let kept: Vec<Right> = kept
            .map(|right| match right.grantee.as_deref() {
                Some("pg_database_owner") => Right { grantee: Some(owner.clone()), ..right.clone() },
                _ => right.clone(),
            })
            .collect();
        changes.extend(rights::lacking(&object, &kept, &owner, rights::ON_OWN_SCHEMA, true));
        self.grants(acting, changes);
    }

    /// The schema belongs to neither the owner nor the master (PostgreSQL 13 and 14: to the bootstrap superuser), where
    /// GRANT and REVOKE would only warn. Somebody else has to close it, if somebody else gets in.
    fn closed_by_superuser(&mut self, public: &Schema) {
        let object = Object::Schema(public.name.clone());
        let open = rights::closing(&object, &public.acl, &["CREATE"]).is_some();
        let owner = self.app.role.as_str();
        let locked_out = rights::lacking(&object, &public.acl, owner, rights::ON_OWN_SCHEMA, true).is_some();
        let database = self.app.database.as_str();
        if locked_out || (open && self.wanted.is_shared(&self.app.database)) {
            let sql = format!(
                "in database {database}, as {}: REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT USAGE, CREATE ON SCHEMA public TO {}",
                public.owner,
                identifier(owner)
            );
            let why =
                if locked_out { "its owner cannot create in it" } else { "an editor or reader could create in it" };
            let reason = format!("schema public of database {database} belongs to {}: {why}", public.owner);
            let made = self.observed.server.databases.contains_key(database);
            let master = identifier(self.master());
            let remedy = match made {
                true => sql,
                // A new database is a copy of template1; what the master owns in it can be closed here.
                false => format!("in template1, as {}: ALTER SCHEMA public OWNER TO {master}", public.owner),
            };
            self.refuse(Action::ApplyGrants, reason, format!("let a superuser run {remedy}"));
        } else if open {
            self.note(format!(
                "schema public of database {database} belongs to {} and is open to PUBLIC; only {owner} and the master can connect",
                public.owner
            ));
        }
    }

    fn extension(&mut self, extension: &str) {
        if !self.observed.server.extensions.contains(extension) {
            return self.refuse(
                Action::CreateExtension,
                format!("extension {extension} is not available on this server"),
                format!(
                    "remove it from the tfvars, or see SELECT name FROM pg_available_extensions WHERE name LIKE {}",
                    literal(&format!("%{extension}%"))
                ),
            );
        }
        let (database, owner) = (self.app.database.clone(), self.app.role.to_string());
        self.step(Change::CreateExtension { database, owner, extension: extension.to_owned() });
    }

    pub(super) fn grants(&mut self, acting: Acting, rights: Vec<RightChange>) {
        if !rights.is_empty() {
            self.step(Change::ApplyGrants { database: self.app.database.clone(), acting, rights });
        }
    }
}
