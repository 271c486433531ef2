//! Whether somebody makes the volumes that are claimed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{claims::consumers, is_default};
use crate::judge::findings::together;
use crate::judge::objects::workloads::{is_called, trouble};
use crate::judge::objects::{condition, counted, items, name, named, names, text};
use crate::kinds::{CSI_DRIVERS, CSI_NODES, DEPLOYMENTS, NODES, STORAGE_CLASSES};
use crate::look::Look;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::{View, list};

/// Provisioners that Kubernetes had in itself, and the drivers that do their work since.
const MOVED: [(&str, &str); 1] = [("kubernetes.io/aws-ebs", "ebs.csi.aws.com")];
/// Makes nothing: its volumes are made by hand.
const BY_HAND: &str = "kubernetes.io/no-provisioner";

/// `storage.provisioner`
pub fn provisioner(view: &View<'_>) -> Judged {
    let kinds = [STORAGE_CLASSES, CSI_DRIVERS, CSI_NODES, NODES];
    view.all(kinds.map(|kind| Look::Kubernetes(list(kind))))?;
    let (drivers, mut certain) = drivers(view)?;
    let (mut ready, mut unknown) = (Vec::new(), Vec::new());
    for (driver, class) in &drivers {
        match standing(view, driver, class)? {
            Standing::Works(words) => ready.push(words),
            Standing::Broken(finding) => certain.push(finding),
            Standing::Unknown(finding) => unknown.push(finding),
        }
    }
    match (together(certain), together(unknown)) {
        (Some(finding), _) => Ok(Verdict::Fail(finding)),
        (None, Some(finding)) => Ok(Verdict::Warn(finding)),
        (None, None) if ready.is_empty() => {
            let why = "no StorageClass is used: none is the default, in storage.classes, or named by a claim";
            Ok(Verdict::Skip(why.to_owned()))
        }
        (None, None) => Ok(Verdict::Pass(ready.join("; "))),
    }
}

/// A driver, and one of its classes.
type Drivers = BTreeMap<String, String>;

/// The drivers of the classes that are used; and the classes that are used, but not there.
fn drivers(view: &View<'_>) -> Result<(Drivers, Vec<Finding>), Short> {
    let classes = view.objects(STORAGE_CLASSES)?;
    let consumers = consumers(view)?;
    let mut used: BTreeSet<&str> = classes.iter().filter(|class| is_default(class)).map(name).collect();
    used.extend(view.scope.profile.storage.classes.iter().map(String::as_str));
    let mut missing = Vec::new();
    for consumer in &consumers {
        let Some(class) = consumer.class.filter(|class| !class.is_empty()) else { continue };
        if used.insert(class) && named(classes, class).is_none() {
            let summary = format!("{} names StorageClass {class}, which is not there", consumer.by);
            let fix = "Create the StorageClass, or name one that is there (storageClassName).";
            missing.push(Finding::new("class_missing", summary).seen([format!("there: {}", names(classes))]).fix(fix));
        }
    }
    // One of the profile that is not there is storage.class' to tell.
    let there = used.into_iter().filter_map(|class| named(classes, class));
    let drivers =
        there.map(|class| (text(class, "/provisioner"), name(class))).filter(|(driver, _)| *driver != BY_HAND);
    let moved = |driver: &str| MOVED.iter().find(|(old, _)| *old == driver).map_or(driver, |(_, new)| new).to_owned();
    Ok((drivers.map(|(driver, class)| (moved(driver), class.to_owned())).collect(), missing))
}

/// How a driver stands.
enum Standing {
    /// It works; what was seen.
    Works(String),
    /// It makes no volumes, or they cannot be attached.
    Broken(Finding),
    /// It does not show.
    Unknown(Finding),
}

fn standing(view: &View<'_>, driver: &str, class: &str) -> Result<Standing, Short> {
    if named(view.objects(CSI_DRIVERS)?, driver).is_none() {
        return Ok(unknown_driver(view.objects(CSI_DRIVERS)?, driver, class));
    }
    let nodes = view.objects(NODES)?;
    let takes_pods = |node: &str| named(nodes, node).is_some_and(takes_pods);
    let is_on = |node: &&Value| items(node, "/spec/drivers").iter().any(|one| name_of(one) == driver);
    let on = view.objects(CSI_NODES)?.iter().filter(is_on).filter(|node| takes_pods(name(node))).count();
    if on == 0 {
        let summary = format!(
            "driver {driver} of StorageClass {class} is on no node that takes pods: its volumes cannot be attached"
        );
        let fix = "See its DaemonSet's pods (EBS: kubectl -n kube-system get pods -l app=ebs-csi-node).";
        return Ok(Standing::Broken(Finding::new("not_on_nodes", summary).fix(fix)));
    }
    let on = counted(on, "node");
    let Some(controller) = view.scope.profile.storage.controllers.get(driver) else {
        return Ok(Standing::Works(format!("{driver} is on {on}")));
    };
    view.all([Look::Kubernetes(list(DEPLOYMENTS))])?;
    let found: Vec<&Value> = view.objects(DEPLOYMENTS)?.iter().filter(|one| is_called(one, controller)).collect();
    let Some(trouble) = found.iter().map(|one| trouble(DEPLOYMENTS, one)).reduce(Option::and) else {
        let summary =
            format!("driver {driver} of StorageClass {class} has no controller: no Deployment is called {controller}");
        return Ok(Standing::Broken(Finding::new("controller_missing", summary)));
    };
    Ok(match trouble {
        None => Standing::Works(format!("{driver} is on {on}, and {controller} runs")),
        Some(trouble) => Standing::Broken(Finding::new(
            "controller_down",
            format!("{}: StorageClass {class} needs it", trouble.words),
        )),
    })
}

/// A driver of CSI makes itself known; what does not may be something older that makes volumes all the same.
fn unknown_driver(drivers: &[Value], driver: &str, class: &str) -> Standing {
    let there = format!("drivers: {}", names(drivers));
    if driver.contains("csi") {
        let summary =
            format!("driver {driver} of StorageClass {class} is not installed: its claims stay Pending for ever");
        return Standing::Broken(Finding::new("driver_missing", summary).seen([there]));
    }
    let summary = format!(
        "provisioner {driver} of StorageClass {class} is no CSI driver that the cluster knows: whether it works does not show"
    );
    let fix = "Try it: --opt-in storage.probe";
    Standing::Unknown(Finding::new("driver_unknown", summary).seen([there]).fix(fix))
}

fn name_of(driver: &Value) -> &str {
    text(driver, "/name")
}

fn takes_pods(node: &Value) -> bool {
    let ready = condition(node, "Ready").is_some_and(|ready| ready.is_true());
    ready && node.pointer("/spec/unschedulable").and_then(Value::as_bool) != Some(true)
}

#[cfg(test)]
mod tests;
