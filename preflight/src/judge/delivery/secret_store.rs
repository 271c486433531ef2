//! The store that `ExternalSecrets` read from.

use super::operator;
use crate::judge::objects::{not_ready, text};
use crate::kinds::CLUSTER_SECRET_STORES;
use crate::look::Absent;
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
    let deployments = operator::deployments(view, labels)?;
    if !labels.is_empty() && deployments.is_empty() {
        let summary = format!("no Deployment is labelled {labels}: the store's condition is of the past");
        let fix =
            "Sync External Secrets, or set delivery.secret_operator_labels in the profile to its Deployment's labels.";
        return Ok(Some(Finding::new("operator_missing", summary).fix(fix)));
    }
    Ok(operator::down(deployments, labels, "the store's condition"))
}

#[cfg(test)]
mod tests;
