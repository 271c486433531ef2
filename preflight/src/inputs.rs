//! What a run is told, and by whom. Pure.
//!
//! Every input may come from the bootstrap `ConfigMap`, the profile, the environment or a flag; the later in this list,
//! the stronger. All that was given is kept, so that the report can say where a value came from, and a contradiction can
//! be named.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// An input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::enum_variant_names, reason = "the cluster's name is one")]
pub enum Name {
    /// `ephemeral` or `persistent`.
    Mode,
    /// The highest tier that may be asked for.
    MaxTier,
    /// The environment, such as `dev`.
    Environment,
    /// The build of an ephemeral cluster.
    BuildId,
    /// The AWS region.
    Region,
    /// The AWS account that the run must be in.
    Account,
    /// The cluster's name in EKS.
    ClusterName,
    /// What the cluster's host names end with.
    HostSuffix,
    /// The owner that `ExternalDNS` writes beside its records.
    OwnerId,
    /// The platform's domain.
    BaseDomain,
    /// Whether the platform has a database; a flag that may be stale.
    RdsAvailable,
    /// The database's host.
    RdsEndpoint,
    /// Whether the platform has its buckets.
    S3Available,
    /// A hint.
    StorageClassReady,
    /// A hint.
    IrsaConfigured,
    /// Whether the apps need certificates.
    TlsRequired,
}

impl Name {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Mode,
        Self::MaxTier,
        Self::Environment,
        Self::BuildId,
        Self::Region,
        Self::Account,
        Self::ClusterName,
        Self::HostSuffix,
        Self::OwnerId,
        Self::BaseDomain,
        Self::RdsAvailable,
        Self::RdsEndpoint,
        Self::S3Available,
        Self::StorageClassReady,
        Self::IrsaConfigured,
        Self::TlsRequired,
    ];

    /// As reports name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mode => "mode",
            Self::MaxTier => "maxTier",
            Self::Environment => "environment",
            Self::BuildId => "buildId",
            Self::Region => "region",
            Self::Account => "account",
            Self::ClusterName => "clusterName",
            Self::HostSuffix => "hostSuffix",
            Self::OwnerId => "ownerId",
            Self::BaseDomain => "baseDomain",
            Self::RdsAvailable => "rdsAvailable",
            Self::RdsEndpoint => "rdsEndpoint",
            Self::S3Available => "s3Available",
            Self::StorageClassReady => "storageClassReady",
            Self::IrsaConfigured => "irsaConfigured",
            Self::TlsRequired => "tlsRequired",
        }
    }

    /// The flag, and with underscores the profile's key.
    pub const fn flag(self) -> &'static str {
        match self {
            Self::Mode => "mode",
            Self::MaxTier => "max-tier",
            Self::Environment => "env",
            Self::BuildId => "build-id",
            Self::Region => "region",
            Self::Account => "account",
            Self::ClusterName => "cluster-name",
            Self::HostSuffix => "host-suffix",
            Self::OwnerId => "owner-id",
            Self::BaseDomain => "base-domain",
            Self::RdsAvailable => "rds-available",
            Self::RdsEndpoint => "rds-endpoint",
            Self::S3Available => "s3-available",
            Self::StorageClassReady => "storage-class-ready",
            Self::IrsaConfigured => "irsa-configured",
            Self::TlsRequired => "tls-required",
        }
    }

    /// The keys under which the bootstrap `ConfigMap` may have it; the first that is there counts.
    pub const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Mode => &["bootstrap.mode"],
            Self::MaxTier => &["bootstrap.maxTier"],
            Self::Environment => &["bootstrap.env", "environment.name"],
            Self::BuildId => &["bootstrap.buildId"],
            Self::Region => &["environment.region", "bootstrap.region", "region"],
            Self::Account => &["environment.account", "account"],
            Self::ClusterName => &["cluster.name"],
            Self::HostSuffix => &["dns.hostSuffix"],
            Self::OwnerId => &["dns.ownerId"],
            Self::BaseDomain => &["dns.baseDomain"],
            Self::RdsAvailable => &["platform.rdsAvailable"],
            Self::RdsEndpoint => &["platform.rdsEndpoint"],
            Self::S3Available => &["platform.s3Available"],
            Self::StorageClassReady => &["platform.storageClassReady"],
            Self::IrsaConfigured => &["platform.irsaConfigured"],
            Self::TlsRequired => &["tls.required"],
        }
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Nobody gave it; why it is what it is.
    Derived(String),
    /// The bootstrap `ConfigMap`, as `namespace/name`.
    ConfigMap(String),
    /// The profile file.
    Profile(String),
    /// A variable of the environment.
    Variable(String),
    /// A flag.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Derived(why) => formatter.write_str(why),
            Self::ConfigMap(name) => write!(formatter, "configmap {name}"),
            Self::Profile(path) => write!(formatter, "profile {path}"),
            Self::Variable(name) => write!(formatter, "variable {name}"),
            Self::Flag(name) => write!(formatter, "--{name}"),
        }
    }
}

/// A value, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub source: Source,
}

impl<T> Given<T> {
    /// A value from somewhere.
    pub const fn new(value: T, source: Source) -> Self {
        Self { value, source }
    }
}

impl<T: fmt::Display> fmt::Display for Given<T> {
    /// The value and its source, for messages.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.value, self.source)
    }
}

