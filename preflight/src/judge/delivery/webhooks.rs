//! Whether the webhooks that the API server asks before it takes an object answer.

use serde_json::Value;

use crate::judge::findings::together;
use crate::judge::objects::{counted, endpoints, items, listed, name, text, texts};
use crate::kinds::{ENDPOINT_SLICES, MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS};
use crate::look::Look;
use crate::verdict::{Finding, Judged, Verdict};
use crate::view::{View, list};

/// `delivery.webhooks`
pub fn webhooks(view: &View<'_>) -> Judged {
    let kinds = [VALIDATING_WEBHOOKS, MUTATING_WEBHOOKS];
    view.all(kinds.into_iter().chain([ENDPOINT_SLICES]).map(|kind| Look::Kubernetes(list(kind))))?;
    let wanted = &view.scope.profile.delivery.webhooks;
    let mut configurations: Vec<&Value> = Vec::new();
    for kind in kinds {
        let is_wanted = |one: &&Value| wanted.iter().any(|part| name(one).contains(part.as_str()));
        configurations.extend(view.objects(kind)?.iter().filter(is_wanted));
    }
    if configurations.is_empty() {
        let why = format!("no webhook configuration is there whose name contains {}", wanted.join(" or "));
        return Ok(Verdict::Skip(why));
    }
    let slices = view.objects(ENDPOINT_SLICES)?;
    let faults = configurations
        .iter()
        .flat_map(|one| items(one, "/webhooks").iter().filter_map(|hook| fault(one, hook, slices)));
    let (closed, open): (Vec<Fault>, Vec<Fault>) = faults.partition(|fault| fault.fails_closed);
    match (together(findings(closed)), together(findings(open))) {
        (Some(closed), _) => Ok(Verdict::Fail(closed)),
        (None, Some(open)) => Ok(Verdict::Warn(open)),
        (None, None) => {
            let names = listed(configurations.iter().map(|one| name(one)));
            Ok(Verdict::Pass(format!(
                "{} answered for: {names}",
                counted(configurations.len(), "webhook configuration")
            )))
        }
    }
}

/// What is wrong with a webhook.
struct Fault {
    reason: &'static str,
    words: String,
    fails_closed: bool,
}

fn fault(configuration: &Value, hook: &Value, slices: &[Value]) -> Option<Fault> {
    // One at a URL is outside: the API server finds it in another way, and may trust it by its system's anchors.
    let service = hook.pointer("/clientConfig/service")?;
    let of = (text(service, "/namespace"), text(service, "/name"));
    let (reason, words) = if endpoints::ready(slices, of).is_empty() {
        ("no_endpoints", format!("Service {}/{} has no ready endpoint", of.0, of.1))
    } else if text(hook, "/clientConfig/caBundle").is_empty() {
        ("no_ca_bundle", "it has no caBundle, so that the API server does not trust it".to_owned())
    } else {
        return None;
    };
    let fails_closed = text(hook, "/failurePolicy") != "Ignore";
    let policy = if fails_closed { "fails closed" } else { "fails open" };
    let words = format!("webhook {} {policy}: {words}: {}", name(configuration), effect(hook, fails_closed));
    Some(Fault { reason, words, fails_closed })
}

/// What becomes of the objects that it is asked for.
fn effect(hook: &Value, fails_closed: bool) -> String {
    let mut resources: Vec<&str> = items(hook, "/rules").iter().flat_map(|rule| texts(rule, "/resources")).collect();
    resources.dedup();
    let resources = listed(resources);
    if fails_closed { format!("{resources} are refused") } else { format!("{resources} are taken unchecked") }
}

/// Several webhooks of one configuration stand on one Service, and have one fault.
fn findings(faults: Vec<Fault>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for fault in faults {
        if findings.iter().all(|known| known.summary != fault.words) {
            findings.push(Finding::new(fault.reason, fault.words));
        }
    }
    findings
}

#[cfg(test)]
mod tests;
