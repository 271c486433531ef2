use serde_json::{Value, json};

use super::{declared, interval, makes_secret};
use crate::check::Tier;
use crate::judge::objects::example::{failure, never_passes_blind, passed, skip, with_ready};
use crate::kinds::{EXTERNAL_SECRETS, SECRETS};
use crate::look::Look;
use crate::scope::Scope;
use crate::scope::example::persistent;
use crate::verdict::{CannotLook, Short, Verdict};
use crate::view::example::Seen;
use crate::view::get;

const ID: &str = "eso.externalsecrets";

/// Seen from the next tier: there what is missing fails.
fn scope() -> Scope {
    let mut scope = persistent(Tier::Identity);
    scope.profile.apps[0].kubernetes_secrets =
        vec!["backstage".to_owned(), "other".to_owned(), "backstage-secrets".to_owned()];
    scope
}

/// Backstage's secrets, refreshed half an hour ago, as an hour's interval has it.
fn external() -> Value {
    let mut external = with_ready("backstage/backstage-secrets", "True", "SecretSynced", "secret synced");
    external["spec"] = json!({
        "refreshInterval": "1h0m0s", "secretStoreRef": {"kind": "ClusterSecretStore", "name": "aws-secretsmanager"},
        "target": {"name": "backstage", "creationPolicy": "Owner", "deletionPolicy": "Retain"},
        "data": [
            {"secretKey": "GITHUB_TOKEN", "remoteRef": {"key": "goldenpath/dev/backstage/secrets", "property": "token"}},
            {"secretKey": "POSTGRES_PASSWORD", "remoteRef": {"key": "goldenpath/dev/backstage/postgres", "property": "password"}},
        ],
    });
    external["status"]["refreshTime"] = json!("2026-01-23T11:30:00Z");
    external
}

fn seen(externals: &[Value]) -> Seen {
    Seen::default().objects(EXTERNAL_SECRETS, json!(externals))
}

fn with_secret(externals: &[Value], data: &Value) -> Seen {
    let secret = json!({"metadata": {"name": "backstage", "namespace": "backstage"}, "type": "Opaque", "data": data});
    seen(externals).object(SECRETS, "backstage", "backstage", secret)
}

fn whole() -> Value {
    json!({"GITHUB_TOKEN": "(hidden)", "POSTGRES_PASSWORD": "(hidden)"})
}

#[test]
fn secrets_that_have_come_pass() {
    never_passes_blind(&with_secret(&[external()], &whole()), &scope(), ID, "");
}

/// `v1beta1` writes the interval as the manifest has it, and leaves out what is default.
#[test]
fn the_older_version_reads_alike() {
    let mut old = external();
    old["spec"]["refreshInterval"] = json!("1h");
    with_secret(&[old], &whole()).passes(&scope(), ID);
}

#[test]
fn one_that_is_not_ready_fails_with_its_message() {
    let mut failing = external();
    let message = "error processing spec.data[1] (key: goldenpath/dev/backstage/postgres), err: key postgres-password does not exist in secret";
    failing["status"]["conditions"][0] =
        json!({"type": "Ready", "status": "False", "reason": "SecretSyncedError", "message": message});
    let (reason, summary) = failure(seen(&[failing]).judge(&scope(), ID));
    assert_eq!(reason, "not_ready");
    assert!(
        summary.starts_with("ExternalSecret backstage/backstage-secrets is not ready")
            && summary.contains("postgres-password")
    );
}

#[test]
fn one_that_is_stale_fails() {
    let mut stale = external();
    stale["status"]["refreshTime"] = json!("2026-01-23T09:30:00Z");
    let (reason, summary) = failure(seen(&[stale.clone()]).judge(&scope(), ID));
    assert_eq!(reason, "stale");
    assert!(summary.contains("last refreshed 9000 s ago"), "{summary}");
    stale["spec"]["refreshInterval"] = json!("0");
    with_secret(&[stale], &whole()).passes(&scope(), ID);
}

#[test]
fn a_secret_that_is_missing_or_lacks_a_key_fails() {
    let gone = seen(&[external()]).no_object(SECRETS, "backstage", "backstage");
    assert_eq!(gone.fails(&scope(), ID), "secret_missing");
    let (reason, summary) =
        failure(with_secret(&[external()], &json!({"GITHUB_TOKEN": "(hidden)"})).judge(&scope(), ID));
    assert_eq!(reason, "key_missing");
    assert!(summary.ends_with("declares: key POSTGRES_PASSWORD"), "{summary}");
    let empty = with_secret(&[external()], &json!({"GITHUB_TOKEN": "", "POSTGRES_PASSWORD": "(hidden)"}));
    assert_eq!(empty.fails(&scope(), ID), "key_empty");
}

#[test]
fn a_secret_that_may_not_be_looked_at_is_no_pass_and_hides_no_failure() {
    let mut other = external();
    other["metadata"]["name"] = json!("other");
    other["spec"]["target"]["name"] = json!("other");
    let hidden = Look::Kubernetes(get(SECRETS, "backstage", "other"));
    let seen = with_secret(&[external(), other.clone()], &whole()).cannot(hidden.clone());
    assert_eq!(seen.judge(&scope(), ID), Err(Short::Cannot(CannotLook::new("forbidden", "may not look"))));
    assert_eq!(with_secret(&[external(), other], &json!({})).cannot(hidden).fails(&scope(), ID), "key_missing");
}

#[test]
fn a_secret_that_the_profile_does_not_name_is_not_read_and_that_is_told() {
    let mut scope = scope();
    scope.profile.apps[0].kubernetes_secrets.clear();
    assert!(passed(&seen(&[external()]), &scope, ID).contains("1 Secret not looked at (apps[].kubernetes_secrets"));
}

