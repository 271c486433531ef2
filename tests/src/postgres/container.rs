//! A server in a Docker container.

use testcontainers::core::{ImageExt, IntoContainerPort};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, TestcontainersError};

use super::ServerOptions;
use super::local::free_port;
use super::settings::{SUPERUSER, configuration, host_based_access};
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

/// A container with a server.
#[derive(Debug)]
pub(super) struct Container {
    docker: Option<ContainerAsync<GenericImage>>,
    host: String,
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
        let host = match container.get_host().await?.to_string() {
            local if local == "localhost" => "127.0.0.1".to_owned(),
            other => other,
        };
        Ok(Self { docker: Some(container), host, port })
    }

    pub(super) fn host(&self) -> &str {
        &self.host
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
    pub(super) async fn stop(&self, at_once: bool) {
        let patience = if at_once { 0 } else { 30 };
        self.docker().stop_with_timeout(Some(patience)).await.expect("stop a container");
    }

    /// Starts the server on its old data and port.
    pub(super) async fn resume(&self) {
        self.docker().start().await.expect("start a container");
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
