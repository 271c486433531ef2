//! Ports that are no PostgreSQL server.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::engine::Background;

/// A connection that is not there by then will not be.
const FULL: Duration = Duration::from_millis(300);

/// A listening port on loopback that is not what it is taken for. It closes when this is dropped.
#[derive(Debug)]
pub struct Impostor {
    port: u16,
    _listener: Background,
}

#[derive(Clone, Copy, Debug)]
enum Manner {
    Silent,
    Http,
    HangingUp,
}

impl Impostor {
    /// Accepts connections and never says a word.
    pub async fn silent() -> Self {
        Self::start(Manner::Silent).await
    }

    /// Speaks HTTP.
    pub async fn http() -> Self {
        Self::start(Manner::Http).await
    }

    /// Hangs up on everybody.
    pub async fn hanging_up() -> Self {
        Self::start(Manner::HangingUp).await
    }

    /// Has no room for another connection: what comes is dropped by the kernel, as by a security group.
    pub async fn full() -> Self {
        let socket = TcpSocket::new_v4().expect("make a socket");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("bind a port");
        let listener = socket.listen(0).expect("listen");
        let address = listener.local_addr().expect("the address of a bound port");
        let mut waiting = Vec::new();
        while let Ok(stream) = tokio::time::timeout(FULL, TcpStream::connect(address)).await {
            waiting.push(stream.expect("wait at a port"));
            assert!(waiting.len() < 16, "this system keeps taking connections");
        }
        let held = Background::start(async move {
            let _held = (listener, waiting);
            std::future::pending::<()>().await;
        });
        Self { port: address.port(), _listener: held }
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("bind a port");
        let port = listener.local_addr().expect("the address of a bound port").port();
        let listener = Background::start(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(answer(stream, manner));
            }
        });
        Self { port, _listener: listener }
    }
}

async fn answer(mut stream: TcpStream, manner: Manner) {
    match manner {
        Manner::Silent => std::future::pending().await,
        Manner::HangingUp => {}
        Manner::Http => {
            let answer = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            // A client that hangs up first has seen enough.
            let _ = stream.read(&mut [0; 512]).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    }
}
