//! The heart: what is wanted and what is there make a plan. Pure; the same inputs give the same plan, byte for byte.
//!
//! A plan says what is to be done for each app, in the order of the tfvars, why something must not be done (a
//! [`Refusal`] stops the whole run before its first write), and what is worth knowing.

mod acting;
mod database;
#[cfg(test)]
pub mod example;
mod rights;
mod role;
mod share;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use platform::names::{AppKey, DatabaseName};

use crate::change::{Action, Change, Step};
use crate::digest::sha256_hex;
use crate::marker::{self, Marker};
use crate::model::{Access, App};
use crate::observed::{LoginState, Observed, SecretFact};
use crate::statement::Dialect;

/// What the run is about.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The apps that it concerns, in the order of the tfvars.
    pub apps: &'a [App],
    /// Everything that the tfvars declare, also the apps that the run leaves out.
    pub all: &'a [App],
    /// `--adopt`: roles and databases that may be taken over without proof.
    pub adopt: BTreeSet<String>,
}

impl Wanted<'_> {
    fn declares_role(&self, name: &str) -> bool {
        self.all.iter().any(|app| app.role.as_str() == name)
    }

    fn declares_database(&self, name: &str) -> bool {
        self.all.iter().any(|app| app.database.as_str() == name)
    }

    /// Whether an entry owns `name`.
    fn declares_owner_of(&self, name: &str) -> bool {
        self.all.iter().any(|app| app.access == Access::Owner && app.database.as_str() == name)
    }

    /// Whether an app beside the owner works in `database`.
    pub fn is_shared(&self, database: &DatabaseName) -> bool {
        self.all.iter().any(|app| app.database == *database && app.access != Access::Owner)
    }
}

/// Why something must not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub app: AppKey,
    /// What would have been done.
    pub action: Action,
    /// To what.
    pub target: String,
    /// What and why, in one line.
    pub reason: String,
    /// What to do: a flag, a command, or SQL.
    pub remedy: String,
}

/// What is to be done for one app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppPlan {
    pub app: App,
    pub steps: Vec<Step>,
    /// The app's role is not there yet: it is created, not changed.
    pub is_new: bool,
}

/// A role or database with our marker that the tfvars no longer declare.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Orphan {
    /// `role` or `database`.
    pub kind: &'static str,
    pub name: String,
}

/// The whole plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub apps: Vec<AppPlan>,
    pub refusals: Vec<Refusal>,
    pub notes: Vec<String>,
    pub orphans: Vec<Orphan>,
    /// Databases that nobody could look into: what is to be done there shows when a login works.
    pub unseen: BTreeSet<DatabaseName>,
}

/// Makes the plan.
pub fn plan(wanted: &Wanted<'_>, observed: &Observed) -> Plan {
    let mut plan = Plan {
        apps: Vec::new(),
        refusals: Vec::new(),
        notes: Vec::new(),
        orphans: orphans(wanted, observed),
        unseen: BTreeSet::new(),
    };
    for app in wanted.apps {
        let mut draft = Draft { wanted, observed, app, steps: Vec::new(), plan: &mut plan };
        draft.fill();
        let steps = std::mem::take(&mut draft.steps);
        let is_new = !observed.server.roles.contains_key(app.role.as_str());
        plan.apps.push(AppPlan { app: app.clone(), steps, is_new });
    }
    plan
}

/// One app's part, while it is made.
struct Draft<'a> {
    wanted: &'a Wanted<'a>,
    observed: &'a Observed,
    app: &'a App,
    steps: Vec<Step>,
    plan: &'a mut Plan,
}

impl Draft<'_> {
    fn fill(&mut self) {
        let refusals = self.plan.refusals.len();
        self.secret();
        self.role();
        self.database();
        if self.plan.refusals.len() == refusals {
            self.seal();
            self.tell_of_barred_login();
        }
    }

    /// Nothing of a plan lets an app in that is refused before its password counts; the end of a membership alone may.
    fn tell_of_barred_login(&mut self) {
        let may_mend =
            |step: &Step| matches!(&step.change, Change::AlterRole { memberships, .. } if !memberships.is_empty());
        if let LoginState::Barred(why) = self.login()
            && !self.steps.iter().any(may_mend)
        {
            self.note(barred(self.app, why));
        }
    }

    fn secret(&mut self) {
        let path = self.app.secret.clone();
        match self.observed.secrets.get(&path) {
            Some(SecretFact::ToCreate) => self.step(Change::CreateSecret { path }),
            Some(SecretFact::ToFill) => self.step(Change::UpdateSecret { path }),
            Some(SecretFact::Usable { .. }) | None => {}
        }
    }

    /// The version of the app's secret; `None` where the run is to make one.
    fn secret_version(&self) -> Option<&str> {
        match self.observed.secrets.get(&self.app.secret) {
            Some(SecretFact::Usable { version }) => Some(version),
            _ => None,
        }
    }

    fn login(&self) -> &LoginState {
        self.observed.logins.get(&self.app.key).unwrap_or(&LoginState::NotTried)
    }

    /// The last step writes the finished marker along; where only the marker differs, it is a step of its own.
    fn seal(&mut self) {
        let finished = Marker::finished(self.app, self.secret_version());
        let role = self.observed.server.roles.get(self.app.role.as_str());
        let written = role.and_then(|role| role.comment.as_deref()).and_then(Marker::parse);
        let changes_server =
            |step: &&mut Step| !matches!(step.change, Change::CreateSecret { .. } | Change::UpdateSecret { .. });
        // A first step on the role takes the finished marker away.
        let stays = self.steps.iter().all(|step| step.marker.is_none());
        if stays && written.as_ref() == Some(&finished) {
            return;
        }
        if matches!(self.login(), LoginState::Barred(_)) {
            return;
        }
        if !self.steps.iter_mut().any(|step| changes_server(&step)) {
            let (role, memberships) = (self.app.role.clone(), Vec::new());
            self.step(Change::AlterRole { role, attributes: Vec::new(), memberships });
        }
        if let Some(last) = self.steps.iter_mut().rev().find(changes_server) {
            last.marker = Some((self.app.role.clone(), finished));
        }
    }

    fn step(&mut self, change: Change) {
        self.steps.push(Step { app: self.app.key.clone(), change, marker: None });
    }

    fn refuse(&mut self, action: Action, reason: String, remedy: String) {
        let target = match action {
            Action::Adopt | Action::AlterRole => self.app.role.to_string(),
            _ => self.app.database.to_string(),
        };
        self.plan.refusals.push(Refusal { app: self.app.key.clone(), action, target, reason, remedy });
    }

    fn note(&mut self, note: String) {
        if !self.plan.notes.contains(&note) {
            self.plan.notes.push(note);
        }
    }

    fn master(&self) -> &str {
        &self.observed.server.master
    }
}

