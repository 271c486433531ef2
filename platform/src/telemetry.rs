//! Logs on stderr: JSON lines off a terminal, readable text on one.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

impl std::str::FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            _ => Err("must be auto, json or text".to_owned()),
        }
    }
}

/// Sends the process' logs to stderr. `filter` is the value of `RUST_LOG` where it is set; without it only warnings are
/// shown, for what is done stands on stdout, in the report and in the audit already.
///
/// A second call changes nothing.
pub fn start(format: LogFormat, filter: Option<&str>) {
    let terminal = std::io::stderr().is_terminal();
    let json = format == LogFormat::Json || (format == LogFormat::Auto && !terminal);
    // The SDK warns on every run without a shared configuration file, which is the normal case in a pod; the Kubernetes
    // client logs as errors what is an answer here.
    let default = "warn,aws_config=error,kube_client=off";
    let filter = EnvFilter::try_new(filter.unwrap_or(default)).unwrap_or_else(|_| EnvFilter::new(default));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if json {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        lines.with_ansi(terminal).without_time().with_target(false).compact().try_init()
    };
    // Only a test calls this twice.
    drop(started);
}
