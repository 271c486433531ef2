//! Whether pods find each other by name, and reach each other.

use std::collections::BTreeSet;

use crate::judge::findings::together;
use crate::judge::objects::endpoints::{self, Endpoint};
use crate::judge::objects::workloads::trouble;
use crate::judge::objects::{counted, listed, split};
use crate::kinds::{DAEMON_SETS, ENDPOINT_SLICES};
use crate::look::{Look, TcpAnswer};
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// `cluster.dns`
pub fn dns(view: &View<'_>) -> Judged {
    let service = view.scope.profile.cluster.dns_service.as_str();
    let ready = endpoints::ready(view.objects(ENDPOINT_SLICES)?, split(service));
    if ready.is_empty() {
        let summary = format!("the cluster's DNS has no ready endpoint (Service {service})");
        return Ok(Verdict::Fail(Finding::new("no_endpoints", summary)));
    }
    let ready = format!("{service} has {}", counted(ready.len(), "ready endpoint"));
    if !view.scope.asked.inside {
        return Ok(Verdict::Pass(format!("{ready}; names were not looked up, for this run is not inside the cluster")));
    }
    let names = view.scope.profile.cluster.names.iter().map(|name| view.scope.expand(name));
    let (unknown, names): (Vec<String>, Vec<String>) = names.partition(|name| name.contains('{'));
    view.all(names.iter().map(|host| Look::Resolve { host: host.clone() }))?;
    for host in &names {
        if view.addresses(host)?.is_empty() {
            let summary = format!("{host} does not resolve inside the cluster, though {ready}");
            return Ok(Verdict::Fail(Finding::new("no_such_host", summary)));
        }
    }
    let left_out = if unknown.is_empty() { String::new() } else { format!("; not looked up: {}", listed(unknown)) };
    Ok(Verdict::Pass(format!("{ready}; {} resolved{left_out}", listed(names))))
}

/// `cluster.cni`
pub fn cni(view: &View<'_>) -> Judged {
    let wanted = view.scope.profile.cluster.network_daemon_set.as_str();
    if wanted.is_empty() {
        return Ok(Verdict::Skip(
            "the profile names no DaemonSet of a network plugin (cluster.network_daemon_set)".to_owned(),
        ));
    }
    let (namespace, name) = split(wanted);
    let Ok(daemon_set) = view.object(DAEMON_SETS, namespace, name)? else {
        let fix = "Install the network plugin (EKS: the add-on vpc-cni), or name the DaemonSet of the one that this cluster \
                   has in the profile: cluster.network_daemon_set = \"namespace/name\"";
        let finding = Finding::new("not_found", format!("the network plugin's DaemonSet {wanted} is not there"));
        return Ok(Verdict::Fail(finding.fix(fix)));
    };
    if let Some(trouble) = trouble(DAEMON_SETS, daemon_set) {
        return Ok(Verdict::Fail(Finding::new(trouble.reason, trouble.words)));
    }
    let ready = format!("{wanted} is ready on every node that it is for");
    if !view.scope.asked.inside {
        return Ok(Verdict::Pass(format!(
            "{ready}; traffic between nodes was not tried, for this run is not inside the cluster"
        )));
    }
    across_nodes(view, &ready)
}

/// The DNS pods run on several nodes, and take connections: to reach each of them proves that nodes let each other in.
fn across_nodes(view: &View<'_>, ready: &str) -> Judged {
    let service = view.scope.profile.cluster.dns_service.as_str();
    let targets = endpoints::ready(view.objects(ENDPOINT_SLICES)?, split(service));
    let port = |target: &Endpoint<'_>| target.tcp_port("dns-tcp").unwrap_or(53);
    view.all(targets.iter().map(|target| Look::Tcp { host: target.address.to_owned(), port: port(target) }))?;
    let mut closed = Vec::new();
    for target in &targets {
        closed.extend(blocked(view, target, port(target))?);
    }
    if let Some(finding) = together(closed) {
        return Ok(Verdict::Fail(finding));
    }
    let nodes: BTreeSet<&str> = targets.iter().map(|target| target.node).collect();
    let proven = match (targets.len(), nodes.len()) {
        (0, _) => "traffic between nodes was not tried: no DNS pod is there to answer".to_owned(),
        (_, 1) => {
            "its DNS pods answer, but all run on one node, so that traffic between nodes is not proven".to_owned()
        }
        (pods, nodes) => format!("{pods} DNS pods on {nodes} nodes answer"),
    };
    Ok(Verdict::Pass(format!("{ready}; {proven}")))
}

/// What to do where nodes do not let each other in.
const LET_IN: &str = "Let the nodes' security groups take all traffic from each other (EKS: the cluster's security group on \
                      every node), and look for a NetworkPolicy or network ACL in between.";

fn blocked(view: &View<'_>, target: &Endpoint<'_>, port: u16) -> Result<Option<Finding>, Short> {
    let (reason, what) = match view.tcp(target.address, port)? {
        TcpAnswer::Open { .. } => return Ok(None),
        TcpAnswer::Refused { .. } => ("refused", "refuses connections".to_owned()),
        TcpAnswer::TimedOut { .. } => ("timeout", "does not answer this pod in time".to_owned()),
        TcpAnswer::Unreachable(why) => ("unreachable", format!("cannot be reached from this pod ({why})")),
        TcpAnswer::NoSuchHost => ("unreachable", "is no address".to_owned()),
    };
    let summary = format!("DNS pod {}:{port} on node {} {what}", target.address, target.node);
    Ok(Some(Finding::new(reason, summary).fix(LET_IN)))
}

#[cfg(test)]
mod tests;
