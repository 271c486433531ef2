//! As whom the master does what only an owner may.

use super::Draft;
use crate::change::{Acting, Action};
use crate::observed::{Membership, Schema};
use crate::statement::identifier;

/// What the master needs of its membership in an owner's role.
#[derive(Clone, Copy)]
pub(super) enum Need {
    /// To have its rights.
    Inherit,
    /// To become it.
    Set,
}

impl Draft<'_> {
    /// As whom rights on `schema` are granted, in a database that is granted on as `owner`; `None` where neither the owner
    /// nor the master may.
    pub(super) fn acting_on(&self, schema: &Schema, owner: &Acting) -> Option<Acting> {
        let master = self.master();
        let is_owners = match owner {
            Acting::As(role) | Acting::Member(role) => schema.owner == *role,
            Acting::Master => schema.owner == master,
        };
        if is_owners || schema.owner == "pg_database_owner" {
            return Some(owner.clone());
        }
        (schema.owner == master || self.is_superuser(master)).then_some(Acting::Master)
    }

    pub(super) fn acting_as(&self, owner: &str) -> Acting {
        if owner == self.master() { Acting::Master } else { Acting::As(owner.to_owned()) }
    }

    /// As whom the master acts for `owner`, whose memberships are not ours to end: one that is there already serves, and
    /// stays. To take another one, and revoke it, would end that one, too: before PostgreSQL 16 whoever granted it, and
    /// from there on where the master itself did. Of an app, strays are ended by steps of its own.
    pub(super) fn acting_through(&mut self, owner: &str, need: Need, action: Action) -> Option<Acting> {
        let master = self.master();
        let of_app = self.wanted.apps.iter().any(|app| app.role.as_str() == owner);
        let is_there = |found: &&Membership| found.role == owner && found.member == master && !of_app;
        let there: Vec<&Membership> = self.observed.server.memberships.iter().filter(is_there).collect();
        // Before PostgreSQL 16 there are no options.
        let serves = |found: &&Membership| match need {
            Need::Inherit => found.inherit.unwrap_or(true),
            Need::Set => found.set.unwrap_or(true),
        };
        if there.iter().any(serves) || !there.is_empty() && self.is_superuser(master) {
            return Some(Acting::Member(owner.to_owned()));
        }
        if !there.iter().any(|found| found.grantor.as_deref() == Some(master)) {
            return Some(self.acting_as(owner));
        }
        let option = match need {
            Need::Inherit => "INHERIT",
            Need::Set => "SET",
        };
        let (role, member) = (identifier(owner), identifier(master));
        let reason = format!(
            "{master} has granted itself membership in {owner} without {option}, which to act as {owner} would end"
        );
        let remedy =
            format!("as {master}, GRANT {role} TO {member} WITH {option} TRUE, or REVOKE {role} FROM {member}");
        self.refuse(action, reason, remedy);
        None
    }
}
