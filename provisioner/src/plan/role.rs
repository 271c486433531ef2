//! An app's role: made, taken over, or brought back to what is declared; or left alone, because it is not ours.

use std::collections::BTreeSet;

use super::Draft;
use crate::change::{Action, Attribute, Change};
use crate::marker::{self, Marker};
use crate::observed::{LoginState, Membership, Role, SecretFact};
use crate::statement::identifier;

/// From here on a membership is revoked by its grantor alone.
const GRANTORS_COUNT: u32 = 160_000;

impl Draft<'_> {
    pub(super) fn role(&mut self) {
        let Some(role) = self.observed.server.roles.get(self.app.role.as_str()) else { return self.create_role() };
        if !self.is_ordinary(role) || !self.is_administered(role) || !self.is_proven(role) {
            return;
        }
        let attributes = self.attributes(role);
        let memberships = self.strays(role);
        let first = self.steps.len();
        if self.password_is_due() {
            let (role, secret) = (self.app.role.clone(), self.app.secret.clone());
            self.step(Change::SetPassword { role, secret, attributes });
            if !memberships.is_empty() {
                self.step(Change::AlterRole { role: self.app.role.clone(), attributes: Vec::new(), memberships });
            }
        } else if !attributes.is_empty() || !memberships.is_empty() {
            self.step(Change::AlterRole { role: self.app.role.clone(), attributes, memberships });
        } else if !marker::is_ours(role.comment.as_deref()) {
            self.step(Change::AdoptRole { role: self.app.role.clone() });
        }
        self.mark(first);
    }

    fn create_role(&mut self) {
        let first = self.steps.len();
        let (role, secret) = (self.app.role.clone(), self.app.secret.clone());
        let (createdb, connection_limit) = (self.app.createdb, self.app.connection_limit);
        self.step(Change::CreateRole { role, secret, createdb, connection_limit });
        self.mark(first);
    }

    /// The first step on a role says whose it is; the last one will say that it is done.
    fn mark(&mut self, first: usize) {
        let marker = Marker::finished(self.app, self.secret_version()).unfinished();
        if let Some(step) = self.steps.get_mut(first) {
            step.marker = Some((self.app.role.clone(), marker));
        }
    }

    /// A role with power over others is never an app's.
    fn is_ordinary(&mut self, role: &Role) -> bool {
        let powers = [
            (role.superuser, "SUPERUSER"),
            (role.createrole, "CREATEROLE"),
            (role.replication, "REPLICATION"),
            (role.bypassrls, "BYPASSRLS"),
        ];
        let powers: Vec<&str> = powers.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();
        if !powers.is_empty() {
            let undo: Vec<String> = powers.iter().map(|power| format!("NO{power}")).collect();
            self.refuse(
                Action::AlterRole,
                format!("role {} has {}, which no app's role may have", role.name, powers.join(" and ")),
                format!("let an administrator run: ALTER ROLE {} {}", identifier(&role.name), undo.join(" ")),
            );
            return false;
        }
        let Some(chain) = self.chain_to_power(&role.name) else { return true };
        self.refuse(
            Action::AlterRole,
            format!("role {} is a member of {}, which has power over other roles", role.name, chain.join(" through ")),
            format!("end the membership: REVOKE {} FROM {}", identifier(&chain[0]), identifier(&role.name)),
        );
        false
    }

    /// The memberships that lead from `name` to the master, a superuser, or a role that manages roles.
    fn chain_to_power(&self, name: &str) -> Option<Vec<String>> {
        let server = &self.observed.server;
        let mut seen = BTreeSet::from([name.to_owned()]);
        let mut paths = vec![vec![name.to_owned()]];
        while let Some(path) = paths.pop() {
            let from = path.last()?;
            for Membership { role, .. } in server.memberships.iter().filter(|membership| membership.member == *from) {
                let powerful = *role == server.master
                    || role == "rds_superuser"
                    || server.roles.get(role).is_some_and(|role| role.superuser || role.createrole);
                let longer = [path.as_slice(), std::slice::from_ref(role)].concat();
                if powerful {
                    return Some(longer[1..].to_vec());
                }
                if seen.insert(role.clone()) {
                    paths.push(longer);
                }
            }
        }
        None
    }

    /// From 16 on, a master that is no superuser may alter only roles on which it has the `ADMIN` option. Members of
    /// `rds_superuser` are said to be exempt: they may try, and fail with the server's own words.
    fn is_administered(&mut self, role: &Role) -> bool {
        let server = &self.observed.server;
        let exempt = server.memberships.iter().any(|m| m.role == "rds_superuser" && m.member == server.master);
        if server.version_number < GRANTORS_COUNT || role.administered || exempt {
            return true;
        }
        let (role, master) = (identifier(&role.name), identifier(self.master()));
        self.refuse(
            Action::AlterRole,
            format!("{} may not alter role {}: it lacks the ADMIN option on it", self.master(), self.app.role),
            format!("let the role's creator or an administrator run: GRANT {role} TO {master} WITH ADMIN OPTION, INHERIT FALSE, SET FALSE"),
        );
        false
    }

    /// Ours by its marker, or because the secret's password logs in as it, or because somebody says so.
    fn is_proven(&mut self, role: &Role) -> bool {
        let logs_in =
            matches!(self.login(), LoginState::In | LoginState::Correct | LoginState::Full | LoginState::NotPermitted);
        if marker::is_ours(role.comment.as_deref()) || logs_in || self.wanted.adopt.contains(&role.name) {
            return true;
        }
        let why = match self.login() {
            LoginState::NotTried => "and its secret is yet to be made".to_owned(),
            LoginState::Barred(why) => format!("and its login is barred ({why})"),
            _ => format!("and the password in {} does not log in as it", self.app.secret),
        };
        self.refuse(
            Action::Adopt,
            format!("role {} is not provably ours: it carries no marker of ours, {why}", role.name),
            format!("put its password into {}, or take it over with --adopt {}", self.app.secret, role.name),
        );
        false
    }

    fn attributes(&self, role: &Role) -> Vec<Attribute> {
        let limit = self.app.connection_limit;
        let differs = [
            (!role.login, Attribute::Login),
            (role.createdb != self.app.createdb, Attribute::Createdb(self.app.createdb)),
            (role.connection_limit != limit.map_or(-1, i64::from), Attribute::ConnectionLimit(limit)),
            (role.expired, Attribute::NeverExpires),
        ];
        differs.into_iter().filter(|(differs, _)| *differs).map(|(_, attribute)| attribute).collect()
    }

    /// The password that the role has is not the secret's, or will not be. An expired role refuses the right one, too:
    /// its password is set along with its expiry, for it cannot be told.
    fn password_is_due(&self) -> bool {
        let made = !matches!(self.observed.secrets.get(&self.app.secret), Some(SecretFact::Usable { .. }));
        made || *self.login() == LoginState::Refused
    }

    /// Memberships that break isolation: of the master in the app's role (what older tools left behind), and of the
    /// app's role in another declared one.
    fn strays(&mut self, role: &Role) -> Vec<(String, String)> {
        let server = &self.observed.server;
        let mut strays = Vec::new();
        for membership in &server.memberships {
            let Membership { role: of, member, grantor, inherit, set, .. } = membership;
            // From 16 on the creator of a role has a membership with neither option, that nobody can end.
            let is_left_over = *of == role.name
                && *member == server.master
                && (inherit.is_none() || *inherit == Some(true) || *set == Some(true))
                && !self.is_superuser(&server.master);
            let is_foreign = *member == role.name && self.wanted.declares_role(of);
            if !is_left_over && !is_foreign {
                continue;
            }
            let ours = grantor.as_ref() == Some(&server.master) || self.is_superuser(&server.master);
            if server.version_number >= GRANTORS_COUNT && !ours {
                self.leave_to_its_grantor(membership, is_foreign);
            } else if !strays.contains(&(of.clone(), member.clone())) {
                strays.push((of.clone(), member.clone()));
            }
        }
        strays
    }

    /// A membership that the master cannot end. One between apps breaks their isolation: nothing is done before it is
    /// gone, unless it goes along with that of an app that passed it on.
    fn leave_to_its_grantor(&mut self, membership: &Membership, is_foreign: bool) {
        let Membership { role, member, grantor, .. } = membership;
        if grantor.as_ref().is_some_and(|by| self.wanted.declares_role(by)) {
            return;
        }
        let by = grantor.as_deref().unwrap_or("a role that is gone");
        let what = format!("{member} is a member of {role}, granted by {by}, which alone can end it");
        let sql = format!("REVOKE {} FROM {} GRANTED BY {}", identifier(role), identifier(member), identifier(by));
        if is_foreign {
            self.refuse(Action::AlterRole, what, format!("let {by} run: {sql}"));
        } else {
            self.note(format!("{what}: {sql}"));
        }
    }

    pub(super) fn is_superuser(&self, name: &str) -> bool {
        self.observed.server.roles.get(name).is_some_and(|role| role.superuser)
    }
}
