use serde_json::json;

use crate::check::Tier;
use crate::inputs::Inputs;
use crate::judge::objects::example::{daemon_set, endpoint_slice, failure, never_passes_blind, passed, skip};
use crate::kinds::{DAEMON_SETS, ENDPOINT_SLICES};
use crate::look::{Answer, Look, TcpAnswer};
use crate::scope::Scope;
use crate::scope::example::persistent;
use crate::verdict::Verdict;
use crate::view::example::Seen;

fn scope() -> Scope {
    persistent(Tier::Cluster)
}

fn outside() -> Scope {
    let mut scope = scope();
    scope.asked.inside = false;
    scope
}

fn seen(endpoints: &[(&str, &str)]) -> Seen {
    Seen::default().objects(ENDPOINT_SLICES, json!([endpoint_slice("kube-system/kube-dns", endpoints)]))
}

fn resolving(seen: Seen, host: &str, addresses: &[&str]) -> Seen {
    let addresses = addresses.iter().map(|address| address.parse().expect("an address")).collect();
    seen.answer(Look::Resolve { host: host.to_owned() }, Answer::Addresses(addresses))
}

fn inside() -> Seen {
    let seen = resolving(seen(&[("10.0.11.5", "a")]), "kubernetes.default.svc", &["172.20.0.1"]);
    resolving(seen, "sts.eu-west-2.amazonaws.com", &["52.94.48.1"])
}

#[test]
fn dns_that_resolves_passes() {
    never_passes_blind(&inside(), &scope(), "cluster.dns", "");
}

#[test]
fn without_ready_endpoints_it_fails() {
    assert_eq!(seen(&[]).fails(&scope(), "cluster.dns"), "no_endpoints");
    let other =
        Seen::default().objects(ENDPOINT_SLICES, json!([endpoint_slice("monitoring/kube-dns", &[("10.0.1.1", "a")])]));
    assert_eq!(other.fails(&scope(), "cluster.dns"), "no_endpoints");
}

#[test]
fn a_name_that_does_not_resolve_fails() {
    let (reason, summary) =
        failure(resolving(inside(), "sts.eu-west-2.amazonaws.com", &[]).judge(&scope(), "cluster.dns"));
    assert_eq!(reason, "no_such_host");
    assert!(summary.starts_with("sts.eu-west-2.amazonaws.com does not resolve"), "{summary}");
}

#[test]
fn outside_no_name_is_looked_up_and_none_is_claimed() {
    let summary = passed(&seen(&[("10.0.11.5", "a")]), &outside(), "cluster.dns");
    assert!(summary.contains("1 ready endpoint; names were not looked up"), "{summary}");
}

#[test]
fn a_name_that_is_not_known_is_left_out_and_told() {
    let mut scope = scope();
    scope.inputs = Inputs::default();
    let summary = passed(&inside(), &scope, "cluster.dns");
    assert!(summary.ends_with("not looked up: sts.{region}.amazonaws.com"), "{summary}");
}

const PODS: [(&str, &str); 2] = [("10.0.11.5", "a"), ("10.0.12.9", "b")];

fn plugin(ready: u32) -> Seen {
    Seen::default().object(DAEMON_SETS, "kube-system", "aws-node", daemon_set("kube-system/aws-node", 3, ready))
}

fn reaching(answer: TcpAnswer, pods: &[(&str, &str)]) -> Seen {
    let open = || TcpAnswer::Open { peer: "10.0.11.5".parse().expect("an address") };
    let seen = plugin(3).objects(ENDPOINT_SLICES, json!([endpoint_slice("kube-system/kube-dns", pods)]));
    let tcp = |seen: Seen, host: &str, answer| {
        seen.answer(Look::Tcp { host: host.to_owned(), port: 53 }, Answer::Tcp(answer))
    };
    let seen = if pods.is_empty() { seen } else { tcp(seen, "10.0.11.5", open()) };
    if pods.len() > 1 { tcp(seen, "10.0.12.9", answer) } else { seen }
}

#[test]
fn pods_that_reach_each_other_pass() {
    let open = TcpAnswer::Open { peer: "10.0.12.9".parse().expect("an address") };
    let seen = reaching(open, &PODS);
    never_passes_blind(&seen, &scope(), "cluster.cni", "");
    assert!(passed(&seen, &scope(), "cluster.cni").ends_with("2 DNS pods on 2 nodes answer"));
}

#[test]
fn a_plugin_that_is_not_on_every_node_fails() {
    let (reason, summary) = failure(plugin(2).judge(&scope(), "cluster.cni"));
    assert_eq!((reason, summary.as_str()), ("not_ready", "DaemonSet kube-system/aws-node has 2 of 3 pods ready"));
}

#[test]
fn another_plugin_is_named_in_the_profile() {
    let seen = Seen::default().no_object(DAEMON_SETS, "kube-system", "aws-node");
    match seen.judge(&scope(), "cluster.cni") {
        Ok(Verdict::Fail(finding)) => {
            assert_eq!(finding.reason, "not_found");
            assert!(finding.remedy.is_some_and(|fix| fix.contains("cluster.network_daemon_set")));
        }
        other => panic!("{other:?}"),
    }
    let mut scope = outside();
    scope.profile.cluster.network_daemon_set = "kube-system/cilium".to_owned();
    let cilium = daemon_set("kube-system/cilium", 3, 3);
    Seen::default().object(DAEMON_SETS, "kube-system", "cilium", cilium).passes(&scope, "cluster.cni");
    scope.profile.cluster.network_daemon_set = String::new();
    assert!(skip(Seen::default().judge(&scope, "cluster.cni")).contains("network_daemon_set"));
}

#[test]
fn a_node_that_lets_nobody_in_fails() {
    let peer = "10.0.12.9".parse().expect("an address");
    let cases = [
        (TcpAnswer::TimedOut { peer, local: None }, "timeout"),
        (TcpAnswer::Refused { peer }, "refused"),
        (TcpAnswer::Unreachable("no route to host".to_owned()), "unreachable"),
    ];
    for (answer, expected) in cases {
        let (reason, summary) = failure(reaching(answer, &PODS).judge(&scope(), "cluster.cni"));
        assert_eq!(reason, expected);
        assert!(summary.starts_with("DNS pod 10.0.12.9:53 on node b "), "{summary}");
    }
}

#[test]
fn what_is_not_proven_is_not_claimed() {
    let open = || TcpAnswer::Open { peer: "10.0.11.5".parse().expect("an address") };
    let summary = passed(&reaching(open(), &PODS[..1]), &scope(), "cluster.cni");
    assert!(summary.ends_with("traffic between nodes is not proven"), "{summary}");
    assert!(passed(&reaching(open(), &[]), &scope(), "cluster.cni").contains("was not tried"));
    assert!(passed(&plugin(3), &outside(), "cluster.cni").contains("traffic between nodes was not tried"));
}
