//! How the certificate of a PostgreSQL server is verified, in the words of libpq's `sslmode`.
//!
//! rustls rather than OpenSSL (`postgres-native-tls`): the AWS SDK brings rustls with aws-lc anyway, and a second stack
//! costs 5.5 MB in each binary, three minutes of a clean build and 13 to 30 ms at each start to load the RDS bundle;
//! rustls' errors are types, OpenSSL's are texts.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, NamedGroup, RootCertStore, SignatureScheme};

/// Amazon's roots; the Dockerfile may put the newest bundle in the place of this file.
const RDS_BUNDLE: &[u8] = include_bytes!("rds-global-bundle.pem");

/// What is asked of the connection to PostgreSQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// TLS, a certificate that is trusted, for this host's name.
    #[default]
    VerifyFull,
    /// TLS and a certificate that is trusted.
    VerifyCa,
    /// TLS, whoever answers.
    Require,
    /// No TLS; only to this machine.
    Disable,
}

impl std::str::FromStr for TlsMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "verify-full" => Ok(Self::VerifyFull),
            "verify-ca" => Ok(Self::VerifyCa),
            "require" => Ok(Self::Require),
            "disable" => Ok(Self::Disable),
            _ => Err("must be verify-full, verify-ca, require or disable".to_owned()),
        }
    }
}

/// Why the trust anchors cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file cannot be read.
    #[error("read the CA bundle {path}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// There is no certificate in it, or one that cannot be read.
    #[error("the CA bundle {path} {problem}; it must hold certificates in PEM")]
    Content {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// The client's side of TLS for `mode`, trusting `bundle`, or Amazon's RDS roots where none is given.
///
/// # Errors
/// Where the bundle cannot be read, or holds no certificate. A `bundle` is read, and must be good, in every mode.
///
/// # Panics
/// Never: the provider that is built in has what TLS 1.2 and 1.3 need.
#[expect(clippy::unwrap_in_result, reason = "it cannot fail")]
pub fn client_config(mode: TlsMode, bundle: Option<&Path>) -> Result<Arc<ClientConfig>, TrustError> {
    let roots = Arc::new(trust_anchors(bundle)?);
    let provider = provider();
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("the provider has the suites of TLS 1.2 and 1.3");
    let config = match mode {
        TlsMode::VerifyFull => builder.with_root_certificates(roots).with_no_client_auth(),
        TlsMode::VerifyCa | TlsMode::Require | TlsMode::Disable => {
            let chain = (mode == TlsMode::VerifyCa).then(|| chain_verifier(roots, &provider));
            let verifier = Arc::new(Lenient { chain, provider });
            builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
        }
    };
    Ok(Arc::new(config))
}

/// PostgreSQL up to 17 takes P-256 and nothing else, unless its `ssl_ecdh_curve` says otherwise; later ones take it,
/// too. A client that begins with another group is asked to begin anew: one round trip more for each login.
fn provider() -> Arc<CryptoProvider> {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups.sort_by_key(|group| group.name() != NamedGroup::secp256r1);
    Arc::new(provider)
}

fn chain_verifier(roots: Arc<RootCertStore>, provider: &Arc<CryptoProvider>) -> Arc<WebPkiServerVerifier> {
    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
        .build()
        .expect("there are roots, and no revocation lists that could be malformed")
}

fn trust_anchors(bundle: Option<&Path>) -> Result<RootCertStore, TrustError> {
    let Some(path) = bundle else { return anchors(RDS_BUNDLE, "built in") };
    let name = path.display().to_string();
    let pem = std::fs::read(path).map_err(|source| TrustError::Read { path: name.clone(), source })?;
    anchors(&pem, &name)
}

fn anchors(pem: &[u8], path: &str) -> Result<RootCertStore, TrustError> {
    let fault = |problem: String| TrustError::Content { path: path.to_owned(), problem };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| fault(format!("is not readable as PEM ({error})")))?;
        let number = roots.len() + 1;
        roots.add(certificate).map_err(|error| fault(format!("has a bad certificate, number {number} ({error})")))?;
    }
    if roots.is_empty() { Err(fault("holds no certificate".to_owned())) } else { Ok(roots) }
}

/// `verify-ca` (the chain, not the name) and `require` (neither), as libpq has them.
#[derive(Debug)]
struct Lenient {
    chain: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is looked at last, after the chain and the dates.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::{RDS_BUNDLE, TlsMode, TrustError, anchors, client_config};

    /// The regions that a platform may be in; a bundle that lost one would shut us out there.
    const REGIONS: [&str; 27] = [
        "af-south-1",
        "ap-east-1",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-south-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ca-central-1",
        "eu-central-1",
        "eu-central-2",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "me-central-1",
        "me-south-1",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    ];

    #[test]
    fn the_built_in_roots_parse_and_cover_the_regions() {
        let roots = anchors(RDS_BUNDLE, "built in").unwrap();
        assert!(roots.len() >= 3 * REGIONS.len(), "{} roots", roots.len());
        let subjects: Vec<String> =
            roots.roots.iter().map(|root| String::from_utf8_lossy(root.subject.as_ref()).into_owned()).collect();
        for region in REGIONS {
            for key in ["RSA2048", "RSA4096", "ECC384"] {
                let name = format!("Amazon RDS {region} Root CA {key} G1");
                assert!(subjects.iter().any(|subject| subject.contains(&name)), "no root for {name}");
            }
        }
    }

    #[test]
    fn a_bundle_without_certificates_is_refused_in_every_mode() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for mode in [TlsMode::VerifyFull, TlsMode::VerifyCa, TlsMode::Require] {
            let error = client_config(mode, Some(file.path())).unwrap_err();
            assert!(error.to_string().contains("holds no certificate"), "{error}");
        }
        let missing = client_config(TlsMode::VerifyFull, Some(std::path::Path::new("/nowhere.pem")));
        assert!(matches!(missing, Err(TrustError::Read { .. })));
    }

    #[test]
    fn junk_between_the_markers_is_refused() {
        let error = anchors(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "x.pem").unwrap_err();
        assert!(error.to_string().contains("x.pem has a bad certificate, number 1"), "{error}");
    }
}
