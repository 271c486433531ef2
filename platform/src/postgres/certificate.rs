//! Looks at a server's certificate, without a login.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::connector::{request_tls, within};
use super::{ConnectError, ConnectFault, Connector, Stage};

/// How TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsStart {
    /// When PostgreSQL has said yes to an `SSLRequest`.
    Requested,
    /// At once, as with HTTPS.
    AtOnce,
}

impl Connector {
    /// The certificate that the server shows, in DER, once it has been accepted. The stages and faults are those of
    /// [`Connector::connect`], up to the login; a connector without TLS finds none.
    pub async fn certificate(&self, start: TlsStart) -> Result<CertificateDer<'static>, ConnectError> {
        self.shown(start).await.map_err(|fault| ConnectError { address: self.address(), fault })
    }

    async fn shown(&self, start: TlsStart) -> Result<CertificateDer<'static>, ConnectFault> {
        let tls = self.tls.as_ref().ok_or(ConnectFault::NoTls)?;
        let name = ServerName::try_from(self.host.clone()).map_err(|error| ConnectFault::Tls(error.to_string()))?;
        let mut stream = self.tcp().await?;
        if start == TlsStart::Requested {
            within(self.timeouts.tls, Stage::Tls, request_tls(&mut stream)).await??;
        }
        let connector = TlsConnector::from(Arc::clone(tls));
        let mut stream = within(self.timeouts.tls, Stage::Tls, connector.connect(name, stream)).await?;
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first).cloned();
        // A goodbye, so that the server does not note a connection that broke off; it owes no answer.
        drop(timeout(Duration::from_secs(1), stream.shutdown()).await);
        shown.ok_or_else(|| ConnectFault::Tls("the server showed no certificate".to_owned()))
    }
}
