//! What a process is given, and how it speaks before any of it has been checked.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::telemetry::LogFormat;

/// Where Kubernetes looks for a container's message.
pub const TERMINATION_LOG: &str = "/dev/termination-log";

/// Arguments and environment.
#[derive(Clone, Debug, Default)]
pub struct Process {
    /// The arguments, the program's name first.
    pub arguments: Vec<OsString>,
    /// Names and values; what is no UTF-8 is left out.
    pub environment: Vec<(String, String)>,
}

impl Process {
    /// What this process was given: the only place that reads the environment.
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    pub fn this() -> Self {
        let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        Self { arguments: std::env::args_os().collect(), environment: std::env::vars_os().filter_map(text).collect() }
    }

    /// A variable that is set to something.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let mut set = self.environment.iter().filter(|(_, value)| !value.is_empty());
        set.find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What is needed to say anything at all.
#[derive(Clone, Debug)]
pub struct Voice {
    /// How log lines look.
    pub log_format: LogFormat,
    /// Where the message for Kubernetes goes.
    pub termination_log: PathBuf,
}

impl Voice {
    /// How the run speaks, by its flags.
    pub fn new(log_format: Option<LogFormat>, termination_log: Option<PathBuf>) -> Self {
        Self {
            log_format: log_format.unwrap_or_default(),
            termination_log: termination_log.unwrap_or_else(|| PathBuf::from(TERMINATION_LOG)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Process;

    #[test]
    fn an_empty_variable_is_not_set() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let process = Process { environment: vec![pair("A", ""), pair("B", "b")], ..Process::default() };
        assert_eq!((process.variable("A"), process.variable("B"), process.variable("C")), (None, Some("b"), None));
    }
}
