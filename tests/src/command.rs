//! The program under test as a process: how it is started, watched, stopped, and what it left.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::finished::Finished;

/// A command that is about to run. The program gets nothing from this process' environment, not even `HOME`.
#[derive(Debug)]
pub struct Run {
    program: PathBuf,
    command: String,
    flags: Vec<(String, String)>,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    workspace: PathBuf,
    folder: PathBuf,
    working_folder: PathBuf,
    user: Option<u32>,
    patience: Duration,
}

/// A command that runs. It is killed when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// What any user of the machine, or root, can read about the process: its arguments and its environment.
    visible: String,
    run: Run,
    started: Instant,
}

impl Run {
    pub(crate) fn new(program: &Path, command: &str, workspace: &Path, folder: &Path) -> Self {
        Self {
            program: program.to_owned(),
            command: command.to_owned(),
            flags: Vec::new(),
            arguments: Vec::new(),
            environment: Vec::new(),
            workspace: workspace.to_owned(),
            folder: folder.to_owned(),
            working_folder: workspace.to_owned(),
            user: None,
            patience: Duration::from_secs(90),
        }
    }

    /// The folder for what this run writes: `out/`, `audit.csv`, `termination`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Sets a flag, in place of what it was.
    #[must_use]
    pub fn flag(mut self, name: &str, value: impl ToString) -> Self {
        self = self.without(name);
        self.flags.push((name.to_owned(), value.to_string()));
        self
    }

    /// Takes a flag away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.flags.retain(|(flag, _)| flag != name);
        self
    }

    /// Adds arguments as they are, behind the flags.
    #[must_use]
    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(ToString::to_string));
        self
    }

    /// Sets a variable of the program's environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl ToString) -> Self {
        self.environment.push((name.to_owned(), value.to_string()));
        self
    }

    /// Takes a variable of the program's environment away.
    #[must_use]
    pub fn without_env(mut self, name: &str) -> Self {
        self.environment.retain(|(variable, _)| variable != name);
        self
    }

    /// Starts the program in this folder instead of the workspace's.
    #[must_use]
    pub fn within(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.working_folder);
        self
    }

    /// Starts the program as this user and group, who need no entry in any file. Only root can do that.
    #[must_use]
    pub fn user(mut self, id: u32) -> Self {
        self.user = Some(id);
        self
    }

    /// How long the program may take until it is killed and the test fails.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Runs the program to its end.
    pub fn run(self) -> Finished {
        self.spawn().wait()
    }

    /// Runs the program and checks its exit code; see [`Finished::expect`].
    #[track_caller]
    pub fn expect(self, code: i32) -> Finished {
        self.run().expect(code)
    }

    /// Starts the program.
    pub fn spawn(self) -> Running {
        let mut command = Command::new(&self.program);
        command.arg(&self.command);
        for (name, value) in &self.flags {
            command.arg(format!("{name}={value}"));
        }
        command.args(&self.arguments).env_clear().envs(self.environment.iter().cloned());
        // Files, not pipes: nobody needs to empty them while the program runs.
        let stdout = File::create(self.folder.join("stdout")).expect("make a file for standard output");
        let stderr = File::create(self.folder.join("stderr")).expect("make a file for standard error");
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command.current_dir(&self.working_folder).stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        let started = Instant::now();
        let child = command.spawn().unwrap_or_else(|error| panic!("start {}: {error}", self.program.display()));
        let visible = visible_of(child.id());
        Running { child, visible, run: self, started }
    }
}

impl Running {
    /// The process' number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs; kills it and panics when its time is over.
    pub fn is_running(&mut self) -> bool {
        self.ended().is_none()
    }

    /// Waits for something that it brings about, and panics with all that it left if it ends without.
    pub async fn until(&mut self, what: &str, is_there: impl AsyncFn() -> bool) {
        loop {
            let ended = self.ended();
            if is_there().await {
                return;
            }
            if let Some(status) = ended {
                panic!("ended before {what}: {}", self.finished(status));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What it has written to standard error so far.
    pub fn stderr(&self) -> String {
        fs::read_to_string(self.run.folder.join("stderr")).unwrap_or_default()
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, signal: &str) {
        // By way of the shell's own kill: Rust has no safe call for it, and not every machine has the program.
        let sent =
            Command::new("/bin/sh").args(["-c", "kill -s \"$0\" \"$1\"", signal]).arg(self.id().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "send SIG{signal} to {}", self.id());
    }

    /// Kills it, so that it can do nothing more, and waits for its end.
    pub fn kill(mut self) -> Finished {
        self.child.kill().expect("kill a child process");
        self.wait()
    }

    /// Waits for its end; kills it and panics when its time is over.
    pub fn wait(mut self) -> Finished {
        loop {
            if let Some(status) = self.ended() {
                return self.finished(status);
            }
            // Programs rewrite what can be seen of them now and then.
            let visible = visible_of(self.child.id());
            if !visible.is_empty() && !self.visible.contains(&visible) {
                self.visible.push_str(&visible);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// How it ended, if it has; kills it and panics when its time is over.
    fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().expect("ask after a child process");
        let patience = self.run.patience;
        if status.is_none() && self.started.elapsed() > patience {
            self.child.kill().expect("kill a child process");
            let status = self.child.wait().expect("wait for a child process");
            panic!("still running after {patience:?}, killed: {}", self.finished(status));
        }
        status
    }

    fn finished(&mut self, status: ExitStatus) -> Finished {
        let visible = std::mem::take(&mut self.visible);
        Finished::read(
            status,
            &self.run.command,
            &self.run.workspace,
            &self.run.folder,
            (visible, self.started.elapsed()),
        )
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The arguments and the environment of a process, as `ps` shows them; empty where the machine has no /proc.
fn visible_of(id: u32) -> String {
    let read = |name: &str| fs::read(format!("/proc/{id}/{name}")).unwrap_or_default();
    let bytes = [read("cmdline"), read("environ")].concat();
    String::from_utf8_lossy(&bytes).replace('\0', "\n")
}
