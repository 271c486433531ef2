//! The store that `ExternalSecrets` read from.

use crate::judge::objects::workloads::trouble;
use crate::judge::objects::{items, names, not_ready, text};
use crate::kinds::{CLUSTER_SECRET_STORES, DEPLOYMENTS};
use crate::look::{Absent, Kubernetes};
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// `eso.store`
pub fn store(view: &View<'_>) -> Judged {
    let wanted = view.scope.profile.delivery.secret_store.as_str();
    let store = match view.object(CLUSTER_SECRET_STORES, "", wanted)? {
        Ok(store) => store,
        Err(Absent::Kind) => {
            let summary = "the cluster has no ClusterSecretStores: External Secrets is not installed, or serves no version of them";
            return Ok(Verdict::Fail(Finding::new("not_installed", summary)));
        }
        Err(Absent::Object) => {
            let summary = format!("ClusterSecretStore {wanted} is not there: no ExternalSecret can be read");
            return Ok(Verdict::Fail(Finding::new("not_found", summary)));
        }
    };
    if let Some(why) = not_ready(store) {
        let summary = format!("ClusterSecretStore {wanted} is not ready: {why}");
        return Ok(Verdict::Fail(Finding::new("not_ready", summary)));
    }
    // A condition is written when it changes, and stays when nobody looks any more.
    if let Some(finding) = operator_fault(view)? {
        return Ok(Verdict::Fail(finding));
    }
    let region = text(store, "/spec/provider/aws/region");
    let of = if region.is_empty() { String::new() } else { format!(" (AWS, {region})") };
    Ok(Verdict::Pass(format!("ClusterSecretStore {wanted}{of} is ready")))
}

/// What is wrong with the operator whose word the condition is.
fn operator_fault(view: &View<'_>) -> Result<Option<Finding>, Short> {
    let labels = view.scope.profile.delivery.secret_operator_labels.as_str();
    if labels.is_empty() {
        return Ok(None);
    }
    let question = Kubernetes::List { kind: DEPLOYMENTS, namespace: String::new(), labels: labels.to_owned() };
    let found = view.kubernetes(question)?;
    let deployments = found.map_or(&[][..], |found| items(found, ""));
    let stale = "the store's condition is of the past";
    let Some(trouble) = deployments.iter().map(|one| trouble(DEPLOYMENTS, one)).reduce(Option::and) else {
        let summary = format!("no Deployment is labelled {labels}: {stale}");
        let fix =
            "Sync External Secrets, or set delivery.secret_operator_labels in the profile to its Deployment's labels.";
        return Ok(Some(Finding::new("operator_missing", summary).fix(fix)));
    };
    Ok(trouble.map(|trouble| {
        Finding::new("operator_down", format!("{}: {stale}", trouble.words))
            .seen([format!("there: {}", names(deployments))])
    }))
}

#[cfg(test)]
mod tests;
