use std::io::Write as _;
use std::net::Ipv4Addr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use platform::postgres::{CertificateFault, ConnectFault, Stage, Timeouts};
use platform::tls::{TlsMode, client_config};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{TlsProbe, aws_lc_rs};
use crate::look::{Answer, Certificate, Tls, TlsAnswer, TlsProtocol};

/// What a port does with a connection.
#[derive(Clone)]
enum Server {
    /// Says yes to an `SSLRequest`, and then shows this.
    Postgres(Shown),
    /// Begins with TLS.
    Direct(Shown),
    /// Answers an `SSLRequest` with this.
    Says(&'static [u8]),
    /// Nothing.
    Silent,
    /// Hangs up.
    HangsUp,
}

#[derive(Clone)]
struct Shown(Arc<ServerConfig>);

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn params(name: &str) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    }

    fn new(name: &str) -> Self {
        let (key, params) = (KeyPair::generate().unwrap(), Self::params(name));
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    fn below(&self, name: &str) -> Self {
        let (key, params) = (KeyPair::generate().unwrap(), Self::params(name));
        let pem = params.signed_by(&key, &self.issuer).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for a name, until the first day of a year; the server shows it alone, without who signed it.
    fn sign(&self, name: &str, until: i32) -> Shown {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned(), "DB.test".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let certificate: CertificateDer<'static> = params.signed_by(&key, &self.issuer).unwrap().into();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], PrivateKeyDer::try_from(key.serialize_der()).unwrap());
        Shown(Arc::new(config.unwrap()))
    }
}

fn trusting(pem: &str) -> Arc<ClientConfig> {
    let mut bundle = tempfile::NamedTempFile::new().unwrap();
    bundle.write_all(pem.as_bytes()).unwrap();
    client_config(TlsMode::VerifyFull, Some(bundle.path())).unwrap()
}

fn probe(pem: &str) -> TlsProbe {
    let limit = Duration::from_millis(500);
    let timeouts = Timeouts { connect: limit, tls: limit, login: limit, answer: limit };
    TlsProbe { postgres: trusting(pem), system: OnceLock::from(Ok(trusting(pem))), timeouts }
}

async fn serve(server: Server) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(handle(stream, server.clone()));
        }
    });
    port
}

async fn handle(mut stream: TcpStream, server: Server) {
    let mut request = [0; 8];
    let shown = match server {
        Server::HangsUp => return,
        Server::Silent => return std::future::pending().await,
        Server::Says(word) => {
            stream.read_exact(&mut request).await.unwrap();
            stream.write_all(word).await.unwrap();
            drop(stream.read_u8().await);
            return;
        }
        Server::Postgres(shown) => {
            stream.read_exact(&mut request).await.unwrap();
            assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47]);
            stream.write_all(b"S").await.unwrap();
            shown
        }
        Server::Direct(shown) => shown,
    };
    if let Ok(mut encrypted) = TlsAcceptor::from(shown.0).accept(stream).await {
        // A client that leaves says so.
        assert_eq!(encrypted.read(&mut request).await.unwrap(), 0);
    }
}

async fn look(pem: &str, server: Server) -> TlsAnswer {
    let protocol = if matches!(server, Server::Direct(_)) { TlsProtocol::Direct } else { TlsProtocol::Postgres };
    look_as(pem, server, protocol).await
}

async fn look_as(pem: &str, server: Server, protocol: TlsProtocol) -> TlsAnswer {
    let question = Tls { host: "127.0.0.1".to_owned(), port: serve(server).await, protocol };
    match probe(pem).look(&question).await {
        Ok(Answer::Tls(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

fn refused(fault: CertificateFault) -> TlsAnswer {
    TlsAnswer::Failed(ConnectFault::Certificate(fault))
}

#[tokio::test]
async fn a_good_certificate_is_told() {
    let authority = Authority::new("ours");
    let good = authority.sign("127.0.0.1", 2124);
    for server in [Server::Postgres(good.clone()), Server::Direct(good)] {
        let seen = look(&authority.pem, server).await;
        // 2124-01-01T00:00:00Z.
        let names = vec!["127.0.0.1".to_owned(), "db.test".to_owned()];
        let certificate = Certificate { not_after: 4_859_740_800, issuer: "CN=ours".to_owned(), names };
        assert_eq!(seen, TlsAnswer::Established(certificate));
    }
}

#[tokio::test]
async fn a_server_may_leave_out_who_signed_it() {
    let root = Authority::new("root");
    let regional = root.below("regional");
    let shown = regional.sign("127.0.0.1", 2124);
    // As in Amazon's bundle: all that sign are trusted, not roots alone.
    let bundle = format!("{}{}", root.pem, regional.pem);
    let seen = look(&bundle, Server::Postgres(shown.clone())).await;
    assert!(matches!(seen, TlsAnswer::Established(_)), "{seen:?}");
    assert_eq!(look(&root.pem, Server::Postgres(shown)).await, refused(CertificateFault::UnknownIssuer));
}

#[tokio::test]
async fn a_bad_certificate_is_told_by_what_is_bad() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let cases = [
        (ours.sign("127.0.0.1", 2021), CertificateFault::Expired),
        (ours.sign("elsewhere.test", 2124), CertificateFault::WrongHost),
        (theirs.sign("127.0.0.1", 2124), CertificateFault::UnknownIssuer),
    ];
    for (shown, fault) in cases {
        for server in [Server::Postgres(shown.clone()), Server::Direct(shown)] {
            assert_eq!(look(&ours.pem, server).await, refused(fault.clone()));
        }
    }
}

#[tokio::test]
async fn a_server_without_tls_is_told_from_one_that_is_no_postgres() {
    let pem = Authority::new("ours").pem;
    assert_eq!(look(&pem, Server::Says(b"N")).await, TlsAnswer::Failed(ConnectFault::NoTls));
    assert_eq!(look(&pem, Server::Says(b"HTTP/1.1 400")).await, TlsAnswer::Failed(ConnectFault::NotPostgres));
    let plain = look_as(&pem, Server::Says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), TlsProtocol::Direct).await;
    assert!(matches!(plain, TlsAnswer::Failed(ConnectFault::Tls(_))), "{plain:?}");
}

#[tokio::test]
async fn how_far_a_connection_came_is_told() {
    let pem = Authority::new("ours").pem;
    let silent = TlsAnswer::Failed(ConnectFault::TimedOut(Stage::Tls));
    let cut = TlsAnswer::Failed(ConnectFault::Reset(Stage::Tls));
    for protocol in [TlsProtocol::Postgres, TlsProtocol::Direct] {
        assert_eq!(look_as(&pem, Server::Silent, protocol).await, silent);
        assert_eq!(look_as(&pem, Server::HangsUp, protocol).await, cut);
        let question = |host: &str| Tls { host: host.to_owned(), port: 1, protocol };
        let nobody = probe(&pem).look(&question("127.0.0.1")).await;
        assert_eq!(nobody, Ok(Answer::Tls(TlsAnswer::Failed(ConnectFault::Refused))));
    }
}
