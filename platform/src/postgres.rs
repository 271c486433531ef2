//! Sessions with PostgreSQL.

mod certificate;
mod connector;
mod fault;
mod session;

use std::time::Duration;

pub use certificate::TlsStart;
pub use connector::Connector;
pub use fault::{CertificateFault, ConnectError, ConnectFault, Rejection, Stage, StatementFault};
pub use session::{Command, Session};
pub use tokio_postgres::types::{ToSql, Type};

use crate::password::Password;

/// Time-outs of one connection attempt.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the name and for TCP.
    pub connect: Duration,
    /// For the TLS handshake.
    pub tls: Duration,
    /// For authentication, until the server is ready.
    pub login: Duration,
    /// For the answer to one statement, on the client's side; the server has its own `statement_timeout`.
    pub answer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(5), tls: seconds(5), login: seconds(10), answer: seconds(330) }
    }
}

/// Who logs in, and where.
#[derive(Clone)]
pub struct Login {
    /// The role.
    pub user: String,
    /// Its password.
    pub password: Password,
    /// The database.
    pub database: String,
}

/// Settings of a session, sent with its start-up message: they win over what `ALTER ROLE … SET` left.
#[derive(Clone, Debug, Default)]
pub struct SessionSettings(Vec<(String, String)>);

impl SessionSettings {
    /// Adds the setting `name = value`.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn options(&self) -> String {
        let escaped = |value: &str| value.replace('\\', r"\\").replace(' ', r"\ ");
        self.0.iter().map(|(name, value)| format!("-c {name}={}", escaped(value))).collect::<Vec<_>>().join(" ")
    }
}
