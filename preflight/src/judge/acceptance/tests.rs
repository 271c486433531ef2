//! Acceptance, part by part.

use platform::aws::NetworkFault;
use serde_json::{Value, json};

use crate::check::Tier;
use crate::judge::http::example::{answer, answered, ask, failed};
use crate::judge::objects::example::skip;
use crate::kinds::{APPLICATIONS, EXTERNAL_SECRETS};
use crate::look::{Absent, Answer, HttpClient, Look, SecretContent, ValueState};
use crate::scope::{Scope, example};
use crate::verdict::example::{cannot, failing, warned};
use crate::verdict::{Judged, Verdict};
use crate::view::example::Seen;
use crate::view::{get, list};

const UP: &str = "http://prometheus-operated.monitoring.svc:9090/api/v1/query?query=count%28up%29";
const DOWN: &str = concat!(
    "http://prometheus-operated.monitoring.svc:9090/api/v1/query",
    "?query=count%20by%20%28namespace%2C%20job%29%20%28up%20%3D%3D%200%29"
);
const GRAFANA: &str = "http://dev-kube-prometheus-stack-grafana.monitoring.svc/api/health";
const KONG: &str = "http://dev-kong-kong-status.kong-system.svc:8100/status";
const TOKEN: &str = "http://keycloak.keycloak.svc:8080/realms/goldenpath/protocol/openid-connect/token";
const SECRET: &str = "goldenpath/dev/backstage/oidc";

fn scope(tier: Tier) -> Scope {
    example::persistent(tier)
}

fn root(status: &Value) -> Seen {
    Seen::default().object(APPLICATIONS, "argocd", "dev-root", json!({ "status": status }))
}

#[test]
fn the_root_application_is_healthy() {
    let (scope, id) = (scope(Tier::Delivery), "acc.root-application");
    root(&json!({"health": {"status": "Healthy"}, "sync": {"status": "Synced"}})).passes(&scope, id);
    let ill = root(&json!({"health": {"status": "Degraded", "message": "one is ill"}, "sync": {"status": "OutOfSync"},
        "operationState": {"message": "one or more objects failed to apply"},
        "conditions": [{"type": "SyncError", "message": "denied"}],
        "resources": [{"kind": "Application", "namespace": "argocd", "name": "dev-kong", "health": {"status": "Missing"}},
            {"kind": "ConfigMap", "namespace": "argocd", "name": "x"}]}));
    let finding = failing(ill.judge(&scope, id));
    assert_eq!(
        (finding.reason, finding.summary.as_str()),
        ("not_healthy", "Application argocd/dev-root is Degraded (OutOfSync)")
    );
    assert_eq!(finding.evidence[3], "Application argocd/dev-kong is Missing");
    assert!(failing(root(&json!({})).judge(&scope, id)).summary.contains("without a health status yet"));
    let question = || Look::Kubernetes(get(APPLICATIONS, "argocd", "dev-root"));
    let absent = |absent| Seen::default().answer(question(), Answer::Absent(absent));
    assert_eq!(failing(absent(Absent::Object).judge(&scope, id)).reason, "not_found");
    assert_eq!(failing(absent(Absent::Kind).judge(&scope, id)).reason, "not_installed");
    assert_eq!(cannot(Seen::default().cannot(question()).judge(&scope, id)).reason, "forbidden");
}

