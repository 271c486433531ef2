mod server;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::kinds::{self, Kind};
use crate::look::{Absent, Answer, Kubernetes};
use server::{Server, kubeconfig, probe};

fn ok(body: &Value) -> (u16, String) {
    (200, body.to_string())
}

fn status(code: u16, details: &Value) -> (u16, String) {
    let status = json!({"kind": "Status", "message": "the server's words", "details": details, "code": code});
    (code, status.to_string())
}

fn not_served() -> (u16, String) {
    (404, "404 page not found\n".to_owned())
}

fn groups() -> (u16, String) {
    let group = |name: &str, preferred: &str, versions: &[&str]| {
        let versions: Vec<Value> = versions.iter().map(|version| json!({"version": version})).collect();
        json!({"name": name, "versions": versions, "preferredVersion": {"version": preferred}})
    };
    let groups = [group("apps", "v1", &["v1"]), group("external-secrets.io", "v1", &["v1", "v1beta1"])];
    ok(&json!({"kind": "APIGroupList", "groups": groups}))
}

fn resources(names: &[&str]) -> (u16, String) {
    let resources: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
    ok(&json!({"kind": "APIResourceList", "resources": resources}))
}

fn list(kind: Kind) -> Kubernetes {
    Kubernetes::List { kind, namespace: String::new(), labels: String::new() }
}

fn items(names: &[&str]) -> Answer {
    Answer::Json(names.iter().map(|name| json!({"metadata": {"name": name}})).collect())
}

#[tokio::test]
async fn groups_are_discovered_once_for_all_who_ask() {
    let server = Server::start(|line| match line {
        "GET /apis" => groups(),
        "GET /apis/apps/v1/deployments?limit=500" => ok(&json!({"items": [{"metadata": {"name": "a"}}]})),
        _ => not_served(),
    })
    .await;
    let probe = server.probe();
    let questions = [list(kinds::DEPLOYMENTS), list(kinds::CERTIFICATES), list(kinds::CLUSTER_ISSUERS)];
    let [served, absent, too] = &questions;
    let answers = tokio::join!(probe.look(served), probe.look(absent), probe.look(too));
    let kind = Ok(Answer::Absent(Absent::Kind));
    assert_eq!(answers, (Ok(items(&["a"])), kind.clone(), kind));
    assert_eq!(server.times("GET /apis"), 1);
    assert_eq!(server.asked().len(), 2, "{:?}", server.asked());
}

#[tokio::test]
async fn an_operator_that_comes_later_is_found() {
    let server = Server::start(|line| match line {
        "GET /apis" => groups(),
        _ => not_served(),
    })
    .await;
    let probe = server.probe();
    for times in 1..=2 {
        assert_eq!(probe.look(&list(kinds::CERTIFICATES)).await, Ok(Answer::Absent(Absent::Kind)));
        assert_eq!(server.times("GET /apis"), times);
        tokio::time::sleep(Duration::from_millis(1050)).await;
    }
}

#[tokio::test]
async fn another_version_that_has_the_resource_is_taken() {
    let server = Server::start(|line| match line {
        "GET /apis" => groups(),
        "GET /apis/external-secrets.io/v1" => resources(&["externalsecrets"]),
        "GET /apis/external-secrets.io/v1beta1" => resources(&["externalsecrets", "clustersecretstores"]),
        "GET /apis/external-secrets.io/v1beta1/clustersecretstores?limit=500" => ok(&json!({"items": []})),
        _ => not_served(),
    })
    .await;
    let probe = server.probe();
    for _ in 0..2 {
        assert_eq!(probe.look(&list(kinds::CLUSTER_SECRET_STORES)).await, Ok(items(&[])));
    }
    assert_eq!(server.times("GET /apis/external-secrets.io/v1/clustersecretstores?limit=500"), 1);
    assert_eq!(server.times("GET /apis/external-secrets.io/v1"), 1);
}

#[tokio::test]
async fn what_is_forbidden_may_not_be_there_at_all() {
    let server = Server::start(|line| match line {
        "GET /apis" => groups(),
        "GET /apis/external-secrets.io/v1" | "GET /apis/external-secrets.io/v1beta1" => resources(&["externalsecrets"]),
        _ => status(403, &json!({"kind": "k"})),
    })
    .await;
    let probe = server.probe();
    assert_eq!(probe.look(&list(kinds::CLUSTER_SECRET_STORES)).await, Ok(Answer::Absent(Absent::Kind)));
    let cannot = probe.look(&list(kinds::EXTERNAL_SECRETS)).await.unwrap_err();
    assert_eq!(cannot.reason, "forbidden");
    let rule = r#"{apiGroups: ["external-secrets.io"], resources: ["externalsecrets"], verbs: ["list"]}"#;
    assert!(cannot.remedy.unwrap().contains(rule));
}

