//! Days, in which people count how long something holds. Pure.

use std::time::{Duration, SystemTime};

use platform::clock::rfc3339;

/// A day's seconds.
pub const DAY: i64 = 24 * 60 * 60;

/// The day of a time in seconds since 1970.
pub fn day(seconds: i64) -> String {
    let since = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    rfc3339(SystemTime::UNIX_EPOCH + since).chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::{DAY, day};

    #[test]
    fn a_time_is_told_by_its_day() {
        assert_eq!(day(DAY - 1), "1970-01-01");
        assert_eq!(day(1_769_169_600), "2026-01-23");
    }
}
