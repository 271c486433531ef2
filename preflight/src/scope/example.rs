//! Scopes for the tests of judges.

use super::{Asked, Bootstrap, Scope};
use crate::check::{RunGate, Tier};
use crate::inputs::{Inputs, Name, Source};
use crate::profile::Profile;

/// What is asked for a tier, before its first app, inside the cluster.
pub fn asked(tier: Tier) -> Asked {
    Asked { tier: Some(tier), gate: RunGate::Before, app: None, cluster: true, inside: true, opt_in: Vec::new() }
}

/// The inputs of the long-lived cluster of `dev`.
pub fn inputs(changes: &[(Name, &str)]) -> Inputs {
    let mut inputs = Inputs::default();
    let source = || Source::ConfigMap("argocd/argocd-bootstrap-config".to_owned());
    for (name, value) in [
        (Name::Mode, "persistent"),
        (Name::MaxTier, "3"),
        (Name::Environment, "dev"),
        (Name::Region, "eu-west-2"),
        (Name::Account, "123456789012"),
        (Name::ClusterName, "goldenpath-dev-eks"),
        (Name::HostSuffix, "dev.goldenpathidp.io"),
        (Name::OwnerId, "goldenpath-dev"),
        (Name::BaseDomain, "goldenpathidp.io"),
        (Name::RdsAvailable, "true"),
    ] {
        inputs.add(name, value, source());
    }
    for (name, value) in changes {
        inputs.add(*name, *value, Source::Flag(name.flag()));
    }
    inputs
}

/// A persistent cluster of `dev`.
pub fn persistent(tier: Tier) -> Scope {
    changed(tier, &[])
}

/// The same with other inputs.
pub fn changed(tier: Tier, changes: &[(Name, &str)]) -> Scope {
    Scope::new(asked(tier), Profile::default(), inputs(changes), Bootstrap::Read).expect("good inputs")
}

/// The cluster of build 26-01-23-01.
pub fn ephemeral(tier: Tier) -> Scope {
    changed(
        tier,
        &[
            (Name::Mode, "ephemeral"),
            (Name::MaxTier, "2"),
            (Name::BuildId, "26-01-23-01"),
            (Name::ClusterName, "goldenpath-dev-eks-26-01-23-01"),
            (Name::HostSuffix, "b-26-01-23-01.dev.goldenpathidp.io"),
            (Name::OwnerId, "goldenpath-dev-26-01-23-01"),
        ],
    )
}
