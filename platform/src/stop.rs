//! One word to the whole run: stop, and why.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Why a run is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// SIGTERM or SIGINT.
    Signal,
    /// `--deadline` has expired.
    Deadline,
}

/// Tells whether the run is to stop. Clones see the same.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<Option<StopReason>>);

impl Stop {
    /// Listens for SIGTERM and SIGINT, and for the end of `deadline` where there is one.
    ///
    /// # Errors
    /// Where the signal handlers cannot be installed.
    pub fn listen(deadline: Option<std::time::Duration>) -> std::io::Result<Self> {
        let (send, receive) = watch::channel(None);
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::spawn(async move {
            let expired = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep(deadline).await,
                    None => std::future::pending().await,
                }
            };
            let reason = tokio::select! {
                _ = terminate.recv() => StopReason::Signal,
                _ = interrupt.recv() => StopReason::Signal,
                () = expired => StopReason::Deadline,
            };
            send.send_replace(Some(reason));
            std::future::pending::<()>().await;
        });
        Ok(Self(receive))
    }

    /// Why the run is to stop, if it is.
    pub fn reason(&self) -> Option<StopReason> {
        *self.0.borrow()
    }

    /// Waits until the run is to stop.
    pub async fn stopped(&self) -> StopReason {
        let mut receiver = self.0.clone();
        match receiver.wait_for(Option::is_some).await {
            Ok(reason) => reason.unwrap_or(StopReason::Signal),
            Err(_) => std::future::pending().await,
        }
    }
}