#[test]
fn before_its_own_tier_what_the_sync_would_mend_only_warns() {
    let mut broken = external();
    broken["status"] = json!({});
    let own = persistent(Tier::Experience);
    assert!(
        matches!(seen(&[broken.clone()]).judge(&own, ID), Ok(Verdict::Warn(finding)) if finding.reason == "not_ready")
    );
    assert_eq!(seen(&[broken]).fails(&scope(), ID), "not_ready");
}

#[test]
fn what_is_wrong_with_the_own_tiers_fails_nothing_beside_good_ones_of_lower_tiers() {
    let mut keycloak = external();
    keycloak["metadata"]["namespace"] = json!("keycloak");
    keycloak["status"] = json!({});
    let both = with_secret(&[external(), keycloak.clone()], &whole());
    assert!(matches!(both.judge(&scope(), ID), Ok(Verdict::Warn(finding)) if finding.summary.contains("keycloak/")));
    // A lower tier's fails all the same, by its own word or by its Secret.
    let mut backstage = external();
    backstage["status"] = json!({});
    let (_, summary) = failure(with_secret(&[backstage, keycloak.clone()], &whole()).judge(&scope(), ID));
    assert!(summary.contains("backstage/") && !summary.contains("keycloak/"), "{summary}");
    assert_eq!(with_secret(&[external(), keycloak], &json!({})).fails(&scope(), ID), "key_missing");
}

/// What only warns must not stand for what nobody could see.
#[test]
fn a_warning_of_the_own_tier_hides_no_secret_of_a_lower_one_that_may_not_be_looked_at() {
    let mut keycloak = external();
    keycloak["metadata"]["namespace"] = json!("keycloak");
    let mut scope = scope();
    scope.profile.apps[1].kubernetes_secrets = vec!["backstage".to_owned()];
    let hidden = Look::Kubernetes(get(SECRETS, "backstage", "backstage"));
    let blind =
        seen(&[external(), keycloak.clone()]).no_object(SECRETS, "keycloak", "backstage").cannot(hidden.clone());
    assert!(matches!(blind.judge(&scope, ID), Err(Short::Cannot(_))), "{:?}", blind.judge(&scope, ID));
    keycloak["status"] = json!({});
    let blind = seen(&[external(), keycloak]).cannot(hidden);
    assert!(matches!(blind.judge(&scope, ID), Err(Short::Cannot(_))), "{:?}", blind.judge(&scope, ID));
}

#[test]
fn only_the_apps_of_the_scope_count() {
    let mut keycloak = external();
    keycloak["metadata"]["namespace"] = json!("keycloak");
    keycloak["status"] = json!({});
    let both = with_secret(&[external(), keycloak], &whole());
    both.passes(&persistent(Tier::Experience), ID);
    let mut all = scope();
    all.asked.gate = crate::check::RunGate::After("keycloak".to_owned());
    assert_eq!(both.fails(&all, ID), "not_ready");
}

#[test]
fn where_there_is_none_there_is_nothing_to_check() {
    assert!(skip(seen(&[]).judge(&scope(), ID)).contains("no ExternalSecret is in the namespaces backstage"));
    assert_eq!(Seen::default().no_kind(EXTERNAL_SECRETS).fails(&scope(), ID), "not_installed");
    let mut scope = scope();
    scope.profile.apps.clear();
    assert!(skip(Seen::default().judge(&scope, ID)).contains("no app"));
}

#[test]
fn an_interval_is_a_duration_of_go() {
    let of = |spec: serde_json::Value| interval(&json!({"spec": spec}));
    for (written, expected) in [("1h", 3600), ("1h0m0s", 3600), ("5m30s", 330), ("10s", 10)] {
        assert_eq!(of(json!({"refreshInterval": written})), Some(expected), "{written}");
    }
    assert_eq!(of(json!({})), Some(3600));
    for never in ["0", "0s", "0h0m0s", "soon"] {
        assert_eq!(of(json!({"refreshInterval": never})), None, "{never}");
    }
    assert_eq!(of(json!({"refreshInterval": "1h", "refreshPolicy": "CreatedOnce"})), None);
    assert_eq!(of(json!({"refreshInterval": "1h", "refreshPolicy": "Periodic"})), Some(3600));
    assert_eq!(of(json!({"refreshInterval": "1h", "syncWindows": {"kind": "allow"}})), None);
}

#[test]
fn a_template_takes_the_place_of_what_is_read() {
    let of = |template: serde_json::Value| {
        let external = json!({"spec": {"data": [{"secretKey": "token"}], "target": {"template": template}}});
        declared(&external).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(of(json!(null)), ["token"]);
    assert_eq!(of(json!({"type": "Opaque"})), ["token"]);
    assert_eq!(of(json!({"data": {"config": "{{ .token }}"}})), ["config"]);
    assert_eq!(of(json!({"data": {"config": ""}, "mergePolicy": "Merge"})), ["config", "token"]);
    assert!(of(json!({"templateFrom": [{"configMap": {}}]})).is_empty());
    assert!(declared(&json!({"spec": {"dataFrom": [{"extract": {"key": "a"}}]}})).is_empty());
}

#[test]
fn not_every_one_makes_a_secret() {
    assert!(makes_secret(&json!({})));
    assert!(!makes_secret(&json!({"spec": {"target": {"creationPolicy": "None"}}})));
    assert!(!makes_secret(&json!({"spec": {"target": {"manifest": {"kind": "ConfigMap"}}}})));
}
