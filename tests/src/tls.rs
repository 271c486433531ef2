//! A certificate authority for tests, the certificates that it signs, and TLS settings for both ends.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, ServerConfig, SignatureScheme};

/// The names that every good certificate of a test server carries.
pub const SERVER_NAMES: [&str; 4] = ["localhost", "127.0.0.1", "::1", "db.test"];

/// What a server shows to its clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServerTls {
    /// A certificate of the test authority, for [`SERVER_NAMES`].
    #[default]
    Trusted,
    /// The same, but its last day was in the past.
    Expired,
    /// A certificate for the right names by an authority that nobody trusts.
    OtherAuthority,
    /// A certificate of the test authority for `elsewhere.test`.
    OtherName,
    /// No TLS at all.
    Off,
}

/// A certificate with its private key.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) certificate_pem: String,
    pub(crate) key_pem: String,
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

/// A certificate authority with its certificate on disk, where a program under test can be pointed at it.
#[derive(Debug)]
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    file: PathBuf,
}

static TRUSTED: LazyLock<Authority> = LazyLock::new(|| Authority::new("acceptance test authority"));
static STRANGER: LazyLock<Authority> = LazyLock::new(|| Authority::new("another authority"));
static SERVER: LazyLock<Identity> = LazyLock::new(|| TRUSTED.sign(&SERVER_NAMES, (2024, 2124)));

/// The file that holds the test authority's certificate, for `--ca-bundle`.
pub fn authority_file() -> PathBuf {
    TRUSTED.file.clone()
}

/// The certificate file of an authority that signed nothing the tests' servers show, unless asked to.
pub fn other_authority_file() -> PathBuf {
    STRANGER.file.clone()
}

/// The identity of every good server, the proxy included. One for all, so that a proxy that ends TLS shows the same
/// certificate as the server behind it, and channel binding (which covers that certificate) holds through the proxy.
pub(crate) fn server_identity() -> &'static Identity {
    &SERVER
}

impl ServerTls {
    /// The identity that such a server shows; none without TLS.
    pub(crate) fn identity(self) -> Option<Identity> {
        match self {
            Self::Trusted => Some(SERVER.clone()),
            Self::Expired => Some(TRUSTED.sign(&SERVER_NAMES, (2020, 2021))),
            Self::OtherAuthority => Some(STRANGER.sign(&SERVER_NAMES, (2024, 2124))),
            Self::OtherName => Some(TRUSTED.sign(&["elsewhere.test"], (2024, 2124))),
            Self::Off => None,
        }
    }
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("generate the authority's key");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).expect("sign the authority's certificate");
        let folder = tempfile::Builder::new().prefix("acceptance-tls-").tempdir().expect("make a folder").keep();
        crate::leftovers::remove_folder(&folder);
        let file = folder.join("authority.pem");
        std::fs::write(&file, certificate.pem()).expect("write the authority's certificate");
        Self { certificate: certificate.der().clone(), issuer: Issuer::new(params, key), file }
    }

    fn sign(&self, names: &[&str], (from, until): (i32, i32)) -> Identity {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let key = KeyPair::generate().expect("generate a server's key");
        let mut params = CertificateParams::new(names).expect("names of a certificate");
        params.distinguished_name.push(DnType::CommonName, "postgres");
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).expect("sign a server's certificate");
        Identity {
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            certificate: certificate.der().clone(),
            key: key.serialize_der(),
        }
    }
}

impl Identity {
    /// The settings of a server that shows this certificate.
    pub(crate) fn server_config(&self) -> Arc<ServerConfig> {
        let key = PrivateKeyDer::try_from(self.key.clone()).expect("a private key in DER");
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("protocol versions of the provider")
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], key)
            .expect("a certificate that fits its key");
        Arc::new(config)
    }
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| Arc::new(aws_lc_rs::default_provider()));
    PROVIDER.clone()
}

/// A client that trusts the test authority and nobody else.
pub fn verifying_client() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(TRUSTED.certificate.clone()).expect("the authority's certificate");
    client_builder().with_root_certificates(roots).with_no_client_auth()
}

/// A client that trusts anybody: for judging a server whose certificate is the fault under test.
pub(crate) fn trusting_client() -> ClientConfig {
    client_builder().dangerous().with_custom_certificate_verifier(Arc::new(Trusting)).with_no_client_auth()
}

fn client_builder() -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("protocol versions of the provider")
}

#[derive(Debug)]
struct Trusting;

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &provider().signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &provider().signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}
