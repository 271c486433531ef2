//! The library's own runtime, which outlives every test.
//!
//! Proxies, containers and the drivers of connections run here, so that a test may block its own thread (waiting for
//! the program under test, say) without stopping what the program talks to.

use std::future::Future;
use std::sync::LazyLock;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

static ENGINE: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("acceptance")
        .enable_all()
        .build()
        .expect("start a runtime")
});

/// Runs a case on the calling thread; what it spawns runs on the library's threads.
pub fn block_on<T>(case: impl Future<Output = T>) -> T {
    ENGINE.block_on(case)
}

/// Runs a task in the background, whatever becomes of the test that asked for it.
pub(crate) fn spawn<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    ENGINE.spawn(task)
}

/// Makes the library's runtime the current one on this thread.
pub(crate) fn enter() -> tokio::runtime::EnterGuard<'static> {
    ENGINE.enter()
}

/// A background task that ends with its holder.
#[derive(Debug)]
pub(crate) struct Background(JoinHandle<()>);

impl Background {
    pub(crate) fn start(task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(spawn(task))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.0.abort();
    }
}
