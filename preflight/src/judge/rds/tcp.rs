//! Whether the database's port takes connections; where it is silent, whether its security groups are why. Pure.

use std::net::IpAddr;

use serde_json::Value;

use super::network::{Network, block_covers, block_holds, network, outside, seen};
use super::server::{self, Server};
use super::{instance, presence};
use crate::judge::findings::together;
use crate::judge::objects::{items, listed, text};
use crate::look::{Aws, Look, TcpAnswer};
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// `rds.tcp`.
pub fn tcp(view: &View<'_>) -> Judged {
    if let Some(skip) = presence::skip_without(view)? {
        return Ok(skip);
    }
    let servers = server::servers(view)?;
    view.all(servers.iter().map(|server| Look::Tcp { host: server.host.clone(), port: server.port }))?;
    let (mut findings, mut good) = (Vec::new(), Vec::new());
    for server in &servers {
        match view.tcp(&server.host, server.port)? {
            TcpAnswer::Open { peer } => good.push(format!("{} ({peer})", server.address())),
            TcpAnswer::Refused { peer } => findings.push(refused(server, *peer)),
            TcpAnswer::TimedOut { peer, local } => findings.push(timed_out(view, server, *peer, *local)?),
            TcpAnswer::Unreachable(why) => findings.push(inside(view, unreachable(server, why))?),
            TcpAnswer::NoSuchHost => findings.push(inside(view, no_such_host(server))?),
        }
    }
    Ok(together(findings).map_or_else(|| Verdict::Pass(format!("{} takes connections", listed(good))), Verdict::Fail))
}

fn refused(server: &Server, peer: IpAddr) -> Finding {
    let Server { host, port, by } = server;
    Finding::new("refused", format!("{peer}:{port} refuses connections ({host})"))
        .fix(format!("Start the engine, or correct the port in {by}: nothing listens on {port}"))
}

fn unreachable(server: &Server, why: &str) -> Finding {
    Finding::new("unreachable", format!("there is no way to {}: {why}", server.address()))
        .fix("Look at the routes of the nodes' subnets, and at network policies")
}

fn no_such_host(server: &Server) -> Finding {
    Finding::new("no_such_host", format!("{} does not exist in DNS ({})", server.host, server.by))
        .fix(format!("Correct the host in {}", server.by))
}

/// A finding that is one only inside the cluster.
fn inside(view: &View<'_>, finding: Finding) -> Result<Finding, Short> {
    if view.scope.asked.inside { Ok(finding) } else { Err(outside(&finding.summary)) }
}

fn timed_out(view: &View<'_>, server: &Server, peer: IpAddr, local: Option<IpAddr>) -> Result<Finding, Short> {
    let from = local.map(|local| format!(" from {local}")).unwrap_or_default();
    let finding = Finding::new("timeout", format!("{peer}:{} timed out{from}", server.port));
    let finding = inside(view, finding)?.seen([named(server, peer)]);
    let network = network(view)?.unwrap_or_default();
    let Some(doors) = doors(view, server, &network, local)? else {
        return Ok(finding.seen(["its security groups could not be looked at".to_owned()]).fix(format!(
            "Open {} from {} in the instance's security group; then look at network ACLs and routes",
            server.port,
            source(&network, local)
        )));
    };
    Ok(diagnosed(finding, server.port, &doors))
}

/// Who names the address, and as what.
fn named(server: &Server, peer: IpAddr) -> String {
    let Server { host, by, .. } = server;
    if *host == peer.to_string() { format!("{by} names this address") } else { format!("{host} is {peer} ({by})") }
}

