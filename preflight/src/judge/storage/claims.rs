//! Who claims volumes, and which claims and volumes are stuck.

use serde_json::Value;

use crate::judge::findings::together;
use crate::judge::objects::{age, annotation, events, items, name, namespace, place, text};
use crate::kinds::{STATEFUL_SETS, VOLUME_CLAIMS, VOLUMES};
use crate::look::Look;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::{View, list};

/// Somebody who claims volumes.
pub(super) struct Consumer<'a> {
    /// Who, such as `StatefulSet monitoring/prometheus`.
    pub(super) by: String,
    /// Of which class; none where it is left out. An empty name asks for no class at all.
    pub(super) class: Option<&'a str>,
}

/// Who claims volumes in the profile's namespaces: claims that are not bound yet, and the templates of `StatefulSets`.
pub(super) fn consumers<'a>(view: &View<'a>) -> Result<Vec<Consumer<'a>>, Short> {
    view.all([VOLUME_CLAIMS, STATEFUL_SETS].map(|kind| Look::Kubernetes(list(kind))))?;
    let own = |object: &&Value| is_own(view, namespace(object));
    let class = |claim: &'a Value| claim.pointer("/spec/storageClassName").and_then(Value::as_str);
    let mut consumers = Vec::new();
    for claim in view.objects(VOLUME_CLAIMS)?.iter().filter(own).filter(|claim| text(claim, "/status/phase") != "Bound")
    {
        consumers.push(Consumer { by: format!("claim {}", place(claim)), class: class(claim) });
    }
    for set in view.objects(STATEFUL_SETS)?.iter().filter(own) {
        for template in items(set, "/spec/volumeClaimTemplates") {
            consumers.push(Consumer { by: format!("StatefulSet {}", place(set)), class: class(template) });
        }
    }
    Ok(consumers)
}

fn is_own(view: &View<'_>, namespace: &str) -> bool {
    view.scope.profile.storage.namespaces.iter().any(|own| own == namespace)
}

/// `storage.stuck`
pub fn stuck(view: &View<'_>) -> Judged {
    view.all([VOLUME_CLAIMS, VOLUMES].map(|kind| Look::Kubernetes(list(kind))))?;
    let mut findings = pending(view)?;
    findings.extend(view.objects(VOLUMES)?.iter().filter_map(|volume| left_behind(view, volume)));
    match together(findings) {
        Some(finding) => Ok(Verdict::Fail(finding)),
        None => Ok(Verdict::Pass(format!("nothing is stuck in {}", view.scope.profile.storage.namespaces.join(", ")))),
    }
}

/// Claims that have waited for too long.
fn pending(view: &View<'_>) -> Result<Vec<Finding>, Short> {
    let limit = i64::from(view.scope.profile.storage.pending_seconds);
    let mut findings = Vec::new();
    for claim in view.objects(VOLUME_CLAIMS)?.iter().filter(|claim| is_own(view, namespace(claim))) {
        let age = age(claim, view.now).unwrap_or_default();
        if text(claim, "/status/phase") == "Pending" && age > limit {
            let told = events::about(view, "PersistentVolumeClaim", claim)?;
            let why = told.first().cloned().unwrap_or_else(|| reason(claim));
            let summary = format!("claim {} has been Pending for {} min: {why}", place(claim), age / 60);
            findings.push(Finding::new("pending", summary).seen(told));
        }
    }
    Ok(findings)
}

/// A volume whose claim is gone.
fn left_behind(view: &View<'_>, volume: &Value) -> Option<Finding> {
    let (phase, of) = (text(volume, "/status/phase"), text(volume, "/spec/claimRef/namespace"));
    (matches!(phase, "Released" | "Failed") && is_own(view, of)).then(|| {
        let name = name(volume);
        let claim = format!("{of}/{}", text(volume, "/spec/claimRef/name"));
        let summary =
            format!("volume {name} is {phase}: claim {claim} is gone, and a new one of that name does not get it back");
        let fix = format!(
            "kubectl delete pv {name}; or free it for a claim: kubectl patch pv {name} --type json -p \
             '[{{\"op\":\"remove\",\"path\":\"/spec/claimRef\"}}]'"
        );
        Finding::new("released", summary).fix(fix)
    })
}

/// What a claim waits for, by itself.
fn reason(claim: &Value) -> String {
    match (text(claim, "/spec/storageClassName"), annotation(claim, "volume.kubernetes.io/selected-node")) {
        ("", _) => "it names no class, and got no default one".to_owned(),
        (class, "") => format!("it waits for class {class}, or for a pod that uses it"),
        (class, node) => format!("it waits for the driver of class {class}, for a pod on {node}"),
    }
}

#[cfg(test)]
mod tests;
