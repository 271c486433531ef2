use serde_json::{Value, json};

use crate::check::{RunGate, Tier};
use crate::judge::delivery::example::application;
use crate::judge::objects::example::{failure, never_passes_blind, skip};
use crate::kinds::{APPLICATIONS, DEFINITIONS};
use crate::scope::Scope;
use crate::scope::example::persistent;
use crate::verdict::Verdict;
use crate::view::example::Seen;

const ID: &str = "delivery.crds";
const STORES: &str = "clustersecretstores.external-secrets.io";

/// A scope that asks for the store's definition alone, in this version.
fn scope(version: &str) -> Scope {
    let mut scope = persistent(Tier::Experience);
    scope.profile.delivery.definitions = vec![format!("{STORES}{version}")];
    scope
}

/// A definition as the operator's release has it: each version, and whether it is served.
fn definition(versions: &[(&str, bool)]) -> Value {
    let version = |(name, served): &(&str, bool)| json!({"name": name, "served": served, "storage": false});
    json!({
        "metadata": {"name": STORES},
        "spec": {"group": "external-secrets.io", "names": {"kind": "ClusterSecretStore", "plural": "clustersecretstores"},
            "scope": "Cluster", "versions": versions.iter().map(version).collect::<Vec<_>>()},
        "status": {"conditions": [{"type": "NamesAccepted", "status": "True", "reason": "NoConflicts"},
            {"type": "Established", "status": "True", "reason": "InitialNamesAccepted"}]},
    })
}

/// External Secrets 0.9.13, which the platform pins.
const OLD: [(&str, bool); 2] = [("v1alpha1", true), ("v1beta1", true)];
/// External Secrets 2.9.0.
const NEW: [(&str, bool); 2] = [("v1", true), ("v1beta1", false)];

/// An Application that brings a store of this version.
fn brings(version: &str) -> Value {
    let mut app = application("dev-external-secrets-config", "external-secrets");
    app["status"]["resources"] = json!([
        {"version": "v1", "kind": "Namespace", "name": "external-secrets", "status": "Synced"},
        {"group": "external-secrets.io", "version": version, "kind": "ClusterSecretStore", "name": "aws-secretsmanager", "status": "OutOfSync"},
    ]);
    app
}

fn seen(definition: Value, apps: &[Value]) -> Seen {
    Seen::default().object(DEFINITIONS, "", STORES, definition).objects(APPLICATIONS, json!(apps))
}

#[test]
fn a_definition_that_serves_what_is_used_passes() {
    never_passes_blind(&seen(definition(&OLD), &[brings("v1beta1")]), &scope("/v1beta1"), ID, "");
    seen(definition(&NEW), &[]).passes(&scope(""), ID);
}

/// Seen in production: "`ClusterSecretStore` isn't valid for cluster": manifests of v1beta1, and an operator that serves v1.
#[test]
fn cluster_secret_store_served_in_another_version() {
    match seen(definition(&NEW), &[brings("v1beta1")]).judge(&scope(""), ID) {
        Ok(Verdict::Fail(finding)) => {
            assert_eq!((finding.reason, finding.converges), ("version_not_served", Some(false)));
            assert_eq!(
                finding.summary,
                "external-secrets.io/v1beta1 ClusterSecretStore is asked for by ClusterSecretStore aws-secretsmanager of \
                 Application argocd/dev-external-secrets-config, but the cluster serves v1 only"
            );
            let fix = finding.remedy.expect("a fix");
            assert!(fix.starts_with("Write apiVersion: external-secrets.io/v1 in the manifests"), "{fix}");
        }
        other => panic!("{other:?}"),
    }
    let (reason, summary) = failure(seen(definition(&NEW), &[]).judge(&scope("/v1beta1"), ID));
    assert_eq!(reason, "version_not_served");
    assert!(summary.contains("the profile's delivery.definitions"), "{summary}");
    // And the other way round.
    assert_eq!(seen(definition(&OLD), &[brings("v1")]).fails(&scope(""), ID), "version_not_served");
}

#[test]
fn what_is_pruned_is_no_longer_used() {
    let mut old = brings("v1beta1");
    old["status"]["resources"][1]["requiresPruning"] = json!(true);
    seen(definition(&NEW), &[old]).passes(&scope(""), ID);
}

#[test]
fn a_definition_that_is_missing_fails() {
    let missing = Seen::default().no_object(DEFINITIONS, "", STORES).objects(APPLICATIONS, json!([]));
    assert_eq!(missing.fails(&scope(""), ID), "not_found");
}

#[test]
fn one_that_is_not_established_or_leaves_fails() {
    let mut refused = definition(&OLD);
    refused["status"]["conditions"] = json!([{"type": "NamesAccepted", "status": "False", "reason": "ListKindConflict",
        "message": "ClusterSecretStoreList is already in use"}, {"type": "Established", "status": "False", "reason": "NotAccepted"}]);
    let (reason, summary) = failure(seen(refused, &[]).judge(&scope(""), ID));
    assert_eq!(reason, "not_established");
    assert!(
        summary.contains("NamesAccepted=False (ListKindConflict: ClusterSecretStoreList is already in use)"),
        "{summary}"
    );
    let mut leaving = definition(&OLD);
    leaving["metadata"]["deletionTimestamp"] = json!("2026-01-23T11:58:00Z");
    assert_eq!(seen(leaving, &[]).fails(&scope(""), ID), "terminating");
}

#[test]
fn after_one_app_only_its_own_definitions_are_asked_for() {
    let mut scope = persistent(Tier::Delivery);
    scope.profile.delivery.definitions = vec![STORES.to_owned(), "clusterissuers.cert-manager.io".to_owned()];
    scope.asked.gate = RunGate::After("external-secrets".to_owned());
    // Asking for cert-manager's would be asking for what is not recorded here.
    seen(definition(&OLD), &[]).passes(&scope, ID);
    scope.asked.gate = RunGate::After("kong".to_owned());
    assert!(skip(Seen::default().judge(&scope, ID)).contains("delivery.definitions"));
}
