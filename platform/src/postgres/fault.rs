//! Why a connection to PostgreSQL was not made, or a statement not carried out: as facts, with the words in one place.

use std::error::Error as _;
use std::fmt;
use std::io;

use rustls::CertificateError;
use tokio_postgres::error::SqlState;

use crate::error::chain;
use crate::resolver::NameFault;

/// How far a connection attempt had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// TCP, or a Unix socket.
    Connect,
    /// The TLS handshake.
    Tls,
    /// The start-up messages: authentication, and the server's word that it is ready.
    Login,
}

/// What the server said when it refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The SQLSTATE, five characters.
    pub sqlstate: String,
    /// The server's message; it names roles and databases, never a password.
    pub message: String,
    /// The server's function that refused: before authentication it is `InitProcess` or `ProcessStartupPacket`.
    pub routine: String,
}

/// What is wrong with the server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// None of the trusted roots signed it.
    UnknownIssuer,
    /// It is for another host.
    WrongHost,
    /// It is past its date.
    Expired,
    /// Its time has not come, or this machine's clock is wrong.
    NotYetValid,
    /// Anything else, in the library's words.
    Other(String),
}

/// Why no connection was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectFault {
    /// The name does not exist.
    NoSuchHost,
    /// The resolver does not answer.
    ResolverSilent,
    /// Nobody listens.
    Refused,
    /// There is no way there.
    Unreachable(String),
    /// Nothing came within the time-out.
    TimedOut(Stage),
    /// The connection was cut.
    Reset(Stage),
    /// Something answers, and it is not PostgreSQL.
    NotPostgres,
    /// The server has no TLS.
    NoTls,
    /// The server's certificate is not accepted.
    Certificate(CertificateFault),
    /// The TLS handshake failed in another way.
    Tls(String),
    /// The server refused the login.
    Rejected(Rejection),
    /// The messages that came are not those of the protocol.
    Protocol(String),
}

impl From<NameFault> for ConnectFault {
    fn from(fault: NameFault) -> Self {
        match fault {
            NameFault::NoSuchHost => Self::NoSuchHost,
            NameFault::ResolverSilent => Self::ResolverSilent,
        }
    }
}

/// Why no connection was made, and to where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectError {
    /// Host and port, or the folder of a Unix socket and port.
    pub address: String,
    /// Why.
    pub fault: ConnectFault,
}

impl ConnectError {
    /// Whether the same attempt may succeed by itself in a while.
    pub fn is_transient(&self) -> bool {
        match &self.fault {
            ConnectFault::ResolverSilent
            | ConnectFault::Refused
            | ConnectFault::Unreachable(_)
            | ConnectFault::TimedOut(_)
            | ConnectFault::Reset(_) => true,
            // Starting up, shutting down, in recovery, and too many connections.
            ConnectFault::Rejected(rejection) => {
                rejection.sqlstate.starts_with("57P0") || rejection.sqlstate == "53300"
            }
            _ => false,
        }
    }

    /// What the server said, where it was the server that refused.
    pub fn rejection(&self) -> Option<&Rejection> {
        match &self.fault {
            ConnectFault::Rejected(rejection) => Some(rejection),
            _ => None,
        }
    }
}

impl std::error::Error for ConnectError {}

impl fmt::Display for ConnectError {
    /// What, why and what to do. For a transient fault the text holds the phrase for which Argo retries a step.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = &self.address;
        match &self.fault {
            ConnectFault::NoSuchHost => write!(out, "host of {address} does not exist: check `host` in the secret"),
            ConnectFault::ResolverSilent => write!(out, "name of {address} not resolved: i/o timeout of the resolver"),
            ConnectFault::Refused => write!(out, "{address}: connect: connection refused; is the server running?"),
            ConnectFault::Unreachable(why) => write!(out, "no route to {address}: i/o timeout ({why})"),
            ConnectFault::TimedOut(Stage::Connect) => {
                write!(out, "{address}: connection timed out; check security groups and that this runs inside the VPC")
            }
            ConnectFault::TimedOut(Stage::Tls) => write!(out, "{address}: TLS handshake timeout"),
            ConnectFault::TimedOut(Stage::Login) => write!(out, "{address}: i/o timeout, no answer to the login"),
            ConnectFault::Reset(stage) => write!(out, "{address}: connection reset by peer during {}", stage.words()),
            ConnectFault::NotPostgres => write!(out, "{address} answers, but is not PostgreSQL: check `port`"),
            ConnectFault::NoTls => write!(out, "{address} offers no TLS: turn on `ssl` on the server"),
            ConnectFault::Certificate(fault) => write!(out, "certificate of {address} {fault}"),
            ConnectFault::Tls(why) => write!(out, "TLS to {address} failed: {why}"),
            ConnectFault::Rejected(rejection) => write!(out, "{address} {rejection}"),
            ConnectFault::Protocol(why) => write!(out, "{address} broke the protocol: {why}"),
        }
    }
}

