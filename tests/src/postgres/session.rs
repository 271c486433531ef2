//! Sessions on a test server: the judge's, the master's, the applications'; and furnishing the instance.

use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::TestServer;
use super::settings::{self, SUPERUSER};
use crate::engine;
use crate::secret::Secret;
use crate::tls::{ServerTls, trusting_client, verifying_client};

impl TestServer {
    /// A superuser's session in `postgres`, for judging and for making drift. The program under test never has this.
    pub async fn superuser(&self) -> Client {
        self.superuser_in("postgres").await
    }

    /// A superuser's session in a database.
    pub async fn superuser_in(&self, database: &str) -> Client {
        self.try_superuser(database)
            .await
            .unwrap_or_else(|error| panic!("connect to {self} as the superuser: {error:?}"))
    }

    /// The master's session in its own database.
    pub async fn as_master(&self) -> Client {
        self.login(&self.master).await.unwrap_or_else(|error| panic!("connect to {self} as the master: {error:?}"))
    }

    /// Logs in as an application would: TLS, the certificate verified, at the address that the secret names.
    pub async fn login(&self, secret: &Secret) -> Result<Client, Error> {
        let mut config = Config::new();
        config.host(&secret.host).port(secret.port).user(&secret.username).password(&secret.password);
        config.dbname(&secret.dbname).application_name("acceptance");
        self.connect(&config, verifying_client()).await
    }

    pub(super) async fn try_superuser(&self, database: &str) -> Result<Client, Error> {
        let mut config = Config::new();
        config.host(&self.master.host).port(self.master.port).user(SUPERUSER).password(&self.superuser_password);
        config.dbname(database).application_name("judge");
        self.connect(&config, trusting_client()).await
    }

    async fn connect(&self, config: &Config, tls: rustls::ClientConfig) -> Result<Client, Error> {
        let mut config = config.clone();
        if self.options.tls == ServerTls::Off {
            let (client, connection) = config.connect(NoTls).await?;
            engine::spawn(connection);
            return Ok(client);
        }
        config.ssl_mode(SslMode::Require);
        let (client, connection) = config.connect(MakeRustlsConnect::new(tls)).await?;
        engine::spawn(connection);
        Ok(client)
    }

    /// Makes the roles and databases of a fresh instance.
    pub(super) async fn furnish(&self, superuser: &Client) {
        for statement in settings::instance_statements(&self.master) {
            superuser.batch_execute(&statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        }
    }

    /// Brings a used server back to what it was at its start.
    pub(super) async fn reset(&self) -> Result<(), Error> {
        let template = self.try_superuser("template1").await?;
        self.restore_access_rules(&template).await?;
        template.batch_execute("ALTER SYSTEM RESET ALL").await?;
        let owner = if self.major >= 15 { "pg_database_owner" } else { SUPERUSER };
        template.batch_execute(&format!("ALTER SCHEMA public OWNER TO {owner}")).await?;
        template.batch_execute("SELECT pg_catalog.pg_reload_conf()").await?;
        template.batch_execute(settings::NO_OTHER_TEMPLATES).await?;
        for row in template.query(settings::DATABASES_TO_DROP, &[]).await? {
            template.batch_execute(row.get(0)).await?;
        }
        template.batch_execute(settings::WIPE_ROLES).await?;
        template.batch_execute("CREATE DATABASE postgres TEMPLATE template0").await?;
        // A session in the template stands in the way of new databases.
        drop(template);
        self.furnish(&self.try_superuser("postgres").await?).await;
        Ok(())
    }

    /// Makes the master the owner of schema `public` in the template of new databases. Before PostgreSQL 15 that schema
    /// is the bootstrap superuser's, and nobody else can close it to `PUBLIC` or let guests in.
    pub async fn let_master_own_public_schema(&self) {
        let template = self.superuser_in("template1").await;
        let statement = format!("ALTER SCHEMA public OWNER TO {}", settings::MASTER);
        template.batch_execute(&statement).await.expect("give the master the schema");
    }

    /// Puts lines in front of the rules that say who may log in how (`pg_hba.conf`).
    pub async fn prepend_access_rules(&self, lines: &[&str]) {
        let superuser = self.superuser().await;
        let rules =
            lines.iter().map(ToString::to_string).chain(settings::host_based_access(self.options.tls)).collect();
        write_access_rules(&superuser, rules).await.expect("write pg_hba.conf");
    }

    async fn restore_access_rules(&self, superuser: &Client) -> Result<(), Error> {
        write_access_rules(superuser, settings::host_based_access(self.options.tls)).await
    }

    /// Changes a setting of the running server, for as long as the lease.
    pub async fn set(&self, name: &str, value: &str) {
        let superuser = self.superuser().await;
        let statement = format!("ALTER SYSTEM SET {name} = '{}'", value.replace('\'', "''"));
        superuser.batch_execute(&statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        reload(&superuser).await.expect("reload the settings");
    }
}

/// The server writes the file itself, so that a container needs no other treatment.
async fn write_access_rules(superuser: &Client, rules: Vec<String>) -> Result<(), Error> {
    let file: String = superuser.query_one("SHOW hba_file", &[]).await?.get(0);
    let lines: Vec<String> = rules.iter().map(|rule| format!("('{}')", rule.replace('\'', "''"))).collect();
    superuser.batch_execute(&format!("COPY (VALUES {}) TO '{file}'", lines.join(","))).await?;
    reload(superuser).await
}

/// Settings and access rules are read again by the postmaster alone at first: a session sees them after its own
/// signal, new sessions at once when the postmaster has worked through it.
async fn reload(superuser: &Client) -> Result<(), Error> {
    superuser.batch_execute("SELECT pg_catalog.pg_reload_conf()").await?;
    let loaded = "SELECT pg_catalog.pg_conf_load_time() > pg_catalog.now() - interval '1 hour'";
    superuser.batch_execute(loaded).await?;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    Ok(())
}
