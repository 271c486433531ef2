//! How the checks of a run ended, and what that makes of the whole. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use platform::exit::Exit;

use crate::check::Retry;
use crate::schedule::Planned;
use crate::verdict::Status;

/// How one check ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was planned.
    pub planned: Planned,
    /// Whether a failure makes the tier not ready.
    pub required: bool,
    /// How it ended.
    pub status: Status,
    /// A stable code; empty for a pass.
    pub reason: String,
    /// One sentence.
    pub summary: String,
    /// What was seen.
    pub evidence: Vec<String>,
    /// What to do; empty where nothing is to be done.
    pub remedy: String,
    /// Whether a failure passes by itself.
    pub converges: bool,
    /// Why a failure was accepted (`--accept`), and until when.
    pub accepted: Option<String>,
    /// How often it was judged by a new look.
    pub attempts: u32,
    /// From the first look to the verdict.
    pub duration: Duration,
}

impl Outcome {
    /// One that was never begun.
    pub fn of(planned: &Planned, status: Status, reason: &str, summary: impl Into<String>) -> Self {
        Self {
            planned: planned.clone(),
            required: true,
            status,
            reason: reason.to_owned(),
            summary: summary.into(),
            evidence: Vec::new(),
            remedy: String::new(),
            converges: planned.check.retry == Retry::Converges,
            accepted: None,
            attempts: 0,
            duration: Duration::ZERO,
        }
    }

    /// Whether it keeps the tier from being ready.
    pub fn is_in_the_way(&self) -> bool {
        self.required && matches!(self.status, Status::Fail | Status::Unknown)
    }
}

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whole {
    /// The tier stands.
    Ready,
    /// Somebody must act.
    NotReady,
    /// The input is not valid.
    Invalid,
    /// A required check could not look.
    CannotTell,
    /// Ready, with warnings, and those were asked for.
    Findings,
    /// A defect of this program.
    Bug,
    /// Only what converges by itself is open.
    NotYet,
    /// Stopped by a signal.
    Stopped,
}

impl Whole {
    /// As the report has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NotReady => "not_ready",
            Self::Invalid => "invalid",
            Self::CannotTell => "cannot_tell",
            Self::Findings => "findings",
            Self::Bug => "bug",
            Self::NotYet => "not_yet",
            Self::Stopped => "stopped",
        }
    }

    /// The process' exit.
    pub const fn exit(self) -> Exit {
        match self {
            Self::Ready => Exit::Ok,
            Self::NotReady => Exit::Failed,
            Self::Invalid => Exit::Invalid,
            Self::CannotTell => Exit::CannotTell,
            Self::Findings => Exit::Findings,
            Self::Bug => Exit::Bug,
            Self::NotYet => Exit::Unavailable,
            Self::Stopped => Exit::Stopped,
        }
    }
}

/// The one place that makes a verdict of all: not ready before cannot tell before not yet before findings before ready.
/// A run that held nothing is invalid unless `allow_empty`.
pub fn whole(outcomes: &[Outcome], strict: bool, allow_empty: bool) -> Whole {
    let held = outcomes.iter().filter(|outcome| outcome.status != Status::Skipped).count();
    if held == 0 && !allow_empty {
        return Whole::Invalid;
    }
    let required = |status: Status| outcomes.iter().filter(move |outcome| outcome.required && outcome.status == status);
    // What was not reached before the deadline is open, not unknowable.
    let is_open = |outcome: &&Outcome| outcome.reason == "deadline";
    if required(Status::Fail).any(|outcome| !outcome.converges) {
        Whole::NotReady
    } else if required(Status::Unknown).any(|outcome| !is_open(&outcome)) {
        Whole::CannotTell
    } else if required(Status::Fail).next().is_some() || required(Status::Unknown).next().is_some() {
        Whole::NotYet
    } else if required(Status::Blocked).next().is_some() {
        // Blocked by what only warns; it could not be looked at all the same.
        Whole::CannotTell
    } else if strict && outcomes.iter().any(|outcome| outcome.status == Status::Warn) {
        Whole::Findings
    } else {
        Whole::Ready
    }
}

/// How many ended in each way; every status is there.
pub fn counts(outcomes: &[Outcome]) -> BTreeMap<Status, usize> {
    let count = |status| outcomes.iter().filter(|outcome| outcome.status == status).count();
    Status::ALL.into_iter().map(|status| (status, count(status))).collect()
}
