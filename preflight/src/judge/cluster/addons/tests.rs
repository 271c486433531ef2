use serde_json::{Value, json};

use crate::check::Tier;
use crate::inputs::{Inputs, Name};
use crate::judge::objects::example::{deployment, never_passes_blind, passed, skip};
use crate::kinds::DEPLOYMENTS;
use crate::look::Aws;
use crate::scope::Scope;
use crate::scope::example::persistent;
use crate::verdict::Verdict;
use crate::view::example::Seen;

fn scope() -> Scope {
    persistent(Tier::Cluster)
}

fn addon(name: &str, status: &str) -> Value {
    json!({"addonName": name, "status": status, "addonVersion": "v1.11.1-eksbuild.9", "health": {"issues": []}})
}

fn seen(addons: &[Value]) -> Seen {
    Seen::default().aws(Aws::Addons { cluster: "goldenpath-dev-eks".to_owned() }, json!(addons))
}

fn all(status: &str) -> Vec<Value> {
    ["coredns", "kube-proxy", "vpc-cni"].map(|name| addon(name, status)).to_vec()
}

#[test]
fn active_addons_pass() {
    never_passes_blind(&seen(&all("ACTIVE")), &scope(), "cluster.addons", "");
}

#[test]
fn one_that_is_not_active_fails_with_its_issue() {
    let mut addons = all("ACTIVE");
    addons[0] = addon("coredns", "DEGRADED");
    addons[0]["health"]["issues"] = json!([{"code": "InsufficientNumberOfReplicas", "message": "0 of 2 replicas"}]);
    match seen(&addons).judge(&scope(), "cluster.addons") {
        Ok(Verdict::Fail(finding)) => {
            assert_eq!((finding.reason, finding.converges), ("not_active", None));
            assert_eq!(finding.summary, "add-on coredns is DEGRADED (InsufficientNumberOfReplicas: 0 of 2 replicas)");
        }
        other => panic!("{other:?}"),
    }
    addons[0] = addon("coredns", "CREATE_FAILED");
    let judged = seen(&addons).judge(&scope(), "cluster.addons");
    assert!(matches!(judged, Ok(Verdict::Fail(finding)) if finding.converges == Some(false)));
}

#[test]
fn one_that_eks_does_not_manage_must_work_all_the_same() {
    let own = |ready| {
        let addons = &all("ACTIVE")[1..];
        seen(addons).object(DEPLOYMENTS, "kube-system", "coredns", deployment("kube-system/coredns", 2, ready))
    };
    never_passes_blind(&own(2), &scope(), "cluster.addons", "");
    assert!(passed(&own(2), &scope(), "cluster.addons").ends_with("not managed by EKS, but ready: coredns"));
    assert_eq!(own(0).fails(&scope(), "cluster.addons"), "not_ready");
    let none = seen(&all("ACTIVE")[1..]).no_object(DEPLOYMENTS, "kube-system", "coredns");
    assert_eq!(none.fails(&scope(), "cluster.addons"), "not_installed");
}

#[test]
fn storages_addons_are_looked_at_from_their_tier_on() {
    let mut addons = all("ACTIVE");
    addons.push(addon("aws-ebs-csi-driver", "DEGRADED"));
    seen(&addons).passes(&scope(), "cluster.addons");
    assert_eq!(seen(&addons).fails(&persistent(Tier::Observability), "cluster.addons"), "not_active");
    seen(&all("ACTIVE")).passes(&persistent(Tier::Observability), "cluster.addons");
}

#[test]
fn a_cluster_that_is_not_there_fails_and_one_that_nobody_named_is_skipped() {
    let seen = Seen::default().no_aws(Aws::Addons { cluster: "goldenpath-dev-eks".to_owned() });
    assert_eq!(seen.fails(&scope(), "cluster.addons"), "not_found");
    let mut scope = scope();
    scope.inputs = Inputs::default();
    assert_eq!(skip(Seen::default().judge(&scope, "cluster.addons")), scope.told(Name::ClusterName));
}
