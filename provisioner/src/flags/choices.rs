//! The values of flags.

use serde::Deserialize;

/// A time: `60s`, `4m`, `1m 30s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Time(pub std::time::Duration);

impl std::str::FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        humantime::parse_duration(text).map(Self).map_err(|error| format!("{error}; write it like 60s or 4m"))
    }
}

impl TryFrom<String> for Time {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(concat!("must be one of:" $(, " ", $text)+).to_owned()),
                }
            }
        }
    };
}

choice!(
    /// How data is printed.
    Output {
        /// For people.
        #[default]
        Human = "human",
        /// For programs.
        Json = "json",
    }
);
choice!(
    /// What the database instance is.
    Lifecycle {
        /// It outlives builds.
        #[default]
        Persistent = "persistent",
        /// It was made for one build.
        Ephemeral = "ephemeral",
    }
);
choice!(
    /// What to do about a secret without a value.
    MissingSecrets {
        /// Stop.
        #[default]
        Refuse = "refuse",
        /// Make one.
        Create = "create",
    }
);
choice!(
    /// Whose login is tried.
    Probe {
        /// Every app's.
        #[default]
        All = "all",
        /// Only where the marker does not agree.
        Changed = "changed",
    }
);
