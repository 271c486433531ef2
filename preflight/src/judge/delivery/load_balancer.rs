//! Whether the proxy can be reached from outside the cluster.

use std::net::IpAddr;

use serde_json::Value;

use crate::judge::objects::{events, items, listed, place, split, text};
use crate::kinds::SERVICES;
use crate::look::TcpAnswer;
use crate::verdict::{CannotLook, Finding, Judged, Short, Verdict};
use crate::view::View;

/// The port that browsers ask.
const HTTPS: u64 = 443;

/// `ingress.kong-lb`
pub fn load_balancer(view: &View<'_>) -> Judged {
    let service = match proxy(view)? {
        Ok(service) => service,
        Err(finding) => return Ok(Verdict::Fail(finding)),
    };
    let what = format!("Service {}", place(service));
    let kind = text(service, "/spec/type");
    if kind != "LoadBalancer" {
        let summary = format!("{what} is of type {kind}, not LoadBalancer: nothing outside reaches it");
        return Ok(Verdict::Fail(Finding::new("no_load_balancer", summary).for_good()));
    }
    let Some(port) = port(view, service) else {
        let summary = format!("{what} has no port {HTTPS}");
        return Ok(Verdict::Fail(Finding::new("no_port", summary).for_good()));
    };
    let given = items(service, "/status/loadBalancer/ingress").first();
    let host = given.map_or("", |given| {
        if text(given, "/hostname").is_empty() { text(given, "/ip") } else { text(given, "/hostname") }
    });
    if host.is_empty() {
        let told = events::about(view, "Service", service)?;
        let why = told.first().map_or_else(String::new, |first| format!(": {first}"));
        return Ok(Verdict::Fail(Finding::new("pending", format!("{what} has no load balancer yet{why}")).seen(told)));
    }
    connected(view, &what, host, port)
}

/// The proxy's Service: the one that the profile names, or the one of its type where it names none.
fn proxy<'a>(view: &View<'a>) -> Result<Result<&'a Value, Finding>, Short> {
    let services = view.objects(SERVICES)?;
    let named = view.scope.expand(&view.scope.profile.delivery.proxy_service);
    // One whose environment nobody told is found by its type, too.
    if !named.is_empty() && !named.contains('{') {
        let (namespace, name) = split(&named);
        let own = |service: &&Value| {
            (text(service, "/metadata/namespace"), text(service, "/metadata/name")) == (namespace, name)
        };
        return Ok(services.iter().find(own).ok_or_else(|| {
            let of_type = listed(services.iter().filter(|service| is_of_type(service)).map(place));
            Finding::new("not_found", format!("Service {named} is not there"))
                .seen([format!("of type LoadBalancer: {of_type}")])
        }));
    }
    let class = view.scope.profile.delivery.ingress_class.as_str();
    let balancers: Vec<&Value> = services.iter().filter(|service| is_of_type(service)).collect();
    let named: Vec<&Value> = balancers.iter().filter(|service| place(service).contains(class)).copied().collect();
    Ok(match (named.as_slice(), balancers.as_slice()) {
        ([one], _) | ([], [one]) => Ok(*one),
        (_, []) => Err(Finding::new("not_found", "no Service is of type LoadBalancer")),
        (_, several) => {
            let summary = format!(
                "which of these Services is the proxy's is not known: {}",
                listed(several.iter().map(|it| place(it)))
            );
            let fix = "Set delivery.proxy_service = \"namespace/name\" in the profile.";
            Err(Finding::new("ambiguous", summary).fix(fix).for_good())
        }
    })
}

fn is_of_type(service: &Value) -> bool {
    text(service, "/spec/type") == "LoadBalancer"
}

/// The port that is tried: 443, or where TLS is not asked for, the Service's first.
fn port(view: &View<'_>, service: &Value) -> Option<u16> {
    let ports: Vec<u64> =
        items(service, "/spec/ports").iter().filter_map(|port| port.get("port").and_then(Value::as_u64)).collect();
    let without_tls = view.scope.tls_required.as_ref().is_some_and(|given| !given.value);
    let https = ports.contains(&HTTPS).then_some(HTTPS);
    https.or_else(|| ports.first().copied().filter(|_| without_tls))?.try_into().ok()
}

fn connected(view: &View<'_>, what: &str, host: &str, port: u16) -> Judged {
    if view.addresses(host)?.is_empty() {
        let summary = format!("{host}, the load balancer of {what}, does not resolve yet");
        return Ok(Verdict::Fail(Finding::new("no_such_host", summary)));
    }
    let fault = |reason, why: &str| {
        Ok(Verdict::Fail(Finding::new(reason, format!("{host}:{port}, the load balancer of {what}, {why}"))))
    };
    match view.tcp(host, port)? {
        TcpAnswer::Open { .. } => Ok(Verdict::Pass(format!("{what} answers at {host}:{port}"))),
        TcpAnswer::TimedOut { peer, .. } if !view.scope.asked.inside && is_private(*peer) => {
            let summary = format!("{host} ({peer}) is an internal load balancer, which only the VPC reaches");
            Err(Short::Cannot(CannotLook::new("outside", summary).fix("Run this check inside the cluster.")))
        }
        TcpAnswer::Refused { .. } => fault("refused", "refuses connections"),
        TcpAnswer::TimedOut { .. } => {
            fault("timeout", "does not answer: check its security group and the health of its targets")
        }
        TcpAnswer::Unreachable(why) => fault("unreachable", &format!("cannot be reached ({why})")),
        TcpAnswer::NoSuchHost => fault("no_such_host", "does not resolve yet"),
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

#[cfg(test)]
mod tests;
