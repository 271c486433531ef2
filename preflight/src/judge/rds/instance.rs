//! Whether RDS says that the instance is there, up, and in the cluster's network. Pure.

use serde_json::Value;

use super::presence;
use super::server::{self, Server};
use crate::inputs::Name;
use crate::judge::findings::together;
use crate::judge::objects::{items, listed, text};
use crate::look::{Aws, Look};
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// `rds.instance`.
pub fn instance(view: &View<'_>) -> Judged {
    if let Some(skip) = presence::skip_without(view)? {
        return Ok(skip);
    }
    let servers = server::servers(view)?;
    let cluster = view.scope.text(Name::ClusterName).map(|name| Aws::Cluster { name: name.to_owned() });
    view.all(std::iter::once(server::instances_question(view)).chain(cluster.clone()).map(Look::Aws))?;
    let instances = server::instances(view)?;
    let (mut findings, mut good, mut foreign) = (Vec::new(), Vec::new(), Vec::new());
    for server in &servers {
        match found(view, instances, server) {
            Some(instance) => match trouble(view, instance, cluster.as_ref())? {
                Some(finding) => findings.push(finding),
                None => good.push(id(instance)),
            },
            None if is_expected(view, server) => findings.push(not_found(instances, server)),
            None => foreign.push(format!("{} ({})", server.host, server.by)),
        }
    }
    if let Some(finding) = together(findings) {
        return Ok(Verdict::Fail(finding));
    }
    if good.is_empty() {
        return Ok(Verdict::Skip(format!("{} is no host of an instance of RDS, and none has it", listed(foreign))));
    }
    let vpc = if cluster.is_some() { "in the cluster's VPC" } else { "its VPC not compared: clusterName is not given" };
    Ok(Verdict::Pass(format!("{} is available and private, {vpc}", listed(good))))
}

/// What is wrong with an instance; of one that is in a bad state the network is not looked at.
fn trouble(view: &View<'_>, instance: &Value, cluster: Option<&Aws>) -> Result<Option<Finding>, Short> {
    match state(instance) {
        Some(finding) => Ok(Some(finding)),
        None => network(view, instance, cluster),
    }
}

/// The instance behind a server: by its endpoint, or the one that the profile names, whatever its endpoint.
fn found<'a>(view: &View<'_>, instances: &'a [Value], server: &Server) -> Option<&'a Value> {
    let named = !view.scope.profile.database.instance.is_empty();
    server::instance_of(instances, &server.host).or_else(|| instances.first().filter(|_| named))
}

fn is_expected(view: &View<'_>, server: &Server) -> bool {
    server::is_of_an_instance(&server.host) || !view.scope.profile.database.instance.is_empty()
}

fn id(instance: &Value) -> &str {
    text(instance, "/DBInstanceIdentifier")
}

fn not_found(instances: &[Value], server: &Server) -> Finding {
    let summary = format!("no RDS instance has the endpoint {} ({})", server.host, server.by);
    let others = instances.iter().map(|instance| {
        format!(
            "instance {} has {}",
            id(instance),
            server::endpoint(instance).unwrap_or_else(|| "no endpoint yet".to_owned())
        )
    });
    Finding::new("not_found", summary).seen(others).for_good().fix(format!(
        "Name the instance that is there in {}: its host is gone, or is another region's or account's",
        server.by
    ))
}

/// What is wrong with an instance by itself.
fn state(instance: &Value) -> Option<Finding> {
    let (id, status) = (id(instance), text(instance, "/DBInstanceStatus"));
    let finding = |reason, what: &str| Finding::new(reason, format!("RDS instance {id} {what}"));
    let modify = |what: &str| format!("aws rds modify-db-instance --db-instance-identifier {id} {what}");
    match status {
        "storage-full" => {
            let finding = finding("storage_full", "has no storage left (storage-full)");
            return Some(finding.for_good().fix(format!(
                "{} --apply-immediately (applies its PendingModifiedValues, too)",
                modify("--allocated-storage <GiB, more than now>")
            )));
        }
        "stopped" | "stopping" => {
            let start = format!("aws rds start-db-instance --db-instance-identifier {id}");
            return Some(finding("stopped", &format!("is {status}")).passing().fix(start));
        }
        status if is_up(status) => {}
        status if is_lost(status) => {
            let events = format!("aws rds describe-events --source-type db-instance --source-identifier {id}");
            let finding = finding("broken", &format!("is {status}, which needs somebody to act"));
            return Some(finding.for_good().fix(format!("See why: {events}")));
        }
        status => {
            let wait = format!("aws rds wait db-instance-available --db-instance-identifier {id}");
            return Some(finding("not_available", &format!("is {status}, not available")).passing().fix(wait));
        }
    }
    let is_public = instance.get("PubliclyAccessible").and_then(Value::as_bool) == Some(true);
    is_public.then(|| {
        let finding = finding("public", "is publicly accessible");
        // Takes effect at once by itself; --apply-immediately would carry out every other pending change, too.
        finding.for_good().fix(modify("--no-publicly-accessible"))
    })
}

/// Statuses in which RDS says that the instance takes connections.
fn is_up(status: &str) -> bool {
    let housekeeping = ["backing-up", "storage-optimization", "storage-initialization"];
    status == "available" || housekeeping.contains(&status) || status.starts_with("configuring-")
}

/// Statuses that no waiting ends well.
fn is_lost(status: &str) -> bool {
    let for_good = ["failed", "deleting", "delete-precheck", "restore-error", "insufficient-capacity"];
    let prefixes = ["incompatible-", "inaccessible-"];
    for_good.contains(&status) || prefixes.iter().any(|prefix| status.starts_with(prefix))
}

/// Whether it is in another network than the cluster.
fn network(view: &View<'_>, instance: &Value, cluster: Option<&Aws>) -> Result<Option<Finding>, Short> {
    let cluster = match cluster {
        Some(question) => view.aws(question.clone())?,
        None => None,
    };
    // A cluster that is not there is another check's.
    let wanted = cluster.map(|cluster| text(cluster, "/resourcesVpcConfig/vpcId")).unwrap_or_default();
    let own = text(instance, "/DBSubnetGroup/VpcId");
    Ok((!wanted.is_empty() && !own.is_empty() && wanted != own).then(|| {
        let summary = format!("RDS instance {} is in {own}, the cluster in {wanted}", id(instance));
        Finding::new("wrong_vpc", summary).for_good().fix(format!(
            "Make the instance with a subnet group of {wanted}, or point the secrets at the instance that is there"
        ))
    }))
}

/// The security groups of an instance.
pub fn groups(instance: &Value) -> Vec<String> {
    let groups = items(instance, "/VpcSecurityGroups").iter().map(|group| text(group, "/VpcSecurityGroupId"));
    groups.filter(|group| !group.is_empty()).map(str::to_owned).collect()
}
