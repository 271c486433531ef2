//! Names and ports: what the system's resolver says, and who takes connections.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use futures_util::future::join_all;
use platform::resolver::{NameFault, addresses};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use crate::look::{Answer, TcpAnswer};
use crate::verdict::CannotLook;

/// For a name.
pub(super) const RESOLVE: Duration = Duration::from_secs(5);
/// For TCP. A packet that is lost is sent again after one second, and then after three.
const CONNECT: Duration = Duration::from_secs(3);

/// What the system's resolver makes of a host name.
pub async fn resolve(host: &str) -> Result<Answer, CannotLook> {
    match addresses(host, 0, RESOLVE).await {
        Ok(found) => Ok(Answer::Addresses(distinct(found.iter().map(SocketAddr::ip)))),
        Err(NameFault::NoSuchHost) => Ok(Answer::Addresses(Vec::new())),
        Err(NameFault::ResolverSilent) => Err(resolver_silent(host)),
    }
}

/// Whether a port takes connections, at any of the host's addresses. All are tried at once; where none is open, the
/// answer is that of the address that says most.
pub async fn tcp(host: &str, port: u16) -> Result<Answer, CannotLook> {
    let found = match addresses(host, port, RESOLVE).await {
        Ok(found) => found,
        Err(NameFault::NoSuchHost) => return Ok(Answer::Tcp(TcpAnswer::NoSuchHost)),
        Err(NameFault::ResolverSilent) => return Err(resolver_silent(host)),
    };
    let tried = join_all(found.into_iter().map(|peer| connect(peer, CONNECT))).await;
    let (answers, errors): (Vec<_>, Vec<_>) = tried.into_iter().partition(Result::is_ok);
    match (answers.into_iter().flatten().min_by_key(rank), errors.into_iter().find_map(Result::err)) {
        (Some(answer), _) => Ok(Answer::Tcp(answer)),
        (None, error) => {
            let why = error.map_or_else(String::new, |error| format!(": {error}"));
            Err(CannotLook::new("unreachable", format!("cannot try {host}:{port}{why}")).passing())
        }
    }
}

/// The name could not be asked for: the same for every question that begins with one.
pub(super) fn resolver_silent(host: &str) -> CannotLook {
    let summary = format!("cannot look up {host}: i/o timeout, the resolver does not answer");
    CannotLook::new("resolver", summary)
        .fix("check CoreDNS, and that network policies let this pod reach port 53 (UDP and TCP) of its resolver")
        .passing()
}

/// An error that says nothing of the peer is none of the answers.
async fn connect(peer: SocketAddr, limit: Duration) -> io::Result<TcpAnswer> {
    use io::ErrorKind as Kind;
    let error = match timeout(limit, TcpStream::connect(peer)).await {
        Ok(Ok(_)) => return Ok(TcpAnswer::Open { peer: peer.ip() }),
        Ok(Err(error)) => error,
        Err(_) => Kind::TimedOut.into(),
    };
    match error.kind() {
        Kind::ConnectionRefused => Ok(TcpAnswer::Refused { peer: peer.ip() }),
        Kind::TimedOut => Ok(TcpAnswer::TimedOut { peer: peer.ip(), local: local_address(peer).await.ok() }),
        // Without permission: a policy on this machine. No address available: none of the peer's family.
        Kind::HostUnreachable
        | Kind::NetworkUnreachable
        | Kind::NetworkDown
        | Kind::PermissionDenied
        | Kind::AddrNotAvailable => Ok(TcpAnswer::Unreachable(format!("{}: {error}", peer.ip()))),
        _ => Err(error),
    }
}

/// The address from which the system would send; "connecting" a UDP socket sends nothing.
async fn local_address(peer: SocketAddr) -> io::Result<IpAddr> {
    let any: IpAddr = match peer {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(peer).await?;
    Ok(socket.local_addr()?.ip())
}

const fn rank(answer: &TcpAnswer) -> u8 {
    match answer {
        TcpAnswer::Open { .. } => 0,
        TcpAnswer::Refused { .. } => 1,
        TcpAnswer::TimedOut { .. } => 2,
        TcpAnswer::Unreachable(_) => 3,
        TcpAnswer::NoSuchHost => 4,
    }
}

fn distinct(addresses: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let mut seen = Vec::new();
    for address in addresses {
        if !seen.contains(&address) {
            seen.push(address);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, SocketAddr};
    use std::time::Duration;

    use tokio::net::TcpListener;

    use super::{connect, local_address, resolve, tcp};
    use crate::look::{Answer, TcpAnswer};

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    async fn listener() -> (TcpListener, u16) {
        let listener = TcpListener::bind((HERE, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    }

    #[tokio::test]
    async fn an_address_resolves_to_itself_and_no_name_to_nothing() {
        assert_eq!(resolve("127.0.0.1").await, Ok(Answer::Addresses(vec![HERE])));
        assert_eq!(resolve("no such host").await, Ok(Answer::Addresses(Vec::new())));
    }

    #[tokio::test]
    async fn a_port_is_open_or_closed() {
        let (_listener, port) = listener().await;
        assert_eq!(tcp("127.0.0.1", port).await, Ok(Answer::Tcp(TcpAnswer::Open { peer: HERE })));
        // Free a moment ago.
        let closed = listener().await.1;
        assert_eq!(tcp("127.0.0.1", closed).await, Ok(Answer::Tcp(TcpAnswer::Refused { peer: HERE })));
        assert_eq!(tcp("no such host", port).await, Ok(Answer::Tcp(TcpAnswer::NoSuchHost)));
    }

    #[tokio::test]
    async fn whoever_does_not_answer_is_told_with_both_ends() {
        // Accepted by nobody, and no room to wait: the kernel drops what comes.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind((HERE, 0).into()).unwrap();
        let listener = socket.listen(0).unwrap();
        let peer = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        let limit = Duration::from_millis(300);
        let answer = loop {
            match tokio::time::timeout(limit, tokio::net::TcpStream::connect(peer)).await {
                Ok(stream) => waiting.push(stream.unwrap()),
                Err(_) => break connect(peer, limit).await.unwrap(),
            }
            assert!(waiting.len() < 16, "this system keeps taking connections");
        };
        assert_eq!(answer, TcpAnswer::TimedOut { peer: HERE, local: Some(HERE) });
    }

    #[tokio::test]
    async fn the_address_that_asks_is_of_the_peers_network() {
        assert_eq!(local_address(SocketAddr::new(HERE, 5432)).await.unwrap(), HERE);
    }
}
