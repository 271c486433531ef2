use serde_json::{Value, json};

use crate::check::Tier;
use crate::judge::objects::events;
use crate::judge::objects::example::{failure, never_passes_blind};
use crate::judge::storage::example::claim;
use crate::kinds::{VOLUME_CLAIMS, VOLUMES};
use crate::look::{Answer, Look};
use crate::scope::Scope;
use crate::scope::example::persistent;
use crate::verdict::{CannotLook, Short};
use crate::view::example::Seen;
use crate::view::list;

fn scope() -> Scope {
    persistent(Tier::Observability)
}

fn seen(claims: Value, volumes: Value) -> Seen {
    Seen::default().objects(VOLUME_CLAIMS, claims).objects(VOLUMES, volumes)
}

fn volume(phase: &str, namespace: &str) -> Value {
    json!({"metadata": {"name": "pvc-0a1b"}, "spec": {"claimRef": {"namespace": namespace, "name": "data-loki-0"}},
        "status": {"phase": phase}})
}

#[test]
fn claims_that_are_bound_pass() {
    let claims = json!([claim("monitoring/a", "Bound", &json!("gp2")), claim("shop/b", "Pending", &json!("gp2"))]);
    let volumes = json!([volume("Bound", "monitoring"), volume("Released", "shop")]);
    never_passes_blind(&seen(claims, volumes), &scope(), "storage.stuck", "");
}

#[test]
fn a_claim_may_be_pending_for_a_while() {
    let mut young = claim("monitoring/a", "Pending", &json!("gp2"));
    young["metadata"]["creationTimestamp"] = json!("2026-01-23T11:56:00Z");
    seen(json!([young]), json!([])).passes(&scope(), "storage.stuck");
}

#[test]
fn a_claim_that_is_pending_for_long_is_told_with_its_event() {
    let claims = json!([claim("monitoring/data-loki-0", "Pending", &json!("gp2"))]);
    let event = json!([{"type": "Warning", "reason": "ProvisioningFailed", "message": "not authorized",
        "involvedObject": {"kind": "PersistentVolumeClaim", "name": "data-loki-0"}}]);
    let told = seen(claims.clone(), json!([])).answer(events::look("monitoring"), Answer::Json(event));
    let (reason, summary) = failure(told.judge(&scope(), "storage.stuck"));
    assert_eq!(reason, "pending");
    assert_eq!(summary, "claim monitoring/data-loki-0 has been Pending for 10 min: ProvisioningFailed: not authorized");
    // Events explain; they are not what is judged.
    let (reason, summary) =
        failure(seen(claims, json!([])).cannot(events::look("monitoring")).judge(&scope(), "storage.stuck"));
    assert_eq!(reason, "pending");
    assert!(summary.ends_with("it waits for class gp2, or for a pod that uses it"), "{summary}");
}

#[test]
fn a_volume_whose_claim_is_gone_is_told() {
    let (reason, summary) =
        failure(seen(json!([]), json!([volume("Released", "monitoring")])).judge(&scope(), "storage.stuck"));
    assert_eq!(reason, "released");
    assert!(summary.contains("claim monitoring/data-loki-0 is gone"), "{summary}");
}

#[test]
fn looking_that_failed_is_no_pass() {
    let blind = seen(json!([]), json!([])).cannot(Look::Kubernetes(list(VOLUMES)));
    assert_eq!(
        blind.judge(&scope(), "storage.stuck"),
        Err(Short::Cannot(CannotLook::new("forbidden", "may not look")))
    );
}