/// The security groups of the instance, with their rules; `None` where they cannot be known.
fn doors<'a>(
    view: &View<'a>,
    server: &Server,
    network: &'a Network,
    local: Option<IpAddr>,
) -> Result<Option<Doors<'a>>, Short> {
    let instances = seen(view, server::instances_question(view))?.map(|instances| items(instances, ""));
    let Some(instance) = instances.and_then(|instances| server::instance_of(instances, &server.host)) else {
        return Ok(None);
    };
    let groups = instance::groups(instance);
    let rules = seen(view, Aws::SecurityGroupRules { groups: groups.clone() })?;
    let rules = rules.filter(|_| !groups.is_empty()).map(|rules| items(rules, ""));
    Ok(rules.map(|rules| Doors { groups, rules, network, local }))
}

/// What decides who gets in, and who asks.
struct Doors<'a> {
    groups: Vec<String>,
    rules: &'a [Value],
    network: &'a Network,
    local: Option<IpAddr>,
}

impl Doors<'_> {
    /// Whether a rule lets the cluster in.
    fn lets_in(&self, rule: &Value) -> bool {
        let (block, group) = (text(rule, "/CidrIpv4"), text(rule, "/ReferencedGroupInfo/GroupId"));
        let by_block = match self.local {
            Some(IpAddr::V4(local)) => block_holds(block, local),
            _ => !self.network.blocks.is_empty() && self.network.blocks.iter().all(|own| block_covers(block, own)),
        };
        by_block || (!group.is_empty() && group == self.network.group)
    }
}

/// With what the security groups say of the silence.
fn diagnosed(finding: Finding, port: u16, doors: &Doors<'_>) -> Finding {
    let rules: Vec<&Value> = doors.rules.iter().filter(|rule| is_for(rule, port)).collect();
    let groups = listed(&doors.groups);
    if let Some(rule) = rules.iter().find(|rule| doors.lets_in(rule)) {
        let evidence = format!("{} lets {} in on {port}", text(rule, "/GroupId"), of_rule(rule));
        return finding.seen([evidence]).fix(format!(
            "{groups} is open: look at network ACLs and route tables of the instance's subnets, and at what the nodes' \
             own security groups let out"
        ));
    }
    let evidence = match rules.is_empty() {
        true => format!("{groups} lets nobody in on {port}"),
        false => format!("{groups} lets in on {port} only {}", listed(rules.iter().map(|rule| of_rule(rule)))),
    };
    // Which addresses are in another group, or a list of prefixes, is not known.
    let is_clear = rules.iter().all(|rule| !text(rule, "/CidrIpv4").is_empty());
    let (group, source) = (doors.groups.first().map_or("", String::as_str), source(doors.network, doors.local));
    let finding = finding.seen([evidence]).fix(format!(
        "Open {port} from {source} on {group}: aws ec2 authorize-security-group-ingress --group-id {group} --protocol tcp \
         --port {port} --cidr {source}"
    ));
    if is_clear { finding.for_good() } else { finding }
}

fn is_for(rule: &Value, port: u16) -> bool {
    let number = |pointer: &str| rule.pointer(pointer).and_then(Value::as_i64);
    let is_ingress = rule.get("IsEgress").and_then(Value::as_bool) != Some(true);
    let range = (number("/FromPort"), number("/ToPort"));
    is_ingress
        && match (text(rule, "/IpProtocol"), range) {
            ("-1", _) => true,
            ("tcp" | "6", (Some(from), Some(to))) => (from..=to).contains(&i64::from(port)),
            _ => false,
        }
}

/// Whom a rule lets in.
fn of_rule(rule: &Value) -> String {
    match (text(rule, "/CidrIpv4"), text(rule, "/ReferencedGroupInfo/GroupId")) {
        ("", "") => "a source that is no IPv4 block".to_owned(),
        ("", group) => group.to_owned(),
        (block, _) => block.to_owned(),
    }
}

/// Who must be let in: the VPC, or else whoever asked.
fn source(network: &Network, local: Option<IpAddr>) -> String {
    match (network.blocks.first(), local) {
        (Some(block), _) => block.clone(),
        (None, Some(local)) => format!("{local}/32"),
        (None, None) => "<the CIDR of the nodes>".to_owned(),
    }
}
