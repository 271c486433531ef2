use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use platform::aws::NetworkFault;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::{BODY_BYTES, HttpProbe, Limits};
use crate::look::{Answer, HttpAnswer};
use crate::verdict::CannotLook;

/// What a server does once it has read the request.
#[derive(Clone)]
enum Then {
    /// Writes this and closes.
    Says(String),
    /// Writes this and waits.
    Stops(String),
    /// Resets the connection.
    Resets,
}

/// A server of this machine.
struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
    requests: mpsc::UnboundedReceiver<String>,
}

impl Server {
    async fn new(then: Then) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, requests) = mpsc::unbounded_channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(handle(stream, then.clone(), sender.clone()));
            }
        });
        Self { port, connections, requests }
    }

    async fn saying(head: &str, body: &str) -> Self {
        let length = body.len();
        Self::new(Then::Says(format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\n\r\n{body}"))).await
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    async fn get(&self) -> Result<HttpAnswer, CannotLook> {
        http(probe().get(&self.url("/realms/x?y=z")).await)
    }
}

async fn handle(mut stream: TcpStream, then: Then, requests: mpsc::UnboundedSender<String>) {
    let mut request = String::new();
    while !is_whole(&request) {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(length) => request.push_str(std::str::from_utf8(&buffer[..length]).unwrap()),
        }
    }
    drop(requests.send(request));
    match then {
        // The client may have had enough.
        Then::Says(text) => drop(stream.write_all(text.as_bytes()).await),
        Then::Stops(text) => {
            stream.write_all(text.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        }
        Then::Resets => stream.set_zero_linger().unwrap(),
    }
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let length = head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

fn probe() -> HttpProbe {
    let limit = Duration::from_millis(500);
    HttpProbe { limits: Limits { connect: limit, answer: limit * 2, body: limit } }
}

fn http(answer: Result<Answer, CannotLook>) -> Result<HttpAnswer, CannotLook> {
    match answer? {
        Answer::Http(answer) => Ok(answer),
        other => panic!("{other:?}"),
    }
}

fn body(answer: HttpAnswer) -> String {
    match answer {
        HttpAnswer::Answered { body, .. } => body,
        HttpAnswer::Failed(fault) => panic!("{fault}"),
    }
}

#[tokio::test]
async fn an_answer_is_told_as_it_is() {
    let mut server =
        Server::saying("200 OK\r\nContent-Type: Application/JSON; charset=utf-8", r#"{"realm":"x"}"#).await;
    let seen = server.get().await.unwrap();
    let (content_type, body) = ("application/json".to_owned(), r#"{"realm":"x"}"#.to_owned());
    assert_eq!(seen, HttpAnswer::Answered { status: 200, content_type, location: None, body });
    let request = server.requests.recv().await.unwrap();
    assert!(request.starts_with("GET /realms/x?y=z HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("host: 127.0.0.1:{}\r\n", server.port)), "{request}");
    assert!(request.contains("user-agent: preflight/"), "{request}");
}

#[tokio::test]
async fn a_redirection_is_told_and_not_followed() {
    let head = "302 Found\r\nlocation: https://elsewhere.test/login";
    let server = Server::saying(head, "").await;
    match server.get().await.unwrap() {
        HttpAnswer::Answered { status: 302, location: Some(location), .. } => {
            assert_eq!(location, "https://elsewhere.test/login");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(server.connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn an_error_of_the_server_is_an_answer() {
    for (head, expected) in [("404 Not Found", 404), ("503 Service Unavailable", 503)] {
        let seen = Server::saying(head, "no").await.get().await.unwrap();
        assert!(matches!(seen, HttpAnswer::Answered { status, .. } if status == expected), "{seen:?}");
    }
}

#[tokio::test]
async fn of_a_body_no_more_than_its_beginning_is_read() {
    let server = Server::saying("200 OK", &"x".repeat(4 * 1024 * 1024)).await;
    assert_eq!(body(server.get().await.unwrap()).len(), BODY_BYTES);
}

#[tokio::test]
async fn a_slow_server_is_waited_for_in_vain() {
    let slow = Ok(HttpAnswer::Failed(NetworkFault::Slow));
    let begun = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx";
    for text in ["", begun] {
        let (server, start) = (Server::new(Then::Stops(text.to_owned())).await, Instant::now());
        assert_eq!(server.get().await, slow);
        assert!(start.elapsed() < Duration::from_secs(3));
        assert_eq!(server.connections.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_is_told() {
    let cut = Ok(HttpAnswer::Failed(NetworkFault::Reset));
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx";
    for then in [Then::Resets, Then::Says(String::new()), Then::Says(half.to_owned())] {
        let server = Server::new(then).await;
        assert_eq!(server.get().await, cut);
        assert_eq!(server.connections.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn nobody_there_is_told() {
    let get = async |url: &str| http(probe().get(url).await);
    assert_eq!(get("http://127.0.0.1:1/").await, Ok(HttpAnswer::Failed(NetworkFault::Refused)));
    // Longer than a label may be: the C library asks nobody.
    let url = format!("http://{}.test/", "x".repeat(70));
    assert_eq!(get(&url).await, Ok(HttpAnswer::Failed(NetworkFault::NoSuchHost)));
}

#[tokio::test]
async fn what_is_no_tls_is_not_trusted() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("https://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        std::future::pending::<()>().await;
    });
    assert_eq!(http(probe().get(&url).await), Ok(HttpAnswer::Failed(NetworkFault::Untrusted)));
}

#[tokio::test]
async fn what_is_no_http_is_no_answer() {
    let server = Server::new(Then::Says("SSH-2.0-OpenSSH_9.2\r\n".to_owned())).await;
    assert_eq!(server.get().await.unwrap_err().reason, "protocol");
    for url in ["", "ldap://x/", "/realms/x", "http://", "http://a b/"] {
        assert_eq!(http(probe().get(url).await).unwrap_err().reason, "url", "{url}");
    }
}

#[tokio::test]
async fn a_client_gets_a_token_that_nobody_sees() {
    let granted = r#"{"access_token":"eyJ.SECRET","expires_in":60,"token_type":"Bearer"}"#;
    let mut server = Server::saying("200 OK\r\ncontent-type: application/json", granted).await;
    let seen = http(probe().token(&server.url("/token"), "back stage", "a&b=c").await).unwrap();
    let told = r#"{"access_token":"(not shown)","expires_in":60,"token_type":"Bearer"}"#;
    assert_eq!(body(seen), told);
    let request = server.requests.recv().await.unwrap();
    assert!(request.starts_with("POST /token HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("content-type: application/x-www-form-urlencoded\r\n"), "{request}");
    let form = "\r\n\r\ngrant_type=client_credentials&client_id=back%20stage&client_secret=a%26b%3Dc";
    assert!(request.ends_with(form), "{request}");
}

#[tokio::test]
async fn a_refusal_says_why_and_never_the_secret() {
    let refusal = r#"{"error":"unauthorized_client","error_description":"Invalid secret s3cr&t"}"#;
    let server = Server::saying("401 Unauthorized\r\ncontent-type: application/json", refusal).await;
    let told = body(http(probe().token(&server.url("/token"), "backstage", "s3cr&t").await).unwrap());
    assert_eq!(told, r#"{"error":"unauthorized_client","error_description":"Invalid secret (not shown)"}"#);
    let page = "<p>client_secret=s3cr%26t</p>";
    let server = Server::saying("400 Bad Request", page).await;
    let told = body(http(probe().token(&server.url("/token"), "backstage", "s3cr&t").await).unwrap());
    assert_eq!(told, "<p>client_secret=(not shown)</p>");
    let server = Server::saying("200 OK", "access_token=SECRET").await;
    assert_eq!(body(http(probe().token(&server.url("/token"), "backstage", "s3cr&t").await).unwrap()), "");
}
