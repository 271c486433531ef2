//! Carries a schedule out: looks, judges, and looks again at what passes by itself, side by side.
//!
//! Every check is judged as soon as what it asked for was seen. What several checks ask is looked at once. Nothing is
//! known here of what a check is about.

mod running;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use platform::stop::{Stop, StopReason};
use tokio::time::Instant;

use crate::look::{Answer, Look};
use crate::outcome::Outcome;
use crate::schedule::Planned;
use crate::scope::Scope;
use crate::verdict::CannotLook;
use crate::view::Facts;
use running::{Running, Turn};

/// Answers questions.
pub trait Prober {
    /// What is seen, or why nothing could be.
    fn look(&self, look: &Look) -> impl Future<Output = Result<Answer, CannotLook>>;
}

/// What a run goes by, beside its schedule.
pub struct Limits<'a> {
    /// Told from outside: the deadline, or a signal.
    pub stop: &'a Stop,
    /// The time at the start, in seconds since 1970.
    pub now: i64,
    /// Failures that count as warnings, by id, with the reason.
    pub accepted: &'a BTreeMap<String, String>,
}

/// Carries the schedule out; also tells why it ended before all checks had, if it did. `told` hears of each check that
/// has ended.
pub async fn run(
    planned: &[Planned],
    scope: &Scope,
    prober: &impl Prober,
    limits: &Limits<'_>,
    told: &mut dyn FnMut(&Outcome),
) -> (Vec<Outcome>, Option<StopReason>) {
    let mut checks = Running::new(planned, scope, limits);
    let mut facts = Facts::new();
    let mut seen_at: BTreeMap<Look, Instant> = BTreeMap::new();
    let mut in_flight: BTreeSet<Look> = BTreeSet::new();
    let mut looking = FuturesUnordered::new();
    loop {
        let Turn { wanted, wake } = checks.turn(&mut facts, &seen_at, told);
        for look in wanted {
            if in_flight.insert(look.clone()) {
                looking.push(async move {
                    let seen = prober.look(&look).await;
                    (look, seen)
                });
            }
        }
        if looking.is_empty() && wake.is_none() {
            return (checks.end(None, told), None);
        }
        tokio::select! {
            Some((look, seen)) = looking.next(), if !looking.is_empty() => {
                in_flight.remove(&look);
                seen_at.insert(look.clone(), Instant::now());
                facts.insert(look, seen);
            }
            () = sleep_until(wake) => {}
            reason = limits.stop.stopped() => return (checks.end(Some(reason), told), Some(reason)),
        }
    }
}

async fn sleep_until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
