use serde_json::json;

use crate::check::Tier;
use crate::judge::objects::example::{failure, never_passes_blind, skip};
use crate::look::Kubernetes;
use crate::scope::Scope;
use crate::scope::example::persistent;
use crate::verdict::Verdict;
use crate::view::example::Seen;

fn scope() -> Scope {
    persistent(Tier::Cluster)
}

#[test]
fn an_api_that_is_ready_passes() {
    let seen = Seen::default().kubernetes(Kubernetes::Ready, json!("ok"));
    never_passes_blind(&seen, &scope(), "cluster.api", "");
}

#[test]
fn one_that_is_not_ready_is_waited_for() {
    let seen = Seen::default().kubernetes(Kubernetes::Ready, json!("etcd failed: reason withheld"));
    match seen.judge(&scope(), "cluster.api") {
        Ok(Verdict::Fail(finding)) => {
            assert_eq!((finding.reason, finding.converges), ("not_ready", Some(true)));
            assert!(finding.summary.contains("etcd failed"), "{}", finding.summary);
        }
        other => panic!("{other:?}"),
    }
}

fn versioned(minor: &str) -> Seen {
    let answer = json!({"major": "1", "minor": minor, "gitVersion": format!("v1.{minor}.15-eks-473151a")});
    Seen::default().kubernetes(Kubernetes::Version, answer)
}

#[test]
fn the_pinned_version_passes_with_or_without_a_plus() {
    never_passes_blind(&versioned("29"), &scope(), "cluster.version", "");
    versioned("29+").passes(&scope(), "cluster.version");
}

#[test]
fn another_version_is_drift() {
    let (reason, summary) = failure(versioned("33").judge(&scope(), "cluster.version"));
    assert_eq!(reason, "drift");
    assert!(summary.contains("1.33") && summary.contains("1.29"), "{summary}");
}

#[test]
fn without_a_pin_there_is_nothing_to_compare() {
    let mut scope = scope();
    scope.profile.cluster.version = String::new();
    assert!(skip(Seen::default().judge(&scope, "cluster.version")).contains("cluster.version"));
}
