//! Opens sessions.
//!
//! A connection is made in stages of our own (name, TCP, `SSLRequest`, TLS, login), each with its time-out, so that
//! every failure says how far it came: the library's own time-out covers TCP alone, and a port that speaks another
//! protocol would hang for ever.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, timeout};
use tokio_postgres::Config;
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::tls::{MakeTlsConnect, NoTls, TlsConnect, TlsStream};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::fault::{connect_fault, io_fault};
use super::{ConnectError, ConnectFault, Login, Session, SessionSettings, Stage, Timeouts};
use crate::resolver;

/// The `SSLRequest` message: its length, and the code that stands where a protocol version would.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
/// A session that the network forgot is noticed within this time, on the client's side.
const DEAD_PEER: Duration = Duration::from_secs(30);

/// Opens sessions with one server.
#[derive(Clone)]
pub struct Connector {
    pub(super) host: String,
    port: u16,
    pub(super) tls: Option<Arc<ClientConfig>>,
    application_name: String,
    pub(super) timeouts: Timeouts,
    sessions: Arc<AtomicU64>,
}

impl Connector {
    /// A connector to `host` (a name, an address, or the folder of a Unix socket) and `port`. Without `tls` nothing is
    /// encrypted. `application_name` is what the server's logs show, 63 bytes of it.
    pub fn new(host: &str, port: u16, tls: Option<Arc<ClientConfig>>, application_name: &str) -> Self {
        Self {
            host: host.to_owned(),
            port,
            tls,
            application_name: application_name.chars().filter(char::is_ascii).take(63).collect(),
            timeouts: Timeouts::default(),
            sessions: Arc::default(),
        }
    }

    /// The same with other time-outs.
    #[must_use]
    pub fn with_timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// Host and port, for messages.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Connections that were tried so far.
    pub fn attempts(&self) -> u64 {
        self.sessions.load(Ordering::Relaxed)
    }

    /// Opens a session, once.
    pub async fn connect(&self, login: &Login, settings: &SessionSettings) -> Result<Session, ConnectError> {
        self.sessions.fetch_add(1, Ordering::Relaxed);
        let opened = match (self.is_unix(), &self.tls) {
            (true, _) => self.over_unix(login, settings).await,
            (false, Some(tls)) => self.over_tls(tls, login, settings).await,
            (false, None) => self.over_tcp(login, settings).await,
        };
        opened.map_err(|fault| ConnectError { address: self.address(), fault })
    }

    /// Opens a session; what `may_pass` is tried again, each time on a new connection, until `patience` has passed: in
    /// a fresh pod the network can be dead for its first seconds. Most callers pass [`ConnectError::is_transient`].
    pub async fn connect_patiently(
        &self,
        login: &Login,
        settings: &SessionSettings,
        patience: Duration,
        may_pass: impl Fn(&ConnectError) -> bool,
    ) -> Result<Session, ConnectError> {
        let until = Instant::now() + patience;
        let mut pause = Duration::from_millis(250);
        loop {
            match self.connect(login, settings).await {
                Err(error) if may_pass(&error) && Instant::now() + pause < until => {
                    tracing::warn!(%error, "not connected, trying again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(4));
                }
                outcome => return outcome,
            }
        }
    }

    /// Asks the server, on a connection of its own, to end the statement that `session` waits for. The server answers
    /// nothing to that: what became of the statement, its own answer tells.
    pub async fn cancel(&self, session: &Session) -> Result<(), ConnectError> {
        let token = session.cancel_token();
        let asked = async {
            let sent = match (self.is_unix(), &self.tls) {
                (true, _) => token.cancel_query_raw(self.unix().await?, NoTls).await,
                (false, Some(tls)) => token.cancel_query_raw(self.encrypted(tls).await?, Established).await,
                (false, None) => token.cancel_query_raw(self.tcp().await?, NoTls).await,
            };
            sent.map_err(|error| connect_fault(&error, Stage::Connect))
        };
        asked.await.map_err(|fault| ConnectError { address: self.address(), fault })
    }

    fn is_unix(&self) -> bool {
        self.host.starts_with('/')
    }

    async fn over_unix(&self, login: &Login, settings: &SessionSettings) -> Result<Session, ConnectFault> {
        let stream = self.unix().await?;
        self.log_in(stream, NoTls, login, settings).await
    }

    async fn unix(&self) -> Result<UnixStream, ConnectFault> {
        let path = format!("{}/.s.PGSQL.{}", self.host, self.port);
        within(self.timeouts.connect, Stage::Connect, UnixStream::connect(path)).await
    }

    async fn over_tcp(&self, login: &Login, settings: &SessionSettings) -> Result<Session, ConnectFault> {
        let stream = self.tcp().await?;
        self.log_in(stream, NoTls, login, settings).await
    }

    async fn over_tls(
        &self,
        tls: &Arc<ClientConfig>,
        login: &Login,
        settings: &SessionSettings,
    ) -> Result<Session, ConnectFault> {
        let encrypted = self.encrypted(tls).await?;
        self.log_in(encrypted, Established, login, settings).await
    }

    async fn encrypted(
        &self,
        tls: &Arc<ClientConfig>,
    ) -> Result<impl TlsStream + Unpin + Send + use<> + 'static, ConnectFault> {
        let mut stream = self.tcp().await?;
        within(self.timeouts.tls, Stage::Tls, request_tls(&mut stream)).await??;
        let mut make = MakeRustlsConnect::new(ClientConfig::clone(tls));
        let connect = MakeTlsConnect::<TcpStream>::make_tls_connect(&mut make, &self.host)
            .map_err(|error| ConnectFault::Tls(error.to_string()))?;
        within(self.timeouts.tls, Stage::Tls, connect.connect(stream)).await
    }

