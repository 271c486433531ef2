use serde_json::{Value, json};

use super::{makes_namespace, number, value};
use crate::check::Tier;
use crate::inputs::Name;
use crate::judge::delivery::example::application;
use crate::judge::objects::example::{failure, never_passes_blind, skip, warning};
use crate::kinds::APPLICATIONS;
use crate::scope::Scope;
use crate::scope::example::{changed, ephemeral, persistent};
use crate::view::example::Seen;

fn labelled(name: &str, tier: Option<&str>) -> Value {
    let mut app = application(name, "x");
    match tier {
        Some(tier) => app["metadata"]["labels"]["goldenpath.idp/tier"] = json!(tier),
        None => app["metadata"]["labels"] = json!(null),
    }
    app
}

fn seen(apps: &[Value]) -> Seen {
    Seen::default().objects(APPLICATIONS, json!(apps))
}

fn ceiling(tier: &str) -> Scope {
    changed(Tier::Delivery, &[(Name::MaxTier, tier)])
}

#[test]
fn applications_below_the_ceiling_pass() {
    let seen = seen(&[labelled("dev-kong", Some("1")), labelled("dev-grafana", Some("1.5"))]);
    never_passes_blind(&seen, &ceiling("1.5"), "delivery.tier-boundary", "");
}

#[test]
fn one_above_the_ceiling_fails() {
    let apps = [labelled("dev-grafana", Some("1.5")), labelled("dev-backstage", Some("2"))];
    let (reason, summary) = failure(seen(&apps).judge(&ceiling("1.5"), "delivery.tier-boundary"));
    assert_eq!(reason, "above_ceiling");
    assert_eq!(summary, "Application argocd/dev-backstage is of tier 2 > maxTier 1.5 (--max-tier)");
    assert_eq!(
        seen(&[labelled("x", Some("4"))]).fails(&persistent(Tier::Delivery), "delivery.tier-boundary"),
        "above_ceiling"
    );
}

#[test]
fn keycloak_on_an_ephemeral_cluster_fails_with_or_without_a_label() {
    for tier in [Some("3"), Some("platform"), None] {
        let (reason, summary) = failure(
            seen(&[labelled("dev-keycloak", tier)]).judge(&ephemeral(Tier::Delivery), "delivery.tier-boundary"),
        );
        assert_eq!(reason, "identity_on_ephemeral");
        assert!(summary.starts_with("Application argocd/dev-keycloak"), "{summary}");
    }
    let mut named = application("dev-sso", "x");
    named["metadata"]["labels"]["app"] = json!("keycloak");
    assert_eq!(seen(&[named]).fails(&ephemeral(Tier::Delivery), "delivery.tier-boundary"), "identity_on_ephemeral");
    seen(&[labelled("dev-keycloak", Some("3"))]).passes(&persistent(Tier::Delivery), "delivery.tier-boundary");
}

/// No Application of the platform has the label, and what has one says `platform`.
#[test]
fn a_label_that_is_missing_or_no_number_is_warned_of() {
    for tier in [None, Some("platform"), Some("NaN"), Some("")] {
        let apps = [labelled("dev-kong", Some("1")), labelled("dev-loki", tier)];
        assert_eq!(warning(seen(&apps).judge(&persistent(Tier::Delivery), "delivery.tier-boundary")), "tier_unknown");
    }
}

#[test]
fn without_argo_cd_there_is_nothing_to_check() {
    let none = Seen::default().no_kind(APPLICATIONS);
    assert!(skip(none.judge(&persistent(Tier::Delivery), "delivery.tier-boundary")).contains("no Applications"));
}

#[test]
fn a_label_that_is_no_number_is_no_tier() {
    for label in ["", "platform", "NaN", "inf", "-inf", "1.5.1", "tier-1", "１"] {
        assert_eq!(number(label), None, "{label}");
    }
    assert_eq!((number("1.5"), number("2.0"), number("-1")), (Some(1.5), Some(2.0), Some(-1.0)));
    assert!(Tier::ALL.windows(2).all(|pair| value(pair[0]) < value(pair[1])));
}

#[test]
fn a_namespace_is_made_by_an_application_of_this_cluster_that_says_so() {
    let app = |server: &str, cluster: &str, option: &str| {
        json!({"spec": {"destination": {"server": server, "name": cluster, "namespace": "kong-system"},
            "syncPolicy": {"syncOptions": [option]}}})
    };
    let option = "CreateNamespace=true";
    assert!(makes_namespace(&app("https://kubernetes.default.svc", "", option), "kong-system"));
    assert!(makes_namespace(&app("", "in-cluster", option), "kong-system"));
    assert!(!makes_namespace(&app("", "in-cluster", option), "argocd"));
    assert!(!makes_namespace(&app("", "in-cluster", "CreateNamespace=false"), "kong-system"));
    assert!(!makes_namespace(&app("https://10.0.0.1", "", option), "kong-system"));
    assert!(!makes_namespace(&json!({}), "kong-system"));
}
