use serde_json::{Value, json};

use crate::check::Tier;
use crate::judge::objects::example::{endpoint_slice, failure, never_passes_blind, skip, warning};
use crate::kinds::{ENDPOINT_SLICES, MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS};
use crate::scope::Scope;
use crate::scope::example::persistent;
use crate::verdict::Verdict;
use crate::view::example::Seen;

fn scope() -> Scope {
    persistent(Tier::Delivery)
}

const ID: &str = "delivery.webhooks";

/// What the load balancer controller registers.
fn balancer() -> Value {
    let hook = |name: &str, resource: &str| {
        json!({"name": name, "failurePolicy": "Fail", "sideEffects": "None", "admissionReviewVersions": ["v1beta1"],
            "clientConfig": {"caBundle": "LS0tLS1CRUdJTg==",
                "service": {"namespace": "kube-system", "name": "aws-load-balancer-webhook-service", "path": "/validate"}},
            "rules": [{"apiGroups": ["networking.k8s.io"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": [resource]}]})
    };
    json!({"metadata": {"name": "aws-load-balancer-webhook"}, "webhooks": [
        hook("vingress.elbv2.k8s.aws", "ingresses"), hook("vtargetgroupbinding.elbv2.k8s.aws", "ingresses"),
    ]})
}

fn seen(configuration: &Value, endpoints: &[(&str, &str)]) -> Seen {
    Seen::default()
        .objects(VALIDATING_WEBHOOKS, json!([configuration]))
        .objects(MUTATING_WEBHOOKS, json!([]))
        .objects(ENDPOINT_SLICES, json!([endpoint_slice("kube-system/aws-load-balancer-webhook-service", endpoints)]))
}

#[test]
fn a_webhook_that_answers_passes() {
    never_passes_blind(&seen(&balancer(), &[("10.0.11.5", "a")]), &scope(), ID, "");
}

#[test]
fn one_that_fails_closed_without_endpoints_fails_once() {
    match seen(&balancer(), &[]).judge(&scope(), ID) {
        Ok(Verdict::Fail(finding)) => {
            assert_eq!(finding.reason, "no_endpoints");
            assert_eq!(
                finding.summary,
                "webhook aws-load-balancer-webhook fails closed: Service kube-system/aws-load-balancer-webhook-service has no \
                 ready endpoint: ingresses are refused"
            );
            assert!(finding.evidence.is_empty(), "two webhooks with one fault: {:?}", finding.evidence);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_that_fails_open_is_warned_of() {
    let mut open = balancer();
    open["webhooks"][0]["failurePolicy"] = json!("Ignore");
    open["webhooks"][1]["failurePolicy"] = json!("Ignore");
    assert_eq!(warning(seen(&open, &[]).judge(&scope(), ID)), "no_endpoints");
    open["webhooks"][1]["failurePolicy"] = json!(null);
    assert_eq!(seen(&open, &[]).fails(&scope(), ID), "no_endpoints", "the default is to fail closed");
}

#[test]
fn one_that_the_api_server_cannot_trust_fails() {
    let mut untrusted = balancer();
    untrusted["webhooks"][0]["clientConfig"]["caBundle"] = json!("");
    let (reason, summary) = failure(seen(&untrusted, &[("10.0.11.5", "a")]).judge(&scope(), ID));
    assert_eq!(reason, "no_ca_bundle");
    assert!(summary.contains("aws-load-balancer-webhook fails closed: it has no caBundle"), "{summary}");
}

#[test]
fn one_at_a_url_has_no_endpoints_to_have() {
    let mut outside = balancer();
    for index in 0..2 {
        outside["webhooks"][index]["clientConfig"] = json!({"url": "https://hooks.example.com"});
    }
    seen(&outside, &[]).passes(&scope(), ID);
}

#[test]
fn mutating_webhooks_count_too_and_those_of_others_do_not() {
    let mut other = balancer();
    other["metadata"]["name"] = json!("pod-identity-webhook");
    assert!(skip(seen(&other, &[]).judge(&scope(), ID)).contains("aws-load-balancer or cert-manager"));
    let mutating =
        seen(&balancer(), &[]).objects(VALIDATING_WEBHOOKS, json!([])).objects(MUTATING_WEBHOOKS, json!([balancer()]));
    assert_eq!(mutating.fails(&scope(), ID), "no_endpoints");
}
