//! Whether the certificates that are asked for can come about.

mod acme;

use std::collections::BTreeSet;

use serde_json::Value;

use super::namespaces::in_scope;
use super::operator;
use crate::inputs::Name;
use crate::judge::findings::together;
use crate::judge::objects::{annotation, listed, named, names, namespace, not_ready, place, text};
use crate::kinds::{CERTIFICATES, CLUSTER_ISSUERS, INGRESSES};
use crate::look::Look;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::{View, list};

pub use acme::egress;

/// A `ClusterIssuer` that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Reference {
    issuer: String,
    /// The object that asks, such as `Ingress argocd/argocd-server`.
    by: String,
}

/// Whether TLS is in the run's scope.
enum Wanted {
    /// It is; these issuers are asked for.
    Yes(BTreeSet<Reference>),
    /// It is not, for this reason.
    No(String),
}

fn wanted(view: &View<'_>) -> Result<Wanted, Short> {
    let required = view.scope.tls_required.as_ref().map(|given| given.value);
    let told = || view.scope.told(Name::TlsRequired);
    if required == Some(false) {
        return Ok(Wanted::No(format!("tlsRequired {}", told())));
    }
    view.all([INGRESSES, CERTIFICATES].map(|kind| Look::Kubernetes(list(kind))))?;
    let namespaces = in_scope(view.scope);
    let own = |object: &&Value| namespaces.contains(namespace(object));
    let ingresses =
        view.objects(INGRESSES)?.iter().filter(own).filter_map(|one| reference("Ingress", of_ingress(one), one));
    let certificates = view.objects(CERTIFICATES)?.iter().filter(own);
    let certificates = certificates.filter_map(|one| reference("Certificate", of_certificate(one), one));
    let references: BTreeSet<Reference> = ingresses.chain(certificates).collect();
    if references.is_empty() && required.is_none() {
        let why = format!("{}, and no Ingress or Certificate in {} asks a ClusterIssuer", told(), listed(&namespaces));
        return Ok(Wanted::No(why));
    }
    Ok(Wanted::Yes(references))
}

fn reference(kind: &str, issuer: &str, by: &Value) -> Option<Reference> {
    (!issuer.is_empty()).then(|| Reference { issuer: issuer.to_owned(), by: format!("{kind} {}", place(by)) })
}

/// An Ingress names its issuer in an annotation of its own for `ClusterIssuers`, or in one for both kinds.
fn of_ingress(ingress: &Value) -> &str {
    let of = |key: &str| annotation(ingress, &format!("cert-manager.io/{key}"));
    match of("cluster-issuer") {
        "" if of("issuer-kind") == "ClusterIssuer" && is_own_group(of("issuer-group")) => of("issuer"),
        issuer => issuer,
    }
}

fn of_certificate(certificate: &Value) -> &str {
    let of = |key: &str| text(certificate, &format!("/spec/issuerRef/{key}"));
    if of("kind") == "ClusterIssuer" && is_own_group(of("group")) { of("name") } else { "" }
}

/// Whether an issuer is cert-manager's own, and not another's (AWS PCA's, say).
fn is_own_group(group: &str) -> bool {
    matches!(group, "" | "cert-manager.io")
}

/// `tls.issuers`
pub fn issuers(view: &View<'_>) -> Judged {
    let references = match wanted(view)? {
        Wanted::No(why) => return Ok(Verdict::Skip(why)),
        Wanted::Yes(references) => references,
    };
    let Some(there) = view.served(CLUSTER_ISSUERS)? else {
        let summary = "TLS is asked for, but the cluster has no ClusterIssuers: cert-manager is not installed";
        return Ok(Verdict::Fail(
            Finding::new("not_installed", summary).fix("Sync cert-manager, with its definitions."),
        ));
    };
    let verdict = if references.is_empty() { any_ready(view, there) } else { all_ready(&references, there) };
    if !matches!(verdict, Verdict::Pass(_)) {
        return Ok(verdict);
    }
    Ok(controller_down(view)?.map_or(verdict, Verdict::Fail))
}

/// What is wrong with cert-manager's controller, whose word the issuers' conditions are. Where none is found it is one of
/// another installation, of which nothing is known.
fn controller_down(view: &View<'_>) -> Result<Option<Finding>, Short> {
    let labels = view.scope.profile.delivery.certificate_operator_labels.as_str();
    Ok(operator::down(operator::deployments(view, labels)?, labels, "what the ClusterIssuers say"))
}

fn all_ready(references: &BTreeSet<Reference>, there: &[Value]) -> Verdict {
    let faults = references.iter().filter_map(|reference| fault(reference, there)).collect();
    if let Some(finding) = together(faults) {
        return Verdict::Fail(finding.seen([format!("there: {}", names(there))]));
    }
    let asked: BTreeSet<&str> = references.iter().map(|reference| reference.issuer.as_str()).collect();
    Verdict::Pass(format!("ready: ClusterIssuer {}", listed(asked)))
}

/// Nobody asks yet, but TLS is required: somebody will.
fn any_ready(view: &View<'_>, there: &[Value]) -> Verdict {
    let required = format!("tlsRequired {}", view.scope.told(Name::TlsRequired));
    if let Some(ready) = there.iter().find(|issuer| not_ready(issuer).is_none()) {
        return Verdict::Pass(format!("ClusterIssuer {} is ready; nothing asks for a certificate yet", place(ready)));
    }
    match there.iter().find_map(|issuer| Some((place(issuer), not_ready(issuer)?))) {
        None => Verdict::Fail(Finding::new("not_found", format!("{required}, but there is no ClusterIssuer"))),
        Some((name, why)) => {
            let summary = format!("{required}, but no ClusterIssuer is ready: {name}: {why}");
            Verdict::Fail(Finding::new("not_ready", summary))
        }
    }
}

fn fault(Reference { issuer, by }: &Reference, there: &[Value]) -> Option<Finding> {
    let Some(found) = named(there, issuer) else {
        let summary = format!("ClusterIssuer {issuer}, which {by} asks, is not there: no certificate is made");
        return Some(Finding::new("not_found", summary));
    };
    let why = not_ready(found)?;
    Some(Finding::new("not_ready", format!("ClusterIssuer {issuer}, which {by} asks, is not ready: {why}")))
}

#[cfg(test)]
mod tests;
