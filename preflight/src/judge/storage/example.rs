//! Classes and claims for the tests of judges.

use serde_json::{Value, json};

use crate::judge::objects::example::deployment;

/// A class; the default one where `is_default`.
pub fn class(name: &str, provisioner: &str, is_default: bool) -> Value {
    let annotations = match is_default {
        true => json!({"storageclass.kubernetes.io/is-default-class": "true"}),
        false => json!({}),
    };
    json!({"metadata": {"name": name, "annotations": annotations}, "provisioner": provisioner,
        "reclaimPolicy": "Delete", "volumeBindingMode": "WaitForFirstConsumer"})
}

/// What EKS 1.29 begins with.
pub fn gp2(is_default: bool) -> Value {
    class("gp2", "kubernetes.io/aws-ebs", is_default)
}

/// A claim of 10 minutes ago, of this class.
pub fn claim(place: &str, phase: &str, class: &Value) -> Value {
    let (namespace, name) = place.split_once('/').expect("namespace/name");
    json!({"metadata": {"name": name, "namespace": namespace, "creationTimestamp": "2026-01-23T11:50:00Z"},
        "spec": {"storageClassName": class}, "status": {"phase": phase}})
}

/// A `StatefulSet` whose template names this class.
pub fn stateful_set(place: &str, class: &Value) -> Value {
    let mut set = deployment(place, 1, 1);
    set["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"}, "spec": {"storageClassName": class}}]);
    set
}
