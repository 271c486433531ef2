//! A proxy in front of a server that ends TLS, counts what clients ask, and can cut or hold at any point.
//!
//! With it a run can be broken at every single step with no failpoint in the program under test. It shows the server's
//! own certificate and speaks TLS to the server too, so that channel binding, which covers the certificate, holds.
//!
//! A *unit* is what a client sends before it waits for an answer: a simple query, or the messages of an extended query
//! up to its `Sync` (but for the closing of statements, which clients send in passing). Units are numbered from 1, over all connections, in the order of their arrival. The server sees a
//! unit as a whole or not at all.

mod frames;
mod session;

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use socket2::SockRef;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::engine::Background;
use crate::postgres::TestServer;
use crate::secret::Secret;

/// Where, at a unit, the connections are cut: all of them, at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The server never sees the unit.
    BeforeSending,
    /// The server has the unit, and may still be at work on it.
    AfterSending,
    /// The server has carried the unit out, and its answer is lost.
    BeforeAnswer,
}

/// A unit that a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its number, from 1.
    pub number: u64,
    /// The connection that it came by, from 1 in the order of their arrival.
    pub connection: u64,
    /// The texts of its statements; a statement that was prepared before stands here again.
    pub sql: String,
}

/// What a proxy has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sessions that were begun.
    pub connections: u64,
    /// Units over all of them.
    pub units: u64,
    /// How often a client waited for the server, start-up and authentication included, TCP and TLS not.
    pub round_trips: u64,
}

/// The proxy. It ends when this is dropped, and so do the connections by way of it.
#[derive(Debug)]
pub struct Proxy {
    host: String,
    port: u16,
    shared: Arc<Shared>,
    _listener: Background,
}

#[derive(Debug)]
struct Shared {
    server: (String, u16),
    state: Mutex<State>,
    /// How often everything was cut; sessions watch it change.
    cuts: watch::Sender<u64>,
    /// Up to which unit clients are let through.
    gate: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    counts: Counts,
    units: Vec<Unit>,
    cut: Option<(u64, Cut)>,
    refusing: bool,
    refuse_after_cut: bool,
    delay: Duration,
    users: BTreeMap<u64, String>,
}

impl Proxy {
    /// A proxy in front of a server.
    pub async fn in_front_of(server: &TestServer) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("bind a port for a proxy");
        let port = listener.local_addr().expect("the proxy's address").port();
        let shared = Arc::new(Shared {
            server: (server.host().to_owned(), server.port()),
            state: Mutex::new(State { refuse_after_cut: true, ..State::default() }),
            cuts: watch::Sender::new(0),
            gate: watch::Sender::new(u64::MAX),
        });
        let listener = Background::start(listen(listener, shared.clone()));
        Self { host: "127.0.0.1".to_owned(), port, shared, _listener: listener }
    }

    /// Where clients connect to.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Where clients connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A secret whose holder comes by way of this proxy.
    pub fn route(&self, secret: &Secret) -> Secret {
        secret.clone().at(&self.host, self.port)
    }

    /// What was seen so far.
    pub fn counts(&self) -> Counts {
        self.shared.state().counts.clone()
    }

    /// The units that were seen so far, also those that were held or never forwarded.
    pub fn units(&self) -> Vec<Unit> {
        self.shared.state().units.clone()
    }

    /// The users that began a session, in the order of their arrival.
    pub fn users(&self) -> Vec<String> {
        self.shared.state().users.values().cloned().collect()
    }

    /// Forgets what was seen; the next unit has number 1 again.
    pub fn forget(&self) {
        let mut state = self.shared.state();
        state.counts = Counts::default();
        state.units.clear();
        state.users.clear();
    }

    /// Arms a cut at a unit. From then on connections are refused, until [`Proxy::heal`].
    pub fn cut_at(&self, unit: u64, cut: Cut) {
        let mut state = self.shared.state();
        state.cut = Some((unit, cut));
        state.refuse_after_cut = true;
    }

    /// Arms a cut at a unit that passes: connections made afterwards work.
    pub fn cut_once_at(&self, unit: u64, cut: Cut) {
        self.cut_at(unit, cut);
        self.shared.state().refuse_after_cut = false;
    }

    /// Cuts all connections now, and refuses new ones.
    pub fn cut_now(&self) {
        self.shared.state().refuse_after_cut = true;
        self.shared.cut();
    }

    /// Whether an armed cut has happened, or [`Proxy::cut_now`] was called.
    pub fn was_cut(&self) -> bool {
        *self.shared.cuts.borrow() > 0
    }

    /// Accepts connections again, forgets an armed cut, and lets through what was held.
    pub fn heal(&self) {
        let mut state = self.shared.state();
        state.refusing = false;
        state.cut = None;
        drop(state);
        self.release();
    }

    /// Holds this unit and those behind it: the server does not see them until [`Proxy::release`].
    pub fn hold_at(&self, unit: u64) {
        self.shared.gate.send_replace(unit - 1);
    }

    /// Lets through what was held.
    pub fn release(&self) {
        self.shared.gate.send_replace(u64::MAX);
    }

    /// Waits until a unit has arrived.
    pub async fn until_unit(&self, unit: u64) {
        for _ in 0..3000 {
            if self.counts().units >= unit {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("unit {unit} never came; seen: {:?}", self.counts());
    }

    /// Makes every answer come so much later.
    pub fn delay(&self, delay: Duration) {
        self.shared.state().delay = delay;
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the proxy's state")
    }

    fn cut(&self) {
        let mut state = self.state();
        state.refusing = state.refuse_after_cut;
        state.cut = None;
        drop(state);
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Counts a unit and says what happens to it.
    fn arrival(&self, connection: u64, sql: String) -> (u64, Option<Cut>) {
        let mut state = self.state();
        state.counts.units += 1;
        let number = state.counts.units;
        state.units.push(Unit { number, connection, sql });
        (number, state.cut.filter(|(at, _)| *at == number).map(|(_, cut)| cut))
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    // Sessions end with the listener: the set aborts what is in it when it is dropped.
    let mut sessions = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            Ok((client, _)) = listener.accept() => {
                if shared.state().refusing {
                    reset(&client);
                } else {
                    sessions.spawn(session::run(client, shared.clone()));
                }
            }
            Some(_) = sessions.join_next() => {}
        }
    }
}

/// Has the connection end in a reset, as a network does that lost it, when its last handle is dropped.
fn reset(stream: &impl AsFd) {
    // A peer that hung up already cannot be reset.
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
