use serde_json::{Value, json};

use crate::check::{RunGate, Tier};
use crate::inputs::Name;
use crate::judge::delivery::example::application;
use crate::judge::delivery::namespaces::in_scope;
use crate::judge::objects::example::{failure, never_passes_blind, passed};
use crate::kinds::{APPLICATIONS, NAMESPACES};
use crate::scope::Scope;
use crate::scope::example::{changed, persistent};
use crate::verdict::example::warned;
use crate::view::example::Seen;

fn scope() -> Scope {
    persistent(Tier::Delivery)
}

fn namespace(name: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}})
}

/// Those of tier 1, as they are changed.
fn seen(change: impl Fn(&mut Vec<Value>)) -> Seen {
    let mut all = ["argocd", "cert-manager", "external-secrets", "kong-system", "kube-system"].map(namespace).to_vec();
    change(&mut all);
    Seen::default().objects(NAMESPACES, json!(all))
}

#[test]
fn namespaces_that_are_there_pass() {
    never_passes_blind(&seen(|_| ()), &scope(), "delivery.namespaces", "");
}

#[test]
fn one_that_is_missing_may_be_made_by_its_application() {
    let missing = seen(|all| all.retain(|one| one["metadata"]["name"] != "kong-system"));
    let coming = missing.clone().objects(APPLICATIONS, json!([application("dev-kong", "kong-system")]));
    never_passes_blind(&coming, &scope(), "delivery.namespaces", "");
    assert!(passed(&coming, &scope(), "delivery.namespaces").ends_with("(CreateNamespace): kong-system"));
    let mut app = application("dev-kong", "kong-system");
    app["spec"]["syncPolicy"] = json!({});
    let lost = missing.clone().objects(APPLICATIONS, json!([app]));
    let mut after = scope();
    after.asked.gate = RunGate::After("cert-manager".to_owned());
    assert_eq!(lost.fails(&after, "delivery.namespaces"), "not_found");
    assert_eq!(missing.no_kind(APPLICATIONS).fails(&after, "delivery.namespaces"), "not_found");
}

/// As where each tier's Applications come in a wave of their own.
#[test]
fn what_the_runs_own_tier_alone_wants_does_not_hold_it_back() {
    let missing = seen(|all| all.retain(|one| one["metadata"]["name"] != "kong-system"));
    let missing = missing.objects(APPLICATIONS, json!([]));
    let coming = warned(missing.judge(&scope(), "delivery.namespaces"));
    assert_eq!(coming.reason, "not_found");
    assert!(coming.summary.contains("to come with tier 1") && coming.summary.ends_with("kong-system"), "{coming:?}");
    // A tier above wants its own, too, and is told of what it stands on alone.
    let (reason, summary) = failure(missing.judge(&persistent(Tier::Experience), "delivery.namespaces"));
    assert_eq!(reason, "not_found");
    assert!(summary.contains("kong-system") && !summary.contains("backstage"), "{summary}");
}

/// Seen in production: the namespace argocd was deleted and made at the same time.
#[test]
fn namespace_race() {
    let racing = seen(|all| {
        all[0] = json!({"metadata": {"name": "argocd", "deletionTimestamp": "2026-01-23T11:58:00Z"},
        "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Terminating", "conditions": [
            {"type": "NamespaceDeletionDiscoveryFailure", "status": "False", "message": "All resources successfully discovered"},
            {"type": "NamespaceContentRemaining", "status": "True", "reason": "SomeResourcesRemain",
                "message": "Some resources are remaining: applications.argoproj.io has 3 resource instances"},
            {"type": "NamespaceFinalizersRemaining", "status": "True", "reason": "SomeFinalizersRemain",
                "message": "Some content in the namespace has finalizers remaining: resources-finalizer.argocd.argoproj.io in 3 resource instances"},
        ]}});
    });
    let (reason, summary) = failure(racing.judge(&scope(), "delivery.namespaces"));
    assert_eq!(reason, "terminating");
    assert!(summary.starts_with("namespace argocd is Terminating: Some resources are remaining"), "{summary}");
    assert!(summary.contains("resources-finalizer.argocd.argoproj.io") && !summary.contains("discovered"), "{summary}");
}

#[test]
fn one_that_is_leaving_without_a_word_is_told_with_its_finalizers() {
    let leaving = seen(|all| {
        all[1]["status"]["phase"] = json!("Terminating");
        all[1]["metadata"]["finalizers"] = json!(["example.com/hold"]);
    });
    let (_, summary) = failure(leaving.judge(&scope(), "delivery.namespaces"));
    assert_eq!(summary, "namespace cert-manager is Terminating: finalizers example.com/hold, kubernetes");
}

#[test]
fn the_namespaces_are_those_of_the_scope() {
    let names = |scope: &Scope| in_scope(scope).into_iter().map(str::to_owned).collect::<Vec<_>>();
    let delivery = ["argocd", "cert-manager", "external-secrets", "kong-system"];
    assert_eq!(names(&scope()), delivery);
    assert!(names(&persistent(Tier::Identity)).contains(&"keycloak".to_owned()));
    let mut app = persistent(Tier::Identity);
    app.asked.app = Some("backstage".to_owned());
    assert!(names(&app).contains(&"backstage".to_owned()) && !names(&app).contains(&"keycloak".to_owned()));
    let ephemeral = changed(Tier::Identity, &[(Name::Mode, "ephemeral"), (Name::BuildId, "26-01-23-01")]);
    assert!(!names(&ephemeral).contains(&"keycloak".to_owned()), "an ephemeral cluster has none");
}
