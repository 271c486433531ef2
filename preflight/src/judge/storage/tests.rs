use serde_json::{Value, json};

use super::example::{claim, class, gp2, stateful_set};
use crate::check::Tier;
use crate::inputs::Name;
use crate::judge::objects::example::{failure, never_passes_blind, skip, warning};
use crate::kinds::{STATEFUL_SETS, STORAGE_CLASSES, VOLUME_CLAIMS};
use crate::look::{Absent, Answer, Kubernetes, Look};
use crate::scope::Scope;
use crate::scope::example::{changed, persistent};
use crate::verdict::{Short, Verdict};
use crate::view::example::Seen;
use crate::view::list;

fn scope() -> Scope {
    persistent(Tier::Observability)
}

fn classes(classes: &[Value]) -> Seen {
    Seen::default().objects(STORAGE_CLASSES, json!(classes))
}

#[test]
fn one_default_class_passes() {
    never_passes_blind(&classes(&[gp2(true), class("gp3", "ebs.csi.aws.com", false)]), &scope(), "storage.default", "");
    let mut old = gp2(false);
    old["metadata"]["annotations"] = json!({"storageclass.beta.kubernetes.io/is-default-class": "true"});
    classes(&[old]).passes(&scope(), "storage.default");
}

#[test]
fn no_default_class_fails_with_the_command() {
    match classes(&[gp2(false)]).judge(&scope(), "storage.default") {
        Ok(Verdict::Fail(finding)) => {
            assert_eq!(finding.reason, "no_default");
            let fix = finding.remedy.expect("a fix");
            assert!(
                fix.starts_with(
                    "kubectl annotate --overwrite storageclass gp2 storageclass.kubernetes.io/is-default-class=true"
                ),
                "{fix}"
            );
        }
        other => panic!("{other:?}"),
    }
    // EKS from 1.30 on, where nobody made one.
    assert_eq!(classes(&[]).fails(&scope(), "storage.default"), "no_default");
}

#[test]
fn several_default_classes_are_warned_of() {
    let two = classes(&[gp2(true), class("gp3", "ebs.csi.aws.com", true)]);
    assert_eq!(warning(two.judge(&scope(), "storage.default")), "several_defaults");
}

#[test]
fn a_default_is_asked_for_by_those_who_leave_their_class_out() {
    let mut scope = scope();
    scope.profile.storage.require_default = false;
    let consumers =
        |claims: Value, sets: Value| classes(&[gp2(false)]).objects(VOLUME_CLAIMS, claims).objects(STATEFUL_SETS, sets);
    let named = consumers(
        json!([claim("monitoring/a", "Pending", &json!("gp2"))]),
        json!([stateful_set("monitoring/b", &json!(""))]),
    );
    assert!(skip(named.judge(&scope, "storage.default")).contains("storage.require_default is false"));
    let elsewhere = consumers(json!([claim("shop/a", "Pending", &json!(null))]), json!([]));
    assert!(skip(elsewhere.judge(&scope, "storage.default")).contains("no claim"));
    let bound = consumers(json!([claim("monitoring/a", "Bound", &json!(null))]), json!([]));
    assert!(skip(bound.judge(&scope, "storage.default")).contains("no claim"));
    let set = consumers(json!([]), json!([stateful_set("monitoring/prometheus", &json!(null))]));
    let (reason, summary) = failure(set.judge(&scope, "storage.default"));
    assert_eq!(reason, "no_default");
    assert!(summary.contains("StatefulSet monitoring/prometheus leaves its class out"), "{summary}");
    let blind = set.cannot(Look::Kubernetes(list(STATEFUL_SETS)));
    assert!(matches!(blind.judge(&scope, "storage.default"), Err(Short::Cannot(_))));
}

#[test]
fn a_hint_that_is_wrong_is_told() {
    let scope = changed(Tier::Observability, &[(Name::StorageClassReady, "false")]);
    match classes(&[gp2(true)]).judge(&scope, "storage.default") {
        Ok(Verdict::Pass(summary)) => {
            assert!(summary.ends_with("storageClassReady false (--storage-class-ready) is stale"), "{summary}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_class_that_is_asked_for_must_be_there() {
    let seen = Seen::default().objects(STORAGE_CLASSES, json!([gp2(true)]));
    never_passes_blind(&seen, &scope(), "storage.class.{class}", "gp2");
    let (reason, summary) = failure(seen.judge_of(&scope(), "storage.class.{class}", "gp3"));
    assert_eq!(reason, "not_found");
    assert!(summary.starts_with("StorageClass gp3 is not there"), "{summary}");
}

fn question(class: &str) -> Kubernetes {
    Kubernetes::StorageTrial { class: class.to_owned(), namespace: "platform-system".to_owned() }
}

fn tried(bound: bool, events: &[&str], cleaned: bool) -> Seen {
    let answer = json!({"bound": bound, "seconds": 12, "events": events, "cleaned": cleaned});
    Seen::default().kubernetes(question(""), answer)
}

#[test]
fn a_volume_that_was_made_and_deleted_passes() {
    never_passes_blind(&tried(true, &[], true), &scope(), "storage.probe", "");
}

#[test]
fn a_claim_that_is_not_bound_fails_with_its_event() {
    let (reason, summary) =
        failure(tried(false, &["ProvisioningFailed: timed out"], true).judge(&scope(), "storage.probe"));
    assert_eq!(reason, "not_bound");
    assert_eq!(summary, "a claim of the default class was not bound within 12 s: ProvisioningFailed: timed out");
    let denied = "ProvisioningFailed: UnauthorizedOperation: not authorized to perform ec2:CreateVolume";
    let judged = tried(false, &[denied], true).judge(&scope(), "storage.probe");
    assert!(matches!(judged, Ok(Verdict::Fail(finding)) if finding.converges == Some(false)));
}

#[test]
fn what_is_left_behind_fails() {
    assert_eq!(tried(true, &["kubectl delete pv pvc-0"], false).fails(&scope(), "storage.probe"), "not_deleted");
}

#[test]
fn a_trial_without_its_namespace_fails() {
    let seen = Seen::default().answer(Look::Kubernetes(question("")), Answer::Absent(Absent::Object));
    assert_eq!(seen.fails(&scope(), "storage.probe"), "no_namespace");
}

#[test]
fn every_class_of_the_profile_is_tried() {
    let mut scope = scope();
    scope.profile.storage.classes = vec!["gp3".to_owned()];
    let seen = tried(true, &[], true);
    let gp3 = json!({"bound": false, "seconds": 90, "events": [], "cleaned": true});
    let (_, summary) = failure(seen.clone().kubernetes(question("gp3"), gp3).judge(&scope, "storage.probe"));
    assert_eq!(summary, "a claim of class gp3 was not bound within 90 s");
    scope.profile.storage.require_default = false;
    let gp3 = json!({"bound": true, "seconds": 9, "events": [], "cleaned": true});
    Seen::default().kubernetes(question("gp3"), gp3).passes(&scope, "storage.probe");
}
