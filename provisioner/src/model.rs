//! What is wanted: one [`App`] per entry of `application_databases`, checked.

use std::collections::BTreeSet;
use std::fmt;

use platform::names::{AppKey, DatabaseName, Environment, RoleName, SecretPath};
use serde::{Deserialize, Serialize};

/// What an app may do in its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Owns the database and what it creates in it.
    Owner,
    /// Reads and writes what the owner created or will create.
    Editor,
    /// Reads what the owner created or will create.
    Reader,
}

impl Access {
    /// As it is written in the tfvars.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Editor => "editor",
            Self::Reader => "reader",
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Where an entry begins: what a message points at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file, as it was named on the command line.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
}

/// One entry of `application_databases`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// The entry's key.
    pub key: AppKey,
    /// The database that it works in.
    pub database: DatabaseName,
    /// The role that it logs in as; no two apps share one.
    pub role: RoleName,
    /// What it may do there.
    pub access: Access,
    /// Where its credentials are.
    pub secret: SecretPath,
    /// Whether its role may create databases.
    pub createdb: bool,
    /// Extensions that its database is to have; only an owner names any.
    pub extensions: BTreeSet<String>,
    /// Connections that its role may have at once; `None` is unlimited.
    pub connection_limit: Option<u32>,
    /// Where the entry stands.
    pub location: Location,
}

/// Everything that the tfvars ask for, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// The environment that the run is for.
    pub environment: Environment,
    /// The apps, at least one, in the order of the file.
    pub apps: Vec<App>,
}
