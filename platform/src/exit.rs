//! The exit codes of both binaries: a public contract, listed in the README.

use std::process::ExitCode;

/// How a run ended, as the process tells it.
///
/// 64 and 65 are never used: the executor of Argo Workflows owns them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// In sync, or now in sync; ready.
    Ok = 0,
    /// Something could not be done, or is not there: somebody must act.
    Failed = 1,
    /// The input (a flag, a settings file, the tfvars, the content of a secret) is not valid.
    Invalid = 2,
    /// An approval is missing, or a guardrail holds.
    Refused = 3,
    /// The verification could not be carried out.
    CannotTell = 4,
    /// Only when asked for: changes or warnings were found.
    Findings = 5,
    /// A defect of this program (a panic).
    Bug = 70,
    /// Something could not be reached or is busy; the same run may succeed later.
    Unavailable = 75,
    /// Stopped by SIGTERM or SIGINT.
    Stopped = 143,
}

impl Exit {
    /// The process' exit code.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
