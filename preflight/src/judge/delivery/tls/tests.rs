use serde_json::{Value, json};

use crate::check::Tier;
use crate::inputs::Name;
use crate::judge::objects::example::{deployment, failure, never_passes_blind, passed, skip, with_ready};
use crate::kinds::{CERTIFICATES, CLUSTER_ISSUERS, DEPLOYMENTS, INGRESSES};
use crate::look::{Kubernetes, Look};
use crate::scope::Scope;
use crate::scope::example::{changed, persistent};
use crate::view::example::Seen;

const ID: &str = "tls.issuers";

fn scope() -> Scope {
    persistent(Tier::Delivery)
}

fn required(value: &str) -> Scope {
    changed(Tier::Delivery, &[(Name::TlsRequired, value)])
}

/// Argo CD's Ingress, which asks for a certificate.
fn ingress(annotations: &Value) -> Value {
    json!({"metadata": {"name": "argocd-server", "namespace": "argocd", "annotations": annotations},
        "spec": {"ingressClassName": "kong", "tls": [{"hosts": ["argocd.dev.goldenpathidp.io"], "secretName": "argocd-tls"}]}})
}

fn asking() -> Value {
    ingress(&json!({"cert-manager.io/cluster-issuer": "letsencrypt-staging"}))
}

fn certificate(issuer: &Value) -> Value {
    json!({"metadata": {"name": "wildcard", "namespace": "kong-system"}, "spec": {"secretName": "wildcard-tls", "issuerRef": issuer}})
}

fn issuer(status: &str, message: &str) -> Value {
    with_ready("letsencrypt-staging", status, "ACMEAccountRegistered", message)
}

/// With a controller that runs.
fn seen(ingresses: &[Value], certificates: &[Value]) -> Seen {
    let seen = Seen::default().objects(INGRESSES, json!(ingresses)).objects(CERTIFICATES, json!(certificates));
    controllers(seen, json!([deployment("cert-manager/dev-cert-manager", 1, 1)]))
}

fn controllers(seen: Seen, deployments: Value) -> Seen {
    seen.kubernetes(question(), deployments)
}

/// For cert-manager's controller.
fn question() -> Kubernetes {
    let labels = "app.kubernetes.io/name=cert-manager,app.kubernetes.io/component=controller".to_owned();
    Kubernetes::List { kind: DEPLOYMENTS, namespace: String::new(), labels }
}

#[test]
fn an_issuer_that_is_asked_for_and_ready_passes() {
    let ready = seen(&[asking()], &[]).objects(CLUSTER_ISSUERS, json!([issuer("True", "registered")]));
    never_passes_blind(&ready, &scope(), ID, "");
}

/// Seen in production: "`ClusterIssuer` letsencrypt-staging not found", so that Kong had no Secret and the Ingress no address.
#[test]
fn cluster_issuer_missing_so_kong_has_no_certificate() {
    let missing = seen(&[asking()], &[]).objects(CLUSTER_ISSUERS, json!([]));
    let (reason, summary) = failure(missing.judge(&scope(), ID));
    assert_eq!(reason, "not_found");
    assert_eq!(
        summary,
        "ClusterIssuer letsencrypt-staging, which Ingress argocd/argocd-server asks, is not there: no certificate is made"
    );
    let of_kong = certificate(&json!({"kind": "ClusterIssuer", "name": "letsencrypt-staging"}));
    let (_, summary) = failure(seen(&[], &[of_kong]).objects(CLUSTER_ISSUERS, json!([])).judge(&scope(), ID));
    assert!(summary.contains("which Certificate kong-system/wildcard asks"), "{summary}");
}

#[test]
fn an_issuer_that_is_not_ready_fails_with_its_message() {
    let message =
        "Failed to register ACME account: Get \"https://acme-staging-v02.api.letsencrypt.org/directory\": i/o timeout";
    let (reason, summary) =
        failure(seen(&[asking()], &[]).objects(CLUSTER_ISSUERS, json!([issuer("False", message)])).judge(&scope(), ID));
    assert_eq!(reason, "not_ready");
    assert!(summary.contains(message), "{summary}");
}

