//! How long a check waits before it looks again.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// The first pause; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Spread by a fifth to either side, by the check's name, so that not all come at once, and runs are alike.
pub(super) fn pause(attempt: u32, id: &str) -> Duration {
    let mut hasher = DefaultHasher::new();
    (attempt, id).hash(&mut hasher);
    let spread = u32::try_from(hasher.finish() % 400).unwrap_or_default();
    let doubled = FIRST_PAUSE.saturating_mul(1 << attempt.saturating_sub(1).min(8)).min(LONGEST_PAUSE);
    doubled * (800 + spread) / 1000
}
