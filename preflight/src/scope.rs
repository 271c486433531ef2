//! What a run is about: its inputs, checked, and what follows from them. Pure.

#[cfg(test)]
pub mod example;
mod mode;
#[cfg(test)]
mod tests;
mod texts;

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::check::{RunGate, Tier};
use crate::inputs::{Given, Inputs, Name, Source};
use crate::profile::{App, Component, Profile};
use crate::verdict::CannotLook;
pub use mode::Mode;

/// What came of reading the bootstrap `ConfigMap`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bootstrap {
    /// It was not asked for (`--cluster none`, or a command that does not look).
    NotAsked,
    /// It is there.
    Read,
    /// It is not there.
    Missing,
    /// It could not be looked at.
    CannotLook(CannotLook),
}

/// What the caller asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The tier; none is `--tier auto`.
    pub tier: Option<Tier>,
    /// Where in its order the run stands.
    pub gate: RunGate,
    /// The one app that the run is for.
    pub app: Option<String>,
    /// Whether there is a cluster to ask (not with `--cluster none`).
    pub cluster: bool,
    /// Whether this process runs inside the cluster.
    pub inside: bool,
    /// Checks that run only where they are asked for, by id.
    pub opt_in: Vec<String>,
}

/// An input that cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} {:?} from {source_name}: {reason}", .name.as_str(), .value)]
pub struct InputError {
    /// The input.
    pub name: Name,
    /// Its value.
    pub value: String,
    /// Where it came from.
    pub source_name: String,
    /// What it must be.
    pub reason: String,
}

/// What a run is about.
#[derive(Clone, Debug)]
pub struct Scope {
    /// What the caller asks for.
    pub asked: Asked,
    /// What the platform is like.
    pub profile: Profile,
    /// The bootstrap `ConfigMap`, as `namespace/name`.
    pub config_map: String,
    /// What came of reading it.
    pub bootstrap: Bootstrap,
    /// Everything that was given.
    pub inputs: Inputs,
    /// The life cycle.
    pub mode: Given<Mode>,
    /// The ceiling.
    pub max_tier: Given<Tier>,
    /// The environment.
    pub environment: Option<Given<String>>,
    /// Whether the platform says that it has a database.
    pub rds_available: Option<Given<bool>>,
    /// Whether the platform says that it has its buckets.
    pub s3_available: Option<Given<bool>>,
    /// A hint.
    pub storage_class_ready: Option<Given<bool>>,
    /// A hint.
    pub irsa_configured: Option<Given<bool>>,
    /// Whether the apps need certificates; not given, what is in the cluster decides.
    pub tls_required: Option<Given<bool>>,
    /// All that the checks of the run may look at; known once they are scheduled.
    pub permissions: Vec<crate::check::Access>,
}

impl Scope {
    /// What the inputs say.
    pub fn new(asked: Asked, profile: Profile, inputs: Inputs, bootstrap: Bootstrap) -> Result<Self, InputError> {
        let config_map = format!("{}/{}", profile.bootstrap.namespace, profile.bootstrap.name);
        let default_mode = || Given::new(Mode::Persistent, Source::Derived("default: no mode is given".to_owned()));
        let mode = parsed::<Mode>(&inputs, Name::Mode)?.unwrap_or_else(default_mode);
        let rds_available = parsed_flag(&inputs, Name::RdsAvailable)?;
        let max_tier = match parsed::<Tier>(&inputs, Name::MaxTier)? {
            Some(given) => given,
            None => implied_max_tier(&mode, rds_available.as_ref()),
        };
        Ok(Self {
            s3_available: parsed_flag(&inputs, Name::S3Available)?,
            storage_class_ready: parsed_flag(&inputs, Name::StorageClassReady)?,
            irsa_configured: parsed_flag(&inputs, Name::IrsaConfigured)?,
            tls_required: parsed_flag(&inputs, Name::TlsRequired)?,
            permissions: Vec::new(),
            environment: inputs.get(Name::Environment).cloned(),
            config_map,
            asked,
            profile,
            bootstrap,
            mode,
            max_tier,
            rds_available,
            inputs,
        })
    }

    /// The tier that the run is for.
    pub fn tier(&self) -> Tier {
        self.asked.tier.unwrap_or(self.max_tier.value)
    }

