//! An HTTP client that keeps trying to connect: in a fresh pod the network can be dead for its first seconds.
//!
//! Only the failure to connect is handled here, where nothing has been sent yet. What happens to a call that was sent
//! is the SDK's to judge and to repeat.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::connection::CaptureSmithyConnection;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::network::{NetworkFault, is_connecting};

const PAUSE: Duration = Duration::from_millis(500);
/// The instance's own addresses for its metadata. Where they do not answer there is no instance: the last link of the
/// chain of credentials must find that out at once.
const INSTANCE_METADATA: [&str; 2] = ["http://169.254.169.254", "http://[fd00:ec2::254]"];

/// Since when each address has failed to connect. It is shared by all calls, so that many of them to a dead address
/// wait for it once, side by side, and not one after the other.
#[derive(Debug, Default)]
struct Failing(Mutex<HashMap<String, Instant>>);

impl Failing {
    /// Notes a failure, and says for how long the address has failed before; the first failure gives `None`.
    fn for_how_long(&self, address: &str, now: Instant) -> Option<Duration> {
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = since.get(address).map(|since| now.duration_since(*since));
        since.entry(address.to_owned()).or_insert(now);
        known
    }

    fn ended(&self, address: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(address);
    }
}

#[derive(Debug)]
struct PatientClient {
    inner: SharedHttpClient,
    patience: Duration,
    failing: Arc<Failing>,
}

/// The SDK's own HTTPS client, with patience.
pub(super) fn http_client(patience: Duration) -> SharedHttpClient {
    let inner = Builder::new().build_with_connector_fn(|settings, components| connector(settings.cloned(), components));
    SharedHttpClient::new(PatientClient { inner, patience, failing: Arc::default() })
}

/// The same for hosts that are not AWS: a request is sent once, by one attempt to connect (its name included) of at
/// most `connect`; the answer must begin within `answer`, connecting included. Redirections are not followed.
pub fn plain_connector(connect: Duration, answer: Duration) -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder().connect_timeout(connect).read_timeout(answer).build();
    SharedHttpConnector::new(connector(Some(settings), None))
}

/// With the proxies of the environment and the system's trust anchors; without `components`, time is tokio's.
fn connector(settings: Option<HttpConnectorSettings>, components: Option<&RuntimeComponents>) -> Connector {
    let mut connector = ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    connector.set_connector_settings(settings);
    connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
    connector.set_proxy_config(Some(ProxyConfig::from_env()));
    connector.build()
}

impl HttpClient for PatientClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(PatientConnector {
            inner: self.inner.http_connector(settings, components),
            patience: self.patience,
            failing: Arc::clone(&self.failing),
        })
    }
}

#[derive(Clone, Debug)]
struct PatientConnector {
    inner: SharedHttpConnector,
    patience: Duration,
    failing: Arc<Failing>,
}

impl HttpConnector for PatientConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        HttpConnectorFuture::new(async move {
            let address = address(request.uri()).to_owned();
            let mut request = request;
            loop {
                let copy = copy(&request);
                let error = match connector.inner.call(request).await {
                    Ok(answer) => {
                        connector.failing.ended(&address);
                        return Ok(answer);
                    }
                    Err(error) => error,
                };
                match (connector.judge(&address, &error), copy) {
                    (Next::Again, Some(copy)) => request = copy,
                    (Next::Again | Next::Sdk, _) => return Err(error),
                    // Of all kinds this is the one that the SDK does not repeat; what it was is below it.
                    (Next::GiveUp, _) => return Err(ConnectorError::user(error.into())),
                }
                tokio::time::sleep(PAUSE).await;
            }
        })
    }
}

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Connect again.
    Again,
    /// Leave it to the SDK.
    Sdk,
    /// Trying again would not help, or has gone on for long enough.
    GiveUp,
}

impl PatientConnector {
    fn judge(&self, address: &str, error: &ConnectorError) -> Next {
        if !is_connecting(error) {
            self.failing.ended(address);
            return Next::Sdk;
        }
        let Some(fault) = NetworkFault::of(error).filter(|_| !INSTANCE_METADATA.contains(&address)) else {
            return Next::Sdk;
        };
        if !fault.may_pass() {
            return Next::GiveUp;
        }
        match self.failing.for_how_long(address, Instant::now()) {
            None => {
                tracing::info!(%address, %fault, patience = ?self.patience, "not connected, trying again");
                Next::Again
            }
            Some(failing_for) if failing_for < self.patience => Next::Again,
            Some(_) => Next::GiveUp,
        }
    }
}

/// The same request, and with it the SDK's means of throwing away a connection that turns out to be dead.
fn copy(request: &HttpRequest) -> Option<HttpRequest> {
    let mut copy = request.try_clone()?;
    if let Some(capture) = request.extension::<CaptureSmithyConnection>() {
        copy.add_extension(capture.clone());
    }
    Some(copy)
}

/// Scheme, host and port.
fn address(uri: &str) -> &str {
    let host = uri.find("://").map_or(0, |scheme| scheme + 3);
    uri[host..].find(['/', '?']).map_or(uri, |path| &uri[..host + path])
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Failing, address};

    #[test]
    fn an_address_is_what_is_connected_to() {
        assert_eq!(address("https://sts.eu-west-2.amazonaws.com/?a=/"), "https://sts.eu-west-2.amazonaws.com");
        assert_eq!(address("http://127.0.0.1:5555"), "http://127.0.0.1:5555");
        assert_eq!(address("http://[::1]:5555/x/y"), "http://[::1]:5555");
    }

    #[test]
    fn the_patience_is_spent_once_for_all_calls() {
        let failing = Failing::default();
        let (start, later) = (Instant::now(), Instant::now() + Duration::from_secs(7));
        assert_eq!(failing.for_how_long("a", start), None);
        assert_eq!(failing.for_how_long("a", later), Some(later - start));
        assert_eq!(failing.for_how_long("b", later), None);
        failing.ended("a");
        assert_eq!(failing.for_how_long("a", later), None);
    }
}
