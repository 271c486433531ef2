//! `fnd.vpc`: the cluster's network, and its way out.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::Value;

use super::cluster::{Eks, eks};
use super::input::protocol;
use crate::judge::objects::{items, listed, text, texts};
use crate::look::Aws;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// Where all traffic goes that has no other route.
const EVERYWHERE: &str = "0.0.0.0/0";

/// The network that is judged.
struct Network<'a> {
    id: &'a str,
    /// The cluster's own subnets; none where there is no cluster yet.
    own: BTreeSet<&'a str>,
}

/// A subnet, and where what leaves the VPC from there goes.
#[derive(Clone, Copy, Debug)]
struct Subnet<'a> {
    id: &'a str,
    zone: &'a str,
    gives_public_addresses: bool,
    table: &'a str,
    out: WayOut<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WayOut<'a> {
    /// Through a NAT gateway, or whatever else carries traffic on.
    Through(&'a str),
    /// Straight into the internet, for which a node needs a public address.
    Internet(&'a str),
    /// To something that is no longer there.
    Gone(&'a str),
    /// Nowhere.
    None,
}

/// The cluster's VPC is there, with private subnets in several zones that all have a way out.
pub fn judge(view: &View<'_>) -> Judged {
    let network = match network(view)? {
        Ok(network) => network,
        Err(verdict) => return Ok(verdict),
    };
    let vpc = || network.id.to_owned();
    view.all(
        [Aws::Vpc { id: vpc() }, Aws::Subnets { vpc: vpc() }, Aws::RouteTables { vpc: vpc() }]
            .map(crate::look::Look::Aws),
    )?;
    if view.aws(Aws::Vpc { id: vpc() })?.is_none() {
        return Ok(Verdict::Fail(Finding::new("no_vpc", format!("the VPC {} does not exist", network.id))));
    }
    let tables = array(view, Aws::RouteTables { vpc: vpc() })?;
    let subnets: Vec<Subnet<'_>> =
        array(view, Aws::Subnets { vpc: vpc() })?.iter().map(|subnet| read(subnet, tables)).collect();
    Ok(verdict(&network, &subnets, view.scope.profile.cluster.min_subnets as usize))
}

/// The network, or the verdict where there is none.
fn network<'a>(view: &View<'a>) -> Result<Result<Network<'a>, Verdict>, Short> {
    let given = view.scope.profile.cluster.vpc_id.as_str();
    match eks(view)? {
        Eks::There(cluster) => {
            let id = text(cluster, "/resourcesVpcConfig/vpcId");
            let own = texts(cluster, "/resourcesVpcConfig/subnetIds").into_iter().collect();
            if id.is_empty() { Err(protocol("the cluster's VPC")) } else { Ok(Ok(Network { id, own })) }
        }
        Eks::NotYet(_) if !given.is_empty() => Ok(Ok(Network { id: given, own: BTreeSet::new() })),
        Eks::NotYet(why) => Ok(Err(Verdict::Skip(format!("{why}, and the profile names no cluster.vpc_id")))),
        Eks::Absent(summary) => {
            let fix = "Create the cluster, or correct clusterName and region.";
            Ok(Err(Verdict::Fail(Finding::new("no_cluster", summary).fix(fix))))
        }
    }
}

fn array<'a>(view: &View<'a>, question: Aws) -> Result<&'a [Value], Short> {
    let seen = view.aws(question)?.and_then(Value::as_array);
    seen.map(Vec::as_slice).ok_or_else(|| protocol("a list of the VPC's parts"))
}

fn read<'a>(subnet: &'a Value, tables: &'a [Value]) -> Subnet<'a> {
    let id = text(subnet, "/SubnetId");
    let has = |table: &&Value, wanted: &dyn Fn(&Value) -> bool| items(table, "/Associations").iter().any(wanted);
    let own = tables.iter().find(|table| has(table, &|association| text(association, "/SubnetId") == id));
    // A subnet without a table of its own goes by the VPC's main one.
    let main = || tables.iter().find(|table| has(table, &|association| association["Main"] == true));
    let table = own.or_else(main);
    Subnet {
        id,
        zone: text(subnet, "/AvailabilityZone"),
        gives_public_addresses: subnet["MapPublicIpOnLaunch"] == true,
        table: table.map_or("", |table| text(table, "/RouteTableId")),
        out: table.map_or(WayOut::None, way_out),
    }
}

