//! Whether the secrets of the run's apps have come to the cluster.

use std::collections::BTreeSet;

use serde_json::Value;

use super::namespaces::{of_apps, of_lower_tiers};
use crate::check::RunGate;
use crate::judge::findings::together;
use crate::judge::objects::{counted, items, keys, listed, name, namespace, not_ready, place, seconds, text};
use crate::kinds::{EXTERNAL_SECRETS, SECRETS};
use crate::look::Look;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::{View, get};

/// The interval where the manifest leaves it out.
const DEFAULT_INTERVAL: i64 = 3600;
/// For clocks that differ, and a queue.
const SLACK: i64 = 60;

/// `eso.externalsecrets`
pub fn external_secrets(view: &View<'_>) -> Judged {
    let namespaces = of_apps(view.scope);
    if namespaces.is_empty() {
        return Ok(Verdict::Skip("no app of this scope has a namespace in the profile (apps)".to_owned()));
    }
    let Some(all) = view.served(EXTERNAL_SECRETS)? else {
        let summary =
            "the cluster has no ExternalSecrets: External Secrets is not installed, or serves no version of them";
        return Ok(Verdict::Fail(Finding::new("not_installed", summary)));
    };
    let own: Vec<&Value> = all.iter().filter(|one| namespaces.contains(namespace(one))).collect();
    if own.is_empty() {
        return Ok(Verdict::Skip(format!("no ExternalSecret is in the namespaces {} yet", listed(&namespaces))));
    }
    let stale = own.iter().filter_map(|one| Some((namespace(one), stale(one, view.now)?)));
    let coming = match found(view, stale.collect()) {
        Some(Verdict::Fail(finding)) => return Ok(Verdict::Fail(finding)),
        coming => coming,
    };
    let ready = format!("{} ready in {}", counted(own.len(), "ExternalSecret"), listed(&namespaces));
    let (read, others): (Vec<&Value>, Vec<&Value>) =
        own.iter().filter(|one| makes_secret(one)).partition(|one| is_read(view, one));
    let incomplete = match &coming {
        // What waits for its own tier's sync has perhaps no Secret yet.
        Some(_) => incomplete(view, &of_lower(view, &read))?,
        None => incomplete(view, &read)?,
    };
    if let Some(verdict) = incomplete.or(coming) {
        return Ok(verdict);
    }
    Ok(Verdict::Pass(match others.len() {
        0 => format!("{ready}, their Secrets with all keys"),
        count => format!(
            "{ready}; {} not looked at (apps[].kubernetes_secrets does not name them)",
            counted(count, "Secret")
        ),
    }))
}

/// What these findings, each in its namespace, make of the check. Before the first app of a tier, what that tier's own apps
/// bring must not hold back the sync that would mend it; from then on it fails, and acceptance asks for it.
fn found(view: &View<'_>, findings: Vec<(&str, Finding)>) -> Option<Verdict> {
    let lower = of_lower_tiers(view.scope);
    let is_before = view.scope.asked.gate == RunGate::Before;
    let (lost, coming): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|(namespace, _)| !is_before || lower.contains(namespace));
    let all = |findings: Vec<(&str, Finding)>| together(findings.into_iter().map(|(_, finding)| finding).collect());
    all(lost).map(Verdict::Fail).or_else(|| all(coming).map(Verdict::Warn))
}

