//! The library's own runtime, which outlives every test.
//!
//! Proxies, containers and the drivers of connections run here, so that a test may block its own thread (waiting for
//! the program under test, say) without stopping what the program talks to.

use std::future::Future;
use std::io::Write;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

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

/// How long a case may take on one server.
const PATIENCE: Duration = Duration::from_mins(10);
/// How many minutes all tests of a process may take together, unless `TEST_MINUTES` says otherwise.
const MINUTES: u64 = 50;
/// What a test may need to notice that the time is over, where it waits for a process or a server.
const GRACE: Duration = Duration::from_mins(4);

/// When the time of all tests is over. Whoever runs them has a limit of their own, at which they would learn nothing:
/// the tests' reasons are printed when all have ended.
static END: LazyLock<Instant> = LazyLock::new(|| {
    let minutes = std::env::var("TEST_MINUTES").map_or(MINUTES, |minutes| {
        minutes.parse().unwrap_or_else(|_| panic!("TEST_MINUTES={minutes} is no number of minutes"))
    });
    let all = Duration::from_secs(minutes * 60);
    ENGINE.spawn(async move {
        tokio::time::sleep(all + GRACE).await;
        // Past the test harness, which would keep it until the end of a test.
        let _ =
            writeln!(std::io::stderr(), "the tests hang, {minutes} minutes (TEST_MINUTES) and more after they began");
        std::process::exit(101);
    });
    Instant::now() + all
});

/// Runs a case on the calling thread; what it spawns runs on the library's threads. A case that takes too long fails.
#[track_caller]
pub fn block_on<T>(case: impl Future<Output = T>) -> T {
    let left = END.saturating_duration_since(Instant::now());
    assert!(!left.is_zero(), "not run: the time for all tests (TEST_MINUTES) is over");
    let patience = PATIENCE.min(left);
    let limited = ENGINE.block_on(async { tokio::time::timeout(patience, case).await });
    limited.unwrap_or_else(|_| panic!("not done after {} seconds", patience.as_secs()))
}

/// Runs what is no test, however long it takes.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    ENGINE.block_on(work)
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
