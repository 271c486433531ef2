//! A name server that stands for the world's: it knows whom to ask for one zone.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use tokio::net::UdpSocket;

use crate::engine::Background;

const NS: u16 = 2;

/// A name server of this machine. It ends when this is dropped.
#[derive(Debug)]
pub struct NameServer {
    address: String,
    delegation: Arc<Mutex<Delegation>>,
    _server: Background,
}

/// What it says of who serves the zone.
#[derive(Clone, Debug)]
pub enum Delegation {
    /// These servers.
    To(Vec<String>),
    /// There is no such name.
    Nobody,
    /// It will not tell.
    Refused,
}

impl NameServer {
    /// A server that says this to everybody.
    pub async fn new(delegation: Delegation) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("bind a port for a name server");
        let address = socket.local_addr().expect("the address of a bound port").to_string();
        let delegation = Arc::new(Mutex::new(delegation));
        let server = Background::start(serve(socket, delegation.clone()));
        Self { address, delegation, _server: server }
    }

    /// Its address, with the port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Lets it say something else.
    pub fn say(&self, delegation: Delegation) {
        *self.delegation.lock().expect("what a name server says") = delegation;
    }
}

async fn serve(socket: UdpSocket, delegation: Arc<Mutex<Delegation>>) {
    let mut buffer = [0; 1500];
    while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
        let says = delegation.lock().expect("what a name server says").clone();
        if let Some(message) = message(&buffer[..length], &says) {
            // Whoever has gone away needs no answer.
            let _ = socket.send_to(&message, peer).await;
        }
    }
}

/// The answer to a message that holds one question, in the wire format of RFC 1035.
fn message(query: &[u8], says: &Delegation) -> Option<Vec<u8>> {
    let name_end = 12 + query.get(12..)?.iter().position(|byte| *byte == 0)? + 1;
    let is_for_servers = query.get(name_end..name_end + 2)? == NS.to_be_bytes();
    let (code, servers) = match says {
        Delegation::To(servers) if is_for_servers => (0, servers.as_slice()),
        Delegation::To(_) => (0, &[][..]),
        Delegation::Nobody => (3, &[][..]),
        Delegation::Refused => (5, &[][..]),
    };
    let mut message = query[..2].to_vec();
    // An answer, recursion asked for and available; one question, and so many records.
    message.extend([0x81, 0x80 | code, 0, 1, 0, u8::try_from(servers.len()).ok()?, 0, 0, 0, 0]);
    message.extend(query.get(12..name_end + 4)?);
    for server in servers {
        let labels =
            server.split('.').map(|label| [&[u8::try_from(label.len()).unwrap_or(0)], label.as_bytes()].concat());
        let data: Vec<u8> = labels.flatten().chain([0]).collect();
        // Of the name that was asked for, class IN, to be kept for a minute.
        message.extend([0xC0, 12]);
        message.extend(NS.to_be_bytes());
        message.extend([0, 1, 0, 0, 0, 60]);
        message.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
        message.extend(data);
    }
    Some(message)
}
