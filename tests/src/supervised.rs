//! A child process that never outlives this one, however this one ends.
//!
//! A small shell sits between: it reads a pipe that only this process holds open. When the pipe closes, by a drop, a
//! panic, Ctrl-C or SIGKILL, the shell ends the program. (Rust has no safe call for the kernel's own death signal.)

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Runs the program in its arguments until told to signal it, to wait for its end, or until its input closes.
const WATCH: &str = r#"
final=$1 folder=$2; shift 2
"$@" </dev/null &
program=$!
while read -r order; do
    case $order in
    wait) wait "$program"; exit ;;
    *) kill -s "$order" "$program" 2>/dev/null ;;
    esac
done
kill -s "$final" "$program" 2>/dev/null
wait "$program"
[ -z "$folder" ] || rm -rf "$folder"
"#;

/// The user that a program runs as, where it refuses to run as root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// How a program is run and ended.
#[derive(Debug)]
pub(crate) struct Program<'a> {
    pub(crate) command: Vec<String>,
    pub(crate) environment: &'a [(&'a str, &'a str)],
    pub(crate) account: Option<Account>,
    /// Where its output goes.
    pub(crate) log: &'a Path,
    /// The signal that ends it when nobody is left to ask.
    pub(crate) final_signal: &'static str,
    /// What is removed after it, by the shell: a drop may never happen.
    pub(crate) folder: Option<&'a Path>,
}

/// The running program.
#[derive(Debug)]
pub(crate) struct Supervised {
    shell: Child,
    orders: Option<ChildStdin>,
}

impl Program<'_> {
    pub(crate) fn start(self) -> std::io::Result<Supervised> {
        let log = std::fs::File::options().create(true).append(true).open(self.log)?;
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", WATCH, "watch", self.final_signal]);
        shell.arg(self.folder.unwrap_or(Path::new("")));
        shell.args(&self.command);
        shell.env_clear();
        for name in ["PATH", "HOME"] {
            shell.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        shell.envs(self.environment.iter().copied());
        shell.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        // Out of the terminal's group: Ctrl-C reaches this process alone, and the pipe does the rest.
        shell.process_group(0);
        if let Some(account) = self.account {
            shell.uid(account.uid).gid(account.gid);
        }
        let mut shell = shell.spawn()?;
        let orders = shell.stdin.take();
        Ok(Supervised { shell, orders })
    }
}

impl Supervised {
    /// Sends a signal and waits for the program's end.
    pub(crate) fn stop(mut self, signal: &str) {
        if let Some(mut orders) = self.orders.take() {
            // A shell that is gone has nothing left to stop.
            let _ = writeln!(orders, "{signal}\nwait");
            let _ = self.shell.wait();
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.orders = None;
        let _ = self.shell.wait();
    }
}
