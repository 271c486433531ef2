//! Several measurements of one thing.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// Times, shown as their median in milliseconds.
#[derive(Debug, Default)]
pub(crate) struct Sample(Vec<Duration>);

impl Sample {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(took);
        self.0.sort();
    }

    pub(crate) fn median(&self) -> f64 {
        milliseconds(self.0[self.0.len() / 2])
    }

    pub(crate) fn least(&self) -> f64 {
        milliseconds(self.0[0])
    }
}

impl Display for Sample {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.median().fmt(f)
    }
}

/// How many times the floor that is.
pub(crate) fn ratio(sample: &Sample, floor: f64) -> String {
    format!("{:.2}", sample.median() / floor)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
