//! Real PostgreSQL servers that look like the platform's RDS instance.

mod container;
mod local;
mod log;
mod pool;
mod session;
mod settings;
mod source;

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use container::Container;
use local::LocalServer;
use tokio_postgres::error::SqlState;

pub use local::free_port;
pub use log::LogMark;
pub use pool::Lease;

use crate::secret::{Secret, random_password};
use crate::tls::ServerTls;

/// How long a server may take until it accepts connections: seconds, and more on a machine that has much else to do.
const START_PATIENCE: Duration = Duration::from_mins(1);

/// What a server is like, where it differs from the platform's.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// What it shows to clients that ask for TLS.
    pub tls: ServerTls,
    /// Further lines of `postgresql.conf`.
    pub settings: Vec<(String, String)>,
    /// Binaries of this machine rather than a container, where there are any: nothing between client and server.
    pub local: bool,
}

/// A running server: TLS is on and forced, passwords may be stored as SCRAM or MD5, DDL is logged, and the master is
/// not a superuser.
#[derive(Debug)]
pub struct TestServer {
    major: u8,
    version: String,
    options: ServerOptions,
    superuser_password: String,
    master: Secret,
    backend: Backend,
    /// Where the log of the present holder begins.
    held_since: Option<log::LogMark>,
}

#[derive(Debug)]
enum Backend {
    Local(LocalServer),
    Container(Box<Container>),
}

/// The major versions under test: all that are supported, or those in `TEST_POSTGRES_MAJORS`.
pub fn majors() -> Vec<u8> {
    let Ok(list) = std::env::var("TEST_POSTGRES_MAJORS") else { return (13..=18).collect() };
    let parsed: Result<Vec<u8>, _> = list.split(',').map(|major| major.trim().parse()).collect();
    match parsed {
        Ok(majors) if majors.iter().all(|major| (13..=18).contains(major)) => majors,
        _ => panic!("TEST_POSTGRES_MAJORS={list}: a list such as 13,17 of versions from 13 to 18 is expected"),
    }
}

impl TestServer {
    /// A server for the holder alone until the lease ends, as a new instance is: no roles, no databases, settings and
    /// access rules as at the start. It may be one that an earlier test has used.
    pub async fn shared(major: u8) -> Lease {
        pool::lease(major).await
    }

    /// A server that nobody used before and nobody uses afterwards.
    pub async fn private(major: u8) -> Self {
        Self::with(major, ServerOptions::default()).await
    }

    /// A server of whatever version this machine has, or else Docker's newest.
    pub async fn of_any_version() -> Self {
        Self::private(source::newest_found().unwrap_or(18)).await
    }

    /// The same, of its own kind.
    pub async fn of_any_version_with(options: ServerOptions) -> Self {
        Self::with(source::newest_found().unwrap_or(18), options).await
    }

    /// A server with a fault in its TLS.
    pub async fn with_tls(major: u8, tls: ServerTls) -> Self {
        Self::with(major, ServerOptions { tls, ..ServerOptions::default() }).await
    }

    /// A server of its own kind.
    pub async fn with(major: u8, options: ServerOptions) -> Self {
        let superuser_password = random_password();
        let backend = Backend::start(major, &superuser_password, &options).await;
        let master = Secret {
            username: settings::MASTER.to_owned(),
            password: random_password(),
            // Loopback, wherever the server is: the certificate is for it, and TLS may be left out there.
            host: "127.0.0.1".to_owned(),
            port: backend.port(),
            dbname: settings::MASTER_DATABASE.to_owned(),
        };
        let mut server =
            Self { major, version: String::new(), options, superuser_password, master, backend, held_since: None };
        let first = server.until_it_answers().await;
        server.version = first.query_one("SHOW server_version", &[]).await.expect("ask for the version").get(0);
        server.furnish(&first).await;
        note_server(&server);
        server
    }

    /// The major version.
    pub fn major(&self) -> u8 {
        self.major
    }

    /// The version as the server tells it, such as `15.18`.
    pub fn version(&self) -> &str {
        self.version.split(' ').next().unwrap_or_default()
    }

    /// The address that the server's certificate is for.
    pub fn host(&self) -> &str {
        &self.master.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.master.port
    }

