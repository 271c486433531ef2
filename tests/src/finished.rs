//! What a run of the program under test left behind.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::Value;

use crate::workspace::files_below;

/// The phrases for which Argo retries a step, as its controller has them: written down here and not taken from the
/// program, which is to be held against them.
pub const ARGO_PHRASES: [&str; 5] = [
    "connect: connection refused",
    "connection reset by peer",
    "connection timed out",
    "TLS handshake timeout",
    "i/o timeout",
];

/// A run that is over.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The exit code; none where a signal ended the process.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// All of standard output.
    pub stdout: String,
    /// All of standard error.
    pub stderr: String,
    /// `report.json`, if it was written.
    pub report: Option<Value>,
    /// What is in the folder of `--out`, by name.
    pub out: BTreeMap<String, String>,
    /// What was written for the termination message.
    pub termination: Option<String>,
    /// The audit file as it is.
    pub audit: String,
    /// How long the run took.
    pub took: Duration,
    pub(crate) visible: String,
    pub(crate) workspace: PathBuf,
    command: String,
}

impl Finished {
    pub(crate) fn read(
        status: ExitStatus,
        command: &str,
        workspace: &Path,
        folder: &Path,
        (visible, took): (String, Duration),
    ) -> Self {
        let text = |path: &Path| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).ok();
        let out_folder = folder.join("out");
        let out: BTreeMap<String, String> = files_below(&out_folder)
            .iter()
            .filter_map(|file| Some((file.strip_prefix(&out_folder).ok()?.display().to_string(), text(file)?)))
            .collect();
        let parse =
            |text: &String| serde_json::from_str(text).unwrap_or_else(|error| panic!("report.json: {error}\n{text}"));
        Self {
            code: status.code(),
            signal: status.signal(),
            stdout: text(&folder.join("stdout")).unwrap_or_default(),
            stderr: text(&folder.join("stderr")).unwrap_or_default(),
            report: out.get("report.json").map(parse),
            out,
            termination: text(&folder.join("termination")),
            audit: text(&folder.join("audit.csv")).unwrap_or_default(),
            took,
            visible,
            workspace: workspace.to_owned(),
            command: command.to_owned(),
        }
    }

    /// Checks the exit code; a panic shows everything that the run said.
    #[track_caller]
    #[must_use]
    pub fn expect(self, code: i32) -> Self {
        assert!(self.code == Some(code), "exit code {code} expected: {self}");
        self
    }

    /// The report; panics where none was written.
    #[track_caller]
    pub fn report(&self) -> &Value {
        self.report.as_ref().unwrap_or_else(|| panic!("no report.json: {self}"))
    }

    /// A file in the folder of `--out`, without the line's end; panics where it was not written.
    #[track_caller]
    pub fn output(&self, name: &str) -> &str {
        self.out.get(name).unwrap_or_else(|| panic!("no file {name} in --out: {self}")).trim_end()
    }

    /// The number of steps that wrote, or would write.
    #[track_caller]
    pub fn changes(&self) -> u64 {
        self.output("changes").parse().unwrap_or_else(|_| panic!("changes is no number: {self}"))
    }

    /// The first line of the termination message; empty where there is none.
    pub fn termination_line(&self) -> &str {
        self.termination.as_deref().and_then(|message| message.lines().next()).unwrap_or_default()
    }

    /// One application's part of the report; panics where it is not in it.
    #[track_caller]
    pub fn app(&self, name: &str) -> &Value {
        let apps = self.report()["apps"].as_array().map(Vec::as_slice).unwrap_or_default();
        apps.iter().find(|app| app["app"] == name).unwrap_or_else(|| panic!("no app {name} in the report: {self}"))
    }

    /// The rows of the audit file, by column.
    pub fn audit_rows(&self) -> Vec<BTreeMap<String, String>> {
        csv::Reader::from_reader(self.audit.as_bytes())
            .deserialize()
            .map(|row| row.unwrap_or_else(|error| panic!("the audit file is no CSV: {error}\n{}", self.audit)))
            .collect()
    }

    /// Everything that was written or could be seen, under a name for each place.
    pub(crate) fn traces(&self) -> Vec<(String, String)> {
        let secrets = self.workspace.join("secrets");
        let mut traces = vec![("arguments and environment".to_owned(), self.visible.clone())];
        for file in files_below(&self.workspace).into_iter().filter(|file| !file.starts_with(&secrets)) {
            let bytes = fs::read(&file).unwrap_or_default();
            let place = file.strip_prefix(&self.workspace).unwrap_or(&file).display().to_string();
            traces.push((place, String::from_utf8_lossy(&bytes).into_owned()));
        }
        traces
    }
}

impl Display for Finished {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { command, code, signal, took, stdout, stderr, .. } = self;
        writeln!(f, "`{command}` ended with code {code:?}, signal {signal:?} after {took:?}")?;
        writeln!(f, "---- stdout\n{stdout}\n---- stderr\n{stderr}")?;
        writeln!(f, "---- termination message\n{}", self.termination.as_deref().unwrap_or("(none)"))?;
        for (name, content) in &self.out {
            writeln!(f, "---- --out {name}\n{content}")?;
        }
        write!(f, "---- audit\n{}", self.audit)
    }
}
