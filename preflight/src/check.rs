//! What a check is: a row of data.
//!
//! A row says what a check is for, when it runs, and what it may look at; its judge is a pure function of what was seen.
//! Everything about a check but the judgement itself is changed in its row (`catalogue/`).

use std::fmt;
use std::str::FromStr;

use crate::kinds::Kind;
use crate::verdict::Judged;
use crate::view::View;

/// A layer of the platform; each stands on those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// The cluster itself.
    Cluster,
    /// What delivers everything else.
    Delivery,
    /// Core observability.
    Observability,
    /// The platform's own experience; needs the database.
    Experience,
    /// Production identity.
    Identity,
}

impl Tier {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [Self::Cluster, Self::Delivery, Self::Observability, Self::Experience, Self::Identity];

    /// As the platform writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cluster => "0",
            Self::Delivery => "1",
            Self::Observability => "1.5",
            Self::Experience => "2",
            Self::Identity => "3",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Tier {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|tier| tier.as_str() == text);
        known.ok_or_else(|| "must be 0, 1, 1.5, 2 or 3".to_owned())
    }
}

/// At which point of its tier's order a check can hold: what an app makes is not asked for before that app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Before the tier's first app.
    Before,
    /// After this app, before its consumers.
    After(&'static str),
    /// Acceptance: when the tier is there.
    Post,
}

impl fmt::Display for Gate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before => formatter.write_str("before"),
            Self::After(app) => write!(formatter, "after:{app}"),
            Self::Post => formatter.write_str("post"),
        }
    }
}

/// The point at which a run stands (`--gate`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RunGate {
    /// Before the tier's first app.
    #[default]
    Before,
    /// After this app, before its consumers.
    After(String),
    /// When the tier is there.
    Post,
}

impl RunGate {
    /// Whether a check of this gate may be asked for at this point of its own tier.
    pub fn has_passed(&self, gate: Gate) -> bool {
        match (gate, self) {
            (Gate::Before, _) | (_, Self::Post) => true,
            (Gate::After(app), Self::After(reached)) => app == reached,
            (Gate::After(_), Self::Before) | (Gate::Post, Self::Before | Self::After(_)) => false,
        }
    }
}

impl fmt::Display for RunGate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before => formatter.write_str("before"),
            Self::After(app) => write!(formatter, "after:{app}"),
            Self::Post => formatter.write_str("post"),
        }
    }
}

impl FromStr for RunGate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("after:")) {
            ("before", _) => Ok(Self::Before),
            ("post", _) => Ok(Self::Post),
            (_, Some(app)) if !app.is_empty() => Ok(Self::After(app.to_owned())),
            _ => Err("must be before, after:APP or post".to_owned()),
        }
    }
}

/// What a failure means for the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The tier is not ready.
    Required,
    /// A warning.
    Advisory,
    /// The tier of an ephemeral cluster is not ready; elsewhere a warning.
    RequiredWhereEphemeral,
    /// The tier is not ready in `prod`; elsewhere a warning.
    RequiredInProduction,
}

/// What becomes of a failure that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It converges by itself: looked at again until the deadline.
    Converges,
    /// It stays until somebody acts: never looked at again.
    Deterministic,
    /// Only being unable to look passes by itself: looked at again for a short while.
    Transport,
}

/// Of what there is one check each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Each {
    /// One in all.
    Once,
    /// One for each component with a role in AWS (`irsa.role.{component}`).
    Component,
    /// One for each app with a database (`rds.auth.{app}`).
    DatabaseApp,
    /// One for each secret of the apps in scope (`secrets.exists.{secret}`).
    Secret,
    /// One for each storage class that the profile names (`storage.class.{class}`).
    StorageClass,
    /// One for each user of the buckets that the profile names (`s3.{bucket}`).
    Bucket,
}

impl Each {
    /// What stands for the instance in an id.
    pub const fn placeholder(self) -> &'static str {
        match self {
            Self::Once => "",
            Self::Component => "{component}",
            Self::DatabaseApp => "{app}",
            Self::Secret => "{secret}",
            Self::StorageClass => "{class}",
            Self::Bucket => "{bucket}",
        }
    }
}

/// What must hold for a check to make sense at all, known before anything is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The cluster can be asked (not with `--cluster none`).
    Cluster,
    /// Keycloak is this cluster's own (never on an ephemeral one).
    OwnIdentity,
    /// An identity provider is in scope: this cluster's own, or an external one that the profile names.
    Identity,
    /// The profile names a bucket.
    Bucket,
    /// The profile names images.
    Images,
    /// The profile or `--opt-in` asks for the check by its id.
    OptIn,
}

/// One permission, as data: what `preflight access` prints, and all that a check may look at.
///
/// In names and resources `{env}`, `{region}`, `{account}` and the like stand for the run's inputs, others for what the
/// profile names; see `permissions.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Verbs on a kind of object, in all namespaces.
    Kubernetes {
        /// The verbs.
        verbs: &'static [&'static str],
        /// The kind.
        kind: Kind,
    },
    /// `get` on one object.
    Named {
        /// The kind.
        kind: Kind,
        /// Namespace (empty for none), with placeholders.
        namespace: &'static str,
        /// Name, with placeholders.
        name: &'static str,
    },
    /// `get` on a path that is no object.
    Path(&'static str),
    /// An action of AWS on a resource.
    Aws {
        /// The action, such as `iam:GetRole`.
        action: &'static str,
        /// The resource's ARN, with placeholders, or `*`.
        resource: &'static str,
    },
}

/// A row of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The name that people script against; [`Each::placeholder`] stands for the instance.
    pub id: &'static str,
    /// The tier that stands on it.
    pub tier: Tier,
    /// When it can hold.
    pub gate: Gate,
    /// What a failure means.
    pub severity: Severity,
    /// What becomes of a failure.
    pub retry: Retry,
    /// Of what there is one each.
    pub each: Each,
    /// What must hold for it to make sense.
    pub when: &'static [When],
    /// The checks that must have passed (or been skipped) before.
    pub needs: &'static [&'static str],
    /// What it checks, in a few words.
    pub title: &'static str,
    /// Why that matters: what breaks otherwise.
    pub why: &'static str,
    /// What to do where it fails, unless the judge knows better.
    pub remedy: &'static str,
    /// What it may look at.
    pub access: &'static [Access],
    /// Judges what was seen.
    pub judge: fn(&View<'_>) -> Judged,
}