    /// What the master logs in with; also what its secret holds.
    pub fn master(&self) -> &Secret {
        &self.master
    }

    /// What an application would log in with: a new password, at this server.
    pub fn secret(&self, username: &str, dbname: &str) -> Secret {
        Secret { username: username.to_owned(), dbname: dbname.to_owned(), ..self.master.clone() }
            .with_password(&random_password())
    }

    /// The trust anchors for this server, for `--ca-bundle`.
    pub fn ca_file(&self) -> PathBuf {
        crate::tls::authority_file()
    }

    /// The folder of the Unix socket; none where the server runs in a container.
    pub fn socket_folder(&self) -> Option<&Path> {
        match &self.backend {
            Backend::Local(server) => Some(server.socket_folder()),
            Backend::Container(_) => None,
        }
    }

    /// Ends the server tidily: sessions are told, a checkpoint is written.
    pub async fn stop(&mut self) {
        match &mut self.backend {
            Backend::Local(server) => server.stop("INT"),
            Backend::Container(container) => container.stop(false).await,
        }
    }

    /// Ends the server as a crash would.
    pub async fn crash(&mut self) {
        match &mut self.backend {
            Backend::Local(server) => server.stop("QUIT"),
            Backend::Container(container) => container.stop(true).await,
        }
    }

    /// Starts a stopped server, on its data and port, and waits until it answers.
    pub async fn start(&mut self) {
        match &mut self.backend {
            Backend::Local(server) => server.resume(),
            Backend::Container(container) => container.resume().await,
        }
        self.until_it_answers().await;
    }

    /// Stops and starts the server.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    async fn until_it_answers(&self) -> tokio_postgres::Client {
        let started = Instant::now();
        loop {
            let error = match self.try_superuser("postgres").await {
                Ok(client) => return client,
                Err(error) => error,
            };
            let refused = error.code().is_some_and(|code| *code != SqlState::CANNOT_CONNECT_NOW);
            let gone = match &self.backend {
                Backend::Local(server) => server.log().contains("FATAL:  could not"),
                Backend::Container(container) => !container.is_running().await,
            };
            if refused || gone || started.elapsed() > START_PATIENCE {
                let log = self.log().await;
                panic!("{self} does not start: {error}: {:?}\n{log}", std::error::Error::source(&error));
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
}

/// Leaves a line about a server for `tests/run`, which tells what was tested against.
fn note_server(server: &TestServer) {
    let folder = crate::installed::setup_folder();
    let file = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::File::options().create(true).append(true).open(folder.join("servers")));
    // Of no consequence for a test.
    let _ = file.and_then(|mut file| writeln!(file, "{server}"));
}

impl Display for TestServer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let kind = match self.backend {
            Backend::Local(_) => "local binaries",
            Backend::Container(_) => "Docker",
        };
        write!(
            f,
            "PostgreSQL {} ({kind})",
            if self.version.is_empty() { self.major.to_string() } else { self.version().to_owned() }
        )
    }
}

/// The versions that this machine's binaries give and Docker does not: a registry that cannot be reached may take long
/// to say so, and is asked once.
static WITHOUT_IMAGE: Mutex<BTreeSet<u8>> = Mutex::new(BTreeSet::new());

fn is_without_image(major: u8) -> bool {
    WITHOUT_IMAGE.lock().expect("the versions without an image").contains(&major)
}

impl Backend {
    async fn start(major: u8, superuser_password: &str, options: &ServerOptions) -> Self {
        let found = || source::found_binaries(major).filter(|_| options.local || is_without_image(major));
        if let Some(binaries) = source::named_binaries(major).or_else(found) {
            return Self::Local(LocalServer::start(binaries, superuser_password, options));
        }
        let docker = match Container::start(major, superuser_password, options).await {
            Ok(container) => return Self::Container(Box::new(container)),
            Err(error) => error,
        };
        match source::found_binaries(major) {
            Some(binaries) => {
                WITHOUT_IMAGE.lock().expect("the versions without an image").insert(major);
                Self::Local(LocalServer::start(binaries, superuser_password, options))
            }
            None => panic!("{}", source::instructions(major, &docker.to_string())),
        }
    }

    fn port(&self) -> u16 {
        match self {
            Self::Local(server) => server.port(),
            Self::Container(container) => container.port(),
        }
    }
}
