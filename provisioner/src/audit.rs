//! Audit rows: one for each step, flushed as it happens, so that a run that dies leaves its evidence.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use platform::clock::rfc3339;
use serde::Serialize;

use crate::outcome::Outcome;

/// The columns that existing consumers read; none may be added.
const COLUMNS: [&str; 10] = [
    "timestamp_utc",
    "environment",
    "build_id",
    "run_id",
    "database",
    "username",
    "action",
    "status",
    "duration_ms",
    "message",
];

/// Why there is no audit.
#[derive(Debug, thiserror::Error)]
#[error("open the audit file {path} for appending: {source}")]
pub struct AuditError {
    path: String,
    source: io::Error,
}

/// What every row of a run says.
#[derive(Clone, Debug)]
pub struct Labels {
    pub environment: String,
    pub build_id: String,
    pub run_id: String,
}

/// What a row says of its app, and what only JSON lines have room for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    pub database: &'a str,
    pub username: &'a str,
    pub secret: &'a str,
    pub secret_version: Option<&'a str>,
    pub plan_digest: Option<&'a str>,
    pub server: Option<&'a str>,
    pub master: Option<&'a str>,
    pub caller: Option<&'a str>,
}

/// The files that rows are appended to.
pub struct Audit {
    labels: Labels,
    sinks: Vec<Sink>,
}

struct Sink {
    name: PathBuf,
    lines: bool,
    begun: bool,
    target: Target,
}

enum Target {
    File(File),
    Stdout,
}

#[derive(Serialize)]
struct Line<'a> {
    timestamp_utc: String,
    environment: &'a str,
    build_id: &'a str,
    run_id: &'a str,
    database: &'a str,
    username: &'a str,
    action: &'static str,
    status: &'static str,
    duration_ms: u128,
    message: &'a str,
    app: &'a str,
    target: &'a str,
    sqlstate: Option<&'a str>,
    secret: &'a str,
    secret_version: Option<&'a str>,
    plan_digest: Option<&'a str>,
    server: Option<&'a str>,
    master: Option<&'a str>,
    caller: Option<&'a str>,
}

impl Audit {
    /// Opens the files, before anything else is done. `-` is stdout.
    pub fn open(paths: &[PathBuf], labels: Labels) -> Result<Self, AuditError> {
        let sinks = paths.iter().map(|path| Sink::open(path)).collect::<Result<_, _>>()?;
        Ok(Self { labels, sinks })
    }

    /// Whether any of the files has room for more than the columns.
    pub fn has_lines(&self) -> bool {
        self.sinks.iter().any(|sink| sink.lines)
    }

    /// Appends one row to each file. The errors are told, file by file, and end nothing: the run's own report and log
    /// still have the row.
    pub fn append(&mut self, outcome: &Outcome, context: &Context<'_>) -> Vec<String> {
        let Self { labels, sinks } = self;
        let mut errors = Vec::new();
        for sink in sinks {
            if let Err(error) = sink.append(labels, outcome, context) {
                errors.push(format!("audit row not written to {}: {error}", sink.name.display()));
            }
        }
        errors
    }
}

impl Sink {
    fn open(path: &Path) -> Result<Self, AuditError> {
        let fault = |source| AuditError { path: path.display().to_string(), source };
        let lines = path.extension().is_some_and(|extension| extension == "jsonl");
        let name = path.to_owned();
        if path == Path::new("-") {
            return Ok(Self { name, lines, begun: false, target: Target::Stdout });
        }
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(fault)?;
        let begun = file.metadata().map_err(fault)?.len() > 0;
        Ok(Self { name, lines, begun, target: Target::File(file) })
    }

    fn append(&mut self, labels: &Labels, outcome: &Outcome, context: &Context<'_>) -> io::Result<()> {
        let mut row = Vec::new();
        if self.lines {
            serde_json::to_writer(&mut row, &line(labels, outcome, context))?;
            row.push(b'\n');
        } else {
            let mut csv = csv::Writer::from_writer(&mut row);
            if !self.begun {
                csv.write_record(COLUMNS)?;
            }
            csv.write_record(record(labels, outcome, context))?;
            csv.flush()?;
        }
        self.begun = true;
        // One call: another run that appends to the same file does not get between.
        match &mut self.target {
            Target::File(file) => file.write_all(&row),
            Target::Stdout => {
                let mut out = io::stdout().lock();
                out.write_all(&row).and_then(|()| out.flush())
            }
        }
    }
}

fn record(labels: &Labels, outcome: &Outcome, context: &Context<'_>) -> [String; 10] {
    [
        rfc3339(outcome.at),
        labels.environment.clone(),
        labels.build_id.clone(),
        labels.run_id.clone(),
        context.database.to_owned(),
        context.username.to_owned(),
        outcome.action.as_str().to_owned(),
        outcome.status.audit().to_owned(),
        outcome.took.as_millis().to_string(),
        outcome.message.clone(),
    ]
}

fn line<'a>(labels: &'a Labels, outcome: &'a Outcome, context: &Context<'a>) -> Line<'a> {
    Line {
        timestamp_utc: rfc3339(outcome.at),
        environment: &labels.environment,
        build_id: &labels.build_id,
        run_id: &labels.run_id,
        database: context.database,
        username: context.username,
        action: outcome.action.as_str(),
        status: outcome.status.audit(),
        duration_ms: outcome.took.as_millis(),
        message: &outcome.message,
        app: outcome.app.as_str(),
        target: &outcome.target,
        sqlstate: outcome.sqlstate.as_deref(),
        secret: context.secret,
        secret_version: context.secret_version,
        plan_digest: context.plan_digest,
        server: context.server,
        master: context.master,
        caller: context.caller,
    }
}
