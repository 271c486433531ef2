//! The profile: what another platform than Golden Path does otherwise. Its defaults are Golden Path's.
//!
//! In texts `{env}`, `{build_id}`, `{suffix}` (`-` and the build, on an ephemeral cluster), `{region}`, `{account}`,
//! `{cluster}`, `{base}` (the base domain) and `{host_suffix}` stand for the run's inputs.

mod apps;
mod components;
mod tables;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use apps::{App, AppDatabase, Bucket};
pub use components::{Allowed, Component};
pub use tables::{Acceptance, Bootstrap, Cluster, Database, Delivery, Dns, Identity, Secrets, Storage};

/// The version of the format.
const CONTRACT: &str = "1";

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// It is no TOML, or has a key that is not known, or a value of another type.
    #[error("profile {path}: {reason}")]
    Content {
        /// The file.
        path: String,
        /// What is wrong, with its line.
        reason: String,
    },
    /// It is for another version of this program.
    #[error("profile {path}: contract = {found} is not known here; this version reads contract = {CONTRACT:?}")]
    Contract {
        /// The file.
        path: String,
        /// What it says.
        found: String,
    },
}

/// What a platform is like.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The version of this format: `"1"`.
    pub contract: String,
    /// Inputs, by the names of their flags with underscores (`max_tier`); text, number or bool.
    #[serde(default)]
    pub inputs: BTreeMap<String, toml::Value>,
    /// Where the bootstrap configuration lies.
    #[serde(default)]
    pub bootstrap: Bootstrap,
    /// The cluster.
    #[serde(default)]
    pub cluster: Cluster,
    /// Components with a role in AWS. Given, the list replaces the default one.
    #[serde(default = "components::components")]
    pub components: Vec<Component>,
    /// `ExternalDNS` and the zone.
    #[serde(default)]
    pub dns: Dns,
    /// What delivers everything else.
    #[serde(default)]
    pub delivery: Delivery,
    /// Storage.
    #[serde(default)]
    pub storage: Storage,
    /// Secrets.
    #[serde(default)]
    pub secrets: Secrets,
    /// The database.
    #[serde(default)]
    pub database: Database,
    /// Apps, with what they need. Given, the list replaces the default one.
    #[serde(default = "apps::apps")]
    pub apps: Vec<App>,
    /// Buckets.
    #[serde(default)]
    pub buckets: Vec<Bucket>,
    /// Images in ECR that must be there, as `repository:tag`.
    #[serde(default)]
    pub images: Vec<String>,
    /// The identity provider.
    #[serde(default)]
    pub identity: Identity,
    /// What is asked once a tier is there.
    #[serde(default)]
    pub acceptance: Acceptance,
    /// Checks that run only where they are asked for, by id.
    #[serde(default)]
    pub opt_in: Vec<String>,
}

impl Default for Profile {
    fn default() -> Self {
        toml::from_str(&format!("contract = {CONTRACT:?}")).expect("every other key has a default")
    }
}

impl Profile {
    /// Reads a profile; `path` is for messages.
    pub fn parse(text: &str, path: &str) -> Result<Self, ProfileError> {
        let content = |reason: String| ProfileError::Content { path: path.to_owned(), reason };
        let found: toml::Table = text.parse().map_err(|error: toml::de::Error| content(error.to_string()))?;
        match found.get("contract") {
            Some(toml::Value::String(version)) if version == CONTRACT => {}
            other => {
                let found = other.map_or_else(|| "nothing".to_owned(), |value| format!("{value:?}"));
                return Err(ProfileError::Contract { path: path.to_owned(), found });
            }
        }
        toml::from_str(text).map_err(|error| content(error.to_string().trim_end().to_owned()))
    }

    /// The app of this name.
    pub fn app(&self, name: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.name == name)
    }

    /// The component of this name.
    pub fn component(&self, name: &str) -> Option<&Component> {
        self.components.iter().find(|component| component.name == name)
    }
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[cfg(test)]
mod tests;
