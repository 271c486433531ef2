//! How both programs talk to AWS: credentials, time-outs, retries, and what a failed call means.
//!
//! Credentials come from the SDK's own chain: the environment, a profile, a web identity token (IRSA), EKS Pod Identity
//! and other container credentials, the instance. `AWS_ENDPOINT_URL` is honoured.

mod fault;
mod network;
mod patience;

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};

pub use fault::{CredentialsFault, Fault};
pub use network::NetworkFault;
pub use patience::plain_connector;

/// How long an address may fail to connect before a call to it fails, where nobody says otherwise.
pub const CONNECT_PATIENCE: Duration = Duration::from_secs(30);

/// For TCP; a second attempt costs less than waiting for a lost packet's third repetition.
const CONNECT: Duration = Duration::from_secs(3);
/// From the request, TLS included, to the first byte of the answer. A connection that was opened in a pod's first
/// seconds can hang here for ever; the SDK then takes a new one.
const READ: Duration = Duration::from_secs(10);
/// One attempt beyond the patience: connecting, asking and reading the whole answer.
const ATTEMPT: Duration = Duration::from_secs(20);
/// The first and its repetitions; with the back-off (of random length, doubling) they last some fifteen seconds.
const ATTEMPTS: u32 = 5;
/// The longest pause between two of them.
const BACKOFF: Duration = Duration::from_secs(8);

/// Nothing says in which region to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no AWS region: set --region, AWS_REGION, or region in the profile")]
pub struct NoRegion;

/// The configuration of every AWS client of `program` (the name that `CloudTrail` shows beside the SDK's).
///
/// `region` wins over the environment and the profile. An address that cannot be connected to (refused, timed out, cut,
/// the resolver silent) is tried on a new connection until it has failed for as long as `connect_patience`; this holds
/// for the calls that fetch credentials too. Throttled calls, time-outs and 5xx are repeated by the SDK.
pub async fn sdk_config(
    program: &'static str,
    region: Option<&str>,
    connect_patience: Duration,
) -> Result<SdkConfig, NoRegion> {
    // Pinned: a newer version may change what is retried, and for how long.
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(patience::http_client(connect_patience))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(BACKOFF))
        .timeout_config(timeouts(connect_patience));
    if let Ok(name) = AppName::new(program) {
        loader = loader.app_name(name);
    }
    if let Some(region) = region.filter(|region| !region.is_empty()) {
        loader = loader.region(Region::new(region.to_owned()));
    }
    let config = loader.load().await;
    config.region().filter(|region| !region.as_ref().is_empty()).ok_or(NoRegion)?;
    Ok(config)
}

/// An attempt contains the patience, since it is the connector that is patient; a whole operation contains one attempt
/// that used it up and then some that did not.
fn timeouts(connect_patience: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(READ)
        .operation_attempt_timeout(connect_patience + ATTEMPT)
        .operation_timeout(connect_patience + ATTEMPT * ATTEMPTS)
        .build()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    #[test]
    fn the_patience_fits_into_an_attempt() {
        let patience = Duration::from_mins(5);
        let timeouts = super::timeouts(patience);
        assert!(timeouts.operation_attempt_timeout() > Some(patience));
        assert!(timeouts.operation_timeout() > timeouts.operation_attempt_timeout());
    }
}
