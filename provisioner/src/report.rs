//! The report of a run: `provision-report/v1`. Its fields are part of the interface.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use platform::clock::rfc3339;
use platform::exit::Exit;
use platform::names::AppKey;
use platform::termination::visible;
use serde::Serialize;

use crate::change::Action;
use crate::model::{Access, App};
use crate::outcome::{Outcome, Status};
use crate::plan::Orphan;

/// How an app ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AppStatus {
    Created,
    Changed,
    Unchanged,
    Pending,
    Refused,
    Failed,
    NotReached,
}

/// The server, as far as it is known.
#[derive(Clone, Debug, Serialize)]
pub struct ServerFacts {
    pub host: String,
    pub port: u16,
    /// `None` before the server has been asked.
    pub version: Option<String>,
    pub user: String,
}

/// A tfvars file that was read.
#[derive(Clone, Debug, Serialize)]
pub struct FileFacts {
    pub path: String,
    pub sha256: String,
}

/// Why the run ended as it did, where that was not well.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorFacts {
    pub app: Option<String>,
    pub message: String,
    pub detail: String,
}

/// What the run knows when it writes a report: early, often, and at its end.
#[derive(Clone, Debug)]
pub struct Facts {
    pub command: &'static str,
    pub environment: String,
    pub build_id: String,
    pub run_id: String,
    pub started: SystemTime,
    pub took: Duration,
    pub server: Option<ServerFacts>,
    pub tfvars: Vec<FileFacts>,
    pub plan_digest: Option<String>,
    pub apps: Vec<App>,
    /// The apps whose role was not there before.
    pub new: Vec<AppKey>,
    pub versions: BTreeMap<AppKey, String>,
    pub skipped: usize,
    pub refused: Vec<AppKey>,
    pub orphans: Vec<Orphan>,
    pub notes: Vec<String>,
    pub error: Option<ErrorFacts>,
    pub exit: Exit,
    /// The run has not ended yet.
    pub running: bool,
}

/// The report as it is written.
#[derive(Debug, Serialize)]
pub struct Report {
    schema: &'static str,
    command: &'static str,
    outcome: &'static str,
    exit_code: u8,
    environment: String,
    build_id: String,
    run_id: String,
    tool: Tool,
    server: Option<ServerFacts>,
    tfvars: Vec<FileFacts>,
    plan_digest: Option<String>,
    started_at: String,
    duration_ms: u128,
    counts: Counts,
    apps: Vec<AppReport>,
    orphans: Vec<Orphan>,
    notes: Vec<String>,
    error: Option<ErrorFacts>,
}

#[derive(Debug, Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Debug, Default, Serialize)]
struct Counts {
    apps: AppCounts,
    steps: StepCounts,
}

#[derive(Debug, Default, Serialize)]
struct AppCounts {
    created: usize,
    changed: usize,
    unchanged: usize,
    pending: usize,
    refused: usize,
    failed: usize,
    not_reached: usize,
    skipped: usize,
}

#[derive(Debug, Default, Serialize)]
struct StepCounts {
    success: usize,
    no_change: usize,
    pending: usize,
    error: usize,
    refused: usize,
    not_reached: usize,
}

#[derive(Debug, Serialize)]
struct AppReport {
    app: String,
    database: String,
    role: String,
    access: Access,
    secret: String,
    secret_version: Option<String>,
    status: AppStatus,
    steps: Vec<StepReport>,
}

#[derive(Debug, Serialize)]
struct StepReport {
    action: Action,
    target: String,
    database: Option<String>,
    status: Status,
    sql: Option<String>,
    sqlstate: Option<String>,
    duration_ms: u128,
    message: String,
}

impl Report {
    /// The report of what is known.
    pub fn new(facts: &Facts, outcomes: &[Outcome]) -> Self {
        let apps: Vec<AppReport> = facts.apps.iter().map(|app| app_report(app, facts, outcomes)).collect();
        let counts = counts(&apps, facts.skipped, outcomes);
        Self {
            schema: "provision-report/v1",
            command: facts.command,
            outcome: outcome_word(facts, outcomes),
            exit_code: facts.exit.code(),
            environment: facts.environment.clone(),
            build_id: facts.build_id.clone(),
            run_id: facts.run_id.clone(),
            tool: Tool { name: "provisioner", version: env!("CARGO_PKG_VERSION") },
            server: facts.server.clone(),
            tfvars: facts.tfvars.clone(),
            plan_digest: facts.plan_digest.clone(),
            started_at: rfc3339(facts.started),
            duration_ms: facts.took.as_millis(),
            counts,
            apps,
            orphans: facts.orphans.clone(),
            notes: facts.notes.clone(),
            error: facts.error.clone(),
        }
    }

