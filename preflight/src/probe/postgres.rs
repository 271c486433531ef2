//! PostgreSQL: whether a secret logs in, and what the role may do.

use std::sync::Arc;

use platform::credentials::Credentials;
use platform::postgres::{ConnectFault, Connector, Login, SessionSettings, StatementFault};
use rustls::ClientConfig;
use serde_json::Value;

use super::network::resolver_silent;
use super::tls::TIMEOUTS;
use crate::look::{Answer, PostgresAnswer, RoleFacts};
use crate::verdict::CannotLook;

const APPLICATION: &str = concat!("preflight/", env!("CARGO_PKG_VERSION"));
const ROLE_FACTS: &str = include_str!("postgres/role_facts.sql");

/// Logs in with secrets, and reads the catalog.
pub struct PostgresProbe {
    tls: Arc<ClientConfig>,
}

impl PostgresProbe {
    /// A probe that trusts servers as `tls` says.
    pub const fn new(tls: Arc<ClientConfig>) -> Self {
        Self { tls }
    }

    /// What PostgreSQL says to a login, and then about the role that logged in: one attempt, one query that reads.
    pub async fn look(&self, credentials: &Credentials) -> Result<Answer, CannotLook> {
        let Credentials { username, password, host, port, dbname, .. } = credentials;
        let login = Login { user: username.clone(), password: password.clone(), database: dbname.clone() };
        let connector = Connector::new(host, *port, Some(Arc::clone(&self.tls)), APPLICATION).with_timeouts(TIMEOUTS);
        let session = match connector.connect(&login, &reading()).await.map_err(|error| error.fault) {
            Ok(session) => session,
            Err(ConnectFault::ResolverSilent) => return Err(resolver_silent(host)),
            Err(fault) => return Ok(Answer::Postgres(PostgresAnswer::Failed(fault))),
        };
        let told = session.text(ROLE_FACTS).await;
        session.close().await;
        let cannot = |fault: &StatementFault| {
            let summary =
                format!("cannot read the catalog as {username} in {dbname} at {host}:{port}: {}", words(fault));
            let cannot = CannotLook::new("query", summary);
            if fault.is_transient() { cannot.passing() } else { cannot }
        };
        let told = told.map_err(|fault| cannot(&fault))?;
        match facts(&told) {
            Some(facts) => Ok(Answer::Postgres(PostgresAnswer::Open(Box::new(facts)))),
            None => {
                Err(cannot(&StatementFault::Answer("the catalog's answer is not the one that was asked for".into())))
            }
        }
    }
}

/// Read only, short, and safe from what `ALTER ROLE … SET` may have left, another role included.
fn reading() -> SessionSettings {
    SessionSettings::default()
        .with("role", "none")
        .with("search_path", "pg_catalog")
        .with("default_transaction_read_only", "on")
        .with("statement_timeout", "5s")
        .with("client_min_messages", "warning")
}

fn words(fault: &StatementFault) -> String {
    match fault {
        StatementFault::Server { sqlstate, message, .. } => format!("{message} (SQLSTATE {sqlstate})"),
        StatementFault::ConnectionLost(why) => format!("connection lost ({why})"),
        StatementFault::TimedOut => "no answer in time".to_owned(),
        StatementFault::Answer(why) => why.clone(),
    }
}

/// A right that is not told is no right; a number that is not told makes all of it worthless.
fn facts(text: &str) -> Option<RoleFacts> {
    let told: Value = serde_json::from_str(text).ok()?;
    let word = |key: &str| told[key].as_str().map(ToOwned::to_owned);
    let number = |key: &str| told[key].as_u64().and_then(|number| u32::try_from(number).ok());
    let right = |key: &str| told[key].as_bool();
    Some(RoleFacts {
        role: word("role")?,
        database: word("database")?,
        version: number("version")?,
        can_login: right("can_login")?,
        can_create_databases: right("can_create_databases")?,
        may_connect: right("may_connect")?,
        may_create_schemas: right("may_create_schemas")?,
        may_create_in_public: right("may_create_in_public")?,
        owns_database: right("owns_database")?,
        in_recovery: right("in_recovery")?,
        max_connections: number("max_connections")?,
        reserved_connections: number("reserved_connections")?,
        used_connections: number("used_connections")?,
    })
}

#[cfg(test)]
mod tests {
    use platform::credentials::Credentials;
    use platform::postgres::{ConnectFault, StatementFault};
    use platform::tls::{TlsMode, client_config};

    use super::{PostgresProbe, facts, words};
    use crate::look::{Answer, PostgresAnswer};

    const TOLD: &str = r#"{"role": "backstage_user", "database": "backstage", "version": 150018, "can_login": true,
        "can_create_databases": true, "may_connect": true, "may_create_schemas": true, "may_create_in_public": true,
        "owns_database": true, "in_recovery": false, "max_connections": 81, "reserved_connections": 3,
        "used_connections": 12}"#;

    #[test]
    fn every_fact_must_be_told() {
        let told = facts(TOLD).unwrap();
        assert_eq!((told.role.as_str(), told.version, told.used_connections), ("backstage_user", 150_018, 12));
        assert!(told.owns_database && !told.in_recovery);
        for key in ["version", "may_create_in_public", "used_connections"] {
            assert_eq!(facts(&TOLD.replace(key, "other")), None, "{key}");
            let null = TOLD.replacen(&format!(r#""{key}": "#), &format!(r#""{key}": null, "x": "#), 1);
            assert_eq!(facts(&null), None, "{key}");
        }
    }

    #[test]
    fn a_query_that_fails_is_told_with_its_sqlstate() {
        let (sqlstate, message) = ("42501".to_owned(), "permission denied for view pg_roles".to_owned());
        let fault = StatementFault::Server { sqlstate, message, detail: None };
        assert_eq!(words(&fault), "permission denied for view pg_roles (SQLSTATE 42501)");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_an_answer() {
        let probe = PostgresProbe::new(client_config(TlsMode::VerifyFull, None).unwrap());
        let look = async |host: &str| {
            let secret = format!(r#"{{"username": "u", "password": "p", "host": "{host}", "port": 1, "dbname": "d"}}"#);
            probe.look(&Credentials::parse(&secret, &[]).unwrap()).await
        };
        let failed = |fault| Ok(Answer::Postgres(PostgresAnswer::Failed(fault)));
        assert_eq!(look("127.0.0.1").await, failed(ConnectFault::Refused));
        assert_eq!(look("no such host").await, failed(ConnectFault::NoSuchHost));
    }
}