fn way_out(table: &Value) -> WayOut<'_> {
    let is_default = |route: &&Value| text(route, "/DestinationCidrBlock") == EVERYWHERE;
    let Some(route) = items(table, "/Routes").iter().find(is_default) else { return WayOut::None };
    let targets = ["/NatGatewayId", "/TransitGatewayId", "/NetworkInterfaceId", "/GatewayId"];
    let target = targets.iter().map(|target| text(route, target)).find(|target| !target.is_empty());
    match (target.unwrap_or("something else"), text(route, "/State")) {
        (target, "blackhole") => WayOut::Gone(target),
        (target, _) if target.starts_with("igw-") => WayOut::Internet(target),
        (target, _) => WayOut::Through(target),
    }
}

impl Subnet<'_> {
    fn is_private(&self) -> bool {
        !self.gives_public_addresses && !matches!(self.out, WayOut::Internet(_))
    }

    /// What is wrong with a private one.
    fn fault(&self) -> Option<Finding> {
        let table = if self.table.is_empty() { "the VPC's main route table" } else { self.table };
        match self.out {
            WayOut::Through(_) | WayOut::Internet(_) => None,
            WayOut::Gone(target) => {
                let summary = format!(
                    "subnet {} sends {EVERYWHERE} to {target}, which is no longer there (blackhole): nodes there cannot \
                     pull images",
                    self.id
                );
                Some(
                    Finding::new("blackhole", summary)
                        .fix(format!("Point the default route of {table} at a NAT gateway.")),
                )
            }
            WayOut::None => {
                let summary = format!(
                    "subnet {} has no {EVERYWHERE} route to a NAT gateway: nodes there cannot pull images",
                    self.id
                );
                Some(
                    Finding::new("no_egress", summary).fix(format!("Add a default route to a NAT gateway to {table}.")),
                )
            }
        }
    }

    fn told(&self) -> String {
        let out = match self.out {
            WayOut::Through(target) | WayOut::Internet(target) => format!("to {target}"),
            WayOut::Gone(target) => format!("to {target} (blackhole)"),
            WayOut::None => "nowhere".to_owned(),
        };
        let kind = if self.is_private() { "private" } else { "public" };
        format!("{} in {}: {kind}, {EVERYWHERE} goes {out}", self.id, self.zone)
    }
}

/// Without a cluster nobody can tell a subnet for nodes from one that is cut off on purpose, such as a database's: then
/// those with a way out must be enough.
fn verdict(network: &Network<'_>, subnets: &[Subnet<'_>], minimum: usize) -> Verdict {
    let is_own = |subnet: &&Subnet<'_>| network.own.is_empty() || network.own.contains(subnet.id);
    let own: Vec<Subnet<'_>> = subnets.iter().filter(is_own).copied().collect();
    let told = own.iter().map(Subnet::told);
    let private = || own.iter().filter(|subnet| subnet.is_private());
    let fault = private().find_map(Subnet::fault).filter(|_| !network.own.is_empty());
    if let Some(fault) = fault {
        let are_all_cut_off = private().all(|subnet| subnet.out == WayOut::None);
        return match are_all_cut_off && Good::of(subnets).are_enough(minimum) {
            // EKS names the subnets of its own interfaces; the nodes' may be others.
            true => Verdict::Warn(cut_off(network).seen(subnets.iter().map(Subnet::told))),
            false => Verdict::Fail(fault.seen(told)),
        };
    }
    let good = Good::of(&own);
    if !good.are_enough(minimum) {
        let whose = if network.own.is_empty() { "" } else { " of the cluster's" };
        let summary = format!(
            "{} has {} private subnets{whose} with a way out, in {} zones; {minimum} in as many zones are needed",
            network.id,
            good.count,
            good.zones.len()
        );
        return Verdict::Fail(Finding::new("too_few_subnets", summary).seen(told));
    }
    Verdict::Pass(format!("{}: {} private subnets in {} have a way out", network.id, good.count, listed(good.zones)))
}

fn cut_off(network: &Network<'_>) -> Finding {
    let summary = format!(
        "none of the private subnets that the cluster names has a way out, but others of {} have: nodes must be in those",
        network.id
    );
    Finding::new("no_egress", summary).fix("Look at the subnets of the node groups: aws eks describe-nodegroup.")
}

/// The private subnets that have a way out.
struct Good<'a> {
    count: usize,
    zones: BTreeSet<&'a str>,
}

impl<'a> Good<'a> {
    fn of(subnets: &[Subnet<'a>]) -> Self {
        let good = || subnets.iter().filter(|subnet| subnet.is_private() && subnet.fault().is_none());
        Self { count: good().count(), zones: good().map(|subnet| subnet.zone).collect() }
    }

    fn are_enough(&self, minimum: usize) -> bool {
        self.count >= minimum && self.zones.len() >= minimum
    }
}