fn of_lower<'a>(view: &View<'_>, externals: &[&'a Value]) -> Vec<&'a Value> {
    let lower = of_lower_tiers(view.scope);
    externals.iter().filter(|one| lower.contains(namespace(one))).copied().collect()
}

/// Whether the profile names the Secret that is made.
fn is_read(view: &View<'_>, external: &Value) -> bool {
    let apps = view.scope.apps();
    let mut own = apps.iter().filter(|app| app.namespaces.iter().any(|of_app| of_app == namespace(external)));
    own.any(|app| app.kubernetes_secrets.iter().any(|named| named == target(external)))
}

/// What is wrong with an `ExternalSecret` by its own word.
fn stale(external: &Value, now: i64) -> Option<Finding> {
    let what = format!("ExternalSecret {}", place(external));
    if let Some(why) = not_ready(external) {
        return Some(Finding::new("not_ready", format!("{what} is not ready: {why}")));
    }
    let (interval, refreshed) = (interval(external)?, seconds(text(external, "/status/refreshTime"))?);
    let age = now - refreshed;
    (age > interval.saturating_mul(2).saturating_add(SLACK)).then(|| {
        let every = text(external, "/spec/refreshInterval");
        let summary = format!("{what} was last refreshed {age} s ago, though it should be every {every}");
        Finding::new("stale", summary).fix(
            "See whether External Secrets runs: kubectl get deployments -A -l app.kubernetes.io/name=external-secrets",
        )
    })
}

/// How often it is refreshed; none where it is not, by its policy or an interval of 0, or only at certain hours.
fn interval(external: &Value) -> Option<i64> {
    let is_periodic = matches!(text(external, "/spec/refreshPolicy"), "" | "Periodic");
    if !is_periodic || external.pointer("/spec/syncWindows").is_some() {
        return None;
    }
    match text(external, "/spec/refreshInterval") {
        "" => Some(DEFAULT_INTERVAL),
        written => {
            let parsed = humantime::parse_duration(written).ok()?;
            i64::try_from(parsed.as_secs()).ok().filter(|seconds| *seconds > 0)
        }
    }
}

/// What comes of what the Secrets that were to be made lack. That one cannot be looked at tells less than that another
/// fails, and more than a warning.
fn incomplete(view: &View<'_>, own: &[&Value]) -> Result<Option<Verdict>, Short> {
    let look = |one: &Value| Look::Kubernetes(get(SECRETS, namespace(one), target(one)));
    view.all(own.iter().map(|one| look(one)))?;
    let (mut findings, mut cannot) = (Vec::new(), None);
    for one in own {
        match view.object(SECRETS, namespace(one), target(one)) {
            Ok(found) => findings.extend(lacking(one, found.ok()).map(|finding| (namespace(one), finding))),
            Err(short) => cannot = cannot.or(Some(short)),
        }
    }
    match (found(view, findings), cannot) {
        (Some(Verdict::Fail(finding)), _) => Ok(Some(Verdict::Fail(finding))),
        (_, Some(short)) => Err(short),
        (found, None) => Ok(found),
    }
}

fn lacking(external: &Value, secret: Option<&Value>) -> Option<Finding> {
    let (from, to) = (place(external), format!("{}/{}", namespace(external), target(external)));
    let Some(secret) = secret else {
        let summary = format!("Secret {to} is not there, though ExternalSecret {from} is ready");
        return Some(Finding::new("secret_missing", summary).fix(REFRESH));
    };
    let value = |key: &str| secret.pointer("/data").and_then(|data| data.get(key)?.as_str());
    let (missing, there): (Vec<&str>, Vec<&str>) = declared(external).into_iter().partition(|key| value(key).is_none());
    if !missing.is_empty() {
        let summary = format!("Secret {to} lacks what ExternalSecret {from} declares: key {}", listed(missing));
        return Some(Finding::new("key_missing", summary).fix(REFRESH));
    }
    let empty: Vec<&str> = there.into_iter().filter(|key| value(key) == Some("")).collect();
    (!empty.is_empty()).then(|| {
        let summary = format!("Secret {to} has nothing under the key {} (ExternalSecret {from})", listed(empty));
        Finding::new("key_empty", summary).fix("Put the value into the secret in Secrets Manager.")
    })
}

/// What to do where a Secret is not as declared.
const REFRESH: &str = "Have it made again: kubectl annotate externalsecret NAME force-sync=$(date +%s) --overwrite; and see \
                       whether something else writes that Secret.";

/// Whether a Secret comes of it: it may be made for nobody (`None`), or be another kind of object.
fn makes_secret(external: &Value) -> bool {
    text(external, "/spec/target/creationPolicy") != "None" && external.pointer("/spec/target/manifest").is_none()
}

/// The Secret's name: its own, where it names none.
fn target(external: &Value) -> &str {
    match text(external, "/spec/target/name") {
        "" => name(external),
        named => named,
    }
}

/// The keys that the Secret must have, as far as the manifest tells: a template's own keys take the place of those that
/// are read, unless it says that both stay.
fn declared(external: &Value) -> BTreeSet<&str> {
    let template = keys(external, "/spec/target/template/data");
    let is_template = !template.is_empty() || !items(external, "/spec/target/template/templateFrom").is_empty();
    let both = text(external, "/spec/target/template/mergePolicy") == "Merge";
    let read = items(external, "/spec/data").iter().map(|one| text(one, "/secretKey")).filter(|key| !key.is_empty());
    let mut declared: BTreeSet<&str> = template.into_iter().collect();
    if !is_template || both {
        declared.extend(read);
    }
    declared
}

#[cfg(test)]
mod tests;
