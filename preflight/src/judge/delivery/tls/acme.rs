//! Whether the issuers' ACME servers can be reached, and their challenges answered.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Wanted, wanted};
use crate::judge::findings::together;
use crate::judge::http::{Reply, reply};
use crate::judge::objects::{items, listed, name, named, text};
use crate::kinds::{CLUSTER_ISSUERS, INGRESS_CLASSES};
use crate::look::Look;
use crate::verdict::{CannotLook, Finding, Judged, Short, Verdict};
use crate::view::{View, list};

/// `tls.acme-egress`
pub fn egress(view: &View<'_>) -> Judged {
    let references = match wanted(view)? {
        Wanted::No(why) => return Ok(Verdict::Skip(why)),
        Wanted::Yes(references) => references,
    };
    let asked: BTreeSet<&str> = references.iter().map(|reference| reference.issuer.as_str()).collect();
    let is_asked = |issuer: &&Value| asked.is_empty() || asked.contains(name(issuer));
    let issuers = view.objects(CLUSTER_ISSUERS)?.iter().filter(is_asked);
    let issuers: Vec<&Value> = issuers.filter(|issuer| !server(issuer).is_empty()).collect();
    if issuers.is_empty() {
        return Ok(Verdict::Skip("no ClusterIssuer that is asked for uses ACME".to_owned()));
    }
    if let Some(finding) = class_missing(view, &issuers)? {
        return Ok(Verdict::Fail(finding));
    }
    reached(view, &issuers)
}

fn server(issuer: &Value) -> &str {
    text(issuer, "/spec/acme/server")
}

/// An ingress class that a challenge is answered through, and that is not there.
fn class_missing(view: &View<'_>, issuers: &[&Value]) -> Result<Option<Finding>, Short> {
    let of_solver = |solver: &Value| {
        let keys = ["ingressClassName", "class"].map(|key| format!("/http01/ingress/{key}"));
        keys.iter().map(|pointer| text(solver, pointer).to_owned()).find(|class| !class.is_empty())
    };
    let solvers = |issuer: &Value| items(issuer, "/spec/acme/solvers").iter().filter_map(of_solver).collect::<Vec<_>>();
    let wanted: Vec<(&str, String)> =
        issuers.iter().flat_map(|issuer| solvers(issuer).into_iter().map(|class| (name(issuer), class))).collect();
    if wanted.is_empty() {
        return Ok(None);
    }
    view.all([Look::Kubernetes(list(INGRESS_CLASSES))])?;
    let classes = view.objects(INGRESS_CLASSES)?;
    let missing = wanted.iter().find(|(_, class)| named(classes, class).is_none());
    Ok(missing.map(|(issuer, class)| {
        let summary = format!("IngressClass {class}, by which ClusterIssuer {issuer} answers challenges, is not there");
        Finding::new("no_ingress_class", summary)
            .fix("Name an IngressClass that is there in the issuer's solver, or sync what brings it.")
    }))
}

/// Whether this server's certificate is trusted by the issuer's own word, of which nothing is known here.
fn has_own_trust(issuer: &Value) -> bool {
    let is_set = |key: &str| issuer.pointer(&format!("/spec/acme/{key}")).is_some_and(|value| !value.is_null());
    is_set("caBundle") || issuer.pointer("/spec/acme/skipTLSVerify").and_then(Value::as_bool) == Some(true)
}

fn reached(view: &View<'_>, issuers: &[&Value]) -> Judged {
    let servers: BTreeSet<&str> = issuers.iter().map(|issuer| server(issuer)).collect();
    if !view.scope.asked.inside {
        let summary = format!("whether the cluster reaches {} can only be seen inside it", listed(&servers));
        let fix = "Run this check inside the cluster.";
        return Err(Short::Cannot(CannotLook::new("outside", summary).fix(fix)));
    }
    view.all(servers.iter().map(|url| Look::Http { url: (*url).to_owned(), client: None }))?;
    let mut faults = Vec::new();
    for &url in &servers {
        let own_trust = || issuers.iter().any(|issuer| server(issuer) == url && has_own_trust(issuer));
        match reply(view, url)? {
            Ok(reply) => faults.extend(fault(&reply)),
            // It answers, and that is all that can be seen.
            Err(finding) if finding.reason == "untrusted" && own_trust() => {}
            Err(finding) => faults.push(finding),
        }
    }
    match together(faults) {
        Some(finding) => Ok(Verdict::Fail(finding)),
        None => Ok(Verdict::Pass(format!("reached: {}", listed(servers)))),
    }
}

fn fault(reply: &Reply<'_>) -> Option<Finding> {
    match reply.status {
        200 if reply.body.contains("newNonce") => None,
        200 => {
            let summary = format!("{} answers, but not with the directory of an ACME server", reply.url);
            Some(Finding::new("not_acme", summary))
        }
        _ => Some(reply.unexpected()),
    }
}

#[cfg(test)]
mod tests;
