use serde_json::{Value, json};

use super::{Fault, Reply, read};
use crate::kinds;
use crate::probe::kubernetes::asked::Asked;
use crate::verdict::CannotLook;

const ASKED: Asked<'static> =
    Asked::Objects { verb: "get", kind: kinds::CONFIG_MAPS, namespace: "argocd", name: "argocd-bootstrap-config" };

fn text(status: u16, body: &str) -> Reply {
    Reply { status, body: body.as_bytes().to_vec() }
}

/// As the API server sends it.
fn status(code: u16, reason: &str, message: &str, details: &Value) -> Reply {
    let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
        "reason": reason, "details": details, "code": code});
    text(code, &body.to_string())
}

fn cannot(reply: &Reply) -> CannotLook {
    match read(reply, &ASKED).unwrap_err() {
        Fault::Forbidden(cannot) | Fault::Cannot(cannot) => cannot,
        fault => panic!("{fault:?}"),
    }
}

#[test]
fn a_document_is_read() {
    assert_eq!(read(&text(200, r#"{"a": 1}"#), &ASKED), Ok(json!({"a": 1})));
    assert_eq!(cannot(&text(200, "<html>Sign in</html>")).reason, "protocol");
}

#[test]
fn an_object_that_is_missing_is_not_a_path_that_is_not_served() {
    let message = "configmaps \"x\" not found";
    let object = status(404, "NotFound", message, &json!({"name": "x", "kind": "configmaps"}));
    assert_eq!(read(&object, &ASKED), Err(Fault::NoObject(message.to_owned())));
    let built_in = status(404, "NotFound", "the server could not find the requested resource", &json!({}));
    assert_eq!(read(&built_in, &ASKED), Err(Fault::NoPath));
    assert_eq!(read(&text(404, "404 page not found\n"), &ASKED), Err(Fault::NoPath));
}

#[test]
fn a_proxys_page_says_nothing_of_the_cluster() {
    for code in [404, 403, 410, 302, 400] {
        let cannot = cannot(&text(code, "<html>not here</html>"));
        assert_eq!((cannot.reason, cannot.may_pass), ("protocol", false), "{code}");
        assert!(cannot.summary.contains(&format!("HTTP {code}")), "{}", cannot.summary);
        assert!(!cannot.summary.contains("html"), "{}", cannot.summary);
    }
}

#[test]
fn what_is_forbidden_comes_with_the_rule() {
    let message = "configmaps \"argocd-bootstrap-config\" is forbidden: User \"system:serviceaccount:a:b\" cannot get \
                   resource \"configmaps\" in API group \"\" in the namespace \"argocd\"";
    let details = json!({"name": "argocd-bootstrap-config", "kind": "configmaps"});
    let reply = status(403, "Forbidden", message, &details);
    assert!(matches!(read(&reply, &ASKED), Err(Fault::Forbidden(_))));
    let cannot = cannot(&reply);
    assert_eq!((cannot.reason, cannot.may_pass), ("forbidden", false));
    assert_eq!(cannot.summary, "system:serviceaccount:a:b may not get configmaps argocd/argocd-bootstrap-config");
    let rule =
        r#"{apiGroups: [""], resources: ["configmaps"], resourceNames: ["argocd-bootstrap-config"], verbs: ["get"]}"#;
    assert!(cannot.remedy.unwrap().contains(rule));
}

#[test]
fn the_admission_is_not_the_access_control() {
    let asked = Asked::Objects { verb: "create", kind: kinds::PODS, namespace: "a", name: "" };
    let admission = json!({"name": "preflight-1", "kind": "pods"});
    let quota = status(403, "Forbidden", "pods \"preflight-1\" is forbidden: exceeded quota: q", &admission);
    let Err(Fault::Forbidden(cannot)) = read(&quota, &asked) else { panic!("not forbidden") };
    assert!(cannot.summary.starts_with("the cluster's admission refuses to create pods in the namespace a"));
    let control = status(403, "Forbidden", "pods is forbidden: User \"u\" cannot create", &json!({"kind": "pods"}));
    let Err(Fault::Forbidden(cannot)) = read(&control, &asked) else { panic!("not forbidden") };
    assert!(cannot.remedy.unwrap().contains(r#"resources: ["pods"], verbs: ["create"]"#));
    let token = Asked::Objects { verb: "create", kind: kinds::SERVICE_ACCOUNT_TOKENS, namespace: "a", name: "b" };
    let named = status(403, "Forbidden", "m", &json!({"name": "b", "kind": "serviceaccounts"}));
    let Err(Fault::Forbidden(cannot)) = read(&named, &token) else { panic!("not forbidden") };
    assert!(cannot.remedy.unwrap().contains("serviceaccounts/token"));
}

#[test]
fn what_passes_by_itself() {
    let of = |code| cannot(&status(code, "R", "m", &json!({})));
    for (code, reason, may_pass) in [
        (401, "unauthorized", false),
        (429, "throttled", true),
        (500, "unavailable", true),
        (503, "unavailable", true),
        (504, "unavailable", true),
        (400, "protocol", false),
        (422, "protocol", false),
    ] {
        assert_eq!((of(code).reason, of(code).may_pass), (reason, may_pass), "{code}");
    }
    assert_eq!(read(&status(410, "Expired", "m", &json!({})), &ASKED), Err(Fault::Expired));
    assert_eq!(cannot(&text(502, "<html>Bad Gateway</html>")).reason, "unavailable");
}

#[test]
fn what_stays_holds_no_phrase_for_which_argo_would_try_again() {
    let dial = "admission webhook failed: dial tcp: i/o timeout";
    for code in [400, 401, 403] {
        let cannot = cannot(&status(code, "R", dial, &json!({})));
        assert!(!platform::termination::has_retry_phrase(&cannot.summary), "{}", cannot.summary);
    }
}

#[test]
fn a_page_of_text_is_cut() {
    let cannot = cannot(&status(500, "InternalError", &"words\n and ".repeat(300), &json!({})));
    assert!(cannot.summary.len() < 500 && !cannot.summary.contains('\n'), "{}", cannot.summary);
}
