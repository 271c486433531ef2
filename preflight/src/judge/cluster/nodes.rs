//! Whether there are nodes that take pods.

use serde_json::Value;

use crate::judge::findings::together;
use crate::judge::objects::{
    Condition, condition, conditions, counted, is_being_deleted, items, listed, name, seconds, text,
};
use crate::kinds::NODES;
use crate::verdict::{Finding, Judged, Verdict};
use crate::view::View;

/// Conditions of a node that mean that it lacks something.
const PRESSURES: [&str; 3] = ["MemoryPressure", "DiskPressure", "PIDPressure"];

/// `cluster.nodes`
pub fn nodes(view: &View<'_>) -> Judged {
    let all = view.objects(NODES)?;
    let nodes: Vec<&Value> = all.iter().filter(|node| !is_being_deleted(node)).collect();
    if nodes.is_empty() {
        let leaving = if all.is_empty() { "" } else { ": the last ones are being deleted" };
        return Ok(Verdict::Fail(Finding::new("not_found", format!("the cluster has no node{leaving}"))));
    }
    let ready = nodes.iter().filter(|node| is_ready(node)).count();
    let usable = nodes.iter().filter(|node| is_ready(node) && refusal(node).is_none()).count();
    let Some(finding) = together(problems(view, &nodes, ready, usable)) else {
        let rest = nodes.len() - ready;
        let late = if rest == 0 { String::new() } else { format!(", {rest} not ready yet") };
        return Ok(Verdict::Pass(format!("{} ready, {usable} of them take pods{late}", counted(ready, "node"))));
    };
    Ok(Verdict::Fail(finding.seen(nodes.iter().filter_map(|node| told(node)))))
}

/// What lets pods on nodes again.
const UNCORDON: &str = "Let pods on a node: kubectl uncordon NODE; remove a taint that is not meant to be there: \
                        kubectl taint node NODE KEY-; or add nodes.";

/// Everything that is wrong, the worst first.
fn problems(view: &View<'_>, nodes: &[&Value], ready: usize, usable: usize) -> Vec<Finding> {
    let mut problems: Vec<Finding> = missing(view, nodes, ready).into_iter().collect();
    for node in nodes {
        let bad = conditions(node).filter(Condition::is_true);
        let pressures: Vec<String> = bad
            .filter(|condition| PRESSURES.contains(&condition.kind))
            .map(|condition| condition.to_string())
            .collect();
        if !pressures.is_empty() {
            problems.push(Finding::new("pressure", format!("node {} has {}", name(node), listed(pressures))));
        }
        if let Some(condition) = condition(node, "NetworkUnavailable").filter(Condition::is_true) {
            problems
                .push(Finding::new("network_unavailable", format!("node {} has no network: {condition}", name(node))));
        }
    }
    if usable == 0 && ready > 0 {
        let why = nodes.iter().filter(|node| is_ready(node)).find_map(|node| refusal(node)).unwrap_or_default();
        let summary = format!("no node takes pods: {} ready, but {why}", counted(ready, "node"));
        problems.push(Finding::new("unschedulable", summary).fix(UNCORDON));
    }
    problems
}

/// What is wrong with how many are ready.
fn missing(view: &View<'_>, nodes: &[&Value], ready: usize) -> Option<Finding> {
    let needed = view.scope.profile.cluster.min_ready_nodes;
    if ready < needed as usize {
        let why = nodes.iter().find(|node| !is_ready(node)).map(|node| format!(": {}", readiness(node)));
        let (all, why) = (counted(nodes.len(), "node"), why.unwrap_or_default());
        let summary = format!("{ready} of {all} ready, {needed} needed (cluster.min_ready_nodes){why}");
        return Some(Finding::new("too_few", summary));
    }
    let late: Vec<&&Value> = nodes.iter().filter(|node| is_late(node, view)).collect();
    let first = late.first()?;
    Some(Finding::new("not_ready", format!("{} not ready: {}", counted(late.len(), "node"), readiness(first))))
}

fn is_ready(node: &Value) -> bool {
    condition(node, "Ready").is_some_and(|ready| ready.is_true())
}

/// Whether it is not ready for longer than nodes that come and go are.
fn is_late(node: &Value, view: &View<'_>) -> bool {
    let since = match condition(node, "Ready") {
        Some(ready) if ready.is_true() => return false,
        Some(ready) => ready.since,
        None => seconds(text(node, "/metadata/creationTimestamp")),
    };
    since.is_none_or(|since| view.now - since > i64::from(view.scope.profile.cluster.node_grace_seconds))
}

/// What keeps ordinary pods from a node that is ready.
fn refusal(node: &Value) -> Option<String> {
    if node.pointer("/spec/unschedulable").and_then(Value::as_bool) == Some(true) {
        return Some(format!("{} is cordoned (SchedulingDisabled)", name(node)));
    }
    let taints = items(node, "/spec/taints");
    let taint = taints.iter().find(|taint| matches!(text(taint, "/effect"), "NoSchedule" | "NoExecute"))?;
    Some(format!("{} is tainted {}:{}", name(node), text(taint, "/key"), text(taint, "/effect")))
}

fn readiness(node: &Value) -> String {
    match condition(node, "Ready") {
        Some(ready) => format!("{} {ready}", name(node)),
        None => format!("{} has not reported yet", name(node)),
    }
}

/// What is worth telling of a node.
fn told(node: &Value) -> Option<String> {
    if is_ready(node) { refusal(node) } else { Some(readiness(node)) }
}

#[cfg(test)]
mod tests;
