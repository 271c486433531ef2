//! What comes of a check: as facts, with the words that a person needs. Pure.

#[cfg(test)]
pub mod example;

use std::fmt;

use crate::look::Look;

/// What is wrong, or worth a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A stable code that people script against, such as `timeout`.
    pub reason: &'static str,
    /// One sentence: what, where and why.
    pub summary: String,
    /// What was seen; never a secret's value.
    pub evidence: Vec<String>,
    /// What to do, where it is known better than by the check's row.
    pub remedy: Option<String>,
    /// Whether it passes by itself, where that differs from the check's row.
    pub converges: Option<bool>,
}

impl Finding {
    /// A finding without evidence.
    pub fn new(reason: &'static str, summary: impl Into<String>) -> Self {
        Self { reason, summary: summary.into(), evidence: Vec::new(), remedy: None, converges: None }
    }

    /// With what was seen.
    #[must_use]
    pub fn seen(mut self, evidence: impl IntoIterator<Item = String>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// With what to do.
    #[must_use]
    pub fn fix(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// It stays as it is until somebody acts.
    #[must_use]
    pub const fn for_good(mut self) -> Self {
        self.converges = Some(false);
        self
    }

    /// It passes by itself.
    #[must_use]
    pub const fn passing(mut self) -> Self {
        self.converges = Some(true);
        self
    }
}

/// What a judge says of what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be; what was seen, in a few words.
    Pass(String),
    /// Worth a warning, whatever the check's severity.
    Warn(Finding),
    /// Not as it should be.
    Fail(Finding),
    /// There is nothing to check here; the input or fact that makes it so.
    Skip(String),
}

/// Why something could not be looked at. This is never a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CannotLook {
    /// A stable code: `forbidden`, `denied`, `unreachable`, `timeout`, `protocol`, `deadline`, `outside`.
    pub reason: &'static str,
    /// One sentence: what could not be looked at, and why.
    pub summary: String,
    /// What to do: the permission that is missing, say.
    pub remedy: Option<String>,
    /// Whether looking again may help.
    pub may_pass: bool,
}

impl CannotLook {
    /// A reason that stays.
    pub fn new(reason: &'static str, summary: impl Into<String>) -> Self {
        Self { reason, summary: summary.into(), remedy: None, may_pass: false }
    }

    /// With what to do.
    #[must_use]
    pub fn fix(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Looking again may help.
    #[must_use]
    pub const fn passing(mut self) -> Self {
        self.may_pass = true;
        self
    }
}

/// Why a judge has no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Short {
    /// It has to look at these first.
    Look(Vec<Look>),
    /// It could not look.
    Cannot(CannotLook),
    /// What it stands on is not as it should be, which another check says: which one, and what. Only where that shows in
    /// the facts; what is known before stands in the row's `needs`.
    Blocked(String),
}

/// A verdict, or why there is none. `?` on what was not seen is the only way from a fact to a judge, so that what could
/// not be looked at cannot end as a pass.
pub type Judged = Result<Verdict, Short>;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Pass,
    /// Not as it should be, and not required.
    Warn,
    /// Not as it should be.
    Fail,
    /// Could not look.
    Unknown,
    /// A check that it needs failed.
    Blocked,
    /// Not in the run's scope.
    Skipped,
}

impl Status {
    /// All, in the order of the report's counts.
    pub const ALL: [Self; 6] = [Self::Pass, Self::Warn, Self::Fail, Self::Unknown, Self::Blocked, Self::Skipped];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Blocked => "blocked",
            Self::Skipped => "skipped",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
