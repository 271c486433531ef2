//! A proxy in front of a stand-in for AWS that makes chosen calls fail, lag or get lost, and counts them.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::engine::Background;
use crate::http::Message;
use crate::secrets_manager::SecretsManager;

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwsFault {
    /// It is answered as it should be (for a rule that only delays).
    None,
    /// The service's own throttling error.
    Throttle,
    /// Another error of the service: its code and the HTTP status.
    Error(&'static str, u16),
    /// A web page, as a load balancer answers.
    WebPage(u16),
    /// The connection is cut with no answer, and nothing was carried out.
    Cut,
    /// It is carried out, and the connection is cut with no answer.
    Lose,
    /// It is carried out, and half of the answer arrives.
    Truncate,
}

/// Which calls a fault hits.
#[derive(Clone, Debug)]
pub struct Rule {
    action: String,
    skip: u32,
    times: u32,
    delay: Duration,
    fault: AwsFault,
}

impl Rule {
    /// Every call of an action, or of any action whose name holds this text.
    pub fn on(action: &str, fault: AwsFault) -> Self {
        Self { action: action.to_owned(), skip: 0, times: u32::MAX, delay: Duration::ZERO, fault }
    }

    /// Only so many of them.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Not the first ones.
    #[must_use]
    pub fn skip(mut self, calls: u32) -> Self {
        self.skip = calls;
        self
    }

    /// After a while.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// The proxy. It ends when this is dropped.
#[derive(Debug)]
pub struct AwsProxy {
    port: u16,
    state: Arc<Mutex<State>>,
    _listener: Background,
}

#[derive(Debug, Default)]
struct State {
    upstream: u16,
    rules: Vec<Rule>,
    calls: Vec<String>,
}

impl AwsProxy {
    /// A proxy in front of a Secrets Manager.
    pub async fn in_front_of(secrets: &SecretsManager) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("bind a port for a proxy");
        let port = listener.local_addr().expect("the proxy's address").port();
        let state = Arc::new(Mutex::new(State { upstream: secrets.port(), ..State::default() }));
        let listener = Background::start(listen(listener, state.clone()));
        Self { port, state, _listener: listener }
    }

    /// The same Secrets Manager by way of this.
    pub fn route(&self, secrets: &SecretsManager) -> SecretsManager {
        secrets.at(self.port)
    }

    /// Adds a rule. The first that fits a call decides.
    pub fn fault(&self, rule: Rule) {
        lock(&self.state).rules.push(rule);
    }

    /// Takes all rules away, and forgets the calls.
    pub fn heal(&self) {
        let mut state = lock(&self.state);
        state.rules.clear();
        state.calls.clear();
    }

    /// The actions that were called, in order, those that failed included.
    pub fn calls(&self) -> Vec<String> {
        lock(&self.state).calls.clone()
    }

    /// How often an action was called.
    pub fn count(&self, action: &str) -> usize {
        lock(&self.state).calls.iter().filter(|call| *call == action).count()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("the proxy's state")
}

async fn listen(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        // How a connection ends is for the program under test to notice.
        connections.spawn(serve(client, state.clone()));
    }
}

/// Answers the calls of a connection until one is to end it.
async fn serve(client: TcpStream, state: Arc<Mutex<State>>) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut client = BufReader::new(client);
    while let Some(request) = Message::read(&mut client).await? {
        let action = request.get("x-amz-target").rsplit('.').next().unwrap_or_default().to_owned();
        let (fault, delay, upstream) = judge(&mut lock(&state), action);
        tokio::time::sleep(delay).await;
        let bytes = match fault {
            AwsFault::Cut => return Ok(()),
            AwsFault::Throttle => error("ThrottlingException", 400).bytes(),
            AwsFault::Error(code, status) => error(code, status).bytes(),
            AwsFault::WebPage(status) => {
                Message::new(status_line(status), "text/html", "<html><body>Bad gateway</body></html>").bytes()
            }
            AwsFault::None => request.ask(upstream).await?.bytes(),
            AwsFault::Lose => return request.ask(upstream).await.map(drop),
            AwsFault::Truncate => {
                let answer = request.ask(upstream).await?;
                let bytes = answer.bytes();
                return client.write_all(&bytes[..bytes.len() - answer.body.len() / 2 - 1]).await;
            }
        };
        client.write_all(&bytes).await?;
    }
    Ok(())
}

/// Notes a call, and finds the rule for it.
fn judge(state: &mut State, action: String) -> (AwsFault, Duration, u16) {
    let mut verdict = (AwsFault::None, Duration::ZERO, state.upstream);
    for rule in state.rules.iter_mut().filter(|rule| action.contains(&rule.action)) {
        if rule.skip > 0 {
            rule.skip -= 1;
        } else if rule.times > 0 {
            rule.times -= u32::from(rule.times != u32::MAX);
            verdict = (rule.fault, rule.delay, state.upstream);
            break;
        }
    }
    state.calls.push(action);
    verdict
}

fn error(code: &str, status: u16) -> Message {
    let body = json!({"__type": code, "message": "injected by a test"}).to_string();
    Message::new(status_line(status), "application/x-amz-json-1.1", body).header("x-amzn-requestid", "acceptance")
}

fn status_line(status: u16) -> String {
    format!("HTTP/1.1 {status} Status")
}
