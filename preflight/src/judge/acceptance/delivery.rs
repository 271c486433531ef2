//! Tier 1: what delivers everything else.

use std::collections::BTreeSet;

use serde_json::Value;

use super::url;
use crate::judge::findings::together;
use crate::judge::foundation::input::filled;
use crate::judge::http::reply;
use crate::judge::objects::{conditions, counted, items, namespace, not_ready, place, split, text};
use crate::kinds::{APPLICATIONS, EXTERNAL_SECRETS};
use crate::look::Absent;
use crate::scope::Scope;
use crate::verdict::{Finding, Judged, Verdict};
use crate::view::View;

/// `acc.root-application`: the Application that holds all others is Healthy.
pub fn root_application(view: &View<'_>) -> Judged {
    let wanted = filled(view, &view.scope.profile.acceptance.root_application)?;
    let (namespace, name) = split(&wanted);
    let application = match view.object(APPLICATIONS, namespace, name)? {
        Ok(application) => application,
        Err(Absent::Kind) => {
            let summary = format!(
                "Application {wanted} cannot be there: the cluster serves no Applications, so Argo CD is not installed"
            );
            return Ok(Verdict::Fail(Finding::new("not_installed", summary)));
        }
        Err(Absent::Object) => {
            return Ok(Verdict::Fail(Finding::new("not_found", format!("Application {wanted} is not there"))));
        }
    };
    let (health, sync) = (text(application, "/status/health/status"), text(application, "/status/sync/status"));
    if health == "Healthy" {
        return Ok(Verdict::Pass(format!("Application {wanted} is Healthy ({sync})")));
    }
    let health = if health.is_empty() { "without a health status yet" } else { health };
    let finding = Finding::new("not_healthy", format!("Application {wanted} is {health} ({sync})"));
    Ok(Verdict::Fail(finding.seen(reasons(application)).fix(format!("argocd app get {name}"))))
}

/// What an Application says of why it is not well.
fn reasons(application: &Value) -> Vec<String> {
    let health = text(application, "/status/health/message");
    let operation = text(application, "/status/operationState/message");
    let said = [health, operation].into_iter().filter(|said| !said.is_empty()).map(str::to_owned);
    let conditions = conditions(application).map(|condition| format!("{}: {}", condition.kind, condition.message));
    let is_ill = |part: &&Value| !matches!(text(part, "/health/status"), "" | "Healthy");
    let ill = items(application, "/status/resources").iter().filter(is_ill).map(|part| {
        let namespace = text(part, "/namespace");
        format!("{} {namespace}/{} is {}", text(part, "/kind"), text(part, "/name"), text(part, "/health/status"))
    });
    said.chain(conditions).chain(ill).collect()
}

/// `acc.kong`: Kong's status listener answers. The proxy itself answers 404 where no route fits, which proves little.
pub fn kong(view: &View<'_>) -> Judged {
    let url = url(view, &view.scope.profile.acceptance.kong_status, "")?;
    let reply = match reply(view, &url)? {
        Ok(reply) => reply,
        Err(finding) => return Ok(Verdict::Fail(finding)),
    };
    if reply.status != 200 {
        return Ok(Verdict::Fail(reply.unexpected()));
    }
    let document = reply.json().unwrap_or(Value::Null);
    if document.pointer("/database/reachable") == Some(&Value::Bool(false)) {
        return Ok(Verdict::Fail(Finding::new("no_database", format!("{url}: Kong does not reach its database"))));
    }
    Ok(Verdict::Pass(format!("{url} answers 200")))
}

/// `acc.external-secrets`: every `ExternalSecret` of the tiers in the run is Ready. Those of later tiers wait for
/// secrets that need not be there yet.
pub fn external_secrets(view: &View<'_>) -> Judged {
    let Some(all) = view.served(EXTERNAL_SECRETS)? else {
        let summary = "the cluster serves no ExternalSecrets: External Secrets is not installed";
        return Ok(Verdict::Fail(Finding::new("not_installed", summary)));
    };
    let later = later_namespaces(view.scope);
    let own: Vec<&Value> = all.iter().filter(|one| !later.contains(namespace(one))).collect();
    if own.is_empty() {
        return Ok(Verdict::Skip("there is no ExternalSecret of this tier".to_owned()));
    }
    let open = own.iter().filter_map(|one| {
        let why = not_ready(one)?;
        let finding = Finding::new("not_ready", format!("ExternalSecret {} is not ready: {why}", place(one)));
        Some(finding.fix(format!(
            "kubectl describe externalsecret -n {} {}",
            namespace(one),
            text(one, "/metadata/name")
        )))
    });
    Ok(match together(open.collect()) {
        Some(finding) => Verdict::Fail(finding),
        None => Verdict::Pass(format!("{} ready", counted(own.len(), "ExternalSecret"))),
    })
}

/// Namespaces that only tiers beyond the run use.
fn later_namespaces(scope: &Scope) -> BTreeSet<&str> {
    let apps = scope.profile.apps.iter().map(|app| (app.tier.as_str(), &app.namespaces));
    let tiers = scope.profile.delivery.namespaces.iter().map(|(tier, namespaces)| (tier.as_str(), namespaces));
    let (held, later): (Vec<_>, Vec<_>) = apps.chain(tiers).partition(|(tier, _)| scope.has_tier_named(tier));
    let names = |parts: Vec<(&str, &'_ Vec<String>)>| {
        parts.into_iter().flat_map(|(_, names)| names.clone()).collect::<BTreeSet<String>>()
    };
    let held = names(held);
    let later = later.into_iter().flat_map(|(_, names)| names.iter().map(String::as_str));
    later.filter(|name| !held.contains(*name)).collect()
}
