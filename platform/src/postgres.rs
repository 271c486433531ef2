//! Sessions with PostgreSQL.
//!
//! A connection is made in stages of our own (name, TCP, `SSLRequest`, TLS, login), each with its time-out, so that
//! every failure says how far it came: the library's own time-out covers TCP alone, and a port that speaks another
//! protocol would hang for ever.

mod fault;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::tls::{MakeTlsConnect, NoTls, TlsConnect, TlsStream};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, SimpleQueryMessage};
use tokio_postgres_rustls::MakeRustlsConnect;

pub use fault::{CertificateFault, ConnectError, ConnectFault, Rejection, Stage, StatementFault};
pub use tokio_postgres::types::{ToSql, Type};

use crate::password::Password;
use fault::{connect_fault, io_fault};

/// The `SSLRequest` message: its length, and the code that stands where a protocol version would.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
/// A session that the network forgot is noticed within this time, on the client's side.
const DEAD_PEER: Duration = Duration::from_secs(30);
/// Warnings that mean that nothing was revoked or granted: the statement reports success all the same.
const EMPTY_WARNINGS: [&str; 2] = ["01006", "01007"];

/// Time-outs of one connection attempt.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the name and for TCP.
    pub connect: Duration,
    /// For the TLS handshake.
    pub tls: Duration,
    /// For authentication, until the server is ready.
    pub login: Duration,
    /// For the answer to one statement, on the client's side; the server has its own `statement_timeout`.
    pub answer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(5), tls: seconds(5), login: seconds(10), answer: seconds(330) }
    }
}

/// Who logs in, and where.
#[derive(Clone)]
pub struct Login {
    /// The role.
    pub user: String,
    /// Its password.
    pub password: Password,
    /// The database.
    pub database: String,
}

/// Settings of a session, sent with its start-up message: they win over what `ALTER ROLE … SET` left.
#[derive(Clone, Debug, Default)]
pub struct SessionSettings(Vec<(String, String)>);

impl SessionSettings {
    /// Adds the setting `name = value`.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    fn options(&self) -> String {
        let escaped = |value: &str| value.replace('\\', r"\\").replace(' ', r"\ ");
        self.0.iter().map(|(name, value)| format!("-c {name}={}", escaped(value))).collect::<Vec<_>>().join(" ")
    }
}

/// Opens sessions with one server.
#[derive(Clone)]
pub struct Connector {
    host: String,
    port: u16,
    tls: Option<Arc<ClientConfig>>,
    application_name: String,
    timeouts: Timeouts,
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
        let token = session.client.cancel_token();
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

