use platform::aws::NetworkFault;
use serde_json::{Value, json};

use crate::check::Tier;
use crate::inputs::Name;
use crate::judge::objects::example::{failure, never_passes_blind, skip, with_ready};
use crate::kinds::{CERTIFICATES, CLUSTER_ISSUERS, INGRESS_CLASSES, INGRESSES};
use crate::look::{Answer, HttpAnswer, Look};
use crate::scope::Scope;
use crate::scope::example::{changed, persistent};
use crate::verdict::Short;
use crate::view::example::Seen;

const ID: &str = "tls.acme-egress";
const SERVER: &str = "https://acme-staging-v02.api.letsencrypt.org/directory";

fn scope() -> Scope {
    persistent(Tier::Delivery)
}

fn issuer(name: &str, solver: &Value) -> Value {
    let mut issuer = with_ready(name, "True", "ACMEAccountRegistered", "registered");
    issuer["spec"] = json!({"acme": {"server": SERVER, "privateKeySecretRef": {"name": name}, "solvers": [solver]}});
    issuer
}

fn http01(class: &str) -> Value {
    json!({"http01": {"ingress": {"ingressClassName": class}}})
}

/// An Ingress that asks this issuer, which is the only one.
fn seen(issuer: &Value) -> Seen {
    let ingress = json!({"metadata": {"name": "argocd-server", "namespace": "argocd",
        "annotations": {"cert-manager.io/cluster-issuer": "letsencrypt-staging"}}});
    Seen::default()
        .objects(INGRESSES, json!([ingress]))
        .objects(CERTIFICATES, json!([]))
        .objects(CLUSTER_ISSUERS, json!([issuer]))
        .objects(INGRESS_CLASSES, json!([{"metadata": {"name": "kong"}}]))
}

fn answered(answer: HttpAnswer) -> Seen {
    let look = Look::Http { url: SERVER.to_owned(), client: None };
    seen(&issuer("letsencrypt-staging", &http01("kong"))).answer(look, Answer::Http(answer))
}

fn page(status: u16, body: &str) -> HttpAnswer {
    HttpAnswer::Answered { status, content_type: "application/json".to_owned(), location: None, body: body.to_owned() }
}

const DIRECTORY: &str = r#"{"newAccount": "https://x/acme/new-acct", "newNonce": "https://x/acme/new-nonce"}"#;

#[test]
fn a_server_that_answers_with_its_directory_passes() {
    never_passes_blind(&answered(page(200, DIRECTORY)), &scope(), ID, "");
}

#[test]
fn a_server_that_cannot_be_reached_fails() {
    let cases = [
        (page(200, "<html>Sign in</html>"), "not_acme"),
        (page(503, ""), "no_backend"),
        (page(403, ""), "status"),
        (HttpAnswer::Failed(NetworkFault::ConnectTimedOut), "timeout"),
        (HttpAnswer::Failed(NetworkFault::NoRoute), "unreachable"),
        (HttpAnswer::Failed(NetworkFault::Refused), "refused"),
        (HttpAnswer::Failed(NetworkFault::Untrusted), "untrusted"),
        (HttpAnswer::Failed(NetworkFault::NoSuchHost), "no_such_host"),
    ];
    for (answer, expected) in cases {
        let (reason, summary) = failure(answered(answer).judge(&scope(), ID));
        assert_eq!(reason, expected);
        assert!(summary.starts_with(SERVER), "{summary}");
    }
}

/// A private server (step-ca, say), whose authority the issuer brings.
#[test]
fn a_server_that_the_issuer_trusts_by_itself_need_not_be_trusted_here() {
    let look = Look::Http { url: SERVER.to_owned(), client: None };
    for (key, value) in [("caBundle", json!("LS0tLS1CRUdJTg==")), ("skipTLSVerify", json!(true))] {
        let mut private = issuer("letsencrypt-staging", &http01("kong"));
        private["spec"]["acme"][key] = value;
        let untrusted = Answer::Http(HttpAnswer::Failed(NetworkFault::Untrusted));
        seen(&private).answer(look.clone(), untrusted).passes(&scope(), ID);
        let silent = Answer::Http(HttpAnswer::Failed(NetworkFault::ConnectTimedOut));
        assert_eq!(seen(&private).answer(look.clone(), silent).fails(&scope(), ID), "timeout");
    }
}

#[test]
fn a_challenge_needs_its_ingress_class() {
    for solver in [http01("nginx"), json!({"http01": {"ingress": {"class": "nginx"}}})] {
        let (reason, summary) = failure(seen(&issuer("letsencrypt-staging", &solver)).judge(&scope(), ID));
        assert_eq!(reason, "no_ingress_class");
        assert!(summary.starts_with("IngressClass nginx, by which ClusterIssuer letsencrypt-staging"), "{summary}");
    }
}

#[test]
fn outside_the_cluster_its_way_out_cannot_be_seen() {
    let mut scope = scope();
    scope.asked.inside = false;
    let judged = seen(&issuer("letsencrypt-staging", &json!({"dns01": {"route53": {}}}))).judge(&scope, ID);
    assert!(matches!(judged, Err(Short::Cannot(cannot)) if cannot.reason == "outside"));
}

#[test]
fn where_no_acme_is_asked_for_there_is_nothing_to_check() {
    let mut own = issuer("letsencrypt-staging", &http01("kong"));
    own["spec"] = json!({"selfSigned": {}});
    assert!(skip(seen(&own).judge(&scope(), ID)).contains("uses ACME"));
    assert!(skip(seen(&issuer("other", &http01("kong"))).judge(&scope(), ID)).contains("uses ACME"));
    let without = changed(Tier::Delivery, &[(Name::TlsRequired, "false")]);
    assert!(skip(Seen::default().judge(&without, ID)).starts_with("tlsRequired false"));
}
