use serde_json::{Value, json};

use crate::check::Tier;
use crate::judge::objects::example::{deployment, failure, never_passes_blind};
use crate::kinds::{CONFIG_MAPS, DEPLOYMENTS, STATEFUL_SETS};
use crate::scope::Scope;
use crate::scope::example::persistent;
use crate::verdict::Verdict;
use crate::view::example::Seen;

fn scope() -> Scope {
    persistent(Tier::Delivery)
}

fn seen(deployments: &[Value], controllers: u32) -> Seen {
    let controller = deployment("argocd/argocd-application-controller", 1, controllers);
    Seen::default().objects(DEPLOYMENTS, json!(deployments)).objects(STATEFUL_SETS, json!([controller]))
}

fn parts() -> [Value; 2] {
    [deployment("argocd/argocd-server", 1, 1), deployment("argocd/dev-argocd-repo-server", 2, 2)]
}

#[test]
fn parts_that_are_ready_pass() {
    never_passes_blind(&seen(&parts(), 1), &scope(), "delivery.argocd", "");
}

#[test]
fn a_part_that_is_not_ready_fails() {
    let (reason, summary) = failure(seen(&parts(), 0).judge(&scope(), "delivery.argocd"));
    assert_eq!(reason, "not_ready");
    assert_eq!(summary, "StatefulSet argocd/argocd-application-controller has 0 of 1 pods ready");
    let [_, repository] = parts();
    let down = [deployment("argocd/argocd-server", 0, 0), repository];
    assert_eq!(seen(&down, 1).fails(&scope(), "delivery.argocd"), "scaled_to_zero");
}

#[test]
fn a_part_that_is_missing_fails_and_is_told_where_it_is() {
    let [server, _] = parts();
    assert_eq!(seen(std::slice::from_ref(&server), 1).fails(&scope(), "delivery.argocd"), "not_found");
    let elsewhere = [server, deployment("gitops/argocd-repo-server", 1, 1)];
    let (reason, summary) = failure(seen(&elsewhere, 1).judge(&scope(), "delivery.argocd"));
    assert_eq!(
        (reason, summary.as_str()),
        ("not_found", "argocd-repo-server is not in the namespace argocd but in gitops")
    );
}

fn settings(data: &Value) -> Seen {
    Seen::default().object(CONFIG_MAPS, "argocd", "argocd-cm", json!({"metadata": {"name": "argocd-cm"}, "data": data}))
}

#[test]
fn waves_wait_where_applications_have_a_health() {
    let flat = settings(&json!({"resource.customizations.health.argoproj.io_Application": "hs = {}\nreturn hs"}));
    never_passes_blind(&flat, &scope(), "delivery.wave-gating", "");
    let nested = json!({"resource.customizations": "argoproj.io/Application:\n  health.lua: |\n    hs = {}\n"});
    settings(&nested).passes(&scope(), "delivery.wave-gating");
}

#[test]
fn waves_do_not_wait_by_themselves() {
    // What the platform customises.
    let data =
        json!({"resource.customizations.health.cert-manager.io_Certificate": "hs = {}", "url": "https://argocd"});
    match settings(&data).judge(&scope(), "delivery.wave-gating") {
        Ok(Verdict::Fail(finding)) => {
            assert_eq!(finding.reason, "no_application_health");
            assert_eq!(finding.evidence, ["customised: resource.customizations.health.cert-manager.io_Certificate"]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(settings(&json!(null)).fails(&scope(), "delivery.wave-gating"), "no_application_health");
    let none = Seen::default().no_object(CONFIG_MAPS, "argocd", "argocd-cm");
    assert_eq!(none.fails(&scope(), "delivery.wave-gating"), "not_found");
}
