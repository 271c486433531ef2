//! The life cycle of a cluster, and the ceiling that follows from it.

use std::fmt;
use std::str::FromStr;

use crate::check::Tier;

/// The life cycle of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One of a build, gone tomorrow.
    Ephemeral,
    /// A long-lived one.
    Persistent,
}

impl Mode {
    /// The ceiling that follows from the life cycle.
    pub const fn ceiling(self, has_database: bool) -> Tier {
        match (self, has_database) {
            (Self::Persistent, _) => Tier::Identity,
            (Self::Ephemeral, true) => Tier::Experience,
            (Self::Ephemeral, false) => Tier::Observability,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Ephemeral => "ephemeral",
            Self::Persistent => "persistent",
        })
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "ephemeral" => Ok(Self::Ephemeral),
            "persistent" => Ok(Self::Persistent),
            _ => Err("must be ephemeral or persistent".to_owned()),
        }
    }
}