#[tokio::test]
async fn a_missing_object_is_an_answer() {
    let server = Server::start(|line| match line {
        "GET /api/v1/namespaces/argocd/configmaps/x" => status(404, &json!({"name": "x", "kind": "configmaps"})),
        _ => status(500, &json!({})),
    })
    .await;
    let look = |namespace: &str| Kubernetes::Get {
        kind: kinds::CONFIG_MAPS,
        namespace: namespace.to_owned(),
        name: "x".to_owned(),
    };
    assert_eq!(server.probe().look(&look("argocd")).await, Ok(Answer::Absent(Absent::Object)));
    let cannot = server.probe().look(&look("other")).await.unwrap_err();
    assert_eq!((cannot.reason, cannot.may_pass), ("unavailable", true));
}

#[tokio::test]
async fn a_list_is_read_page_by_page_and_anew_where_it_grew_too_old() {
    let server = Server::start(|line| {
        let page = |name: &str, next: &str| {
            ok(&json!({"metadata": {"continue": next}, "items": [{"metadata": {"name": name}}]}))
        };
        match line {
            "GET /api/v1/pods?limit=500" => page("a", "b/="),
            "GET /api/v1/pods?limit=500&continue=b%2F%3D" => page("b", ""),
            "GET /api/v1/nodes?limit=500" => page("a", "old"),
            _ => status(410, &json!({})),
        }
    })
    .await;
    let probe = server.probe();
    assert_eq!(probe.look(&list(kinds::PODS)).await, Ok(items(&["a", "b"])));
    let cannot = probe.look(&list(kinds::NODES)).await.unwrap_err();
    assert_eq!((cannot.reason, cannot.may_pass), ("unavailable", true));
    assert_eq!(server.times("GET /api/v1/nodes?limit=500"), 3);
}

#[tokio::test]
async fn readiness_is_told_in_words() {
    let server = Server::start(|_| (500, "[+]ping ok\n[-]etcd failed: reason withheld\n".to_owned())).await;
    let answer = server.probe().look(&Kubernetes::Ready).await;
    assert_eq!(answer, Ok(Answer::Json("[-]etcd failed: reason withheld".into())));
    let server = Server::start(|line| match line {
        "GET /version" => ok(&json!({"gitVersion": "v1.33.0"})),
        _ => status(403, &json!({})),
    })
    .await;
    assert_eq!(server.probe().look(&Kubernetes::Ready).await, Ok(Answer::Json("ok".into())));
    let server = Server::start(|_| not_served()).await;
    assert_eq!(server.probe().look(&Kubernetes::Ready).await, Ok(Answer::Absent(Absent::Kind)));
}

#[tokio::test]
async fn a_port_where_nothing_listens_may_pass() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let cannot = probe(&kubeconfig(&format!("http://{address}"))).look(&Kubernetes::Version).await.unwrap_err();
    assert_eq!((cannot.reason, cannot.may_pass), ("unreachable", true));
    assert!(cannot.summary.contains("connect: connection refused"), "{}", cannot.summary);
}

#[tokio::test]
async fn a_trial_that_nobody_waits_for_cleans_up() {
    let server = Server::start(|line| match line {
        "GET /apis" => ok(&json!({"kind": "APIGroupList", "groups": [{"name": "authorization.k8s.io",
            "versions": [{"version": "v1"}], "preferredVersion": {"version": "v1"}}]})),
        line if line.ends_with("selfsubjectaccessreviews") => ok(&json!({"status": {"allowed": true}})),
        _ => ok(&json!({"status": {"phase": "Pending"}})),
    })
    .await;
    let probe = server.probe();
    let question = Kubernetes::StorageTrial { class: String::new(), namespace: "monitoring".to_owned() };
    assert!(tokio::time::timeout(Duration::from_millis(300), probe.look(&question)).await.is_err());
    assert!(probe.settled(Duration::from_secs(5)).await);
    let asked = server.asked();
    let deleted: Vec<&String> = asked.iter().filter(|line| line.starts_with("DELETE ")).collect();
    assert!(asked.iter().any(|line| line == "POST /api/v1/namespaces/monitoring/pods"), "{asked:?}");
    assert_eq!(deleted.len(), 2, "{asked:?}");
    assert!(deleted[0].contains("/pods/preflight-") && deleted[1].contains("/persistentvolumeclaims/preflight-"));
}

#[tokio::test]
async fn a_trial_needs_its_namespace_and_the_right_to_clean_up() {
    let server = |allowed: bool| {
        Server::start(move |line| match line {
            "GET /apis" => ok(&json!({"kind": "APIGroupList", "groups": [{"name": "authorization.k8s.io",
                "versions": [{"version": "v1"}], "preferredVersion": {"version": "v1"}}]})),
            line if line.ends_with("selfsubjectaccessreviews") => ok(&json!({"status": {"allowed": allowed}})),
            _ => status(404, &json!({"name": "monitoring", "kind": "namespaces"})),
        })
    };
    let question = Kubernetes::StorageTrial { class: String::new(), namespace: "monitoring".to_owned() };
    assert_eq!(server(true).await.probe().look(&question).await, Ok(Answer::Absent(Absent::Object)));
    let server = server(false).await;
    assert_eq!(server.probe().look(&question).await.unwrap_err().reason, "forbidden");
    assert!(!server.asked().iter().any(|line| line.ends_with("persistentvolumeclaims")), "{:?}", server.asked());
}
