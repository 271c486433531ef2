//! Names as types: what has one of these types has been checked.

use std::fmt;
use std::str::FromStr;

/// PostgreSQL truncates a longer identifier, with a notice only: two apps could then share a role.
pub const IDENTIFIER_BYTES: usize = 63;

/// Why a text is not a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is nothing in it.
    #[error("is empty")]
    Empty,
    /// Longer than PostgreSQL keeps.
    #[error("is {bytes} bytes long; PostgreSQL cuts names after 63 bytes, and two names could become one")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// The name has a meaning of its own.
    #[error("is reserved: {why}")]
    Reserved {
        /// By whom.
        why: &'static str,
    },
    /// A character that is not allowed, or not there.
    #[error("may hold only {allowed}")]
    Character {
        /// What is allowed.
        allowed: &'static str,
    },
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                $check(text).map(|()| Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

name!(
    /// A role that an app logs in as. Never a role of the server's or of RDS' own.
    RoleName,
    check_role
);
name!(
    /// A database of an app. Never one of the server's own.
    DatabaseName,
    check_database
);
name!(
    /// The key of an app in `application_databases`; it becomes part of a secret's path.
    AppKey,
    check_app
);
name!(
    /// An environment, as in `envs/<environment>`.
    Environment,
    check_environment
);
name!(
    /// The name of a secret in AWS Secrets Manager.
    SecretPath,
    check_secret_path
);

impl DatabaseName {
    /// The name of a database that is there already: an app may have given its own a name that we never would.
    pub fn existing(name: &str) -> Self {
        Self(name.to_owned())
    }
}

fn check_identifier(text: &str) -> Result<(), NameError> {
    match text.len() {
        0 => Err(NameError::Empty),
        bytes if bytes > IDENTIFIER_BYTES => Err(NameError::TooLong { bytes }),
        _ if text.contains('\0') => Err(NameError::Character { allowed: "characters other than NUL" }),
        _ => Ok(()),
    }
}

fn check_role(text: &str) -> Result<(), NameError> {
    check_identifier(text)?;
    match text {
        "postgres" => Err(NameError::Reserved { why: "it is the server's own administrator" }),
        // 42939: GRANT reads these as keywords.
        "public" | "none" => Err(NameError::Reserved { why: "it is a keyword in GRANT and SET ROLE" }),
        _ => check_prefix(text),
    }
}

fn check_database(text: &str) -> Result<(), NameError> {
    check_identifier(text)?;
    match text {
        "postgres" | "template0" | "template1" => {
            Err(NameError::Reserved { why: "it is one of the server's own databases" })
        }
        "public" | "none" => Err(NameError::Reserved { why: "it is a keyword in SQL" }),
        _ => check_prefix(text),
    }
}

fn check_prefix(text: &str) -> Result<(), NameError> {
    if text.starts_with("pg_") {
        return Err(NameError::Reserved { why: "names that begin with pg_ are PostgreSQL's" });
    }
    if text.starts_with("rds") {
        return Err(NameError::Reserved { why: "names that begin with rds are those of Amazon RDS" });
    }
    Ok(())
}

fn check_app(text: &str) -> Result<(), NameError> {
    let allowed = "letters, digits and _.+=@-, and begin with a letter or a digit";
    let first = text.chars().next().ok_or(NameError::Empty)?;
    let rest = |c: char| c.is_ascii_alphanumeric() || "_.+=@-".contains(c);
    if first.is_ascii_alphanumeric() && text.chars().all(rest) { Ok(()) } else { Err(NameError::Character { allowed }) }
}

fn check_environment(text: &str) -> Result<(), NameError> {
    let allowed = "lower-case letters, digits and -, and begin with a letter or a digit";
    let first = text.chars().next().ok_or(NameError::Empty)?;
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if first != '-' && text.chars().all(rest) { Ok(()) } else { Err(NameError::Character { allowed }) }
}

fn check_secret_path(text: &str) -> Result<(), NameError> {
    let allowed = "letters, digits and /_+=.@-, in parts divided by single slashes, none of them a dot or two";
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.len() > 512 {
        return Err(NameError::Character { allowed: "512 characters" });
    }
    let part = |part: &str| {
        !matches!(part, "" | "." | "..") && part.chars().all(|c| c.is_ascii_alphanumeric() || "_+=.@-".contains(c))
    };
    // The folder of --secrets file:DIR holds a file of this path: nothing may lead out of it.
    if text.split('/').all(part) { Ok(()) } else { Err(NameError::Character { allowed }) }
}

#[cfg(test)]
mod tests {
    use super::{AppKey, DatabaseName, Environment, NameError, RoleName, SecretPath};

    #[test]
    fn the_limit_is_in_bytes() {
        assert!("a".repeat(63).parse::<RoleName>().is_ok());
        assert_eq!("ä".repeat(32).parse::<RoleName>(), Err(NameError::TooLong { bytes: 64 }));
    }

    #[test]
    fn names_of_the_server_are_reserved() {
        for name in ["postgres", "public", "none", "pg_monitor", "rdsadmin", "rds_iam"] {
            assert!(matches!(name.parse::<RoleName>(), Err(NameError::Reserved { .. })), "{name}");
        }
        for name in ["postgres", "template0", "template1", "rdsadmin"] {
            assert!(matches!(name.parse::<DatabaseName>(), Err(NameError::Reserved { .. })), "{name}");
        }
    }

    #[test]
    fn a_secret_path_stays_in_its_folder() {
        assert!("goldenpath/dev/app/postgres".parse::<SecretPath>().is_ok());
        for path in ["", "/etc/passwd", "a//b", "a/../b", "..", "a/", "a b"] {
            assert!(path.parse::<SecretPath>().is_err(), "{path}");
        }
    }

    #[test]
    fn app_keys_and_environments() {
        assert!("Key.cloak-1".parse::<AppKey>().is_ok());
        for key in ["", "-a", "a/b", "a b"] {
            assert!(key.parse::<AppKey>().is_err(), "{key}");
        }
        assert!("dev".parse::<Environment>().is_ok());
        assert!("Dev/../prod".parse::<Environment>().is_err());
    }
}
