//! Whether the add-ons of EKS are active.

use serde_json::Value;

use crate::check::Tier;
use crate::inputs::Name;
use crate::judge::findings::together;
use crate::judge::objects::workloads::trouble;
use crate::judge::objects::{counted, items, listed, text};
use crate::kinds::{DAEMON_SETS, DEPLOYMENTS, Kind};
use crate::look::Aws;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// What EKS runs for an add-on, managed or not: `kube-system/<name>`.
const WORKLOADS: [(&str, Kind, &str); 3] = [
    ("coredns", DEPLOYMENTS, "coredns"),
    ("kube-proxy", DAEMON_SETS, "kube-proxy"),
    ("vpc-cni", DAEMON_SETS, "aws-node"),
];

/// `cluster.addons`
pub fn addons(view: &View<'_>) -> Judged {
    let Some(cluster) = view.scope.text(Name::ClusterName) else {
        return Ok(Verdict::Skip(view.scope.told(Name::ClusterName)));
    };
    let Some(addons) = view.aws(Aws::Addons { cluster: cluster.to_owned() })? else {
        let summary = format!("EKS has no cluster {cluster} in this account and region");
        return Ok(Verdict::Fail(
            Finding::new("not_found", summary).fix("Correct cluster.name or --cluster-name.").for_good(),
        ));
    };
    let installed = addons.as_array().map_or(&[][..], Vec::as_slice);
    let settings = &view.scope.profile.cluster;
    let (mut active, mut own, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for wanted in &settings.addons {
        match find(installed, wanted) {
            Some(addon) => active.push(addon),
            None => match unmanaged(view, wanted)? {
                None => own.push(wanted),
                Some(finding) => faults.push(finding),
            },
        }
    }
    if view.scope.has_tier(Tier::Observability) {
        active.extend(settings.storage_addons.iter().filter_map(|wanted| find(installed, wanted)));
    }
    if let Some(finding) = together(active.iter().filter_map(|addon| inactive(addon)).chain(faults).collect()) {
        return Ok(Verdict::Fail(finding));
    }
    let names = active.iter().map(|addon| text(addon, "/addonName"));
    let own = if own.is_empty() { String::new() } else { format!("; not managed by EKS, but ready: {}", listed(own)) };
    Ok(Verdict::Pass(format!("{} active: {}{own}", counted(active.len(), "add-on"), listed(names))))
}

fn find<'a>(installed: &'a [Value], wanted: &str) -> Option<&'a Value> {
    installed.iter().find(|addon| text(addon, "/addonName") == wanted)
}

/// What is wrong with an add-on that EKS manages.
fn inactive(addon: &Value) -> Option<Finding> {
    let (name, status) = (text(addon, "/addonName"), text(addon, "/status"));
    if status == "ACTIVE" {
        return None;
    }
    let issue = |issue: &Value| format!("{name}: {}: {}", text(issue, "/code"), text(issue, "/message"));
    let issues: Vec<String> = items(addon, "/health/issues").iter().map(issue).collect();
    let why = issues
        .first()
        .map_or_else(String::new, |first| format!(" ({})", first.trim_start_matches(&format!("{name}: "))));
    let finding = Finding::new("not_active", format!("add-on {name} is {status}{why}")).seen(issues);
    // EKS does not try a creation, update or deletion that failed again.
    Some(if status.ends_with("_FAILED") { finding.for_good() } else { finding })
}

/// What is wrong with one that EKS does not manage. It may be there all the same: a cluster has its own from its first
/// day.
fn unmanaged(view: &View<'_>, wanted: &str) -> Result<Option<Finding>, Short> {
    let missing = || {
        let fix = format!("aws eks create-addon --cluster-name {{cluster}} --addon-name {wanted}");
        Some(Finding::new("not_installed", format!("add-on {wanted} is not installed")).fix(view.scope.expand(&fix)))
    };
    let Some((_, kind, name)) = WORKLOADS.iter().find(|(addon, ..)| *addon == wanted) else { return Ok(missing()) };
    let Ok(workload) = view.object(*kind, "kube-system", name)? else { return Ok(missing()) };
    Ok(trouble(*kind, workload).map(|trouble| Finding::new(trouble.reason, trouble.words)))
}

#[cfg(test)]
mod tests;