    pub(super) async fn tcp(&self) -> Result<TcpStream, ConnectFault> {
        let addresses = resolver::addresses(&self.host, self.port, self.timeouts.connect).await?;
        let mut fault = ConnectFault::NoSuchHost;
        for address in addresses {
            match within(self.timeouts.connect, Stage::Connect, TcpStream::connect(address)).await {
                Ok(stream) => return keep_alive(stream).map_err(|error| io_fault(&error, Stage::Connect)),
                Err(error) => fault = error,
            }
        }
        Err(fault)
    }

    async fn log_in<S, T>(
        &self,
        stream: S,
        tls: T,
        login: &Login,
        settings: &SessionSettings,
    ) -> Result<Session, ConnectFault>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: TlsConnect<S>,
        T::Stream: Send + 'static,
    {
        let mut config = Config::new();
        config
            .user(&login.user)
            .password(login.password.expose())
            .dbname(&login.database)
            .application_name(&self.application_name)
            .options(settings.options())
            // The library does not know that TLS is there already; with `Direct` it asks nobody and takes the stream.
            .ssl_mode(if self.tls.is_some() && !self.is_unix() { SslMode::Require } else { SslMode::Disable })
            .ssl_negotiation(SslNegotiation::Direct);
        let attempt = timeout(self.timeouts.login, config.connect_raw(stream, tls)).await;
        match attempt {
            Err(_) => Err(ConnectFault::TimedOut(Stage::Login)),
            Ok(Err(error)) => Err(connect_fault(&error, Stage::Login)),
            Ok(Ok((client, connection))) => Ok(Session::drive(client, connection, self.timeouts.answer)),
        }
    }
}

/// Hands the library a stream on which TLS has been established, with the binding data of its channel.
struct Established;

impl<S> TlsConnect<S> for Established
where
    S: TlsStream + Unpin + Send + 'static,
{
    type Stream = S;
    type Error = io::Error;
    type Future = std::future::Ready<Result<S, io::Error>>;

    fn connect(self, stream: S) -> Self::Future {
        std::future::ready(Ok(stream))
    }
}

pub(super) async fn within<T>(
    limit: Duration,
    stage: Stage,
    work: impl Future<Output = Result<T, impl Into<io::Error>>>,
) -> Result<T, ConnectFault> {
    match timeout(limit, work).await {
        Err(_) => Err(ConnectFault::TimedOut(stage)),
        Ok(Err(error)) => Err(io_fault(&error.into(), stage)),
        Ok(Ok(value)) => Ok(value),
    }
}

/// Asks for TLS, and tells a server without it from something that is no PostgreSQL.
pub(super) async fn request_tls(stream: &mut TcpStream) -> io::Result<Result<(), ConnectFault>> {
    stream.write_all(&SSL_REQUEST).await?;
    Ok(match stream.read_u8().await? {
        b'S' => Ok(()),
        // `E` is what servers before 7.0, and a server out of processes, answer.
        b'N' | b'E' => Err(ConnectFault::NoTls),
        _ => Err(ConnectFault::NotPostgres),
    })
}

fn keep_alive(stream: TcpStream) -> io::Result<TcpStream> {
    let socket = socket2::SockRef::from(&stream);
    let probes = socket2::TcpKeepalive::new().with_time(Duration::from_secs(10)).with_interval(Duration::from_secs(5));
    socket.set_tcp_keepalive(&probes)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(DEAD_PEER))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
