//! A proxy in front of a stand-in for AWS that makes chosen calls fail, lag or get lost, and counts them.

use std::fmt::{self, Debug, Formatter};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::aws_call::AwsCall;
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
    /// The service's own refusal, in IAM's words.
    Deny,
    /// Another error of the service: its code and the HTTP status.
    Error(&'static str, u16),
    /// A web page, as a load balancer answers.
    WebPage(u16),
    /// The connection is cut with no answer, and nothing was carried out.
    Cut,
    /// The connection stays, and nothing comes.
    Hang,
    /// It is carried out, and the connection is cut with no answer.
    Lose,
    /// It is carried out, and half of the answer arrives.
    Truncate,
}

/// Which calls a fault hits.
#[derive(Clone, Debug)]
pub struct Rule {
    action: String,
    is_exact: bool,
    skip: u32,
    times: u32,
    delay: Duration,
    fault: AwsFault,
}

impl Rule {
    /// Every call of an action, or of any action whose name holds this text.
    pub fn on(action: &str, fault: AwsFault) -> Self {
        Self { action: action.to_owned(), is_exact: false, skip: 0, times: u32::MAX, delay: Duration::ZERO, fault }
    }

    /// Every call of an action, and of no other whose name holds this one's.
    pub fn only(action: &str, fault: AwsFault) -> Self {
        Self { is_exact: true, ..Self::on(action, fault) }
    }

    fn fits(&self, action: &str) -> bool {
        if self.is_exact { action == self.action } else { action.contains(&self.action) }
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
    stand_in: StandIn,
}

/// Who answers what the stand-in for AWS does not know, or not well.
#[derive(Clone, Default)]
struct StandIn(Option<Arc<dyn Answers>>);

/// What moto does not know.
pub(crate) trait Answers: Send + Sync {
    /// The answer to a request, in place of moto's.
    fn instead(&self, action: &str, request: &Message) -> Option<Message>;

    /// What becomes of moto's answer.
    fn change(&self, action: &str, answer: Message) -> Message;
}

impl Debug for StandIn {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "StandIn" } else { "none" })
    }
}

impl AwsProxy {
    /// A proxy in front of a Secrets Manager.
    pub async fn in_front_of(secrets: &SecretsManager) -> Self {
        Self::start(secrets.port(), None).await
    }

    /// A proxy in front of moto, with what that does not know.
    pub(crate) async fn with(upstream: u16, answers: Arc<dyn Answers>) -> Self {
        Self::start(upstream, Some(answers)).await
    }

    async fn start(upstream: u16, answers: Option<Arc<dyn Answers>>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("bind a port for a proxy");
        let port = listener.local_addr().expect("the proxy's address").port();
        let state = Arc::new(Mutex::new(State { upstream, stand_in: StandIn(answers), ..State::default() }));
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

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.port
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
        let call = AwsCall::of(&request);
        let (fault, delay, upstream) = judge(&mut lock(&state), call.action.clone());
        tokio::time::sleep(delay).await;
        let answers = lock(&state).stand_in.clone();
        let bytes = match fault {
            AwsFault::Cut => return Ok(()),
            AwsFault::Hang => std::future::pending().await,
            AwsFault::Throttle => call.throttled().bytes(),
            AwsFault::Deny => call.denied().bytes(),
            AwsFault::Error(code, status) => call.error(code, status, "injected by a test").bytes(),
            AwsFault::WebPage(status) => {
                Message::new(status_line(status), "text/html", "<html><body>Bad gateway</body></html>").bytes()
            }
            AwsFault::None => answers.answer(&call.action, &request, upstream).await?.bytes(),
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

impl StandIn {
    async fn answer(&self, action: &str, request: &Message, upstream: u16) -> io::Result<Message> {
        let Some(answers) = &self.0 else { return request.ask(upstream).await };
        match answers.instead(action, request) {
            Some(answer) => Ok(answer),
            None => Ok(answers.change(action, request.ask(upstream).await?)),
        }
    }
}

/// Notes a call, and finds the rule for it.
fn judge(state: &mut State, action: String) -> (AwsFault, Duration, u16) {
    let mut verdict = (AwsFault::None, Duration::ZERO, state.upstream);
    for rule in state.rules.iter_mut().filter(|rule| rule.fits(&action)) {
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

fn status_line(status: u16) -> String {
    format!("HTTP/1.1 {status} Status")
}
