//! Argo CD itself.

use serde_json::Value;

use crate::judge::findings::together;
use crate::judge::objects::workloads::{is_called, trouble};
use crate::judge::objects::{keys, listed, namespace, text};
use crate::kinds::{CONFIG_MAPS, DEPLOYMENTS, Kind, STATEFUL_SETS};
use crate::look::Look;
use crate::verdict::{Finding, Judged, Verdict};
use crate::view::{View, list};

/// `delivery.argocd`
pub fn argocd(view: &View<'_>) -> Judged {
    view.all([DEPLOYMENTS, STATEFUL_SETS].map(|kind| Look::Kubernetes(list(kind))))?;
    let settings = &view.scope.profile.delivery;
    let of_kind = |kind: Kind| Ok(view.objects(kind)?.iter().map(move |workload| (kind, workload)));
    let workloads: Vec<(Kind, &Value)> = of_kind(DEPLOYMENTS)?.chain(of_kind(STATEFUL_SETS)?).collect();
    let mut faults = Vec::new();
    for part in &settings.argocd_parts {
        let all = || workloads.iter().filter(|(_, workload)| is_called(workload, part));
        let mut own = all().filter(|(_, workload)| namespace(workload) == settings.argocd_namespace).peekable();
        if own.peek().is_none() {
            let elsewhere: Vec<&str> = all().map(|(_, workload)| namespace(workload)).collect();
            faults.push(missing(part, &settings.argocd_namespace, &elsewhere));
        }
        let troubles = own.filter_map(|(kind, workload)| trouble(*kind, workload));
        faults.extend(troubles.map(|trouble| Finding::new(trouble.reason, trouble.words)));
    }
    match together(faults) {
        Some(finding) => Ok(Verdict::Fail(finding)),
        None => Ok(Verdict::Pass(format!("ready: {}", listed(&settings.argocd_parts)))),
    }
}

fn missing(part: &str, wanted: &str, elsewhere: &[&str]) -> Finding {
    let finding = Finding::new("not_found", format!("{part} is not in the namespace {wanted}"));
    match elsewhere.first() {
        None => finding,
        Some(other) => {
            let summary = format!("{part} is not in the namespace {wanted} but in {other}");
            Finding { summary, ..finding }
                .fix(format!("Set delivery.argocd_namespace = {other:?} in the profile, or move Argo CD."))
        }
    }
}

/// `delivery.wave-gating`
pub fn wave_gating(view: &View<'_>) -> Judged {
    let namespace = view.scope.profile.delivery.argocd_namespace.as_str();
    let Ok(settings) = view.object(CONFIG_MAPS, namespace, "argocd-cm")? else {
        return Ok(Verdict::Fail(Finding::new("not_found", format!("ConfigMap {namespace}/argocd-cm is not there"))));
    };
    let flat = text(settings, "/data/resource.customizations.health.argoproj.io_Application");
    // The older form: one document for all kinds.
    let nested = text(settings, "/data/resource.customizations");
    if !flat.trim().is_empty() || nested.contains("argoproj.io/Application") {
        return Ok(Verdict::Pass("Argo CD knows the health of Applications: sync waves between them wait".to_owned()));
    }
    let summary = "sync waves between Applications do not wait for health: argocd-cm has no resource.customizations.health.argoproj.io_Application";
    let known = keys(settings, "/data").into_iter().filter(|key| key.starts_with("resource.customizations"));
    Ok(Verdict::Fail(Finding::new("no_application_health", summary).seen([format!("customised: {}", listed(known))])))
}

#[cfg(test)]
mod tests;
