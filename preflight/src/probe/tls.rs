//! TLS: whether it comes about, and with which certificate.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use platform::postgres::{ConnectFault, Connector, Timeouts, TlsStart};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use x509_cert::der::{Decode, Error};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::network::resolver_silent;
use crate::look::{Answer, Certificate, Tls, TlsAnswer, TlsProtocol};
use crate::verdict::CannotLook;

/// For each stage of a connection.
const STAGE: Duration = Duration::from_secs(5);

/// What both probes of servers with TLS allow themselves.
pub(super) const TIMEOUTS: Timeouts = Timeouts { connect: STAGE, tls: STAGE, login: STAGE, answer: STAGE };

/// Makes TLS connections, and trusts as the question says.
pub struct TlsProbe {
    postgres: Arc<ClientConfig>,
    system: OnceLock<Result<Arc<ClientConfig>, CannotLook>>,
    timeouts: Timeouts,
}

impl TlsProbe {
    /// A probe that trusts PostgreSQL servers as `postgres` says. The system's own trust anchors are read when the first
    /// question needs them.
    pub const fn new(postgres: Arc<ClientConfig>) -> Self {
        Self { postgres, system: OnceLock::new(), timeouts: TIMEOUTS }
    }

    /// Answers a question.
    pub async fn look(&self, question: &Tls) -> Result<Answer, CannotLook> {
        let (config, start) = match question.protocol {
            TlsProtocol::Postgres => (Arc::clone(&self.postgres), TlsStart::Requested),
            TlsProtocol::Direct => (self.system.get_or_init(system_trust).clone()?, TlsStart::AtOnce),
        };
        let connector = Connector::new(&question.host, question.port, Some(config), "preflight");
        match connector.with_timeouts(self.timeouts).certificate(start).await.map_err(|error| error.fault) {
            Ok(shown) => {
                let read = certificate(&shown).map_err(|error| {
                    let Tls { host, port, .. } = question;
                    CannotLook::new("protocol", format!("cannot read the certificate of {host}:{port}: {error}"))
                })?;
                Ok(Answer::Tls(TlsAnswer::Established(read)))
            }
            Err(ConnectFault::ResolverSilent) => Err(resolver_silent(&question.host)),
            Err(fault) => Ok(Answer::Tls(TlsAnswer::Failed(fault))),
        }
    }
}

/// As OpenSSL has it: `SSL_CERT_FILE` and `SSL_CERT_DIR`, or where the system keeps them.
fn system_trust() -> Result<Arc<ClientConfig>, CannotLook> {
    let loaded = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(loaded.certs);
    if roots.is_empty() {
        let why = loaded.errors.first().map_or_else(String::new, |error| format!(": {error}"));
        let summary = format!("cannot judge certificates: this system has no trust anchors{why}");
        return Err(CannotLook::new("trust", summary)
            .fix("use an image with CA certificates, or point SSL_CERT_FILE at a bundle of them"));
    }
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map(|builder| Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
        .map_err(|error| CannotLook::new("protocol", format!("cannot set up TLS: {error}")))
}

fn certificate(der: &[u8]) -> Result<Certificate, Error> {
    let parsed = x509_cert::Certificate::from_der(der)?;
    let tbs = parsed.tbs_certificate();
    let until = tbs.validity().not_after.to_unix_duration().as_secs();
    let names = tbs.get_extension::<SubjectAltName>()?.map(|(_, names)| names.0).unwrap_or_default();
    Ok(Certificate {
        not_after: i64::try_from(until).unwrap_or(i64::MAX),
        issuer: tbs.issuer().to_string(),
        names: names.iter().filter_map(name).collect(),
    })
}

/// Of all kinds of names these are those that a client compares with a host.
fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.as_str().to_ascii_lowercase()),
        GeneralName::IpAddress(octets) => address(octets.as_bytes()).map(|address| address.to_string()),
        _ => None,
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
}

#[cfg(test)]
mod tests;