impl Plan {
    /// The steps, app by app.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.apps.iter().flat_map(|app| &app.steps)
    }

    /// How many steps would write.
    pub fn changes(&self) -> usize {
        self.steps().count()
    }

    /// What an approval is bound to: the ordered steps as they will be sent, the server's address, and the versions of
    /// the secrets of the apps that have steps. Salts and times are no part of it.
    pub fn digest(&self, dialect: &Dialect, address: &str, observed: &Observed) -> String {
        let mut lines = vec![format!("server {address}")];
        for app in self.apps.iter().filter(|app| !app.steps.is_empty()) {
            lines.push(format!(
                "app {} secret {} {:?}",
                app.app.key,
                app.app.secret,
                observed.secrets.get(&app.app.secret)
            ));
            for step in &app.steps {
                lines.push(format!("{step} {:?} {:?}", step.marker, dialect.recipe(step)));
            }
        }
        format!("sha256:{}", sha256_hex(lines.join("\n").as_bytes()))
    }
}

/// That `app` is refused before its password counts, and what to look at.
pub fn barred(app: &App, why: &str) -> String {
    let (role, database) = (&app.role, &app.database);
    format!(
        "{role} cannot log in to {database} with its password: {why}; check pg_hba.conf, and that it is no member of rds_iam"
    )
}

/// Who may approve what.
#[derive(Clone, Debug)]
pub struct Approval {
    /// The environment asks for none, or `ALLOW_DB_PROVISION=true`: whatever the plan is.
    pub blanket: bool,
    /// `--approve`: the digest of the plan that was approved.
    pub digest: Option<String>,
}

/// Why a plan is not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApproved {
    /// Nobody approved it.
    #[error("the plan changes {changes} things and is not approved: run again with --approve {digest}")]
    Missing { changes: usize, digest: String },
    /// Somebody approved another one.
    #[error(
        "--approve {} is for another plan: it is now {}; review it, then approve that one",
        brief(approved),
        brief(digest)
    )]
    Another { approved: String, digest: String },
}

/// Two whole digests would fill the line that Argo shows.
fn brief(digest: &str) -> String {
    digest.chars().take("sha256:".len() + 12).collect()
}

/// A plan that may be carried out; there is no other way to one than [`approve`].
#[derive(Clone, Debug)]
pub struct ApprovedPlan(Plan);

impl ApprovedPlan {
    pub const fn plan(&self) -> &Plan {
        &self.0
    }
}

/// Approves `plan`, whose digest is `digest`. A plan with nothing to do needs no approval.
pub fn approve(plan: Plan, digest: &str, approval: &Approval) -> Result<ApprovedPlan, NotApproved> {
    let changes = plan.changes();
    match &approval.digest {
        _ if changes == 0 => Ok(ApprovedPlan(plan)),
        Some(approved) if approved == digest => Ok(ApprovedPlan(plan)),
        Some(approved) => Err(NotApproved::Another { approved: approved.clone(), digest: digest.to_owned() }),
        None if approval.blanket => Ok(ApprovedPlan(plan)),
        None => Err(NotApproved::Missing { changes, digest: digest.to_owned() }),
    }
}

/// What carries our marker and is declared no more. It is told, never dropped.
fn orphans(wanted: &Wanted<'_>, observed: &Observed) -> Vec<Orphan> {
    let server = &observed.server;
    let roles = server.roles.values().filter(|role| marker::is_ours(role.comment.as_deref()));
    let databases = server.databases.values().filter(|database| marker::is_ours(database.comment.as_deref()));
    let roles = roles
        .filter(|role| !wanted.declares_role(&role.name))
        .map(|role| Orphan { kind: "role", name: role.name.clone() });
    let databases = databases
        .filter(|database| !wanted.declares_database(&database.name))
        .map(|database| Orphan { kind: "database", name: database.name.clone() });
    roles.chain(databases).collect()
}

/// The apps that share a database, its owner first.
pub fn by_database(apps: &[AppPlan]) -> BTreeMap<&DatabaseName, Vec<&AppPlan>> {
    let mut groups: BTreeMap<&DatabaseName, Vec<&AppPlan>> = BTreeMap::new();
    for app in apps {
        groups.entry(&app.app.database).or_default().push(app);
    }
    for group in groups.values_mut() {
        group.sort_by_key(|app| app.app.access != Access::Owner);
    }
    groups
}
