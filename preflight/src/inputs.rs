//! What a run is told, and by whom. Pure.
//!
//! Every input may come from the bootstrap `ConfigMap`, the profile, the environment or a flag; the later in this list,
//! the stronger. All that was given is kept, so that the report can say where a value came from, and a contradiction can
//! be named.

mod config_map;

use std::collections::BTreeMap;
use std::fmt;

pub use config_map::from_config_map;

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
