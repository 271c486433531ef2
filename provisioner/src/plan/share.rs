//! The rights of those who work in a database that another app, or nobody here, owns.

use super::acting::Need;
use super::{Draft, rights};
use crate::change::{Acting, Action, Change, Object};
use crate::marker;
use crate::model::Access;
use crate::observed::{Database, Inside, Schema};
use crate::statement::identifier;

impl Draft<'_> {
    /// The rights of an editor or reader.
    pub(super) fn share(&mut self) {
        let Some((owner, inside)) = self.shared_database() else { return };
        let (role, access) = (self.app.role.to_string(), self.app.access);
        let acl = self.observed.server.databases.get(self.app.database.as_str()).map_or(&[][..], |found| &found.acl);
        let object = Object::Database(self.app.database.to_string());
        let mut changes = rights::difference(&object, acl, &role, rights::ON_DATABASE, false);
        let Some(inside) = inside else { return self.grants(owner, changes) };
        if inside.owners.contains(&role) {
            return self.refuse_to_give_up(&format!("owns objects in database {}", self.app.database));
        }
        self.refuse_open_schema(&inside);
        for schema in &inside.schemas {
            let object = Object::Schema(schema.name.clone());
            let lacks = rights::difference(&object, &schema.acl, &role, rights::ON_SCHEMA, true);
            match self.acting_on(schema, &owner) {
                _ if lacks.is_empty() => {}
                Some(acting) if acting == owner => changes.extend(lacks),
                Some(acting) => self.grants(acting, lacks),
                None => self.refuse(
                    Action::ApplyGrants,
                    format!("schema {} of database {} belongs to {}", schema.name, self.app.database, schema.owner),
                    format!(
                        "let {} run: GRANT USAGE ON SCHEMA {} TO {}",
                        schema.owner,
                        identifier(&schema.name),
                        identifier(&role)
                    ),
                ),
            }
        }
        changes.extend(rights::on_relations(&inside, &role, access));
        changes.extend(rights::on_future(&inside, &role, access));
        self.grants(owner, changes);
    }

    /// A schema `public` in which everybody may create is closed by the steps of the database's owner. Where no entry
    /// owns the database, it is not ours to close.
    fn refuse_open_schema(&mut self, inside: &Inside) {
        let database = &self.app.database;
        if self.wanted.declares_owner_of(database.as_str()) {
            return;
        }
        let object = Object::Schema("public".to_owned());
        let open =
            |schema: &&Schema| schema.name == "public" && rights::closing(&object, &schema.acl, &["CREATE"]).is_some();
        let Some(public) = inside.schemas.iter().find(open) else { return };
        self.refuse(
            Action::ApplyGrants,
            format!("everybody may create in schema public of database {database}, so {} could, too", self.app.role),
            format!("let {} run in database {database}: REVOKE CREATE ON SCHEMA public FROM PUBLIC", public.owner),
        );
    }

    /// As the owner, now or soon, of the database that the app shares: how to act; and its inside.
    fn shared_database(&mut self) -> Option<(Acting, Option<Inside>)> {
        let name = self.app.database.clone();
        let declared = self.wanted.all.iter().find(|app| app.database == name && app.access == Access::Owner);
        let Some(found) = self.observed.server.databases.get(name.as_str()) else {
            if let Some(owner) = declared {
                return Some((self.acting_as(owner.role.as_str()), self.fresh()));
            }
            self.refuse(
                Action::ApplyGrants,
                format!("database {name} does not exist, and no entry owns it"),
                "declare its owner in the tfvars, or correct database_name".to_owned(),
            );
            return None;
        };
        if found.invalid {
            self.refuse_invalid(found);
            return None;
        }
        if found.owner == self.app.role.as_str() {
            self.refuse_to_give_up(&format!("owns database {name}"));
            return None;
        }
        if let Some(owner) = declared {
            let made_now = found.owner != owner.role.as_str();
            let inside = if made_now { self.fresh() } else { self.inside() };
            return Some((self.acting_as(owner.role.as_str()), inside));
        }
        let owner = self.observed.server.roles.get(&found.owner);
        let ours = owner.is_some_and(|owner| marker::is_ours(owner.comment.as_deref()));
        if found.owner == self.master() || ours || self.wanted.adopt.contains(name.as_str()) {
            let acting = self.acting_through(&found.owner, Need::Set, Action::ApplyGrants)?;
            self.let_master_in(found, &acting);
            self.tell_of_open_database(found);
            return Some((acting, self.inside()));
        }
        self.refuse(
            Action::ApplyGrants,
            format!("database {name} is owned by {}, which is not provably ours", found.owner),
            format!("declare its owner in the tfvars, or let rights be granted as {} with --adopt {name}", found.owner),
        );
        None
    }

    /// Rights in a database are granted in a session of the master's there. Where no entry owns the database, no step of
    /// its owner lets the master in. What `PUBLIC` may do counts, unless the database is an app's own, which is closed.
    fn let_master_in(&mut self, found: &Database, owner: &Acting) {
        let object = Object::Database(found.name.clone());
        let stays_open = !self.wanted.declares_role(&found.owner);
        let master = self.master();
        if self.is_superuser(master) {
            return;
        }
        if let Some(lacks) = rights::lacking(&object, &found.acl, master, rights::ON_DATABASE, stays_open) {
            let (database, acting) = (self.app.database.clone(), owner.clone());
            self.step(Change::AlterDatabase { database, acting, options: Vec::new(), rights: vec![lacks] });
        }
    }

    /// A database that no app owns is not ours to close.
    fn tell_of_open_database(&mut self, found: &Database) {
        let object = Object::Database(found.name.clone());
        let open = rights::closing(&object, &found.acl, rights::ON_DATABASE).is_some();
        if open && !self.wanted.declares_role(&found.owner) {
            let (name, owner) = (&found.name, &found.owner);
            self.note(format!(
                "no app owns database {name}, and every app can connect to it; {owner} can close it: REVOKE CONNECT ON DATABASE {} FROM PUBLIC",
                identifier(name)
            ));
        }
    }

    fn refuse_to_give_up(&mut self, what: &str) {
        let (role, database) = (self.app.role.as_str(), self.app.database.as_str());
        let remedy = format!(
            "keep access_level = \"owner\", or hand over by hand, in database {database}: ALTER DATABASE {} OWNER TO <new owner>, \
             and ALTER … OWNER TO for what {role} owns in it (REASSIGN OWNED would move its other databases, too)",
            identifier(database)
        );
        self.refuse(
            Action::ApplyGrants,
            format!("{role} {what}: an owner does not become {}", self.app.access),
            remedy,
        );
    }
}
