//! Why there is no answer, from the chain of an error.

use std::error::Error;
use std::io;

use aws_smithy_runtime_api::client::result::ConnectorError;

use crate::resolver::NameFault;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkFault {
    /// Nothing listens there, or a firewall rejects.
    #[error("connect: connection refused (nothing listens at the AWS endpoint, or a firewall rejects)")]
    Refused,
    /// The connection was cut.
    #[error("connection reset by peer before AWS had answered")]
    Reset,
    /// No connection came about in time.
    #[error("connection timed out: let the pod reach AWS on 443 (security group, route, VPC endpoint, network policy)")]
    ConnectTimedOut,
    /// There is no way there.
    #[error("i/o timeout: no route to the AWS endpoint (route table, VPC endpoint, network policy)")]
    NoRoute,
    /// The resolver did not answer.
    #[error("i/o timeout: the resolver did not answer for the AWS endpoint (DNS, network policy for port 53)")]
    ResolverSilent,
    /// Connected, but no answer in time.
    #[error("i/o timeout: AWS did not answer in time")]
    Slow,
    /// The resolver says that there is no such host.
    #[error("the host name of the AWS endpoint does not exist: check the region and AWS_ENDPOINT_URL")]
    NoSuchHost,
    /// TLS failed: an intercepting proxy, or an image without trust anchors.
    #[error("no trusted TLS with the AWS endpoint: check the trust anchors, proxies and AWS_ENDPOINT_URL")]
    Untrusted,
}

impl NetworkFault {
    /// What the error's chain says about the network, if anything.
    pub fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        let connector = || chain(error).filter_map(|error| error.downcast_ref::<ConnectorError>());
        if let Some(fault) = chain(error).find_map(|error| of_io(error.downcast_ref::<io::Error>()?)) {
            Some(fault)
        } else if connector().any(ConnectorError::is_timeout) {
            Some(if is_connecting(error) { Self::ConnectTimedOut } else { Self::Slow })
        } else if connector().any(ConnectorError::is_io) || is_hung_up(error) {
            Some(Self::Reset)
        } else {
            None
        }
    }

    /// Whether it may pass by itself.
    pub const fn may_pass(&self) -> bool {
        !matches!(self, Self::NoSuchHost | Self::Untrusted)
    }
}

/// The error and what is below it. What an `io::Error` wraps is not its source but its content.
pub(super) fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

/// Whether the connection had not come about yet.
pub(super) fn is_connecting(error: &(dyn Error + 'static)) -> bool {
    chain(error)
        .filter_map(|error| error.downcast_ref::<hyper_util::client::legacy::Error>())
        .any(hyper_util::client::legacy::Error::is_connect)
}

/// Whether the other side closed the connection instead of answering; that is no error of the system.
fn is_hung_up(error: &(dyn Error + 'static)) -> bool {
    chain(error).filter_map(|error| error.downcast_ref::<hyper::Error>()).any(hyper::Error::is_incomplete_message)
}

fn of_io(error: &io::Error) -> Option<NetworkFault> {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionRefused => Some(NetworkFault::Refused),
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof => {
            Some(NetworkFault::Reset)
        }
        Kind::TimedOut => Some(NetworkFault::ConnectTimedOut),
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown => Some(NetworkFault::NoRoute),
        Kind::InvalidData => Some(NetworkFault::Untrusted),
        _ => of_resolver(error),
    }
}

fn of_resolver(error: &io::Error) -> Option<NetworkFault> {
    NameFault::of_any(error).map(|fault| match fault {
        NameFault::NoSuchHost => NetworkFault::NoSuchHost,
        NameFault::ResolverSilent => NetworkFault::ResolverSilent,
    })
}
