//! What can be looked at, and what is seen: both as data.
//!
//! A [`Look`] is a question; the probes (`probe/`) answer it once for all checks that ask the same. An [`Answer`] is
//! what was seen, be it good or bad: a host that does not exist is an answer. Only what could not be asked is a
//! [`CannotLook`](crate::verdict::CannotLook).

mod answer;
mod aws;
mod request;

use std::net::{IpAddr, SocketAddr};

use crate::kinds::Kind;
pub use answer::{
    Absent, Answer, Certificate, HttpAnswer, LoginFacts, PostgresAnswer, RoleFacts, SecretContent, TcpAnswer,
    TlsAnswer, ValueState,
};
pub use aws::Aws;
pub use request::surroundings;

/// A question to the world.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Look {
    /// To the Kubernetes API.
    Kubernetes(Kubernetes),
    /// To AWS.
    Aws(Aws),
    /// What is in a secret (Secrets Manager's `GetSecretValue`): its keys, never its values.
    SecretContent {
        /// The whole path.
        path: String,
    },
    /// What the system's resolver makes of a host name.
    Resolve {
        /// The name.
        host: String,
    },
    /// Records in DNS, asked by a resolver of their own.
    Dns(Dns),
    /// Whether a port takes connections.
    Tcp {
        /// Name or address.
        host: String,
        /// The port.
        port: u16,
    },
    /// Whether TLS comes about, and with which certificate.
    Tls(Tls),
    /// What a URL answers to GET; redirections are not followed.
    Http {
        /// The whole URL.
        url: String,
        /// With these credentials, for `grant_type=client_credentials` (a POST then).
        client: Option<HttpClient>,
    },
    /// What PostgreSQL says to a login with a secret, and then about the role that logged in.
    Postgres {
        /// The secret's path.
        secret: String,
    },
}

/// Where a client of `OpenID` Connect has its credentials.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpClient {
    /// Its id.
    pub id: String,
    /// The path of the secret that holds its secret.
    pub secret: String,
    /// The key in that secret.
    pub key: String,
}

/// A question to the Kubernetes API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kubernetes {
    /// One object.
    Get {
        /// Its kind.
        kind: Kind,
        /// Its namespace; empty where the kind has none.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// All objects of a kind, of one namespace or (empty) of all. Answered by a JSON array of whole objects.
    List {
        /// The kind.
        kind: Kind,
        /// The namespace, or empty.
        namespace: String,
        /// A label selector, or empty.
        labels: String,
    },
    /// `GET /readyz`, or `/version` where that is not allowed. Answered by a JSON string.
    Ready,
    /// `GET /version`. Answered by its JSON.
    Version,
    /// Whether the run's own account may do something (`SelfSubjectAccessReview`). Answered by its `status`.
    MayI {
        /// The verb.
        verb: &'static str,
        /// On what.
        kind: Kind,
        /// In which namespace, or empty.
        namespace: String,
        /// On which object, or empty.
        name: String,
    },
    /// Makes a claim of 1 GiB and a pod that uses it, waits until it is bound, and deletes both. Answered by
    /// `{"bound": bool, "seconds": number, "events": [text], "cleaned": bool}`.
    StorageTrial {
        /// The storage class; empty for the default one.
        class: String,
        /// Where.
        namespace: String,
    },
}

/// Records in DNS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dns {
    /// The name.
    pub name: String,
    /// Of which type.
    pub kind: RecordKind,
    /// The resolver that is asked; none for the system's. See [`resolver_address`].
    pub server: Option<SocketAddr>,
}

/// A resolver's address as the profile has it: an IP address, with or without a port.
pub fn resolver_address(text: &str) -> Option<SocketAddr> {
    text.parse().ok().or_else(|| text.parse().ok().map(|address: IpAddr| SocketAddr::new(address, 53)))
}

/// A type of DNS records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// Name servers.
    Ns,
    /// IPv4 and IPv6 addresses.
    Address,
}

/// A TLS connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tls {
    /// Name or address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How it begins.
    pub protocol: TlsProtocol,
}

/// How a TLS connection begins, and whom it trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TlsProtocol {
    /// With PostgreSQL's `SSLRequest`; the trust anchors are those of `--ca-bundle`, or Amazon's RDS roots.
    Postgres,
    /// At once; the system's trust anchors.
    Direct,
}
