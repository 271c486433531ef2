//! What is seen, be it good or bad.

use std::collections::BTreeMap;
use std::net::IpAddr;

use platform::postgres::ConnectFault;
use serde_json::Value;

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A document.
    Json(Value),
    /// There is no such thing.
    Absent(Absent),
    /// What is in a secret.
    Secret(SecretContent),
    /// What the resolver said: the addresses, or none where the name does not exist.
    Addresses(Vec<IpAddr>),
    /// Records, in the form of a zone file; none where there is none.
    Records(Vec<String>),
    /// What a port did.
    Tcp(TcpAnswer),
    /// What TLS did.
    Tls(TlsAnswer),
    /// What HTTP did.
    Http(HttpAnswer),
    /// What PostgreSQL did.
    Postgres(PostgresAnswer),
}

/// In what way something is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The object.
    Object,
    /// The kind of object: the API group, or the resource in it, is not served (no operator is installed).
    Kind,
}

/// What is in a secret, without its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretContent {
    /// The version's id.
    pub version: String,
    /// Whether it has a current value (`AWSCURRENT`) at all.
    pub has_value: bool,
    /// Whether it is one JSON object.
    pub is_object: bool,
    /// Its keys, and what is behind each. A text that is no JSON object is under the empty key.
    pub keys: BTreeMap<String, ValueState>,
    /// Who would log in where, if it says so.
    pub login: Option<LoginFacts>,
}

/// What is behind a key of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueState {
    /// Something.
    Present,
    /// Nothing: an empty text, or null.
    Empty,
    /// A text that stands for one yet to come.
    Placeholder,
}

/// All of a database secret but its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginFacts {
    /// The role.
    pub username: String,
    /// The server's host name or address.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// The database.
    pub dbname: String,
    /// The instance's name, where the secret has it.
    pub instance: Option<String>,
}

/// What a port did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TcpAnswer {
    /// It took the connection.
    Open {
        /// Where it is.
        peer: IpAddr,
    },
    /// It refused.
    Refused {
        /// Where it is.
        peer: IpAddr,
    },
    /// It did not answer.
    TimedOut {
        /// Where it should be.
        peer: IpAddr,
        /// The address that asked.
        local: Option<IpAddr>,
    },
    /// There is no way there; the system's word.
    Unreachable(String),
    /// The name does not exist.
    NoSuchHost,
}

/// What TLS did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsAnswer {
    /// It came about.
    Established(Certificate),
    /// It did not.
    Failed(ConnectFault),
}

/// A server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Until when it is valid, in seconds since 1970.
    pub not_after: i64,
    /// Who signed it.
    pub issuer: String,
    /// The names that it is for.
    pub names: Vec<String>,
}

/// What HTTP did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpAnswer {
    /// An answer.
    Answered {
        /// The status.
        status: u16,
        /// The media type, without parameters.
        content_type: String,
        /// Where it sends to, if it does.
        location: Option<String>,
        /// Its first 64 KiB, as text.
        body: String,
    },
    /// None.
    Failed(platform::aws::NetworkFault),
}

/// What PostgreSQL did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostgresAnswer {
    /// It took the login; what it says of the role.
    Open(Box<RoleFacts>),
    /// It did not.
    Failed(ConnectFault),
}

/// What PostgreSQL says of a role that has logged in, and of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a right that the server tells")]
pub struct RoleFacts {
    /// The role.
    pub role: String,
    /// The database.
    pub database: String,
    /// `server_version_num`, such as 150018.
    pub version: u32,
    /// `rolcanlogin`.
    pub can_login: bool,
    /// `rolcreatedb`, or a superuser.
    pub can_create_databases: bool,
    /// `CONNECT` on the database.
    pub may_connect: bool,
    /// `CREATE` on the database.
    pub may_create_schemas: bool,
    /// `CREATE` on the schema `public`.
    pub may_create_in_public: bool,
    /// Whether it owns the database.
    pub owns_database: bool,
    /// `pg_is_in_recovery()`: a read replica.
    pub in_recovery: bool,
    /// `max_connections`.
    pub max_connections: u32,
    /// Those that ordinary roles cannot have.
    pub reserved_connections: u32,
    /// Those in use, without the one that asked.
    pub used_connections: u32,
}