#[test]
fn an_issuer_that_was_changed_and_not_looked_at_since_fails() {
    let mut changed = issuer("True", "registered");
    changed["metadata"]["generation"] = json!(3);
    changed["status"]["conditions"][0]["observedGeneration"] = json!(2);
    let of = |issuer: &Value| seen(&[asking()], &[]).objects(CLUSTER_ISSUERS, json!([issuer]));
    let (reason, summary) = failure(of(&changed).judge(&scope(), ID));
    assert_eq!(reason, "not_ready");
    assert!(summary.contains("it was changed, and its controller has not looked at it since"), "{summary}");
    changed["status"]["conditions"][0]["observedGeneration"] = json!(3);
    of(&changed).passes(&scope(), ID);
}

#[test]
fn what_an_issuer_says_is_of_the_past_where_its_controller_is_down() {
    let ready = seen(&[asking()], &[]).objects(CLUSTER_ISSUERS, json!([issuer("True", "registered")]));
    let down = deployment("cert-manager/dev-cert-manager", 1, 0);
    let (reason, summary) = failure(controllers(ready.clone(), json!([down])).judge(&scope(), ID));
    assert_eq!(reason, "operator_down");
    assert!(summary.starts_with("Deployment cert-manager/dev-cert-manager has 0 of 1 pods ready"), "{summary}");
    let nobody = seen(&[], &[]).objects(CLUSTER_ISSUERS, json!([issuer("True", "")]));
    assert_eq!(controllers(nobody, json!([down])).fails(&required("true"), ID), "operator_down");
    // Of two, one that works is enough; and where there is none, it is of another installation.
    controllers(ready.clone(), json!([down, deployment("tenant/cert-manager", 1, 1)])).passes(&scope(), ID);
    controllers(ready, json!([])).passes(&scope(), ID);
}

#[test]
fn a_controller_that_may_not_be_looked_at_hides_no_failure_of_an_issuer() {
    let failing = seen(&[asking()], &[]).objects(CLUSTER_ISSUERS, json!([issuer("False", "")]));
    let failing = failing.cannot(Look::Kubernetes(question()));
    assert_eq!(failing.fails(&scope(), ID), "not_ready");
}

#[test]
fn without_cert_manager_what_asks_cannot_get() {
    let bare = Seen::default().objects(INGRESSES, json!([asking()])).no_kind(CERTIFICATES).no_kind(CLUSTER_ISSUERS);
    assert_eq!(bare.fails(&scope(), ID), "not_installed");
}

#[test]
fn the_input_decides_where_it_is_given() {
    assert_eq!(skip(Seen::default().judge(&required("false"), ID)), "tlsRequired false (--tls-required)");
    let nobody = seen(&[ingress(&json!({}))], &[]);
    assert!(
        skip(nobody.judge(&scope(), ID))
            .starts_with("tlsRequired is not given, and no Ingress or Certificate in argocd")
    );
    let ready = nobody.clone().objects(CLUSTER_ISSUERS, json!([issuer("True", "")]));
    assert!(passed(&ready, &required("true"), ID).contains("nothing asks for a certificate yet"));
    assert_eq!(nobody.clone().objects(CLUSTER_ISSUERS, json!([])).fails(&required("true"), ID), "not_found");
    assert_eq!(nobody.objects(CLUSTER_ISSUERS, json!([issuer("False", "")])).fails(&required("true"), ID), "not_ready");
}

#[test]
fn only_what_asks_a_cluster_issuer_in_scope_counts() {
    let nothing = |ingress: Value, certificate: Value| {
        assert!(skip(seen(&[ingress], &[certificate]).judge(&scope(), ID)).contains("no Ingress or Certificate"));
    };
    let own = || certificate(&json!({"name": "letsencrypt-staging"}));
    nothing(ingress(&json!({"cert-manager.io/issuer": "letsencrypt-staging"})), own());
    let foreign = json!({"kind": "ClusterIssuer", "group": "awspca.cert-manager.io", "name": "pca"});
    nothing(ingress(&json!({})), certificate(&foreign));
    let mut elsewhere = asking();
    elsewhere["metadata"]["namespace"] = json!("keycloak");
    nothing(elsewhere, own());
    let other =
        json!({"cert-manager.io/issuer": "letsencrypt-staging", "cert-manager.io/issuer-kind": "ClusterIssuer"});
    assert_eq!(seen(&[ingress(&other)], &[]).objects(CLUSTER_ISSUERS, json!([])).fails(&scope(), ID), "not_found");
}
