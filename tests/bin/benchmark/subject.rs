//! The program under measurement, as a workflow runs it: with files to write, and off a terminal.

use std::cell::Cell;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use acceptance::workspace::ENVIRONMENT;
use acceptance::{SecretsManager, Workspace, tls};
use serde_json::Value;

use crate::sample::Sample;

/// How often the memory of a run is looked at: often enough for what grows over milliseconds, seldom enough not to be
/// in the way of what is measured.
const LOOK: Duration = Duration::from_millis(3);

/// Runs one program in one workspace.
pub(crate) struct Subject {
    program: PathBuf,
    folder: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
    /// In KiB, of the last run.
    peak: Cell<u64>,
}

impl Subject {
    pub(crate) fn new(program: &Path, workspace: &Workspace) -> Self {
        let folder = workspace.path().to_owned();
        let arguments = vec![
            format!("--env={ENVIRONMENT}"),
            format!("--tfvars={}", workspace.tfvars().display()),
            format!("--secrets=file:{}", workspace.secrets_folder().display()),
            format!("--ca-bundle={}", tls::authority_file().display()),
            format!("--out={}", folder.join("out").display()),
            format!("--audit-output={}", folder.join("audit.csv").display()),
        ];
        Self { program: program.to_owned(), folder, arguments, environment: Vec::new(), peak: Cell::new(0) }
    }

    /// Any program that works in a folder.
    pub(crate) fn of(
        program: &Path,
        folder: &Path,
        arguments: Vec<String>,
        environment: Vec<(&'static str, String)>,
    ) -> Self {
        Self { program: program.to_owned(), folder: folder.to_owned(), arguments, environment, peak: Cell::new(0) }
    }

    /// The same with secrets from AWS.
    pub(crate) fn with_aws(mut self, secrets: &SecretsManager) -> Self {
        self.arguments.retain(|argument| !argument.starts_with("--secrets="));
        self.environment = secrets.environment().to_vec();
        self
    }

    /// Runs a command that must succeed; gives how long it took.
    pub(crate) fn run(&self, command: &str, flags: &[&str]) -> Duration {
        let file = |name: &str| File::create(self.folder.join(name)).expect("make a file for a run's output");
        let mut process = Command::new(&self.program);
        process.arg(command).args(&self.arguments).args(flags).env_clear().envs(self.environment.iter().cloned());
        process.stdin(Stdio::null()).stdout(file("stdout")).stderr(file("stderr"));
        let started = Instant::now();
        let child = process.spawn().unwrap_or_else(|error| panic!("start {}: {error}", self.program.display()));
        let (took, peak) = watch(child, started).unwrap_or_else(|code| {
            let said = std::fs::read_to_string(self.folder.join("stderr")).unwrap_or_default();
            panic!("`{} {command}` ended with {code}:\n{said}", self.program.display())
        });
        self.peak.set(peak);
        took
    }

    /// The peak memory of the last run, in MB.
    pub(crate) fn peak(&self) -> f64 {
        f64::from(u32::try_from(self.peak.get()).unwrap_or(u32::MAX)) * 1024.0 / 1e6
    }

    /// The report of the last run.
    pub(crate) fn report(&self) -> Value {
        let file = self.folder.join("out/report.json");
        serde_json::from_slice(&std::fs::read(&file).expect("read the report")).expect("the report is JSON")
    }
}

/// Waits for the end; meanwhile another thread looks at the memory. The kernel's own account of an ended process
/// (`ru_maxrss`) would include what this process had when it started it.
fn watch(mut child: Child, started: Instant) -> Result<(Duration, u64), String> {
    let status_file = PathBuf::from(format!("/proc/{}/status", child.id()));
    std::thread::scope(|scope| {
        let (over, until_over) = std::sync::mpsc::channel::<()>();
        let peak = scope.spawn(move || {
            let mut peak = 0;
            while until_over.recv_timeout(LOOK) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                peak = peak.max(high_water(&status_file).unwrap_or(0));
            }
            peak
        });
        let ended = child.wait().expect("wait for a child process");
        let took = started.elapsed();
        drop(over);
        let peak = peak.join().expect("the thread that looks at the memory");
        if ended.success() { Ok((took, peak)) } else { Err(ended.to_string()) }
    })
}

/// A process' peak memory in KiB; none where the machine does not tell, or the process is gone.
fn high_water(status: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

/// How long a program takes that says its version and ends.
pub(crate) fn start_up(program: &Path) -> Sample {
    let mut sample = Sample::default();
    for _ in 0..101 {
        let mut process = Command::new(program);
        process.arg("--version").env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        let status = process.status().unwrap_or_else(|error| panic!("start {}: {error}", program.display()));
        sample.add(started.elapsed());
        assert!(status.success(), "{} --version ended with {status}", program.display());
    }
    sample
}
