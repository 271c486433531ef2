//! Which checks a run holds, and why it leaves the others out. Pure.

use std::collections::BTreeSet;

use crate::check::{Access, Check, Each, Gate, Severity, Tier, When};
use crate::inputs::Source;
use crate::scope::Scope;

/// A check, or one of its instances, in a run.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Its row.
    pub check: &'static Check,
    /// The instance: a component, an app, a secret's path, a storage class; empty where there is one.
    pub of: String,
    /// Its id, with the instance.
    pub id: String,
    /// The ids that it needs, as far as they are planned.
    pub needs: Vec<String>,
    /// Why it is left out, if it is.
    pub skipped: Option<String>,
}

impl Planned {
    /// Whether a failure makes the tier not ready.
    pub fn is_required(&self, scope: &Scope) -> bool {
        match self.check.severity {
            Severity::Required => true,
            Severity::Advisory => false,
            Severity::RequiredWhereEphemeral => scope.is_ephemeral(),
            Severity::RequiredInProduction => scope.is_production(),
        }
    }
}

/// Every check of the catalogue, with its instances, in the catalogue's order: those that the run holds, and those that
/// it leaves out with the input that makes it so.
pub fn schedule(catalogue: &[&'static Check], scope: &Scope) -> Vec<Planned> {
    let mut planned: Vec<Planned> = Vec::new();
    for check in catalogue {
        let skipped = skipped(check, scope);
        let instances = instances(check.each, scope);
        // One that has no instance is still told of, under its pattern.
        if instances.is_empty() {
            let why = skipped
                .clone()
                .unwrap_or_else(|| format!("the profile has no {} in this scope", check.each.placeholder()));
            planned.push(plan(check, "", check.id.to_owned(), Some(why)));
        }
        for instance in &instances {
            planned.push(plan(check, &instance.key, id(check, &instance.name), skipped.clone()));
        }
    }
    let ids: BTreeSet<String> = planned.iter().map(|planned| planned.id.clone()).collect();
    for index in 0..planned.len() {
        let needs = needs(&planned[index], &planned, &ids);
        planned[index].needs = needs;
    }
    planned
}

fn plan(check: &'static Check, of: &str, id: String, skipped: Option<String>) -> Planned {
    Planned { check, of: of.to_owned(), id, needs: Vec::new(), skipped }
}

struct Instance {
    key: String,
    name: String,
}

fn instances(each: Each, scope: &Scope) -> Vec<Instance> {
    let same = |name: &str| Instance { key: name.to_owned(), name: name.to_owned() };
    match each {
        Each::Once => vec![same("")],
        Each::Component => scope.components().iter().map(|component| same(&component.name)).collect(),
        Each::DatabaseApp => {
            scope.apps().iter().filter(|app| app.database.is_some()).map(|app| same(&app.name)).collect()
        }
        Each::Secret => {
            let instance = |path: String| Instance { name: scope.short_secret_name(&path), key: path };
            scope.secrets().into_keys().map(instance).collect()
        }
        Each::StorageClass => scope.profile.storage.classes.iter().map(|class| same(class)).collect(),
        Each::Bucket => {
            let users: BTreeSet<&str> = scope.profile.buckets.iter().map(|bucket| bucket.user.as_str()).collect();
            users.into_iter().map(same).collect()
        }
    }
}

fn id(check: &Check, name: &str) -> String {
    match check.each {
        Each::Once => check.id.to_owned(),
        each => check.id.replace(each.placeholder(), name),
    }
}

/// A need with a placeholder is the same instance of the other check; one of a check with other instances is all of
/// them.
fn needs(planned: &Planned, all: &[Planned], ids: &BTreeSet<String>) -> Vec<String> {
    let mut needs = Vec::new();
    for need in planned.check.needs {
        let same = all.iter().find(|other| other.check.id == *need && other.of == planned.of);
        match same {
            Some(same) => needs.push(same.id.clone()),
            None => needs.extend(all.iter().filter(|other| other.check.id == *need).map(|other| other.id.clone())),
        }
    }
    needs.retain(|id| ids.contains(id));
    needs
}

/// Why a check is left out, by what is known before anything is looked at.
fn skipped(check: &Check, scope: &Scope) -> Option<String> {
    tier(check.tier, scope)
        .or_else(|| gate(check, scope))
        .or_else(|| check.when.iter().find_map(|when| condition(*when, check, scope)))
}

fn tier(tier: Tier, scope: &Scope) -> Option<String> {
    let ceiling = &scope.max_tier;
    if tier > ceiling.value {
        return Some(format!("tier {tier} > maxTier {ceiling}"));
    }
    (tier > scope.tier()).then(|| format!("tier {tier} > tier {} ({})", scope.tier(), tier_source(scope)))
}

/// Of its own tier, a run holds what its gate has passed; of lower tiers everything but acceptance.
fn gate(check: &Check, scope: &Scope) -> Option<String> {
    let gate = &scope.asked.gate;
    let holds = if check.tier < scope.tier() { check.gate != Gate::Post } else { gate.has_passed(check.gate) };
    (!holds).then(|| format!("gate {} comes later than gate {gate} (--gate)", check.gate))
}

fn condition(when: When, check: &Check, scope: &Scope) -> Option<String> {
    let mode = || format!("mode {}", scope.mode);
    match when {
        When::Cluster => (!scope.asked.cluster).then(|| "only a cluster can answer (--cluster none)".to_owned()),
        When::OwnIdentity => scope.is_ephemeral().then(mode),
        When::Identity => {
            let external = !scope.profile.identity.foreign_url.is_empty();
            (scope.is_ephemeral() && !external)
                .then(|| format!("{}, and the profile names no identity.foreign_url", mode()))
        }
        When::Bucket => scope.profile.buckets.is_empty().then(|| "the profile names no bucket".to_owned()),
        When::Images => scope.profile.images.is_empty().then(|| "the profile names no image".to_owned()),
        When::OptIn => {
            let mut asked = scope.asked.opt_in.iter().chain(&scope.profile.opt_in);
            let is_asked = asked.any(|id| id == check.id || check.id.starts_with(&format!("{id}.")));
            (!is_asked).then(|| "runs only where it is asked for (--opt-in)".to_owned())
        }
    }
}

/// All that the planned checks may look at, each once, in order.
pub fn accesses(planned: &[Planned]) -> Vec<Access> {
    let held = planned.iter().filter(|planned| planned.skipped.is_none());
    let all: BTreeSet<Access> = held.flat_map(|planned| planned.check.access.iter().copied()).collect();
    all.into_iter().collect()
}

/// Where the tier came from, for messages.
fn tier_source(scope: &Scope) -> Source {
    match scope.asked.tier {
        Some(_) => Source::Flag("tier"),
        None => scope.max_tier.source.clone(),
    }
}

#[cfg(test)]
mod tests;
