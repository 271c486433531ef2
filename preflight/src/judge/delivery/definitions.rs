//! Whether the cluster knows the custom resources that the platform's manifests use, in the version that they use.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::check::{RunGate, Tier};
use crate::judge::findings::together;
use crate::judge::objects::{condition, counted, is_being_deleted, items, listed, place, text};
use crate::kinds::{APPLICATIONS, DEFINITIONS};
use crate::look::Look;
use crate::scope::Scope;
use crate::verdict::{Finding, Judged, Verdict};
use crate::view::{View, get, list};

/// A definition that the profile names.
struct Wanted<'a> {
    /// `plural.group`
    name: &'a str,
    group: &'a str,
    /// The version that the platform's manifests use; any where there is none.
    version: Option<&'a str>,
}

/// `delivery.crds`
pub fn definitions(view: &View<'_>) -> Judged {
    let wanted = wanted(view.scope);
    if wanted.is_empty() {
        return Ok(Verdict::Skip("the profile names no definition for this gate (delivery.definitions)".to_owned()));
    }
    let questions = wanted.iter().map(|one| get(DEFINITIONS, "", one.name)).chain([list(APPLICATIONS)]);
    view.all(questions.map(Look::Kubernetes))?;
    let apps = view.objects(APPLICATIONS)?;
    let mut faults = Vec::new();
    for one in &wanted {
        match view.object(DEFINITIONS, "", one.name)? {
            Ok(definition) => faults.extend(fault(one, definition, apps)),
            Err(_) => faults
                .push(Finding::new("not_found", format!("the cluster has no CustomResourceDefinition {}", one.name))),
        }
    }
    if let Some(finding) = together(faults) {
        return Ok(Verdict::Fail(finding));
    }
    let names = listed(wanted.iter().map(|one| one.name));
    Ok(Verdict::Pass(format!("{} served: {names}", counted(wanted.len(), "definition"))))
}

/// The definitions of the run: after one app only its own, by the beginning of the group's name; what later apps bring
/// is not there yet.
fn wanted(scope: &Scope) -> Vec<Wanted<'_>> {
    let all = scope.profile.delivery.definitions.iter().map(|text| {
        let (name, version) =
            text.split_once('/').map_or((text.as_str(), None), |(name, version)| (name, Some(version)));
        Wanted { name, group: name.split_once('.').map_or("", |(_, group)| group), version }
    });
    match &scope.asked.gate {
        RunGate::After(app) if scope.tier() == Tier::Delivery => {
            all.filter(|one| one.group.starts_with(app.as_str())).collect()
        }
        _ => all.collect(),
    }
}

fn fault(wanted: &Wanted<'_>, definition: &Value, apps: &[Value]) -> Option<Finding> {
    if is_being_deleted(definition) {
        let summary = format!("CustomResourceDefinition {} is being deleted, and every object of it", wanted.name);
        return Some(Finding::new("terminating", summary));
    }
    let established = condition(definition, "Established");
    if !established.is_some_and(|established| established.is_true()) {
        let refused = condition(definition, "NamesAccepted").filter(|accepted| !accepted.is_true());
        let why = refused.or(established).map_or_else(String::new, |condition| format!(": {condition}"));
        let summary = format!("CustomResourceDefinition {} is not established{why}", wanted.name);
        return Some(Finding::new("not_established", summary));
    }
    let is_served = |version: &&Value| version.get("served").and_then(Value::as_bool) == Some(true);
    let served: Vec<&str> =
        items(definition, "/spec/versions").iter().filter(is_served).map(|it| text(it, "/name")).collect();
    let kind = text(definition, "/spec/names/kind");
    let used = used_versions(apps, wanted.group, kind);
    let asked = wanted.version.map(|version| (version, "the profile's delivery.definitions".to_owned()));
    let mut asked = asked.into_iter().chain(used);
    let (version, by) = asked.find(|(version, _)| !served.contains(version))?;
    Some(not_served(&(wanted.group, kind, version), &served, &by))
}

/// The versions of a kind that Applications bring, and an Application for each: Argo CD keeps the version of its manifest
/// beside each resource.
fn used_versions<'a>(apps: &'a [Value], group: &str, kind: &str) -> Vec<(&'a str, String)> {
    let mut seen = BTreeSet::new();
    let mut used = Vec::new();
    for app in apps {
        for resource in items(app, "/status/resources") {
            let is_kept = resource.get("requiresPruning").and_then(Value::as_bool) != Some(true);
            let version = text(resource, "/version");
            if is_kept && (text(resource, "/group"), text(resource, "/kind")) == (group, kind) && seen.insert(version) {
                used.push((version, format!("{kind} {} of Application {}", text(resource, "/name"), place(app))));
            }
        }
    }
    used
}

fn not_served((group, kind, version): &(&str, &str, &str), served: &[&str], by: &str) -> Finding {
    let summary =
        format!("{group}/{version} {kind} is asked for by {by}, but the cluster serves {} only", listed(served));
    let newest = served.first().copied().unwrap_or("VERSION");
    let fix = format!(
        "Write apiVersion: {group}/{newest} in the manifests (or in delivery.definitions), or install a version of the \
         operator that still serves {version}."
    );
    // Neither the manifests nor the operator change by themselves.
    Finding::new("version_not_served", summary).fix(fix).for_good()
}

#[cfg(test)]
mod tests;
