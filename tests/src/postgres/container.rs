//! A server in a Docker container.

use testcontainers::core::{ImageExt, IntoContainerPort};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, TestcontainersError};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::ServerOptions;
use super::local::free_port;
use super::settings::{SUPERUSER, configuration, host_based_access};
use crate::engine::Background;
use crate::{engine, leftovers};

/// Run by the image after its own set-up: until then only a temporary server on a socket has run.
const CONFIGURE: &str = r#"
cat /acceptance/postgresql.conf >>"$PGDATA/postgresql.conf"
cp /acceptance/pg_hba.conf "$PGDATA/pg_hba.conf"
if [ -e /acceptance/server.key ]; then
    cp /acceptance/server.crt /acceptance/server.key "$PGDATA"
    chmod 600 "$PGDATA/server.key"
fi
"#;

/// A container with a server, which is reached on this machine's loopback wherever its daemon is.
#[derive(Debug)]
pub(super) struct Container {
    docker: Option<ContainerAsync<GenericImage>>,
    /// Where the daemon publishes its ports, if that is not this machine.
    elsewhere: Option<String>,
    passage: Option<Background>,
    port: u16,
}

impl Container {
    /// Starts a container, pulling its image where it is not there. It may take a while to accept connections.
    pub(super) async fn start(
        major: u8,
        superuser_password: &str,
        options: &ServerOptions,
    ) -> Result<Self, TestcontainersError> {
        // A port of our choice, because Docker would choose another one after a restart.
        let port = free_port();
        // Named and noted before it exists: this process may be killed while Docker is at work on it.
        let name = format!("acceptance-{}-{:08x}", std::process::id(), rand::random::<u32>());
        leftovers::remove_container(&name);
        let mut request = GenericImage::new("postgres", &major.to_string())
            .with_mapped_port(port, 5432.tcp())
            .with_env_var("POSTGRES_USER", SUPERUSER)
            .with_env_var("POSTGRES_DB", "postgres")
            .with_env_var("POSTGRES_PASSWORD", superuser_password)
            .with_env_var("POSTGRES_INITDB_ARGS", "--no-sync --wal-segsize=1 --locale=C --encoding=UTF8")
            .with_container_name(name)
            .with_label("acceptance.owner", std::process::id().to_string())
            .with_copy_to("/acceptance/postgresql.conf", configuration(options).into_bytes())
            .with_copy_to("/acceptance/pg_hba.conf", (host_based_access(options.tls).join("\n") + "\n").into_bytes())
            .with_copy_to("/docker-entrypoint-initdb.d/configure.sh", CONFIGURE.as_bytes().to_vec());
        if let Some(identity) = options.tls.identity() {
            request = request
                .with_copy_to("/acceptance/server.crt", identity.certificate_pem.into_bytes())
                .with_copy_to("/acceptance/server.key", identity.key_pem.into_bytes());
        }
        let container = request.start().await?;
        let host = container.get_host().await?.to_string();
        let elsewhere = (!is_this_machine(&host).await).then_some(host);
        let mut container = Self { docker: Some(container), elsewhere, passage: None, port };
        container.open_passage().await;
        Ok(container)
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) async fn is_running(&self) -> bool {
        self.docker().is_running().await.expect("ask Docker about a container")
    }

    /// Everything that the server has logged.
    pub(super) async fn log(&self) -> String {
        let log = self.docker().stderr_to_vec().await.expect("read a container's log");
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Ends the server at once, as a crash would, or tidily.
    pub(super) async fn stop(&mut self, at_once: bool) {
        self.passage = None;
        let patience = if at_once { 0 } else { 30 };
        self.docker().stop_with_timeout(Some(patience)).await.expect("stop a container");
    }

    /// Starts the server on its old data and port.
    pub(super) async fn resume(&mut self) {
        self.docker().start().await.expect("start a container");
        self.open_passage().await;
    }

    async fn open_passage(&mut self) {
        if let Some(host) = &self.elsewhere {
            self.passage = Some(passage(host.clone(), self.port).await);
        }
    }

    fn docker(&self) -> &ContainerAsync<GenericImage> {
        self.docker.as_ref().expect("a container until it is dropped")
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // Its removal is asynchronous, and a test may let go of it outside of any runtime.
        let _context = engine::enter();
        self.docker = None;
    }
}

/// Whether that name or address is one of this machine's own.
///
/// What testcontainers calls the daemon's host says little: on a machine with a file `/.dockerenv` it is the bridge's
/// address, and that only once the daemon's network has survived a restart. No certificate names that address, and the
/// program under test would not take it for this machine.
async fn is_this_machine(host: &str) -> bool {
    TcpListener::bind((host, 0)).await.is_ok()
}

/// Lets clients on this machine reach another's port as if it were here.
async fn passage(host: String, port: u16) -> Background {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("bind the port of a server that is elsewhere");
    Background::start(async move {
        let mut connections = JoinSet::new();
        while let Ok((mut client, _)) = listener.accept().await {
            let host = host.clone();
            connections.spawn(async move {
                if let Ok(mut server) = TcpStream::connect((host.as_str(), port)).await {
                    // How a connection ends is for its two sides to notice.
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                }
            });
        }
    })
}
