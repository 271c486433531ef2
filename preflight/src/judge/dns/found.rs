//! The `ExternalDNS` of a cluster: its Deployments, or, before there is one, the Application that will install it.

use serde_json::Value;

use super::external_dns::ExternalDns;
use super::helm;
use crate::check::{RunGate, Tier};
use crate::judge::objects::workloads::{Trouble, labelled, trouble_of_all};
use crate::judge::objects::{items, place, split, text};
use crate::kinds::APPLICATIONS;
use crate::scope::Scope;
use crate::verdict::Short;
use crate::view::View;

/// What was found.
pub(super) enum Found {
    /// Running, or meant to run: each Deployment.
    Deployed(Vec<ExternalDns>),
    /// Not there yet; what its Application says.
    Planned(Box<ExternalDns>),
    /// Neither; what was looked for.
    Nothing(String),
    /// The profile has none.
    Unwanted,
}

/// Looks for it: by label in all namespaces, then by its Application.
pub(super) fn found(view: &View<'_>) -> Result<Found, Short> {
    let dns = &view.scope.profile.dns;
    let labels = view.scope.expand(&dns.external_dns_labels);
    if labels.is_empty() {
        return Ok(Found::Unwanted);
    }
    let deployments = labelled(view, &labels)?;
    if !deployments.is_empty() {
        let one =
            |deployment| ExternalDns::of_container(format!("Deployment {}", place(deployment)), container(deployment));
        return Ok(Found::Deployed(deployments.iter().map(one).collect()));
    }
    let application = view.scope.expand(&dns.application);
    let (namespace, name) = split(&application);
    if !name.is_empty()
        && let Ok(object) = view.object(APPLICATIONS, namespace, name)?
    {
        let planned = helm::of_application(format!("Application {application}"), object);
        return Ok(Found::Planned(Box::new(planned)));
    }
    Ok(Found::Nothing(format!(
        "neither a Deployment with {labels} in any namespace nor Application {application} is there"
    )))
}

/// What keeps each of its Deployments from its work; none where one does it, or where there is none.
pub(super) fn down(view: &View<'_>) -> Result<Option<Trouble>, Short> {
    let labels = view.scope.expand(&view.scope.profile.dns.external_dns_labels);
    Ok(trouble_of_all(labelled(view, &labels)?))
}

/// The same as a list, or why there is nothing to check yet; that it is not there when it must be is told by
/// `dns.owner-id`. Flags of an Application may be set in files that are not seen; where none of `flags` is seen, that
/// is the reason.
pub(super) fn set_up(view: &View<'_>, flags: &[&str]) -> Result<Result<Vec<ExternalDns>, String>, Short> {
    Ok(match found(view)? {
        Found::Deployed(all) => Ok(all),
        Found::Planned(planned) => match planned.is_untold(flags) {
            None => Ok(vec![*planned]),
            Some(untold) => Err(untold),
        },
        Found::Nothing(what) if is_due(view.scope) => {
            return Err(Short::Blocked(format!("needs dns.owner-id: {what}")));
        }
        Found::Nothing(what) => Err(what),
        Found::Unwanted => Err(unwanted()),
    })
}

/// Why nothing is checked where the profile has no `ExternalDNS`.
pub(super) fn unwanted() -> String {
    "the profile names no dns.external_dns_labels".to_owned()
}

/// Whether it must be there by now: the run is past the apps that come before it.
pub(super) fn is_due(scope: &Scope) -> bool {
    let is_past = match &scope.asked.gate {
        RunGate::Before => false,
        RunGate::After(app) => *app == scope.profile.dns.component,
        RunGate::Post => true,
    };
    scope.tier() > Tier::Delivery || is_past
}

/// Its container: the one of that name or image, or the first.
fn container(deployment: &Value) -> &Value {
    let containers = items(deployment, "/spec/template/spec/containers");
    let is_named = |container: &&Value| {
        text(container, "/name").contains("external-dns") || text(container, "/image").contains("external-dns")
    };
    let first = containers.iter().find(is_named).or_else(|| containers.first());
    first.unwrap_or(&Value::Null)
}