impl Stage {
    const fn words(self) -> &'static str {
        match self {
            Self::Connect => "the connection",
            Self::Tls => "the TLS handshake",
            Self::Login => "the login",
        }
    }
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownIssuer => {
                out.write_str("is signed by none of the trusted CAs: pass the server's CA with --ca-bundle")
            }
            Self::WrongHost => out.write_str("is for another host: use the name that the certificate is for"),
            Self::Expired => out.write_str("has expired: renew it on the server"),
            Self::NotYetValid => out.write_str("is not valid yet: check the clocks"),
            Self::Other(why) => write!(out, "is not accepted: {why}"),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sqlstate, message, .. } = self;
        match sqlstate.as_str() {
            "53300" => write!(out, "has too many connections: i/o timeout waiting for a free one ({message})"),
            "57P03" => write!(out, "is starting up or in recovery: i/o timeout waiting for it ({message})"),
            code if code.starts_with("57P0") => write!(out, "is shutting down: i/o timeout waiting for it ({message})"),
            code => write!(out, "refused the login: {message} (SQLSTATE {code})"),
        }
    }
}

/// The fault behind an error of the library, met at `stage`.
pub(super) fn connect_fault(error: &tokio_postgres::Error, stage: Stage) -> ConnectFault {
    if let Some(db) = error.as_db_error() {
        return ConnectFault::Rejected(Rejection {
            sqlstate: db.code().code().to_owned(),
            message: db.message().to_owned(),
            routine: db.routine().unwrap_or_default().to_owned(),
        });
    }
    if error.is_closed() {
        return ConnectFault::Reset(stage);
    }
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(fault) = cause.downcast_ref::<io::Error>() {
            return io_fault(fault, stage);
        }
        source = cause.source();
    }
    ConnectFault::Protocol(chain(error))
}

/// The fault behind an error of the operating system, or of TLS, which wraps its own in one.
pub(super) fn io_fault(error: &io::Error, stage: Stage) -> ConnectFault {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return tls_fault(tls);
    }
    match error.kind() {
        // Not found: a Unix socket that is not there.
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => ConnectFault::Refused,
        io::ErrorKind::TimedOut => ConnectFault::TimedOut(stage),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            ConnectFault::Unreachable(error.to_string())
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => ConnectFault::Reset(stage),
        _ => ConnectFault::Protocol(error.to_string()),
    }
}

fn tls_fault(error: &rustls::Error) -> ConnectFault {
    let rustls::Error::InvalidCertificate(certificate) = error else { return ConnectFault::Tls(error.to_string()) };
    ConnectFault::Certificate(match certificate {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => CertificateFault::UnknownIssuer,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::WrongHost
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => CertificateFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => CertificateFault::NotYetValid,
        other => CertificateFault::Other(other.to_string()),
    })
}

/// Why a statement was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementFault {
    /// The server refused it, or warned where a warning means that nothing was done.
    Server {
        /// The SQLSTATE, five characters.
        sqlstate: String,
        /// The server's message.
        message: String,
        /// The server's detail, where it gave one.
        detail: Option<String>,
    },
    /// The connection was lost: it is not known whether the statement was carried out.
    ConnectionLost(String),
    /// No answer came within the time-out.
    TimedOut,
    /// The answer is not what was asked for: a defect of this program.
    Answer(String),
}

impl StatementFault {
    /// The fault behind an error of the library.
    pub fn of(error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            // The backend's last words before it cuts the connection.
            Some(db) if is_shutdown(db.code()) => Self::ConnectionLost(db.message().to_owned()),
            Some(db) => Self::Server {
                sqlstate: db.code().code().to_owned(),
                message: db.message().to_owned(),
                detail: db.detail().map(ToOwned::to_owned),
            },
            None if error.is_closed() => Self::ConnectionLost("connection closed".to_owned()),
            None => match error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
                Some(io) => Self::ConnectionLost(io.to_string()),
                None => Self::Answer(chain(error)),
            },
        }
    }

    /// The SQLSTATE, where the server gave one.
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Server { sqlstate, .. } => Some(sqlstate),
            _ => None,
        }
    }

    /// Whether the statement may succeed by itself in a while, after the server has been looked at again: the classes
    /// of a lost connection, a serialization failure, a deadlock, a lock not had, somebody else who was first.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::ConnectionLost(_) | Self::TimedOut => true,
            Self::Answer(_) => false,
            Self::Server { sqlstate, message, .. } => match sqlstate.as_str() {
                "40001" | "40P01" | "53300" | "55006" | "55P03" | "57014" | "42P04" | "42710" | "23505" => true,
                // No SQLSTATE of its own, and no translation: elog() in heapam.c.
                "XX000" => message.contains("tuple concurrently updated"),
                code => code.starts_with("08"),
            },
        }
    }
}

fn is_shutdown(code: &SqlState) -> bool {
    [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW].contains(code)
}

impl std::error::Error for StatementFault {}

impl fmt::Display for StatementFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server { sqlstate, message, detail: Some(detail) } => {
                write!(out, "{message} ({detail}; SQLSTATE {sqlstate})")
            }
            Self::Server { sqlstate, message, detail: None } => write!(out, "{message} (SQLSTATE {sqlstate})"),
            Self::ConnectionLost(why) => write!(out, "connection reset by peer ({why})"),
            Self::TimedOut => out.write_str("i/o timeout, no answer from the server"),
            Self::Answer(why) => write!(out, "unexpected answer: {why}"),
        }
    }
}
