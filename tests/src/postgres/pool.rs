//! Servers that tests take turns with.
//!
//! A run of the provisioner looks at the whole server and holds a lock on it, so two tests never share one at the same
//! time. Starting one takes seconds and cleaning one does not: a server that a test has finished with is cleaned for
//! the next.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Mutex;

use super::TestServer;

static IDLE: Mutex<BTreeMap<u8, Vec<TestServer>>> = Mutex::new(BTreeMap::new());

/// A server that is the holder's alone until this is dropped.
#[derive(Debug)]
pub struct Lease {
    server: Option<TestServer>,
}

pub(super) async fn lease(major: u8) -> Lease {
    let idle = IDLE.lock().expect("the pool of servers").get_mut(&major).and_then(Vec::pop);
    if let Some(mut server) = idle {
        match server.reset().await {
            Ok(()) => {
                server.held_since = Some(server.log_mark().await);
                return Lease { server: Some(server) };
            }
            // Not the next test's problem; it gets a new one.
            Err(error) => eprintln!("{server} could not be cleaned, and is replaced: {error:?}"),
        }
    }
    Lease { server: Some(TestServer::private(major).await) }
}

impl Deref for Lease {
    type Target = TestServer;

    fn deref(&self) -> &TestServer {
        self.server.as_ref().expect("a server until the lease ends")
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut TestServer {
        self.server.as_mut().expect("a server until the lease ends")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let (Some(server), Ok(mut idle)) = (self.server.take(), IDLE.lock()) {
            idle.entry(server.major()).or_default().push(server);
        }
    }
}
