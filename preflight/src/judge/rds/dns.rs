//! Whether the database's name leads to a private address. Pure.

use std::net::IpAddr;

use super::network::{Network, is_private, network, outside};
use super::presence;
use super::server::{self, Server};
use crate::judge::findings::together;
use crate::judge::objects::listed;
use crate::look::Look;
use crate::verdict::{Finding, Judged, Verdict};
use crate::view::View;

/// `rds.dns`.
pub fn dns(view: &View<'_>) -> Judged {
    if let Some(skip) = presence::skip_without(view)? {
        return Ok(skip);
    }
    let servers = server::servers(view)?;
    view.all(servers.iter().map(|server| Look::Resolve { host: server.host.clone() }))?;
    let network = network(view)?;
    let (mut findings, mut good) = (Vec::new(), Vec::new());
    for server in &servers {
        let addresses = view.addresses(&server.host)?;
        match trouble(server, addresses, network.as_ref()) {
            None => good.push(format!("{} is {}", server.host, listed(addresses.iter().map(ToString::to_string)))),
            Some(finding) if view.scope.asked.inside => findings.push(finding),
            Some(finding) => return Err(outside(&finding.summary)),
        }
    }
    let pass = || match network.filter(|network| !network.blocks.is_empty()) {
        Some(network) => format!("{}, in {} ({})", listed(&good), network.vpc, listed(&network.blocks)),
        None => format!("{}, a private address; the blocks of the cluster's VPC are not known", listed(&good)),
    };
    Ok(together(findings).map_or_else(|| Verdict::Pass(pass()), Verdict::Fail))
}

fn trouble(server: &Server, addresses: &[IpAddr], network: Option<&Network>) -> Option<Finding> {
    let Server { host, by, .. } = server;
    if addresses.is_empty() {
        let summary = format!("{host} does not exist in DNS ({by})");
        return Some(Finding::new("no_such_host", summary).fix(format!(
            "Correct the host in {by}: the instance was deleted, is called otherwise, or is still being made"
        )));
    }
    let blocks = || network.map(|network| listed(&network.blocks)).unwrap_or_default();
    addresses.iter().find_map(|address| {
        let is_inside = network.and_then(|network| network.holds(*address));
        match (is_inside, is_private(*address), address) {
            (Some(true), _, _) | (None, true, _) => None,
            // Which IPv6 addresses are the VPC's own is not known.
            (None, false, IpAddr::V6(address)) if !address.is_loopback() && addresses.len() > 1 => None,
            (Some(false), true, _) => {
                let summary = format!("{host} is {address}, which is not in the cluster's VPC ({})", blocks());
                Some(Finding::new("outside_vpc", summary).for_good().fix(format!(
                    "Let {by} name the instance of this VPC: the one behind this address is in another network"
                )))
            }
            (_, false, _) => {
                let summary = format!("{host} is {address}, which is no private address");
                Some(Finding::new("public_address", summary).for_good().fix(
                    "Make the instance private (aws rds modify-db-instance --no-publicly-accessible), and resolve its \
                     name with the VPC's own resolver (enableDnsSupport, enableDnsHostnames)",
                ))
            }
        }
    })
}
