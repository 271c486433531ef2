use serde_json::json;

use super::example::application;
use crate::check::{RunGate, Tier};
use crate::judge::objects::example::{failure, never_passes_blind, warning};
use crate::kinds::{APPLICATIONS, INGRESS_CLASSES};
use crate::look::Look;
use crate::scope::Scope;
use crate::scope::example::persistent;
use crate::verdict::Short;
use crate::view::example::Seen;
use crate::view::list;

fn scope() -> Scope {
    persistent(Tier::Delivery)
}

fn seen(classes: &[&str]) -> Seen {
    let class = |name: &&str| json!({"metadata": {"name": name}, "spec": {"controller": "ingress-controllers.konghq.com/kong"}});
    Seen::default().objects(INGRESS_CLASSES, classes.iter().map(class).collect())
}

#[test]
fn an_ingress_class_that_is_there_passes() {
    never_passes_blind(&seen(&["alb", "kong"]), &scope(), "delivery.ingressclass", "");
}

/// Seen in production: "admission webhook vingress.elbv2.k8s.aws denied: `IngressClass` kong not found".
#[test]
fn ingress_class_kong_missing() {
    let mut after = scope();
    after.asked.gate = RunGate::After("kong".to_owned());
    let without = seen(&["alb"]).objects(APPLICATIONS, json!([]));
    let (reason, summary) = failure(without.judge(&after, "delivery.ingressclass"));
    assert_eq!(reason, "not_found");
    assert!(summary.starts_with("IngressClass kong is not there"), "{summary}");
    assert_eq!(warning(without.judge(&scope(), "delivery.ingressclass")), "not_found");
    assert_eq!(seen(&[]).fails(&persistent(Tier::Experience), "delivery.ingressclass"), "not_found");
}

#[test]
fn the_run_does_not_hold_back_the_application_that_brings_it() {
    let mut kong = application("dev-kong", "kong-system");
    kong["status"] = json!({"sync": {"status": "OutOfSync"}, "health": {"status": "Missing"}});
    let coming = seen(&["alb"]).objects(APPLICATIONS, json!([kong]));
    assert_eq!(warning(coming.judge(&scope(), "delivery.ingressclass")), "not_found");
    // Its time has come at a later gate, and at a higher tier.
    let mut later = scope();
    later.asked.gate = RunGate::After("kong".to_owned());
    assert_eq!(coming.fails(&later, "delivery.ingressclass"), "not_found");
    assert_eq!(coming.fails(&persistent(Tier::Observability), "delivery.ingressclass"), "not_found");
    // One whose name has the class in it need not be the one that brings it, and may be about to be changed.
    let synced = seen(&["alb"]).objects(APPLICATIONS, json!([application("dev-kong-crds", "kong-system")]));
    assert_eq!(warning(synced.judge(&scope(), "delivery.ingressclass")), "not_found");
    assert_eq!(synced.fails(&later, "delivery.ingressclass"), "not_found");
    let blind = seen(&["alb"]).cannot(Look::Kubernetes(list(APPLICATIONS)));
    assert!(matches!(blind.judge(&scope(), "delivery.ingressclass"), Err(Short::Cannot(_))));
}