    /// As JSON, indented.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a document of texts and numbers can always be written")
    }

    /// Whether it is the report of `verify`.
    pub fn is_verification(&self) -> bool {
        self.command == "verify"
    }

    /// One line: how it ended, how many apps are how, and why.
    pub fn summary(&self) -> String {
        let AppCounts { created, changed, unchanged, pending, refused, failed, not_reached, skipped } =
            self.counts.apps;
        let parts = [
            (created, "created"),
            (changed, "changed"),
            (unchanged, "unchanged"),
            (pending, "pending"),
            (refused, "refused"),
            (failed, "failed"),
            (not_reached, "not reached"),
            (skipped, "skipped"),
        ];
        let parts: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        let apps = if parts.is_empty() { String::new() } else { format!(": apps {}", parts.join(", ")) };
        let error = self.error.as_ref().map(|error| format!("; {}", error.message)).unwrap_or_default();
        let (command, environment, outcome) = (self.command, &self.environment, self.outcome.replace('_', " "));
        visible(&format!("{command} {environment} {outcome}{apps}{error}"))
    }
}

/// How many steps wrote, or would.
pub fn changes(outcomes: &[Outcome]) -> usize {
    outcomes.iter().filter(|outcome| outcome.is_change()).count()
}

fn outcome_word(facts: &Facts, outcomes: &[Outcome]) -> &'static str {
    if facts.running {
        return "running";
    }
    match facts.exit {
        Exit::Ok | Exit::Findings if outcomes.iter().any(|outcome| outcome.status == Status::Pending) => "pending",
        Exit::Ok | Exit::Findings if changes(outcomes) > 0 => "changed",
        Exit::Ok | Exit::Findings => "in_sync",
        Exit::Failed => "failed",
        Exit::Invalid => "invalid",
        Exit::Refused => "refused",
        Exit::CannotTell => "unverified",
        Exit::Bug => "bug",
        Exit::Unavailable => "unavailable",
        Exit::Stopped => "stopped",
    }
}

fn app_report(app: &App, facts: &Facts, outcomes: &[Outcome]) -> AppReport {
    let own: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.app == app.key).collect();
    AppReport {
        app: app.key.to_string(),
        database: app.database.to_string(),
        role: app.role.to_string(),
        access: app.access,
        secret: app.secret.to_string(),
        secret_version: facts.versions.get(&app.key).cloned(),
        status: app_status(app, facts, &own),
        steps: own.into_iter().map(step_report).collect(),
    }
}

/// The worst that happened to the app, or what was done for it.
fn app_status(app: &App, facts: &Facts, own: &[&Outcome]) -> AppStatus {
    let any = |status: Status| own.iter().any(|outcome| outcome.status == status);
    let is_written = own.iter().any(|outcome| outcome.is_change());
    if any(Status::Error) {
        AppStatus::Failed
    } else if any(Status::Refused) || facts.refused.contains(&app.key) {
        AppStatus::Refused
    } else if any(Status::NotReached) || own.is_empty() {
        AppStatus::NotReached
    } else if any(Status::Pending) {
        AppStatus::Pending
    } else if is_written && facts.new.contains(&app.key) {
        AppStatus::Created
    } else if is_written {
        AppStatus::Changed
    } else {
        AppStatus::Unchanged
    }
}

fn step_report(outcome: &Outcome) -> StepReport {
    StepReport {
        action: outcome.action,
        target: outcome.target.clone(),
        database: outcome.database.clone(),
        status: outcome.status,
        sql: outcome.sql.clone(),
        sqlstate: outcome.sqlstate.clone(),
        duration_ms: outcome.took.as_millis(),
        message: outcome.message.clone(),
    }
}

fn counts(apps: &[AppReport], skipped: usize, outcomes: &[Outcome]) -> Counts {
    let mut counts = Counts::default();
    for app in apps {
        let AppCounts { created, changed, unchanged, pending, refused, failed, not_reached, .. } = &mut counts.apps;
        *match app.status {
            AppStatus::Created => created,
            AppStatus::Changed => changed,
            AppStatus::Unchanged => unchanged,
            AppStatus::Pending => pending,
            AppStatus::Refused => refused,
            AppStatus::Failed => failed,
            AppStatus::NotReached => not_reached,
        } += 1;
    }
    counts.apps.skipped = skipped;
    for outcome in outcomes {
        let StepCounts { success, no_change, pending, error, refused, not_reached } = &mut counts.steps;
        *match outcome.status {
            Status::Success => success,
            Status::NoChange => no_change,
            Status::Pending => pending,
            Status::Error => error,
            Status::Refused => refused,
            Status::NotReached => not_reached,
        } += 1;
    }
    counts
}
