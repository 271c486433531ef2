//! The least that has to be done, done with nothing around it.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use acceptance::{App, Secret, TestServer, Workspace, tls};
use futures_util::StreamExt;
use platform::tls::{TlsMode, client_config};
use rustls::ClientConfig;
use serde_json::Value;
use tokio_postgres::config::SslMode;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::subject::Subject;

/// As many logins side by side as the program's default.
const SIDE_BY_SIDE: usize = 8;
/// The one query that tells everything about the server.
const CATALOG: &str = include_str!("../../../provisioner/src/catalog/server.sql");

/// What the program's runs are compared with.
pub(crate) struct Floor<'a> {
    master: &'a Secret,
    apps: Vec<Secret>,
    /// The statements of a first run, with the database that they are for.
    statements: Vec<(String, String)>,
    folder: PathBuf,
}

impl<'a> Floor<'a> {
    /// Asks the program what a first run would send.
    pub(crate) fn new(server: &'a TestServer, workspace: &Workspace, apps: &[App], subject: &Subject) -> Self {
        subject.run("plan", &["--sql"]);
        let report = subject.report();
        let planned = report["apps"].as_array().expect("the apps of the report");
        let secrets: Vec<Secret> = apps.iter().map(|app| workspace.secret(&app.secret_path())).collect();
        let statements = planned.iter().zip(&secrets).flat_map(|(app, secret)| statements_of(app, secret)).collect();
        Self { master: server.master(), apps: secrets, statements, folder: workspace.path().to_owned() }
    }

    /// A first run: every statement, one after the other. By `psql`; by a session of our own where that is not there.
    pub(crate) async fn statements(&self) -> Duration {
        let script = self.folder.join("statements.sql");
        std::fs::write(&script, self.script()).expect("write the statements");
        let mut psql = Command::new("psql");
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-f"]).arg(&script).arg(self.address());
        psql.env("PGPASSWORD", &self.master.password).stdin(Stdio::null());
        let started = Instant::now();
        match psql.status() {
            Ok(status) => {
                assert!(status.success(), "psql ended with {status}");
                started.elapsed()
            }
            Err(_) => self.statements_without_psql().await,
        }
    }

    /// The statements as `psql` reads them.
    fn script(&self) -> String {
        let mut text = String::new();
        let mut current = "postgres";
        for (database, sql) in &self.statements {
            if database != current {
                text.push_str(&format!("\\connect {database}\n"));
                current = database;
            }
            text.push_str(sql);
            text.push('\n');
        }
        text
    }

    fn address(&self) -> String {
        let Secret { host, port, username, .. } = self.master;
        let roots = tls::authority_file();
        format!(
            "host={host} port={port} user={username} dbname=postgres sslmode=verify-full sslrootcert={}",
            roots.display()
        )
    }

    async fn statements_without_psql(&self) -> Duration {
        let started = Instant::now();
        let mut session: Option<(&str, Client)> = None;
        for (database, sql) in &self.statements {
            if session.as_ref().is_none_or(|(current, _)| current != database) {
                let secret = Secret { dbname: database.clone(), ..self.master.clone() };
                session = Some((database, log_in(&secret, &connector()).await.0));
            }
            let (_, client) = session.as_ref().expect("it was opened above");
            for statement in sql.lines() {
                client.batch_execute(statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
            }
        }
        started.elapsed()
    }

    /// One query on the server, in a session that is there.
    pub(crate) async fn catalog(&self) -> Duration {
        let secret = Secret { dbname: "postgres".to_owned(), ..self.master.clone() };
        let (client, ..) = log_in(&secret, &connector()).await;
        let started = Instant::now();
        client.query_typed(CATALOG, &[(&Vec::<String>::new(), Type::TEXT_ARRAY)]).await.expect("read the catalogs");
        started.elapsed()
    }

    /// The master's login and each app's, as many side by side as in the program, and on one thread as there.
    pub(crate) fn logins(&self) -> Duration {
        let work = async {
            let connector = connector();
            let started = Instant::now();
            end(log_in(&Secret { dbname: "postgres".to_owned(), ..self.master.clone() }, &connector).await).await;
            let logins = futures_util::stream::iter(&self.apps);
            logins.for_each_concurrent(SIDE_BY_SIDE, async |secret| end(log_in(secret, &connector).await).await).await;
            started.elapsed()
        };
        let thread = || {
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("start a runtime").block_on(work)
        };
        std::thread::scope(|scope| scope.spawn(thread).join().expect("the thread that logs in"))
    }
}

/// A session and the task that drives it.
type Open = (Client, tokio::task::JoinHandle<()>);

/// TLS as the program does it.
fn connector() -> MakeRustlsConnect {
    let config = client_config(TlsMode::VerifyFull, Some(&tls::authority_file())).expect("the authority's certificate");
    MakeRustlsConnect::new(ClientConfig::clone(&config))
}

async fn log_in(secret: &Secret, tls: &MakeRustlsConnect) -> Open {
    let mut config = Config::new();
    config.host(&secret.host).port(secret.port).user(&secret.username).password(&secret.password);
    config.dbname(&secret.dbname).application_name("benchmark").ssl_mode(SslMode::Require);
    let (client, connection) = config.connect(tls.clone()).await.expect("log in");
    let driver = tokio::spawn(async move { connection.await.expect("the connection of a session") });
    (client, driver)
}

/// Says goodbye and waits until the server has heard it.
async fn end((client, driver): Open) {
    drop(client);
    driver.await.expect("the driver of a session");
}

/// The statements of one app of a plan's report, with a verifier in the place that the plan leaves open for it.
fn statements_of(app: &Value, secret: &Secret) -> Vec<(String, String)> {
    let verifier = postgres_protocol::password::scram_sha_256(secret.password.as_bytes());
    let steps = app["steps"].as_array().expect("the steps of an app");
    let statements = |step: &Value| {
        let sql = step["sql"].as_str()?.replace("<SCRAM verifier>", &verifier);
        Some((step["database"].as_str()?.to_owned(), sql))
    };
    steps.iter().filter_map(statements).collect()
}
