use serde_json::{Value, json};

use crate::check::Tier;
use crate::judge::objects::example::{deployment, failure, never_passes_blind, with_ready};
use crate::kinds::{CLUSTER_SECRET_STORES, DEPLOYMENTS};
use crate::look::{Absent, Answer, Kubernetes, Look};
use crate::scope::Scope;
use crate::scope::example::persistent;
use crate::view::example::Seen;
use crate::view::get;

const ID: &str = "eso.store";

fn scope() -> Scope {
    persistent(Tier::Delivery)
}

fn seen(store: Value, operators: Value) -> Seen {
    let labels = "app.kubernetes.io/name=external-secrets".to_owned();
    Seen::default()
        .object(CLUSTER_SECRET_STORES, "", "aws-secretsmanager", store)
        .kubernetes(Kubernetes::List { kind: DEPLOYMENTS, namespace: String::new(), labels }, operators)
}

fn store(status: &str, reason: &str, message: &str) -> Value {
    let mut store = with_ready("aws-secretsmanager", status, reason, message);
    store["spec"] = json!({"provider": {"aws": {"service": "SecretsManager", "region": "eu-west-2"}}});
    store
}

fn operators(ready: u32) -> Value {
    json!([deployment("external-secrets/dev-external-secrets", 1, ready)])
}

#[test]
fn a_store_that_is_ready_passes() {
    let ready = store("True", "Valid", "store validated");
    never_passes_blind(&seen(ready, operators(1)), &scope(), ID, "");
}

#[test]
fn one_that_is_not_ready_fails_with_its_message() {
    let message = "unable to create session: an IAM role must be associated with service account external-secrets";
    let (reason, summary) =
        failure(seen(store("False", "InvalidProviderConfig", message), operators(1)).judge(&scope(), ID));
    assert_eq!(reason, "not_ready");
    assert!(summary.contains(message), "{summary}");
    let silent = json!({"metadata": {"name": "aws-secretsmanager"}});
    assert_eq!(seen(silent, operators(1)).fails(&scope(), ID), "not_ready");
}

#[test]
fn one_that_is_not_there_and_one_whose_kind_is_not_there_differ() {
    let missing = Seen::default().no_object(CLUSTER_SECRET_STORES, "", "aws-secretsmanager");
    assert_eq!(missing.fails(&scope(), ID), "not_found");
    let look = Look::Kubernetes(get(CLUSTER_SECRET_STORES, "", "aws-secretsmanager"));
    assert_eq!(Seen::default().answer(look, Answer::Absent(Absent::Kind)).fails(&scope(), ID), "not_installed");
}

#[test]
fn a_condition_that_nobody_keeps_is_of_the_past() {
    let ready = || store("True", "Valid", "store validated");
    let (reason, summary) = failure(seen(ready(), operators(0)).judge(&scope(), ID));
    assert_eq!(reason, "operator_down");
    assert!(summary.starts_with("Deployment external-secrets/dev-external-secrets has 0 of 1 pods ready"), "{summary}");
    assert_eq!(seen(ready(), json!([])).fails(&scope(), ID), "operator_missing");
    let mut two = operators(0);
    two.as_array_mut().expect("an array").push(deployment("tenant/external-secrets", 1, 1));
    seen(ready(), two).passes(&scope(), ID);
    let mut scope = scope();
    scope.profile.delivery.secret_operator_labels = String::new();
    Seen::default().object(CLUSTER_SECRET_STORES, "", "aws-secretsmanager", ready()).passes(&scope, ID);
}