    async fn tcp(&self) -> Result<TcpStream, ConnectFault> {
        let resolved = timeout(self.timeouts.connect, tokio::net::lookup_host((self.host.as_str(), self.port))).await;
        let addresses: Vec<SocketAddr> = match resolved {
            Err(_) => return Err(ConnectFault::ResolverSilent),
            Ok(Err(error)) => return Err(name_fault(&error)),
            Ok(Ok(addresses)) => addresses.collect(),
        };
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

async fn within<T>(
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
async fn request_tls(stream: &mut TcpStream) -> io::Result<Result<(), ConnectFault>> {
    stream.write_all(&SSL_REQUEST).await?;
    Ok(match stream.read_u8().await? {
        b'S' => Ok(()),
        // `E` is what servers before 7.0, and a server out of processes, answer.
        b'N' | b'E' => Err(ConnectFault::NoTls),
        _ => Err(ConnectFault::NotPostgres),
    })
}

/// The resolver's error has no kind of its own in the standard library; these are glibc's texts (the C locale).
fn name_fault(error: &io::Error) -> ConnectFault {
    let text = error.to_string();
    let silent = ["Temporary failure", "Non-recoverable failure", "System error"];
    if silent.iter().any(|known| text.contains(known)) {
        ConnectFault::ResolverSilent
    } else {
        ConnectFault::NoSuchHost
    }
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

/// One statement, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// One SQL statement, sent as it stands. Never more than one: the server logs a whole message if one of its
    /// statements is DDL.
    Simple(String),
    /// A query with one text parameter, which no `log_statement` but `all` shows.
    WithText {
        /// The query, with `$1`.
        sql: String,
        /// The parameter.
        text: String,
    },
}

/// An open session. Dropping it ends the connection.
pub struct Session {
    client: Client,
    warnings: Arc<Mutex<VecDeque<StatementFault>>>,
    driver: JoinHandle<()>,
    answer: Duration,
}

impl Session {
    fn drive<S, T>(client: Client, mut connection: Connection<S, T>, answer: Duration) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let warnings = Arc::new(Mutex::new(VecDeque::new()));
        let heard = Arc::clone(&warnings);
        // Notices are read here, in the order of the answers; the library's own driver would drop them.
        let driver = tokio::spawn(async move {
            while let Some(Ok(message)) = std::future::poll_fn(|context| connection.poll_message(context)).await {
                if let AsyncMessage::Notice(notice) = message
                    && EMPTY_WARNINGS.contains(&notice.code().code())
                {
                    heard.lock().unwrap_or_else(PoisonError::into_inner).push_back(StatementFault::Server {
                        sqlstate: notice.code().code().to_owned(),
                        message: notice.message().to_owned(),
                        detail: notice.detail().map(ToOwned::to_owned),
                    });
                }
            }
        });
        Self { client, warnings, driver, answer }
    }

    /// Sends one statement and waits for its answer.
    pub async fn run(&self, sql: &str) -> Result<(), StatementFault> {
        self.run_all(&[Command::Simple(sql.to_owned())]).await.map_err(|(_, fault)| fault)
    }

    /// Sends the statements one after the other without waiting in between, and waits for all answers.
    ///
    /// Inside a transaction, where what follows a failure fails too. The first failure is given, with its place.
    pub async fn run_all(&self, commands: &[Command]) -> Result<(), (usize, StatementFault)> {
        let answers = futures_util::future::join_all(commands.iter().map(|command| self.send(command)));
        let answers = timeout(self.answer, answers).await.map_err(|_| (0, StatementFault::TimedOut))?;
        let failed = answers.into_iter().enumerate().find_map(|(index, answer)| Some((index, answer.err()?)));
        // A warning belongs to none of them by name: the last is given, and the text says what was not granted.
        let warned = self.warnings.lock().unwrap_or_else(PoisonError::into_inner).drain(..).next();
        match (failed, warned) {
            (Some(failure), _) => Err(failure),
            (None, Some(warning)) => Err((commands.len().saturating_sub(1), warning)),
            (None, None) => Ok(()),
        }
    }

    async fn send(&self, command: &Command) -> Result<(), StatementFault> {
        match command {
            Command::Simple(sql) => self.client.simple_query(sql).await.map(drop),
            Command::WithText { sql, text } => {
                self.client.query_typed(sql, &[(text as &(dyn ToSql + Sync), Type::TEXT)]).await.map(drop)
            }
        }
        .map_err(|error| StatementFault::of(&error))
    }

    /// The one text that a query without parameters yields: the first column of its first row.
    pub async fn text(&self, sql: &str) -> Result<String, StatementFault> {
        let answer = timeout(self.answer, self.client.simple_query(sql)).await.map_err(|_| StatementFault::TimedOut)?;
        let messages = answer.map_err(|error| StatementFault::of(&error))?;
        let row = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        row.and_then(|row| row.get(0)).map(ToOwned::to_owned).ok_or_else(|| StatementFault::Answer("no row".to_owned()))
    }

    /// The one text that a query with parameters yields, in one round trip.
    pub async fn text_with(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<String, StatementFault> {
        let answer = timeout(self.answer, self.client.query_typed(sql, parameters)).await;
        let rows = answer.map_err(|_| StatementFault::TimedOut)?.map_err(|error| StatementFault::of(&error))?;
        let row = rows.first().ok_or_else(|| StatementFault::Answer("no row".to_owned()))?;
        row.try_get::<_, String>(0).map_err(|error| StatementFault::Answer(error.to_string()))
    }

    /// Whether the connection is gone.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Says goodbye and waits until the connection is closed, so that the server's slot is free.
    pub async fn close(self) {
        let Self { client, driver, .. } = self;
        drop(client);
        // The peer that does not answer is dropped with the task.
        drop(timeout(Duration::from_secs(1), driver).await);
    }
}
