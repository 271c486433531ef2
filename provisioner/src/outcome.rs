//! What became of each step.

use std::time::{Duration, SystemTime};

use platform::exit::Exit;
use platform::names::AppKey;
use serde::Serialize;

use crate::change::{Action, Step};

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Done; something was written, or, for `verify_login`, proven.
    Success,
    /// There was nothing to do.
    NoChange,
    /// It would be done: a plan, or a dry run.
    Pending,
    /// It failed.
    Error,
    /// A guardrail holds.
    Refused,
    /// Something before it failed, or the run was stopped.
    NotReached,
}

impl Status {
    /// As an audit row has it.
    pub const fn audit(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::NoChange => "no_change",
            Self::Pending => "dry_run",
            Self::Error => "error",
            Self::Refused => "refused",
            Self::NotReached => "not_reached",
        }
    }
}

/// Why a step failed, and what the run's exit code is if nothing worse happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub message: String,
    pub sqlstate: Option<String>,
    pub exit: Exit,
}

/// One step, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub app: AppKey,
    pub action: Action,
    pub target: String,
    /// The database that its statements ran in; `None` where there were none.
    pub database: Option<String>,
    pub status: Status,
    /// What was sent, without passwords.
    pub sql: Option<String>,
    pub sqlstate: Option<String>,
    /// When it ended.
    pub at: SystemTime,
    pub took: Duration,
    pub message: String,
    /// What a failure means for the run.
    pub exit: Exit,
}

impl Outcome {
    /// A step that nothing was done about yet, `at` a time.
    pub fn standing(step: &Step, message: String, at: SystemTime) -> Self {
        Self {
            app: step.app.clone(),
            action: step.action(),
            target: step.target(),
            database: step.runs_in(),
            status: Status::NotReached,
            sql: None,
            sqlstate: None,
            at,
            took: Duration::ZERO,
            message,
            exit: Exit::Ok,
        }
    }

    /// Whether something was, or would be, written.
    pub fn is_change(&self) -> bool {
        self.action != Action::VerifyLogin && matches!(self.status, Status::Success | Status::Pending)
    }
}
