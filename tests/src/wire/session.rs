//! One connection by way of the proxy.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadHalf, WriteHalf, split};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::frames::{Message, Opening};
use super::{Cut, Shared, reset};
use crate::tls::{server_identity, trusting_client};

/// A connection in either form, plain or TLS.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
type Boxed = Box<dyn Stream>;

/// Serves a client until one side hangs up or everything is cut.
pub(super) async fn run(client: TcpStream, shared: Arc<Shared>) {
    let mut cuts = shared.cuts.subscribe();
    cuts.mark_unchanged();
    let Ok((client, twin)) = twins(client) else { return };
    tokio::select! {
        _ = cuts.changed() => reset(&twin),
        // Errors are the ends of connections: what the test looks at is on its client's side.
        _ = serve(client, shared) => if !matches!(cuts.has_changed(), Ok(false)) { reset(&twin) },
    }
}

/// The connection, and a second handle on it, by which it can be reset whatever has become of the first.
fn twins(client: TcpStream) -> io::Result<(TcpStream, std::net::TcpStream)> {
    client.set_nodelay(true)?;
    let client = client.into_std()?;
    let twin = client.try_clone()?;
    Ok((TcpStream::from_std(client)?, twin))
}

async fn serve(client: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let mut client: Boxed = Box::new(client);
    let start_up = loop {
        match Opening::read(&mut client).await? {
            None => return Ok(()),
            Some(Opening::Gssapi) => client.write_all(b"N").await?,
            Some(Opening::Tls) => {
                client.write_all(b"S").await?;
                client = Box::new(TlsAcceptor::from(server_identity().server_config()).accept(client).await?);
            }
            Some(Opening::Cancel(request)) => {
                upstream(&shared.server).await?.write_all(&request).await?;
                return Ok(());
            }
            Some(Opening::StartUp(bytes)) => break bytes,
        }
    };
    let mut server = upstream(&shared.server).await?;
    let connection = shared.begin(&start_up);
    server.write_all(&start_up).await?;
    server.flush().await?;

    let (from_client, to_client) = split(client);
    let (from_server, to_server) = split(server);
    let turn = Arc::new(Turn { outstanding: AtomicU64::new(1), ..Turn::default() });
    let requests = Requests {
        connection,
        shared: shared.clone(),
        turn: turn.clone(),
        prepared: HashMap::new(),
        pending: Vec::new(),
        sql: Vec::new(),
    };
    tokio::select! {
        done = requests.relay(from_client, to_server) => done,
        done = answers(from_server, to_client, &shared, &turn) => done,
    }
}

/// A connection to the server, over TLS where it offers that.
async fn upstream((host, port): &(String, u16)) -> io::Result<Boxed> {
    let mut server = TcpStream::connect((host.as_str(), *port)).await?;
    server.set_nodelay(true)?;
    server.write_all(&[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]).await?;
    if server.read_u8().await? != b'S' {
        return Ok(Box::new(server));
    }
    let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
    Ok(Box::new(TlsConnector::from(Arc::new(trusting_client())).connect(name, server).await?))
}

/// Whose turn it is in a session.
#[derive(Default)]
struct Turn {
    /// What the server still owes: a `ReadyForQuery` for the start-up and for each unit.
    outstanding: AtomicU64,
    /// Whether the server spoke last: what a client sends then begins a round trip.
    answered: AtomicBool,
    /// Whether the answer to the last unit is to be lost.
    lossy: AtomicBool,
}

/// The client's side of a session.
struct Requests {
    connection: u64,
    shared: Arc<Shared>,
    turn: Arc<Turn>,
    /// The texts of prepared statements, by name.
    prepared: HashMap<String, String>,
    /// The messages of a unit that is not complete yet.
    pending: Vec<u8>,
    sql: Vec<String>,
}

