use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use super::records;
use crate::look::{Answer, Dns, RecordKind};
use crate::verdict::CannotLook;

const A: u16 = 1;
const NS: u16 = 2;
const CNAME: u16 = 5;
const AAAA: u16 = 28;

/// What a name server says to a question: nothing at all, or a code and records.
type Reply = Option<(u8, Vec<(u16, Vec<u8>)>)>;

/// A name server of this machine that says `reply` to every type; each datagram is answered once.
async fn server(reply: fn(u16) -> Reply) -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 1500];
        while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
            if let Some(message) = message(&buffer[..length], reply) {
                socket.send_to(&message, peer).await.unwrap();
            }
        }
    });
    address
}

/// The answer to a message that holds one question, in the wire format of RFC 1035.
fn message(query: &[u8], reply: fn(u16) -> Reply) -> Option<Vec<u8>> {
    let name_end = 12 + query[12..].iter().position(|byte| *byte == 0)? + 1;
    let (code, records) = reply(u16::from_be_bytes([query[name_end], query[name_end + 1]]))?;
    let mut message = query[..2].to_vec();
    // An answer, recursion asked for and available; one question, and so many records.
    message.extend([0x81, 0x80 | code, 0, 1, 0, u8::try_from(records.len()).unwrap(), 0, 0, 0, 0]);
    message.extend(&query[12..name_end + 4]);
    for (kind, data) in records {
        // Of the name that was asked for, class IN, to be kept for a minute.
        message.extend([0xC0, 12]);
        message.extend(kind.to_be_bytes());
        message.extend([0, 1, 0, 0, 0, 60]);
        message.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        message.extend(data);
    }
    Some(message)
}

fn name(text: &str) -> Vec<u8> {
    let labels = text.split('.').map(|label| [&[u8::try_from(label.len()).unwrap()], label.as_bytes()].concat());
    labels.flatten().chain([0]).collect()
}

async fn ask(kind: RecordKind, server: SocketAddr) -> Result<Vec<String>, CannotLook> {
    let question = Dns { name: "b-1.dev.example.com".to_owned(), kind, server: Some(server) };
    match records(&question).await? {
        Answer::Records(records) => Ok(records),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn name_servers_come_as_in_a_zone_file() {
    let reply = |kind| (kind == NS).then(|| (0, vec![(NS, name("NS-2.AWSDNS.net")), (NS, name("ns-1.awsdns.org"))]));
    let found = ask(RecordKind::Ns, server(reply).await).await.unwrap();
    assert_eq!(found, ["ns-1.awsdns.org.", "ns-2.awsdns.net."]);
}

#[tokio::test]
async fn addresses_are_of_both_families() {
    let reply = |kind| match kind {
        A => Some((0, vec![(A, vec![10, 0, 11, 7])])),
        AAAA => Some((0, vec![(AAAA, Ipv6Addr::LOCALHOST.octets().to_vec())])),
        _ => None,
    };
    assert_eq!(ask(RecordKind::Address, server(reply).await).await.unwrap(), ["10.0.11.7", "::1"]);
}

#[tokio::test]
async fn an_alias_is_followed_and_not_told() {
    let reply = |kind| match kind {
        // The second stands under the alias's target in truth; it is enough that the type differs.
        A => Some((0, vec![(CNAME, name("b-1.dev.example.com")), (A, vec![10, 0, 11, 7])])),
        _ => Some((0, Vec::new())),
    };
    assert_eq!(ask(RecordKind::Address, server(reply).await).await.unwrap(), ["10.0.11.7"]);
}

#[tokio::test]
async fn what_does_not_exist_is_an_answer() {
    let no_such_name = server(|_| Some((3, Vec::new()))).await;
    let nothing_of_this_type = server(|_| Some((0, Vec::new()))).await;
    for server in [no_such_name, nothing_of_this_type] {
        for kind in [RecordKind::Ns, RecordKind::Address] {
            assert_eq!(ask(kind, server).await, Ok(Vec::new()));
        }
    }
}

#[tokio::test]
async fn a_server_that_could_not_find_out_is_no_answer() {
    let failing = ask(RecordKind::Ns, server(|_| Some((2, Vec::new()))).await).await.unwrap_err();
    assert_eq!((failing.reason, failing.may_pass), ("resolver", true));
    assert!(failing.summary.contains("answers SERVFAIL"), "{}", failing.summary);
    let refusing = ask(RecordKind::Ns, server(|_| Some((5, Vec::new()))).await).await.unwrap_err();
    assert_eq!((refusing.reason, refusing.may_pass), ("resolver", false));
    assert!(refusing.summary.contains("answers REFUSED"), "{}", refusing.summary);
}

#[tokio::test]
async fn a_silent_server_is_no_answer() {
    let silent = ask(RecordKind::Address, server(|_| None).await).await.unwrap_err();
    assert_eq!((silent.reason, silent.may_pass), ("resolver", true));
    assert!(silent.summary.contains("i/o timeout"), "{}", silent.summary);
    assert!(silent.summary.starts_with("cannot look up b-1.dev.example.com in DNS"), "{}", silent.summary);
}

#[tokio::test]
async fn nothing_of_one_family_says_nothing_of_the_other() {
    let only_v4_fails = |kind| if kind == A { Some((2, Vec::new())) } else { Some((0, Vec::new())) };
    assert_eq!(ask(RecordKind::Address, server(only_v4_fails).await).await.unwrap_err().reason, "resolver");
    let v6_fails = |kind| if kind == A { Some((0, vec![(A, vec![10, 0, 11, 7])])) } else { Some((2, Vec::new())) };
    assert_eq!(ask(RecordKind::Address, server(v6_fails).await).await.unwrap(), ["10.0.11.7"]);
}

#[tokio::test]
async fn a_long_answer_comes_over_tcp() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let socket = UdpSocket::bind(address).await.unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 1500];
        let (length, peer) = socket.recv_from(&mut buffer).await.unwrap();
        let mut cut = message(&buffer[..length], |_| Some((0, Vec::new()))).unwrap();
        // Truncated.
        cut[2] |= 2;
        socket.send_to(&cut, peer).await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        let length = usize::from(stream.read_u16().await.unwrap());
        stream.read_exact(&mut buffer[..length]).await.unwrap();
        let whole = message(&buffer[..length], |_| Some((0, vec![(NS, name("ns-1.awsdns.org"))]))).unwrap();
        stream.write_u16(u16::try_from(whole.len()).unwrap()).await.unwrap();
        stream.write_all(&whole).await.unwrap();
        // Until the other side has read it.
        drop(stream.read_u8().await);
    });
    assert_eq!(ask(RecordKind::Ns, address).await.unwrap(), ["ns-1.awsdns.org."]);
}

#[tokio::test]
async fn what_is_no_name_is_not_asked() {
    let question = Dns { name: "a..b".to_owned(), kind: RecordKind::Ns, server: None };
    assert_eq!(records(&question).await.unwrap_err().reason, "name");
}
