//! Whether the pods of a workload are there. Pure.

use serde_json::Value;

use super::{condition, items, label, name, place};
use crate::kinds::{DAEMON_SETS, DEPLOYMENTS, Kind, STATEFUL_SETS};
use crate::look::Kubernetes;
use crate::verdict::Short;
use crate::view::View;

/// What is wrong with a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// A stable code: `scaled_to_zero`, `not_scheduled`, `not_ready`.
    pub reason: &'static str,
    /// The workload, and what is wrong.
    pub words: String,
}

/// What is wrong with a Deployment, `StatefulSet` or `DaemonSet`; `None` where it does its work. A Deployment that is
/// available does, although some of its pods may not be ready.
pub fn trouble(kind: Kind, workload: &Value) -> Option<Trouble> {
    let count = |pointer: &str| workload.pointer(pointer).and_then(Value::as_u64);
    let (wanted, ready) = match kind {
        DAEMON_SETS => (count("/status/desiredNumberScheduled").unwrap_or(0), count("/status/numberReady")),
        _ => (count("/spec/replicas").unwrap_or(1), count("/status/readyReplicas")),
    };
    let (ready, told) = (ready.unwrap_or(0), told(kind, workload));
    if count("/status/observedGeneration").unwrap_or(0) < count("/metadata/generation").unwrap_or(0) {
        return Some(told("not_ready", "has a new version that its controller has not seen yet".to_owned()));
    }
    match (wanted, kind) {
        (0, DAEMON_SETS) => return Some(told("not_scheduled", "runs on no node".to_owned())),
        (0, _) => return Some(told("scaled_to_zero", "is scaled to 0 pods".to_owned())),
        _ => {}
    }
    let is_available = condition(workload, "Available").is_some_and(|available| available.is_true());
    if ready >= wanted || (kind == DEPLOYMENTS && is_available && ready > 0) {
        return None;
    }
    Some(told("not_ready", format!("has {ready} of {wanted} pods ready{}", why(workload))))
}

fn told(kind: Kind, workload: &Value) -> impl Fn(&'static str, String) -> Trouble {
    let what = format!("{} {}", title(kind), place(workload));
    move |reason, words| Trouble { reason, words: format!("{what} {words}") }
}

/// What keeps the pods from being there, where the workload knows it.
fn why(workload: &Value) -> String {
    let bad = [("ReplicaFailure", true), ("Progressing", false), ("Available", false)];
    let found = bad.iter().filter_map(|(kind, is_bad)| {
        condition(workload, kind).filter(|condition| condition.is_true() == *is_bad && !condition.message.is_empty())
    });
    found.map(|condition| format!(" ({})", condition.message)).next().unwrap_or_default()
}

/// How a kind is called in sentences.
fn title(kind: Kind) -> &'static str {
    match kind {
        DEPLOYMENTS => "Deployment",
        STATEFUL_SETS => "StatefulSet",
        DAEMON_SETS => "DaemonSet",
        other => other.plural,
    }
}

/// Whether a workload is labelled (`app.kubernetes.io/name`) or called so, by itself or behind a release's name.
pub fn is_called(workload: &Value, part: &str) -> bool {
    let own = name(workload);
    label(workload, "app.kubernetes.io/name") == part || own == part || own.ends_with(&format!("-{part}"))
}

/// The Deployments that are labelled so, in all namespaces.
pub fn labelled<'a>(view: &View<'a>, labels: &str) -> Result<&'a [Value], Short> {
    let question = Kubernetes::List { kind: DEPLOYMENTS, namespace: String::new(), labels: labels.to_owned() };
    Ok(view.kubernetes(question)?.map_or(&[][..], |found| items(found, "")))
}

/// What keeps each of these Deployments from its work; none where one does it, or where there is none.
pub fn trouble_of_all(deployments: &[Value]) -> Option<Trouble> {
    deployments.iter().map(|one| trouble(DEPLOYMENTS, one)).reduce(Option::and).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_called, trouble};
    use crate::judge::objects::example::{daemon_set, deployment};
    use crate::kinds::{DAEMON_SETS, DEPLOYMENTS, STATEFUL_SETS};

    #[test]
    fn what_works_has_no_trouble() {
        assert_eq!(trouble(DEPLOYMENTS, &deployment("argocd/argocd-server", 1, 1)), None);
        assert_eq!(trouble(DAEMON_SETS, &daemon_set("kube-system/aws-node", 3, 3)), None);
        assert_eq!(trouble(STATEFUL_SETS, &json!({"status": {"readyReplicas": 1}})), None);
        let mut one_of_two = deployment("argocd/argocd-server", 2, 1);
        one_of_two["status"]["conditions"] = json!([{"type": "Available", "status": "True"}]);
        assert_eq!(trouble(DEPLOYMENTS, &one_of_two), None);
        assert!(trouble(STATEFUL_SETS, &one_of_two).is_some(), "a StatefulSet's pods are not alike");
    }

    #[test]
    fn each_trouble_has_its_words() {
        let told = |kind, object| trouble(kind, &object).map(|trouble| (trouble.reason, trouble.words)).unwrap();
        let zero = deployment("argocd/argocd-server", 0, 0);
        assert_eq!(
            told(DEPLOYMENTS, zero),
            ("scaled_to_zero", "Deployment argocd/argocd-server is scaled to 0 pods".to_owned())
        );
        assert_eq!(
            told(DAEMON_SETS, daemon_set("a/b", 0, 0)),
            ("not_scheduled", "DaemonSet a/b runs on no node".to_owned())
        );
        assert_eq!(told(DAEMON_SETS, daemon_set("a/b", 3, 2)).1, "DaemonSet a/b has 2 of 3 pods ready");
        let mut failing = deployment("a/b", 2, 0);
        failing["status"]["conditions"] = json!([
            {"type": "Progressing", "status": "True", "message": "ReplicaSet is progressing"},
            {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: pods"},
        ]);
        assert_eq!(told(DEPLOYMENTS, failing).1, "Deployment a/b has 0 of 2 pods ready (exceeded quota: pods)");
        let mut new = deployment("a/b", 1, 1);
        new["metadata"]["generation"] = json!(3);
        assert!(told(DEPLOYMENTS, new).1.contains("not seen yet"));
    }

    #[test]
    fn a_workload_is_found_by_label_or_name() {
        assert!(is_called(
            &json!({"metadata": {"labels": {"app.kubernetes.io/name": "argocd-server"}}}),
            "argocd-server"
        ));
        assert!(is_called(&json!({"metadata": {"name": "dev-argocd-server"}}), "argocd-server"));
        assert!(!is_called(&json!({"metadata": {"name": "argocd-server-proxy"}}), "argocd-server"));
    }
}
