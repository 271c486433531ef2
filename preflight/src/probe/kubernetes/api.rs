//! Requests to the API server, and what comes of them: an answer, or why there is none.

use std::error::Error;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::Request;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use kube::client::{AuthError, Body};
use platform::aws::NetworkFault;
use platform::termination::without_retry_phrases;
use serde_json::Value;
use tokio::time::Instant;

use super::asked::Asked;
use super::connection::{Chosen, Connection, no_credentials};
use super::discovery::Discovery;
use super::memo::Memo;
use super::path::Call;
use super::reply::{self, Fault, Reply, sentence};
use crate::verdict::CannotLook;

/// For how long a request may take, with its whole answer.
const REQUEST: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(500);
const AGENT: &str = concat!("preflight/", env!("CARGO_PKG_VERSION"));

/// The API server, as all questions share it.
pub(super) struct Api {
    chosen: Chosen,
    patience: Duration,
    connection: Memo<Connection>,
    /// Since when no connection comes about. It is shared, so that many requests to a dead address wait for it once.
    failing: Mutex<Option<Instant>>,
    pub(super) discovery: Discovery,
}

impl Api {
    pub(super) fn new(chosen: Chosen, patience: Duration) -> Self {
        let (connection, failing) = (Memo::default(), Mutex::new(None));
        Self { chosen, patience, connection, failing, discovery: Discovery::default() }
    }

    /// The document that answers a call.
    pub(super) async fn document(&self, call: &Call, asked: &Asked<'_>) -> Result<Value, Fault> {
        reply::read(&self.reply(call, asked).await?, asked)
    }

    /// The answer to a call, whatever its status. While no connection comes about nothing was sent: it is tried again.
    pub(super) async fn reply(&self, call: &Call, asked: &Asked<'_>) -> Result<Reply, CannotLook> {
        let connection = self.connection.get(|_| true, self.chosen.connection()).await?;
        loop {
            let failure = match tokio::time::timeout(REQUEST, sent(&connection, call)).await {
                Ok(Ok(reply)) => {
                    self.connected();
                    return Ok(reply);
                }
                Ok(Err(failure)) => failure,
                Err(_) => Failure::Network(NetworkFault::Slow, String::new()),
            };
            match failure {
                Failure::Network(fault, _) if is_connecting(fault) && self.may_connect_again() => {}
                Failure::Network(fault, detail) => return Err(no_answer(fault, &detail, asked, &connection.server)),
                Failure::Other(cannot) => return Err(cannot),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn connected(&self) {
        *self.failing.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn may_connect_again(&self) -> bool {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        failing.get_or_insert_with(Instant::now).elapsed() < self.patience
    }
}

/// Why nothing came back.
enum Failure {
    /// The network, and the words of the error.
    Network(NetworkFault, String),
    /// Something else.
    Other(CannotLook),
}

async fn sent(connection: &Connection, call: &Call) -> Result<Reply, Failure> {
    let body = call.body.as_ref().map(Value::to_string).unwrap_or_default();
    let request = Request::builder()
        .method(call.method.clone())
        .uri(&call.path)
        .header(USER_AGENT, AGENT)
        .header(ACCEPT, "application/json, */*;q=0.5")
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(body.into_bytes()))
        .map_err(|error| {
            Failure::Other(CannotLook::new("protocol", format!("{} is no request: {error}", call.path)))
        })?;
    let answer = connection.client.send(request).await.map_err(|error| failure(&error))?;
    let status = answer.status().as_u16();
    let body = answer.into_body().collect_bytes().await.map_err(|error| failure(&error))?;
    Ok(Reply { status, body: body.into() })
}

fn failure(error: &kube::Error) -> Failure {
    let sources = || std::iter::successors(error.source(), |&error| error.source());
    let words = sources().last().map_or_else(|| error.to_string(), ToString::to_string);
    if let Some(fault) = NetworkFault::of(error) {
        Failure::Network(fault, sentence(&words))
    } else if let Some(error) = sources().find_map(|error| error.downcast_ref::<AuthError>()) {
        Failure::Other(no_credentials(error))
    } else {
        let summary = format!("the request to the Kubernetes API broke off: {}", sentence(&words));
        Failure::Other(CannotLook::new("protocol", without_retry_phrases(&summary)))
    }
}

/// Whether nothing can have been sent yet.
const fn is_connecting(fault: NetworkFault) -> bool {
    use NetworkFault::{ConnectTimedOut, NoRoute, Refused, ResolverSilent};
    matches!(fault, ConnectTimedOut | NoRoute | Refused | ResolverSilent)
}

/// In the words of the Kubernetes API; those of [`NetworkFault`] are AWS's.
fn no_answer(fault: NetworkFault, detail: &str, asked: &Asked<'_>, server: &str) -> CannotLook {
    let way = "let the run reach the API server's address (security group, route, network policy)";
    let (reason, why, remedy) = match fault {
        NetworkFault::Refused => {
            ("unreachable", "connect: connection refused (nothing listens there, or a firewall rejects)", way)
        }
        NetworkFault::Reset => ("unreachable", "connection reset by peer before it had answered", way),
        NetworkFault::ConnectTimedOut => ("timeout", "connection timed out", way),
        NetworkFault::NoRoute => ("unreachable", "i/o timeout: there is no route to it", way),
        NetworkFault::ResolverSilent => (
            "timeout",
            "i/o timeout: the resolver did not answer for its name",
            "check DNS (network policy for port 53)",
        ),
        NetworkFault::Slow => {
            ("timeout", "i/o timeout: it did not answer in time", "see whether the API server is well")
        }
        NetworkFault::NoSuchHost => (
            "unreachable",
            "its host name does not exist",
            "check the server in the kubeconfig: a cluster that was deleted or made anew has another",
        ),
        NetworkFault::Untrusted => {
            let summary = format!("cannot {asked}: no trusted TLS with the API server {server}: {detail}");
            return CannotLook::new("untrusted", without_retry_phrases(&summary)).fix(
                "check certificate-authority-data and server in the kubeconfig (aws eks update-kubeconfig --name \
                 CLUSTER), and proxies in between",
            );
        }
    };
    let cannot = CannotLook::new(reason, format!("cannot {asked}: the API server {server}: {why}")).fix(remedy);
    if fault.may_pass() { cannot.passing() } else { cannot }
}