impl Requests {
    async fn relay(mut self, mut client: ReadHalf<Boxed>, mut server: WriteHalf<Boxed>) -> io::Result<()> {
        while let Some(message) = Message::read(&mut client).await? {
            // Clients close statements in passing, and do not wait for the answer: that is no unit.
            let closes = message.kind == b'C' || (message.kind == b'S' && self.pending.first() == Some(&b'C'));
            if !closes && self.turn.answered.swap(false, Ordering::SeqCst) {
                self.shared.state().counts.round_trips += 1;
            }
            self.note_sql(&message);
            self.pending.extend(&message.bytes);
            let cut = match message.kind {
                b'Q' | b'S' | b'F' if !closes => self.arrive().await,
                // Parse, Bind, Describe, Execute, Close: the server would carry them out before their Sync.
                b'P' | b'B' | b'D' | b'E' | b'C' => continue,
                _ => None,
            };
            if cut == Some(Cut::BeforeSending) {
                self.shared.cut();
                return Ok(());
            }
            self.turn.lossy.fetch_or(cut == Some(Cut::BeforeAnswer), Ordering::SeqCst);
            self.turn.outstanding.fetch_add(u64::from(b"QSF".contains(&message.kind)), Ordering::SeqCst);
            server.write_all(&std::mem::take(&mut self.pending)).await?;
            server.flush().await?;
            if cut == Some(Cut::AfterSending) {
                self.shared.cut();
                return Ok(());
            }
        }
        server.shutdown().await
    }

    /// Counts a unit, waits while it is held, and says what happens to it.
    async fn arrive(&mut self) -> Option<Cut> {
        let sql = std::mem::take(&mut self.sql).join("; ");
        let (number, cut) = self.shared.arrival(self.connection, sql);
        let mut gate = self.shared.gate.subscribe();
        // The sender lives as long as the proxy, which this session does not outlive.
        let _ = gate.wait_for(|open| number <= *open).await;
        cut
    }

    fn note_sql(&mut self, message: &Message) {
        let mut strings = message.strings();
        match message.kind {
            b'Q' => self.sql.extend(strings.next()),
            b'P' => {
                let (name, text) = (strings.next().unwrap_or_default(), strings.next().unwrap_or_default());
                self.sql.push(text.clone());
                self.prepared.insert(name, text);
            }
            b'B' => {
                let text = strings.nth(1).and_then(|name| self.prepared.get(&name)).cloned().unwrap_or_default();
                if self.sql.last() != Some(&text) {
                    self.sql.push(text);
                }
            }
            _ => {}
        }
    }
}

/// The server's side of a session.
async fn answers(
    server: ReadHalf<Boxed>,
    mut client: WriteHalf<Boxed>,
    shared: &Shared,
    turn: &Turn,
) -> io::Result<()> {
    let mut server = BufReader::with_capacity(32 << 10, server);
    let mut burst = Vec::new();
    while let Some(message) = Message::read(&mut server).await? {
        // Earlier units' answers still pass.
        let lost = turn.lossy.load(Ordering::SeqCst) && turn.outstanding.load(Ordering::SeqCst) == 1;
        if message.kind == b'Z' {
            turn.outstanding.fetch_sub(1, Ordering::SeqCst);
            if lost {
                break;
            }
        }
        if !lost {
            burst.extend(&message.bytes);
        }
        if server.buffer().is_empty() && !burst.is_empty() {
            let delay = shared.state().delay;
            tokio::time::sleep(delay).await;
            turn.answered.store(true, Ordering::SeqCst);
            client.write_all(&std::mem::take(&mut burst)).await?;
            client.flush().await?;
        }
    }
    if turn.lossy.load(Ordering::SeqCst) {
        shared.cut();
        std::future::pending::<()>().await;
    }
    client.write_all(&burst).await?;
    client.shutdown().await
}

impl Shared {
    /// Counts a session and notes who began it.
    fn begin(&self, start_up: &[u8]) -> u64 {
        let words: Vec<_> = start_up[8..].split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
        let user = words.chunks(2).find(|pair| pair[0] == "user").and_then(|pair| pair.get(1));
        let mut state = self.state();
        state.counts.connections += 1;
        state.counts.round_trips += 1;
        let number = state.counts.connections;
        state.users.insert(number, user.map(ToString::to_string).unwrap_or_default());
        number
    }
}