#[test]
fn kong_tells_by_its_status_listener() {
    let (scope, id) = (scope(Tier::Delivery), "acc.kong");
    answered(Seen::default(), KONG, 200, r#"{"database":{"reachable":true},"server":{}}"#).passes(&scope, id);
    answered(Seen::default(), KONG, 200, r#"{"message":"ready"}"#).passes(&scope, id);
    let closed = answered(Seen::default(), KONG, 200, r#"{"database":{"reachable":false}}"#);
    assert_eq!(failing(closed.judge(&scope, id)).reason, "no_database");
    assert_eq!(failing(answered(Seen::default(), KONG, 503, "").judge(&scope, id)).reason, "no_backend");
    assert_eq!(
        failing(failed(Seen::default(), KONG, NetworkFault::NoSuchHost).judge(&scope, id)).reason,
        "no_such_host"
    );
    assert_eq!(cannot(Seen::default().cannot(ask(KONG)).judge(&scope, id)).reason, "forbidden");
}

fn external(namespace: &str, is_ready: bool) -> Value {
    let status = if is_ready { "True" } else { "False" };
    json!({"metadata": {"namespace": namespace, "name": "one"}, "status": {"conditions": [
        {"type": "Ready", "status": status, "reason": "SecretSyncedError", "message": "key password is not there"}]}})
}

#[test]
fn external_secrets_of_this_tier_are_ready() {
    let id = "acc.external-secrets";
    let seen = |all: Value| Seen::default().objects(EXTERNAL_SECRETS, all);
    let (delivery, all) = (scope(Tier::Delivery), scope(Tier::Identity));
    let two = || seen(json!([external("argocd", true), external("keycloak", false)]));
    // Keycloak's waits for a secret of its own tier.
    two().passes(&delivery, id);
    let finding = failing(two().judge(&all, id));
    assert_eq!(finding.reason, "not_ready");
    assert_eq!(
        finding.summary,
        "ExternalSecret keycloak/one is not ready: Ready=False (SecretSyncedError: key password is not there)"
    );
    assert!(skip(seen(json!([external("keycloak", false)])).judge(&delivery, id)).contains("no ExternalSecret"));
    assert_eq!(failing(Seen::default().no_kind(EXTERNAL_SECRETS).judge(&all, id)).reason, "not_installed");
    assert_eq!(
        cannot(Seen::default().cannot(Look::Kubernetes(list(EXTERNAL_SECRETS))).judge(&all, id)).reason,
        "forbidden"
    );
}

fn samples(samples: &[(&str, u32)]) -> String {
    let sample = |(job, count): &(&str, u32)| json!({"metric": {"namespace": "monitoring", "job": job}, "value": [0, count.to_string()]});
    let samples: Vec<Value> = samples.iter().map(sample).collect();
    json!({"status": "success", "data": {"resultType": "vector", "result": samples}}).to_string()
}

fn prometheus(up: &[(&str, u32)], down: &[(&str, u32)]) -> Seen {
    answered(answered(Seen::default(), UP, 200, &samples(up)), DOWN, 200, &samples(down))
}

#[test]
fn targets_are_up_or_named() {
    let (scope, id) = (scope(Tier::Observability), "acc.prometheus-targets");
    prometheus(&[("", 40)], &[]).passes(&scope, id);
    let some = warned(prometheus(&[("", 40)], &[("kube-proxy", 3), ("etcd", 1)]).judge(&scope, id));
    assert_eq!(some.summary, "4 of 40 targets of Prometheus are down, first of all monitoring/kube-proxy");
    assert_eq!(some.evidence, ["monitoring/kube-proxy: 3 targets down", "monitoring/etcd: 1 target down"]);
    assert_eq!(failing(prometheus(&[], &[]).judge(&scope, id)).reason, "no_targets");
    assert_eq!(failing(prometheus(&[("", 3)], &[("x", 3)]).judge(&scope, id)).reason, "all_down");
    let page = answered(prometheus(&[("", 3)], &[]), UP, 200, "<html>");
    assert_eq!(failing(page.judge(&scope, id)).reason, "not_prometheus");
    let unwell = answered(prometheus(&[("", 3)], &[]), DOWN, 503, "");
    assert_eq!(failing(unwell.judge(&scope, id)).reason, "no_backend");
    let refused = failed(prometheus(&[("", 3)], &[]), UP, NetworkFault::Refused);
    assert_eq!(failing(refused.judge(&scope, id)).reason, "refused");
    for closed in [UP, DOWN] {
        assert_eq!(cannot(prometheus(&[("", 3)], &[]).cannot(ask(closed)).judge(&scope, id)).reason, "forbidden");
    }
}

#[test]
fn grafana_tells_of_its_database() {
    let (scope, id) = (scope(Tier::Observability), "acc.grafana");
    answered(Seen::default(), GRAFANA, 200, r#"{"database":"ok","version":"11"}"#).passes(&scope, id);
    for (status, body, reason) in [
        (503, r#"{"database":"failing"}"#, "database"),
        (200, r#"{"database":"failing"}"#, "database"),
        (200, "<html>", "not_grafana"),
        (503, "", "no_backend"),
        (302, "", "redirected"),
    ] {
        assert_eq!(failing(answered(Seen::default(), GRAFANA, status, body).judge(&scope, id)).reason, reason);
    }
    assert_eq!(failing(failed(Seen::default(), GRAFANA, NetworkFault::Slow).judge(&scope, id)).reason, "timeout");
    assert_eq!(cannot(Seen::default().cannot(ask(GRAFANA)).judge(&scope, id)).reason, "forbidden");
}

#[test]
fn alertmanager_and_backstage_answer() {
    for (id, url) in [
        ("acc.alertmanager", "http://alertmanager-operated.monitoring.svc:9093/-/ready"),
        ("acc.backstage", "http://dev-backstage.backstage.svc:7007/"),
    ] {
        let scope = scope(Tier::Experience);
        answered(Seen::default(), url, 200, "OK").passes(&scope, id);
        assert_eq!(failing(answered(Seen::default(), url, 503, "").judge(&scope, id)).reason, "no_backend");
        assert_eq!(failing(failed(Seen::default(), url, NetworkFault::Refused).judge(&scope, id)).reason, "refused");
        assert_eq!(cannot(Seen::default().cannot(ask(url)).judge(&scope, id)).reason, "forbidden");
        let mut outside = scope.clone();
        outside.asked.inside = false;
        assert_eq!(
            cannot(failed(Seen::default(), url, NetworkFault::NoSuchHost).judge(&outside, id)).reason,
            "outside"
        );
    }
}

#[test]
fn who_does_not_log_in_is_refused() {
    let (scope, id) = (scope(Tier::Identity), "acc.unauthorised");
    let url = "http://dev-backstage.backstage.svc:7007/api/catalog/entities";
    for status in [401, 403] {
        answered(Seen::default(), url, status, "").passes(&scope, id);
    }
    let open = failing(answered(Seen::default(), url, 200, "[]").judge(&scope, id));
    assert_eq!((open.reason, open.converges), ("open", Some(false)));
    for (status, reason) in [(404, "no_such_path"), (302, "redirected"), (502, "no_backend")] {
        assert_eq!(failing(answered(Seen::default(), url, status, "").judge(&scope, id)).reason, reason);
    }
    assert_eq!(cannot(Seen::default().cannot(ask(url)).judge(&scope, id)).reason, "forbidden");
}

fn with_client() -> Scope {
    let mut scope = scope(Tier::Identity);
    scope.profile.identity.client_id = "backstage".to_owned();
    scope
}

fn secret(key: &str, state: ValueState) -> Seen {
    let keys = [(key.to_owned(), state)].into();
    let content = SecretContent { has_value: true, is_object: true, keys, ..SecretContent::default() };
    Seen::default().answer(secret_question(), Answer::Secret(content))
}

fn secret_question() -> Look {
    Look::SecretContent { path: SECRET.to_owned() }
}

fn token_question() -> Look {
    let client =
        HttpClient { id: "backstage".to_owned(), secret: SECRET.to_owned(), key: "OIDC_CLIENT_SECRET".to_owned() };
    Look::Http { url: TOKEN.to_owned(), client: Some(client) }
}

fn token(status: u16, body: &str) -> Judged {
    let seen = secret("OIDC_CLIENT_SECRET", ValueState::Present).answer(token_question(), answer(status, body));
    seen.judge(&with_client(), "acc.token")
}

#[test]
fn a_client_gets_a_token_that_goes_no_further() {
    let judged = token(200, r#"{"access_token":"eyJhbGciOi","token_type":"Bearer"}"#);
    assert!(matches!(&judged, Ok(Verdict::Pass(_))), "{judged:?}");
    for (status, body, reason) in [
        (200, r#"{"token_type":"Bearer"}"#, "no_token"),
        (401, r#"{"error":"invalid_client"}"#, "invalid_client"),
        (
            401,
            r#"{"error":"unauthorized_client","error_description":"Client not enabled to retrieve service account"}"#,
            "unauthorized_client",
        ),
        (400, r#"{"error":"invalid_request"}"#, "refused"),
        (403, "", "refused"),
        (404, "", "not_found"),
        (503, "", "no_backend"),
    ] {
        assert_eq!(failing(token(status, body)).reason, reason, "{status} {body}");
    }
    for judged in
        [judged, token(200, r#"{"refresh_token":"eyJhbGciOi"}"#), token(500, r#"{"access_token":"eyJhbGciOi"}"#)]
    {
        assert!(!format!("{judged:?}").contains("eyJhbGciOi"));
    }
}

#[test]
fn without_the_clients_secret_there_is_nothing_to_ask_with() {
    assert!(skip(Seen::default().judge(&scope(Tier::Identity), "acc.token")).contains("identity.client_id"));
    let reason = |seen: Seen| failing(seen.judge(&with_client(), "acc.token")).reason;
    // Nobody makes this secret.
    assert_eq!(reason(Seen::default().answer(secret_question(), Answer::Absent(Absent::Object))), "secret_missing");
    assert_eq!(
        reason(Seen::default().answer(secret_question(), Answer::Secret(SecretContent::default()))),
        "secret_missing"
    );
    assert_eq!(reason(secret("token", ValueState::Present)), "missing_key");
    assert_eq!(reason(secret("OIDC_CLIENT_SECRET", ValueState::Placeholder)), "placeholder");
    assert_eq!(reason(secret("OIDC_CLIENT_SECRET", ValueState::Empty)), "empty");
    assert_eq!(
        cannot(Seen::default().cannot(secret_question()).judge(&with_client(), "acc.token")).reason,
        "forbidden"
    );
    let blind = secret("OIDC_CLIENT_SECRET", ValueState::Present).cannot(token_question());
    assert_eq!(cannot(blind.judge(&with_client(), "acc.token")).reason, "forbidden");
}
