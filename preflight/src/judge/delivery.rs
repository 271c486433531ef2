//! Judges of what delivers everything else.

pub mod applications;
pub mod argocd;
pub mod definitions;
#[cfg(test)]
mod example;
pub mod external_secrets;
pub mod load_balancer;
pub mod namespaces;
mod operator;
pub mod secret_store;
pub mod tls;
pub mod webhooks;

use serde_json::Value;

use crate::check::{RunGate, Tier};
use crate::judge::objects::{name, named, names};
use crate::kinds::{APPLICATIONS, INGRESS_CLASSES};
use crate::verdict::{Finding, Judged, Verdict};
use crate::view::View;

/// `delivery.ingressclass`
///
/// Who brings the class is an app of the same tier: before the tier's first app it may be on its way, or not even be there,
/// as where each tier's Applications come in a wave of their own. The run must not hold back what it waits for.
pub fn ingress_class(view: &View<'_>) -> Judged {
    let wanted = view.scope.profile.delivery.ingress_class.as_str();
    let classes = view.objects(INGRESS_CLASSES)?;
    if named(classes, wanted).is_some() {
        return Ok(Verdict::Pass(format!("IngressClass {wanted} is there")));
    }
    let summary = format!("IngressClass {wanted} is not there: Ingresses that name it are refused or get no address");
    let finding = Finding::new("not_found", summary).seen([format!("there: {}", names(classes))]);
    if view.scope.tier() != Tier::Delivery || view.scope.asked.gate != RunGate::Before {
        return Ok(Verdict::Fail(finding));
    }
    let brings = |app: &&Value| name(app).contains(wanted) && !applications::is_synced(app);
    let summary = match view.objects(APPLICATIONS)?.iter().find(brings) {
        Some(app) => format!("IngressClass {wanted} is not there yet; Application {} is yet to bring it", name(app)),
        None => format!("IngressClass {wanted} is not there yet: it comes with tier {}", view.scope.tier()),
    };
    Ok(Verdict::Warn(Finding { summary, ..finding }))
}

#[cfg(test)]
mod tests;
