//! What has happened so far: every outcome goes through here, to the audit, the progress and the report.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use platform::names::AppKey;
use platform::progress::Progress;

use crate::audit::{Audit, Context};
use crate::change::Action;
use crate::model::App;
use crate::outcome::{Outcome, Status};

/// The run's memory; shared by what works side by side, and read when the run ends, however it ends.
pub struct Journal(Mutex<Inner>);

struct Inner {
    outcomes: Vec<Outcome>,
    apps: BTreeMap<AppKey, App>,
    versions: BTreeMap<AppKey, String>,
    plan_digest: Option<String>,
    server: Option<(String, String)>,
    caller: Option<String>,
    audit: Audit,
    progress: Progress,
    errors: Vec<String>,
}

impl Journal {
    /// An empty one.
    pub fn new(audit: Audit, progress_file: Option<PathBuf>) -> Self {
        Self(Mutex::new(Inner {
            outcomes: Vec::new(),
            apps: BTreeMap::new(),
            versions: BTreeMap::new(),
            plan_digest: None,
            server: None,
            caller: None,
            audit,
            progress: Progress::new(progress_file, "steps"),
            errors: Vec::new(),
        }))
    }

    /// What the rows say of each app.
    pub fn about(&self, apps: &[App], versions: BTreeMap<AppKey, String>) {
        let mut inner = self.inner();
        inner.apps = apps.iter().map(|app| (app.key.clone(), app.clone())).collect();
        inner.versions = versions;
    }

    /// What the rows say of the plan and the server.
    pub fn planned(&self, digest: &str, server: &str, master: &str) {
        let mut inner = self.inner();
        inner.plan_digest = Some(digest.to_owned());
        inner.server = Some((server.to_owned(), master.to_owned()));
    }

    /// Whether anybody wants to know who runs this.
    pub fn asks_for_caller(&self) -> bool {
        self.inner().audit.has_lines()
    }

    /// Who runs this.
    pub fn called_by(&self, arn: String) {
        self.inner().caller = Some(arn);
    }

    /// How many outcomes are to come; the progress counts to there.
    pub fn expect(&self, outcomes: usize) {
        let mut inner = self.inner();
        let done = inner.outcomes.len();
        inner.progress.expect(done + outcomes);
    }

    /// Takes down what became of a step.
    pub fn record(&self, outcome: Outcome) {
        match outcome.status {
            Status::Error | Status::Refused => {
                tracing::error!(app = %outcome.app, action = outcome.action.as_str(), "{}", outcome.message);
            }
            _ => {
                tracing::info!(app = %outcome.app, action = outcome.action.as_str(), status = outcome.status.audit(), "{}", outcome.message);
            }
        }
        let mut inner = self.inner();
        let errors = inner.audit_row(&outcome);
        for error in errors {
            tracing::error!("{error}");
            inner.errors.push(error);
        }
        inner.outcomes.push(outcome);
        let done = inner.outcomes.len();
        inner.progress.advance(done);
    }

    /// Everything so far, in the order in which it happened.
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.inner().outcomes.clone()
    }

    /// Forgets outcomes that a later round tells anew: the audit keeps them.
    pub fn retract(&self, is_stale: impl Fn(&Outcome) -> bool) {
        self.inner().outcomes.retain(|outcome| !is_stale(outcome));
    }

    /// Whether a step failed.
    pub fn has_failed(&self) -> bool {
        self.inner().outcomes.iter().any(|outcome| matches!(outcome.status, Status::Error | Status::Refused))
    }

    /// Audit rows that could not be written.
    pub fn errors(&self) -> Vec<String> {
        self.inner().errors.clone()
    }

    /// Ends the progress display.
    pub fn finish(&self) {
        self.inner().progress.finish();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere must not keep the report from being written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn audit_row(&mut self, outcome: &Outcome) -> Vec<String> {
        let Self { apps, versions, plan_digest, server, caller, audit, .. } = self;
        let app = apps.get(&outcome.app);
        let context = Context {
            database: app.map_or("", |app| app.database.as_str()),
            username: app.map_or("", |app| app.role.as_str()),
            secret: app.map_or("", |app| app.secret.as_str()),
            secret_version: versions.get(&outcome.app).map(String::as_str),
            plan_digest: plan_digest.as_deref(),
            server: server.as_ref().map(|(server, _)| server.as_str()),
            master: server.as_ref().map(|(_, master)| master.as_str()),
            caller: caller.as_deref(),
        };
        audit.append(outcome, &context)
    }
}

/// Whether an outcome tells that an app was proven, rather than that something was done for it.
pub fn is_proof(outcome: &Outcome) -> bool {
    outcome.action == Action::VerifyLogin
}
