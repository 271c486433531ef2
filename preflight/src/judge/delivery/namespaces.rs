//! Whether the namespaces of the run's tiers are there to take what is deployed.

use std::collections::BTreeSet;

use serde_json::Value;

use super::applications::makes_namespace;
use crate::check::RunGate;
use crate::judge::findings::together;
use crate::judge::objects::{Condition, conditions, is_being_deleted, listed, name, named, text, texts};
use crate::kinds::{APPLICATIONS, NAMESPACES};
use crate::scope::Scope;
use crate::verdict::{Finding, Judged, Verdict};
use crate::view::View;

/// The namespaces of the run's tiers and apps.
pub fn in_scope(scope: &Scope) -> BTreeSet<&str> {
    let apps = scope.apps();
    let is_held = |name: &str| apps.iter().any(|app| app.name == name);
    let left_out = scope.profile.apps.iter().filter(|app| !is_held(&app.name));
    let of_tiers = scope.profile.delivery.namespaces.iter().filter(|(tier, _)| scope.has_tier_named(tier));
    let mut names: BTreeSet<&str> = of_tiers.flat_map(|(_, names)| names.iter().map(String::as_str)).collect();
    for namespace in left_out.flat_map(|app| &app.namespaces) {
        names.remove(namespace.as_str());
    }
    names.extend(of_apps(scope));
    names
}

/// The namespaces of the run's apps alone.
pub fn of_apps(scope: &Scope) -> BTreeSet<&str> {
    scope.apps().into_iter().flat_map(|app| app.namespaces.iter().map(String::as_str)).collect()
}

/// Those that are no business of the run's own tier alone: what is missing there, no app of that tier will bring.
pub fn of_lower_tiers(scope: &Scope) -> BTreeSet<&str> {
    let own = scope.tier();
    let of_tiers = scope.profile.delivery.namespaces.iter().filter(|(tier, _)| tier.as_str() != own.as_str());
    let of_tiers = of_tiers.filter(|(tier, _)| scope.has_tier_named(tier)).flat_map(|(_, names)| names);
    let of_apps = scope.apps().into_iter().filter(|app| app.tier != own.as_str()).flat_map(|app| &app.namespaces);
    of_tiers.chain(of_apps).map(String::as_str).collect()
}

/// `delivery.namespaces`
///
/// Before a tier's first app its Applications may not be there yet: what they alone want must not hold them back.
pub fn namespaces(view: &View<'_>) -> Judged {
    let wanted = in_scope(view.scope);
    let there = view.objects(NAMESPACES)?;
    let found = |name: &&&str| named(there, name);
    let leaving = wanted.iter().filter_map(|name| found(&name)).filter(|one| is_leaving(one)).map(|one| {
        let summary = format!("namespace {} is Terminating: {}", name(one), obstacle(one));
        Finding::new("terminating", summary).fix(LET_GO)
    });
    if let Some(finding) = together(leaving.collect()) {
        return Ok(Verdict::Fail(finding));
    }
    let missing: Vec<&str> = wanted.iter().filter(|name| found(name).is_none()).copied().collect();
    if missing.is_empty() {
        return Ok(Verdict::Pass(format!("there: {}", listed(&wanted))));
    }
    let apps = view.objects(APPLICATIONS)?;
    let (made, lost): (Vec<&str>, Vec<&str>) =
        missing.into_iter().partition(|namespace| apps.iter().any(|app| makes_namespace(app, namespace)));
    if lost.is_empty() {
        return Ok(Verdict::Pass(format!("yet to be made by their Application (CreateNamespace): {}", listed(made))));
    }
    let lower = of_lower_tiers(view.scope);
    let is_before = view.scope.asked.gate == RunGate::Before;
    let (lost, coming): (Vec<&str>, Vec<&str>) =
        lost.into_iter().partition(|namespace| !is_before || lower.contains(namespace));
    let finding = |namespaces: &[&str], what: &str| {
        let summary = format!("{what} (CreateNamespace=true): namespace {}", listed(namespaces));
        let fix = format!("kubectl create namespace {}; or set CreateNamespace=true in its Application", namespaces[0]);
        Finding::new("not_found", summary).fix(fix)
    };
    let yet = format!("not there yet, to come with tier {} and be made by its Application", view.scope.tier());
    Ok(match lost.is_empty() {
        true => Verdict::Warn(finding(&coming, &yet)),
        false => Verdict::Fail(finding(&lost, "missing, and no Application makes it")),
    })
}

/// What to do where a namespace does not go.
const LET_GO: &str = "Remove what its conditions name, or bring back the API or controller that should; nothing can be \
                      created in it until it is gone and made anew.";

fn is_leaving(namespace: &Value) -> bool {
    text(namespace, "/status/phase") == "Terminating" || is_being_deleted(namespace)
}

/// What keeps a namespace from going: its conditions say it best.
fn obstacle(namespace: &Value) -> String {
    let bad = conditions(namespace).filter(Condition::is_true);
    let messages: Vec<&str> = bad.map(|condition| condition.message).filter(|message| !message.is_empty()).collect();
    let finalizers = [texts(namespace, "/metadata/finalizers"), texts(namespace, "/spec/finalizers")].concat();
    match (messages.is_empty(), finalizers.is_empty()) {
        (false, _) => messages.join("; "),
        (true, false) => format!("finalizers {}", listed(finalizers)),
        (true, true) => "it is about to go".to_owned(),
    }
}

#[cfg(test)]
mod tests;