/// Everything that was given, as text; of each input the strongest last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs(BTreeMap<Name, Vec<Given<String>>>);

impl Inputs {
    /// Adds a value that wins over those that were added before. An empty one is none.
    pub fn add(&mut self, name: Name, value: impl Into<String>, source: Source) {
        let value = value.into();
        if !value.trim().is_empty() {
            self.0.entry(name).or_default().push(Given::new(value.trim().to_owned(), source));
        }
    }

    /// The value that counts.
    pub fn get(&self, name: Name) -> Option<&Given<String>> {
        self.0.get(&name)?.last()
    }

    /// Everything that was given for an input, the strongest last.
    pub fn all(&self, name: Name) -> &[Given<String>] {
        self.0.get(&name).map_or(&[], Vec::as_slice)
    }

    /// Puts `weaker` below what is there.
    #[must_use]
    pub fn over(self, weaker: Self) -> Self {
        let mut all = weaker;
        for (name, values) in self.0 {
            all.0.entry(name).or_default().extend(values);
        }
        all
    }
}

/// Why the bootstrap `ConfigMap` cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BootstrapError {
    /// The nested document is no YAML.
    #[error("key bootstrap.yaml of configmap {name} is not YAML: {reason}")]
    Yaml {
        /// The `ConfigMap`, as `namespace/name`.
        name: String,
        /// The parser's word.
        reason: String,
    },
    /// It has no data.
    #[error("configmap {name} has no data")]
    Empty {
        /// The `ConfigMap`, as `namespace/name`.
        name: String,
    },
}

/// The inputs in a `ConfigMap` object's `data`: flat dotted keys, or one key `bootstrap.yaml` with a nested document.
/// Where both are there, the flat keys win. `name` is `namespace/name`.
pub fn from_config_map(object: &Value, name: &str) -> Result<Inputs, BootstrapError> {
    let empty = || BootstrapError::Empty { name: name.to_owned() };
    let data = object.get("data").and_then(Value::as_object).filter(|data| !data.is_empty()).ok_or_else(empty)?;
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    if let Some(document) = data.get("bootstrap.yaml").and_then(Value::as_str) {
        let nested: Value = serde_saphyr::from_str(document).map_err(|error| BootstrapError::Yaml {
            name: name.to_owned(),
            reason: error.to_string().lines().next().unwrap_or_default().to_owned(),
        })?;
        flatten("", &nested, &mut found);
    }
    found.extend(data.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))));
    let mut inputs = Inputs::default();
    for input in Name::ALL {
        if let Some(value) = input.keys().iter().find_map(|key| found.get(*key)) {
            inputs.add(input, value, Source::ConfigMap(name.to_owned()));
        }
    }
    Ok(inputs)
}

fn flatten(prefix: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&path, value, found);
            }
        }
        Value::Null => {}
        Value::String(text) => {
            found.insert(prefix.to_owned(), text.clone());
        }
        other => {
            found.insert(prefix.to_owned(), other.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{BootstrapError, Inputs, Name, Source, from_config_map};

    fn value(inputs: &Inputs, name: Name) -> Option<String> {
        inputs.get(name).map(|given| given.value.clone())
    }

    #[test]
    fn both_shapes_say_the_same() {
        let flat = json!({"data": {"bootstrap.mode": "persistent", "bootstrap.maxTier": "1.5", "environment.name": "dev",
            "platform.rdsAvailable": "true", "platform.rdsEndpoint": ""}});
        let nested = json!({"data": {"bootstrap.yaml":
            "bootstrap:\n  mode: persistent\n  maxTier: 1.5\n  env: dev\nplatform:\n  rdsAvailable: true\n"}});
        for object in [flat, nested] {
            let inputs = from_config_map(&object, "argocd/x").unwrap();
            assert_eq!(value(&inputs, Name::Mode).as_deref(), Some("persistent"));
            assert_eq!(value(&inputs, Name::MaxTier).as_deref(), Some("1.5"));
            assert_eq!(value(&inputs, Name::Environment).as_deref(), Some("dev"));
            assert_eq!(value(&inputs, Name::RdsAvailable).as_deref(), Some("true"));
            assert_eq!(value(&inputs, Name::RdsEndpoint), None);
            assert_eq!(inputs.get(Name::Mode).unwrap().source.to_string(), "configmap argocd/x");
        }
    }

    #[test]
    fn what_is_no_bootstrap_configuration_is_told() {
        let broken = json!({"data": {"bootstrap.yaml": "a: [1"}});
        assert!(matches!(from_config_map(&broken, "argocd/x"), Err(BootstrapError::Yaml { .. })));
        assert!(matches!(from_config_map(&json!({}), "argocd/x"), Err(BootstrapError::Empty { .. })));
    }

    #[test]
    fn the_stronger_source_wins_and_the_weaker_is_kept() {
        let mut strong = Inputs::default();
        strong.add(Name::MaxTier, "2", Source::Flag("max-tier"));
        let mut weak = Inputs::default();
        weak.add(Name::MaxTier, "3", Source::ConfigMap("argocd/x".to_owned()));
        weak.add(Name::Mode, "  ", Source::ConfigMap("argocd/x".to_owned()));
        let all = strong.over(weak);
        assert_eq!(value(&all, Name::MaxTier).as_deref(), Some("2"));
        assert_eq!(all.all(Name::MaxTier).len(), 2);
        assert_eq!(all.get(Name::Mode), None);
    }
}
