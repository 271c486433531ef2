use serde_json::{Value, json};

use crate::check::Tier;
use crate::inputs::{Inputs, Name};
use crate::judge::objects::events;
use crate::judge::objects::example::{failure, never_passes_blind, passed};
use crate::kinds::SERVICES;
use crate::look::{Answer, Look, TcpAnswer};
use crate::scope::Scope;
use crate::scope::example::{changed, persistent};
use crate::verdict::{Short, Verdict};
use crate::view::example::Seen;

const ID: &str = "ingress.kong-lb";
const HOST: &str = "k8s-kongsyst-devkongk-0a1b2c3d4e-5f60718293a4b5c6.elb.eu-west-2.amazonaws.com";

fn scope() -> Scope {
    persistent(Tier::Delivery)
}

fn service(name: &str, given: &Value) -> Value {
    json!({"metadata": {"name": name, "namespace": "kong-system"},
        "spec": {"type": "LoadBalancer", "ports": [{"name": "kong-proxy", "port": 80}, {"name": "kong-proxy-tls", "port": 443}]},
        "status": {"loadBalancer": given}})
}

fn proxy() -> Value {
    service("dev-kong-kong-proxy", &json!({"ingress": [{"hostname": HOST}]}))
}

fn seen(services: &[Value]) -> Seen {
    Seen::default().objects(SERVICES, json!(services))
}

fn resolving(services: &[Value], addresses: &[&str]) -> Seen {
    let addresses = addresses.iter().map(|address| address.parse().expect("an address")).collect();
    seen(services).answer(Look::Resolve { host: HOST.to_owned() }, Answer::Addresses(addresses))
}

fn answering(services: &[Value], port: u16, answer: TcpAnswer) -> Seen {
    resolving(services, &["10.0.11.7"]).answer(Look::Tcp { host: HOST.to_owned(), port }, Answer::Tcp(answer))
}

fn open() -> TcpAnswer {
    TcpAnswer::Open { peer: "10.0.11.7".parse().expect("an address") }
}

fn silent(peer: &str) -> TcpAnswer {
    TcpAnswer::TimedOut { peer: peer.parse().expect("an address"), local: None }
}

#[test]
fn a_load_balancer_that_answers_passes() {
    never_passes_blind(&answering(&[proxy()], 443, open()), &scope(), ID, "");
}

#[test]
fn one_that_is_still_to_come_is_told_with_what_its_controller_says() {
    let pending = seen(&[service("dev-kong-kong-proxy", &json!({}))]);
    let event = json!([{"type": "Warning", "reason": "FailedBuildModel", "lastTimestamp": "2026-01-23T11:59:00Z",
        "message": "Failed build model due to unable to resolve at least one subnet",
        "involvedObject": {"kind": "Service", "name": "dev-kong-kong-proxy"}}]);
    let told = pending.clone().answer(events::look("kong-system"), Answer::Json(event));
    let (reason, summary) = failure(told.judge(&scope(), ID));
    assert_eq!(reason, "pending");
    assert!(summary.contains("FailedBuildModel: Failed build model due to unable to resolve"), "{summary}");
    // Events explain; they are not what is judged.
    assert_eq!(pending.cannot(events::look("kong-system")).fails(&scope(), ID), "pending");
}

#[test]
fn one_that_does_not_take_connections_fails() {
    assert_eq!(resolving(&[proxy()], &[]).fails(&scope(), ID), "no_such_host");
    let peer = "10.0.11.7".parse().expect("an address");
    let cases = [
        (silent("10.0.11.7"), "timeout"),
        (TcpAnswer::Refused { peer }, "refused"),
        (TcpAnswer::Unreachable("no route to host".to_owned()), "unreachable"),
        (TcpAnswer::NoSuchHost, "no_such_host"),
    ];
    for (answer, expected) in cases {
        assert_eq!(answering(&[proxy()], 443, answer).fails(&scope(), ID), expected);
    }
}

#[test]
fn an_internal_one_cannot_be_seen_from_outside() {
    let mut outside = scope();
    outside.asked.inside = false;
    let judged = answering(&[proxy()], 443, silent("10.0.11.7")).judge(&outside, ID);
    assert!(matches!(judged, Err(Short::Cannot(cannot)) if cannot.reason == "outside"));
    assert_eq!(answering(&[proxy()], 443, silent("18.130.1.2")).fails(&outside, ID), "timeout");
}

#[test]
fn a_service_that_is_missing_or_of_another_kind_fails() {
    let (reason, summary) = failure(seen(&[service("other", &json!({}))]).judge(&scope(), ID));
    assert_eq!((reason, summary.as_str()), ("not_found", "Service kong-system/dev-kong-kong-proxy is not there"));
    let mut inner = proxy();
    inner["spec"]["type"] = json!("ClusterIP");
    assert_eq!(seen(&[inner]).fails(&scope(), ID), "no_load_balancer");
}

#[test]
fn without_tls_another_port_will_do() {
    let mut plain = proxy();
    plain["spec"]["ports"] = json!([{"name": "kong-proxy", "port": 80}]);
    assert_eq!(seen(&[plain.clone()]).fails(&scope(), ID), "no_port");
    let without = changed(Tier::Delivery, &[(Name::TlsRequired, "false")]);
    assert!(passed(&answering(&[plain], 80, open()), &without, ID).ends_with(":80"));
}

#[test]
fn where_nobody_names_the_service_it_is_found_by_its_type() {
    let mut scope = scope();
    scope.inputs = Inputs::default();
    let alone = service("ingress", &json!({"ingress": [{"hostname": HOST}]}));
    answering(std::slice::from_ref(&alone), 443, open()).passes(&scope, ID);
    let mut other = proxy();
    other["metadata"]["namespace"] = json!("shop");
    other["metadata"]["name"] = json!("web");
    answering(&[other.clone(), proxy()], 443, open()).passes(&scope, ID);
    other["metadata"]["namespace"] = json!("kong-shop");
    match seen(&[other, proxy()]).judge(&scope, ID) {
        Ok(Verdict::Fail(finding)) => assert_eq!(finding.reason, "ambiguous"),
        judged => panic!("{judged:?}"),
    }
    assert_eq!(seen(&[]).fails(&scope, ID), "not_found");
}

#[test]
fn an_address_instead_of_a_name_will_do() {
    let given = service("dev-kong-kong-proxy", &json!({"ingress": [{"ip": "10.0.11.7"}]}));
    let host = || "10.0.11.7".to_owned();
    seen(&[given])
        .answer(Look::Resolve { host: host() }, Answer::Addresses(vec![host().parse().expect("an address")]))
        .answer(Look::Tcp { host: host(), port: 443 }, Answer::Tcp(open()))
        .passes(&scope(), ID);
}
