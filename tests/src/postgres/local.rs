//! A server from binaries on this machine, in a temporary folder.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::ServerOptions;
use super::settings::{SUPERUSER, configuration, host_based_access};
use crate::supervised::{Account, Program, Supervised};

/// A server process, its data and its log.
#[derive(Debug)]
pub(super) struct LocalServer {
    // Before the folder: the server ends first.
    running: Option<Supervised>,
    binaries: PathBuf,
    folder: TempDir,
    account: Option<Account>,
    port: u16,
}

impl LocalServer {
    /// Makes a cluster and starts it.
    pub(super) fn start(binaries: PathBuf, superuser_password: &str, options: &ServerOptions) -> Self {
        let folder =
            tempfile::Builder::new().prefix("acceptance-postgres-").tempdir().expect("make a folder for a server");
        let account = unprivileged_account();
        if let Some(Account { uid, gid }) = account {
            chown(folder.path(), Some(uid), Some(gid)).expect("give the server its folder");
        }
        let mut server = Self { running: None, binaries, folder, account, port: free_port() };
        server.initialise(superuser_password);
        server.configure(options);
        server.resume();
        server
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The folder of the Unix socket.
    pub(super) fn socket_folder(&self) -> &Path {
        self.folder.path()
    }

    /// Everything that the server has logged.
    pub(super) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.log_file()).expect("read the server's log")).into_owned()
    }

    /// Ends the server at once, as a crash would (`QUIT`), or tidily (`INT`).
    pub(super) fn stop(&mut self, signal: &str) {
        if let Some(running) = self.running.take() {
            running.stop(signal);
        }
    }

    /// Starts the server on its old data and port.
    pub(super) fn resume(&mut self) {
        let folder = self.folder.path().display().to_string();
        let command = [
            self.binaries.join("postgres").display().to_string(),
            format!("-D{}", self.data().display()),
            format!("-p{}", self.port),
            "-clisten_addresses=127.0.0.1".to_owned(),
            format!("-cunix_socket_directories={folder}"),
        ];
        let program = Program {
            command: command.to_vec(),
            environment: &[("LC_ALL", "C"), ("TZ", "UTC")],
            account: self.account,
            log: &self.log_file(),
            final_signal: "QUIT",
            folder: Some(self.folder.path()),
        };
        self.running = Some(program.start().expect("start a PostgreSQL server"));
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    fn initialise(&self, superuser_password: &str) {
        let password_file = self.folder.path().join("password");
        fs::write(&password_file, superuser_password).expect("write the superuser's password");
        let mut initdb = Command::new(self.binaries.join("initdb"));
        initdb.arg("-D").arg(self.data()).arg("--pwfile").arg(&password_file);
        initdb.args([
            "-U",
            SUPERUSER,
            "-E",
            "UTF8",
            "--locale=C",
            "--auth=scram-sha-256",
            "--no-sync",
            "--wal-segsize=1",
        ]);
        initdb.env("LC_ALL", "C").env("TZ", "UTC").current_dir(self.folder.path());
        if let Some(Account { uid, gid }) = self.account {
            initdb.uid(uid).gid(gid);
        }
        let program = self.binaries.join("initdb");
        let done =
            initdb.output().unwrap_or_else(|error| panic!("run {} as {:?}: {error}", program.display(), self.account));
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{} failed: {said}", program.display());
    }

    fn configure(&self, options: &ServerOptions) {
        let data = self.data();
        let settings = data.join("postgresql.conf");
        let shipped = fs::read_to_string(&settings).expect("read postgresql.conf");
        fs::write(&settings, shipped + &configuration(options)).expect("write postgresql.conf");
        fs::write(data.join("pg_hba.conf"), host_based_access(options.tls).join("\n") + "\n")
            .expect("write pg_hba.conf");
        if let Some(identity) = options.tls.identity() {
            self.write_private("server.crt", &identity.certificate_pem);
            self.write_private("server.key", &identity.key_pem);
        }
    }

    fn write_private(&self, name: &str, content: &str) {
        let path = self.data().join(name);
        fs::write(&path, content).expect("write the server's TLS files");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("narrow the TLS files' permissions");
        if let Some(Account { uid, gid }) = self.account {
            chown(&path, Some(uid), Some(gid)).expect("give the server its TLS files");
        }
    }
}

/// A port on loopback that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bind a port on loopback");
    listener.local_addr().expect("the address of a bound port").port()
}

/// PostgreSQL refuses to run as root: as root, it runs as `postgres`, or `nobody`.
fn unprivileged_account() -> Option<Account> {
    use std::os::unix::fs::MetadataExt;
    if fs::metadata("/proc/self").ok()?.uid() != 0 {
        return None;
    }
    let accounts = fs::read_to_string("/etc/passwd").expect("read /etc/passwd");
    let find = |name: &str| {
        let line = accounts.lines().find(|line| line.starts_with(&format!("{name}:")))?;
        let fields: Vec<&str> = line.split(':').collect();
        Some(Account { uid: fields.get(2)?.parse().ok()?, gid: fields.get(3)?.parse().ok()? })
    };
    find("postgres").or_else(|| find("nobody"))
}
