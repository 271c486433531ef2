//! Which checks a run holds: the matrix of mode, ceiling, tier, gate and cluster.

use super::{Planned, schedule};
use crate::catalogue::checks;
use crate::check::{RunGate, Tier};
use crate::inputs::Name;
use crate::scope::{Scope, example};

fn planned(scope: &Scope) -> Vec<Planned> {
    schedule(&checks(), scope)
}

fn of<'a>(planned: &'a [Planned], id: &str) -> &'a Planned {
    planned.iter().find(|planned| planned.id == id).unwrap_or_else(|| panic!("{id} is not planned"))
}

/// Why a check is left out; empty where it is held.
fn left_out(scope: &Scope, id: &str) -> String {
    of(&planned(scope), id).skipped.clone().unwrap_or_default()
}

#[test]
fn a_run_holds_its_tier_and_those_below_within_the_ceiling() {
    // (mode, maxTier, --tier, what is held of: cluster.nodes, delivery.ingressclass, storage.default, rds.tcp, idp.tls)
    let rows = [
        ("persistent", "3", Tier::Cluster, [true, false, false, false]),
        ("persistent", "3", Tier::Delivery, [true, true, false, false]),
        ("persistent", "3", Tier::Observability, [true, true, true, false]),
        ("persistent", "3", Tier::Experience, [true, true, true, true]),
        ("persistent", "3", Tier::Identity, [true, true, true, true]),
        ("persistent", "1.5", Tier::Experience, [true, true, true, false]),
        ("ephemeral", "2", Tier::Experience, [true, true, true, true]),
        ("ephemeral", "1.5", Tier::Observability, [true, true, true, false]),
        ("ephemeral", "0", Tier::Cluster, [true, false, false, false]),
    ];
    for (mode, ceiling, tier, held) in rows {
        let scope =
            example::changed(tier, &[(Name::Mode, mode), (Name::MaxTier, ceiling), (Name::BuildId, "26-01-23-01")]);
        for (id, held) in ["cluster.nodes", "delivery.ingressclass", "storage.default", "rds.tcp"].iter().zip(held) {
            let why = left_out(&scope, id);
            assert_eq!(why.is_empty(), held, "{mode} maxTier {ceiling} --tier {tier}: {id}: {why}");
        }
    }
}

#[test]
fn the_reason_names_the_input() {
    let scope = example::changed(Tier::Identity, &[(Name::MaxTier, "1.5")]);
    assert_eq!(left_out(&scope, "rds.tcp"), "tier 2 > maxTier 1.5 (--max-tier)");
    let scope = example::persistent(Tier::Observability);
    assert_eq!(left_out(&scope, "rds.tcp"), "tier 2 > tier 1.5 (--tier)");
    let mut scope = example::persistent(Tier::Experience);
    scope.asked.cluster = false;
    assert_eq!(left_out(&scope, "cluster.nodes"), "only a cluster can answer (--cluster none)");
    assert_eq!(left_out(&scope, "fnd.vpc"), "");
    assert_eq!(left_out(&scope, "storage.probe"), "only a cluster can answer (--cluster none)");
}

#[test]
fn a_gate_holds_nothing_that_it_holds_back() {
    let at = |gate: &str, id: &str| {
        let mut scope = example::persistent(Tier::Delivery);
        scope.asked.gate = gate.parse().unwrap();
        left_out(&scope, id).is_empty()
    };
    // The store is made by External Secrets, the issuers by cert-manager.
    for (id, after) in [("eso.store", "after:external-secrets"), ("tls.issuers", "after:cert-manager")] {
        assert!(!at("before", id), "{id}");
        assert!(at(after, id), "{id}");
        assert!(at("post", id), "{id}");
    }
    assert!(!at("after:cert-manager", "eso.store"));
    assert!(at("before", "delivery.ingressclass") && at("after:cert-manager", "delivery.ingressclass"));
    assert!(!at("after:external-secrets", "acc.kong") && at("post", "acc.kong"));
    // A higher tier asks for everything of the lower ones but their acceptance.
    let higher = example::persistent(Tier::Experience);
    assert_eq!(left_out(&higher, "eso.store"), "");
    assert_ne!(left_out(&higher, "acc.kong"), "");
    assert_eq!(RunGate::After("keycloak".to_owned()).to_string(), "after:keycloak");
}

#[test]
fn an_ephemeral_cluster_checks_no_keycloak() {
    let mut scope = example::changed(
        Tier::Identity,
        &[(Name::Mode, "ephemeral"), (Name::MaxTier, "3"), (Name::BuildId, "26-01-23-01")],
    );
    scope.asked.gate = RunGate::Post;
    for planned in planned(&scope) {
        let about_keycloak = planned.id.starts_with("idp.") || planned.id.contains("keycloak");
        assert!(!about_keycloak || planned.skipped.is_some(), "{} is held", planned.id);
    }
}

#[test]
fn an_app_limits_the_run_to_its_own_instances() {
    let mut scope = example::persistent(Tier::Identity);
    scope.asked.app = Some("backstage".to_owned());
    let planned = planned(&scope);
    let ids: Vec<&str> = planned.iter().map(|planned| planned.id.as_str()).collect();
    assert!(ids.contains(&"rds.auth.backstage") && ids.contains(&"secrets.exists.backstage/postgres"), "{ids:?}");
    assert!(!ids.iter().any(|id| id.ends_with(".keycloak") || id.contains("keycloak/")), "{ids:?}");
}

#[test]
fn a_need_is_the_same_instance_where_there_is_one() {
    let planned = planned(&example::persistent(Tier::Identity));
    assert!(of(&planned, "rds.privs.backstage").needs.contains(&"rds.auth.backstage".to_owned()));
    assert!(!of(&planned, "rds.privs.backstage").needs.contains(&"rds.auth.keycloak".to_owned()));
    assert!(of(&planned, "irsa.trust.external-dns").needs.contains(&"irsa.role.external-dns".to_owned()));
}