    /// Whether the cluster is one of a build.
    pub fn is_ephemeral(&self) -> bool {
        self.mode.value == Mode::Ephemeral
    }

    /// Whether the environment is production.
    pub fn is_production(&self) -> bool {
        self.text(Name::Environment) == Some("prod")
    }

    /// An input's text.
    pub fn text(&self, name: Name) -> Option<&str> {
        self.inputs.get(name).map(|given| given.value.as_str())
    }

    /// An input with its source, for messages: `3 (configmap argocd/x)`, or that nobody gave it.
    pub fn told(&self, name: Name) -> String {
        self.inputs.get(name).map_or_else(|| format!("{} is not given", name.as_str()), ToString::to_string)
    }

    /// Whether a tier's things are in the run: at most the tier asked for, and the ceiling.
    pub fn has_tier(&self, tier: Tier) -> bool {
        tier <= self.tier().min(self.max_tier.value)
    }

    /// Whether a thing of the profile with this tier is in the run. A tier that is none belongs to the highest.
    pub fn has_tier_named(&self, tier: &str) -> bool {
        self.has_tier(tier.parse().unwrap_or(Tier::Identity))
    }

    /// The apps of the run: of its tiers, and the one that was asked for; on an ephemeral cluster without the identity
    /// provider.
    pub fn apps(&self) -> Vec<&App> {
        let wanted = |app: &&App| self.asked.app.as_ref().is_none_or(|name| *name == app.name);
        let own = |app: &&App| !(self.is_ephemeral() && app.name == self.profile.delivery.identity_application);
        self.profile.apps.iter().filter(|app| self.has_tier_named(&app.tier)).filter(wanted).filter(own).collect()
    }

    /// The components of the run.
    pub fn components(&self) -> Vec<&Component> {
        self.profile.components.iter().filter(|component| self.has_tier_named(&component.tier)).collect()
    }

    /// The paths of the secrets of the run's apps, their databases' included, each with the keys that the profile wants
    /// and whether it is a database's.
    pub fn secrets(&self) -> BTreeMap<String, SecretUse> {
        let mut secrets: BTreeMap<String, SecretUse> = BTreeMap::new();
        for app in self.apps() {
            for secret in &app.secrets {
                secrets.entry(self.expand(&secret.path)).or_default().keys.extend(secret.keys.iter().cloned());
            }
            if let Some(database) = &app.database {
                secrets.entry(self.expand(&database.secret)).or_default().is_login = true;
            }
        }
        secrets
    }
}

/// What a secret is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretUse {
    /// Keys that the profile wants.
    pub keys: Vec<String>,
    /// Whether an app logs in to its database with it.
    pub is_login: bool,
}

/// The ceiling that follows from the life cycle, where nobody gave one.
fn implied_max_tier(mode: &Given<Mode>, rds: Option<&Given<bool>>) -> Given<Tier> {
    let has_database = rds.is_some_and(|given| given.value);
    let why = match (mode.value, has_database) {
        (Mode::Persistent, _) => "derived: persistent",
        (Mode::Ephemeral, true) => "derived: ephemeral with a database",
        (Mode::Ephemeral, false) => "derived: ephemeral without a database",
    };
    Given::new(mode.value.ceiling(has_database), Source::Derived(why.to_owned()))
}

fn parsed<T: FromStr<Err = String>>(inputs: &Inputs, name: Name) -> Result<Option<Given<T>>, InputError> {
    let Some(given) = inputs.get(name) else { return Ok(None) };
    let value = given.value.parse().map_err(|reason| InputError {
        name,
        value: given.value.clone(),
        source_name: given.source.to_string(),
        reason,
    })?;
    Ok(Some(Given::new(value, given.source.clone())))
}

fn parsed_flag(inputs: &Inputs, name: Name) -> Result<Option<Given<bool>>, InputError> {
    struct Flag(bool);
    impl FromStr for Flag {
        type Err = String;

        fn from_str(text: &str) -> Result<Self, String> {
            text.to_ascii_lowercase().parse().map(Self).map_err(|_| "must be true or false".to_owned())
        }
    }
    Ok(parsed::<Flag>(inputs, name)?.map(|given| Given::new(given.value.0, given.source)))
}
