//! Reading Argo CD's Applications, and whether each keeps to its tier.

use serde_json::Value;

use crate::check::Tier;
use crate::judge::findings::together;
use crate::judge::objects::{counted, label, name, place, text, texts};
use crate::kinds::APPLICATIONS;
use crate::scope::Scope;
use crate::verdict::{Finding, Judged, Verdict};
use crate::view::View;

/// Where an Application deploys to when it is the cluster that Argo CD runs in.
const OWN_CLUSTER: &str = "https://kubernetes.default.svc";

/// Whether everything of it has been applied.
pub fn is_synced(app: &Value) -> bool {
    text(app, "/status/sync/status") == "Synced"
}

/// Whether it makes this namespace of the cluster that Argo CD runs in.
pub fn makes_namespace(app: &Value, namespace: &str) -> bool {
    let own = match (text(app, "/spec/destination/server"), text(app, "/spec/destination/name")) {
        ("", name) => name.is_empty() || name == "in-cluster",
        (server, _) => server.starts_with(OWN_CLUSTER),
    };
    let options = texts(app, "/spec/syncPolicy/syncOptions");
    own && text(app, "/spec/destination/namespace") == namespace && options.contains(&"CreateNamespace=true")
}

/// `delivery.tier-boundary`
pub fn tier_boundary(view: &View<'_>) -> Judged {
    let scope = view.scope;
    let Some(apps) = view.served(APPLICATIONS)? else {
        return Ok(Verdict::Skip("the cluster has no Applications of Argo CD".to_owned()));
    };
    if let Some(finding) = together(apps.iter().filter_map(|app| violation(app, scope)).collect()) {
        return Ok(Verdict::Fail(finding));
    }
    let key = scope.profile.delivery.tier_label.as_str();
    let untold: Vec<&Value> = apps.iter().filter(|app| number(label(app, key)).is_none()).collect();
    let Some(first) = untold.first() else {
        let all = counted(apps.len(), "Application");
        return Ok(Verdict::Pass(format!("{all} of tier {} at most", scope.max_tier)));
    };
    let summary =
        format!("no tier in the label {key} of {}, such as {}", counted(untold.len(), "Application"), name(first));
    let evidence = untold.iter().map(|app| format!("{}: {key}={:?}", place(app), label(app, key)));
    let fix = format!("Label each with its tier, a number, in Git; such as {key}: \"2\"");
    Ok(Verdict::Warn(Finding::new("tier_unknown", summary).seen(evidence).fix(fix)))
}

/// What an Application does that the scope forbids.
fn violation(app: &Value, scope: &Scope) -> Option<Finding> {
    let settings = &scope.profile.delivery;
    if scope.is_ephemeral() && is_identity(app, &settings.identity_application) {
        let words = format!("Application {} (identity provider) exists on an ephemeral cluster", place(app));
        return Some(Finding::new("identity_on_ephemeral", words));
    }
    let tier = label(app, &settings.tier_label);
    (number(tier)? > value(scope.max_tier.value)).then(|| {
        let words = format!("Application {} is of tier {tier} > maxTier {}", place(app), scope.max_tier);
        Finding::new("above_ceiling", words)
    })
}

fn is_identity(app: &Value, wanted: &str) -> bool {
    let labels = app.pointer("/metadata/labels").and_then(Value::as_object);
    !wanted.is_empty()
        && (name(app).contains(wanted) || labels.is_some_and(|all| all.values().any(|value| value == wanted)))
}

/// A tier label that is one: `platform` is not, nor is `NaN`.
fn number(label: &str) -> Option<f64> {
    label.parse().ok().filter(|number: &f64| number.is_finite())
}

fn value(tier: Tier) -> f64 {
    number(tier.as_str()).unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests;
