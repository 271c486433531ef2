use serde_json::{Value, json};

use crate::check::Tier;
use crate::judge::objects::example::{failure, never_passes_blind, node, passed};
use crate::kinds::NODES;
use crate::scope::Scope;
use crate::scope::example::persistent;
use crate::verdict::Verdict;
use crate::view::example::Seen;

fn scope() -> Scope {
    persistent(Tier::Cluster)
}

fn seen(nodes: &[Value]) -> Seen {
    Seen::default().objects(NODES, json!(nodes))
}

/// A node with another status of a condition.
fn with(name: &str, kind: &str, status: &str, since: &str) -> Value {
    let mut node = node(name);
    let conditions = node["status"]["conditions"].as_array_mut().expect("conditions");
    conditions.retain(|condition| condition["type"] != kind);
    conditions.push(json!({"type": kind, "status": status, "reason": "KubeletNotReady",
        "message": "container runtime network not ready: cni plugin not initialized", "lastTransitionTime": since}));
    node
}

fn fails(nodes: &[Value]) -> (&'static str, String) {
    failure(seen(nodes).judge(&scope(), "cluster.nodes"))
}

#[test]
fn nodes_that_are_ready_pass() {
    never_passes_blind(&seen(&[node("a"), node("b")]), &scope(), "cluster.nodes", "");
}

#[test]
fn no_node_fails() {
    assert_eq!(fails(&[]), ("not_found", "the cluster has no node".to_owned()));
    let mut leaving = node("a");
    leaving["metadata"]["deletionTimestamp"] = json!("2026-01-23T11:59:00Z");
    assert_eq!(fails(&[leaving]).0, "not_found");
}

#[test]
fn too_few_ready_nodes_fail_with_the_reason_of_one() {
    let (reason, summary) = fails(&[with("ip-10-0-1-7", "Ready", "False", "2026-01-23T11:59:30Z")]);
    assert_eq!(reason, "too_few");
    assert!(summary.starts_with("0 of 1 node ready, 1 needed"), "{summary}");
    assert!(summary.contains("ip-10-0-1-7 Ready=False (KubeletNotReady: container runtime network"), "{summary}");
}

#[test]
fn a_node_may_be_not_ready_for_a_moment() {
    let late = |since: &str| with("b", "Ready", "Unknown", since);
    let summary = passed(&seen(&[node("a"), late("2026-01-23T11:59:00Z")]), &scope(), "cluster.nodes");
    assert_eq!(summary, "1 node ready, 1 of them take pods, 1 not ready yet");
    assert_eq!(fails(&[node("a"), late("2026-01-23T11:57:00Z")]).0, "not_ready");
    assert_eq!(fails(&[node("a"), late("")]).0, "not_ready", "since nobody knows when");
}

#[test]
fn a_node_that_never_reported_is_not_ready() {
    let mut silent = node("b");
    silent["status"] = json!({});
    let (reason, summary) = fails(&[node("a"), silent]);
    assert_eq!((reason, summary.as_str()), ("not_ready", "1 node not ready: b has not reported yet"));
}

#[test]
fn a_cordoned_node_is_ready_and_takes_no_pods() {
    let mut cordoned = node("a");
    cordoned["spec"]["unschedulable"] = json!(true);
    cordoned["spec"]["taints"] = json!([{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]);
    let (reason, summary) = fails(&[cordoned.clone()]);
    assert_eq!(reason, "unschedulable");
    assert!(summary.contains("a is cordoned (SchedulingDisabled)"), "{summary}");
    let summary = passed(&seen(&[cordoned, node("b")]), &scope(), "cluster.nodes");
    assert_eq!(summary, "2 nodes ready, 1 of them take pods");
}

#[test]
fn a_tainted_node_takes_no_ordinary_pods() {
    let mut tainted = node("a");
    tainted["spec"]["taints"] =
        json!([{"key": "node.cloudprovider.kubernetes.io/uninitialized", "effect": "NoSchedule"}]);
    let (reason, summary) = fails(&[tainted.clone()]);
    assert_eq!(reason, "unschedulable");
    assert!(summary.contains("a is tainted node.cloudprovider.kubernetes.io/uninitialized:NoSchedule"), "{summary}");
    tainted["spec"]["taints"][0]["effect"] = json!("PreferNoSchedule");
    seen(&[tainted]).passes(&scope(), "cluster.nodes");
}

#[test]
fn pressure_and_a_missing_network_fail() {
    for kind in ["MemoryPressure", "DiskPressure", "PIDPressure"] {
        let (reason, summary) = fails(&[node("a"), with("b", kind, "True", "2026-01-23T11:00:00Z")]);
        assert_eq!(reason, "pressure");
        assert!(summary.contains(&format!("node b has {kind}=True")), "{summary}");
    }
    let (reason, _) = fails(&[node("a"), with("b", "NetworkUnavailable", "True", "2026-01-23T11:00:00Z")]);
    assert_eq!(reason, "network_unavailable");
    seen(&[with("b", "NetworkUnavailable", "False", "")]).passes(&scope(), "cluster.nodes");
}

#[test]
fn every_problem_is_told() {
    let nodes = [node("a"), with("b", "DiskPressure", "True", ""), with("c", "Ready", "False", "")];
    match seen(&nodes).judge(&scope(), "cluster.nodes") {
        Ok(Verdict::Fail(finding)) => {
            assert_eq!(finding.reason, "not_ready");
            assert!(finding.summary.ends_with("and 1 more"), "{}", finding.summary);
            assert!(finding.evidence.iter().any(|seen| seen.contains("node b has DiskPressure")), "{finding:?}");
        }
        other => panic!("{other:?}"),
    }
}
