//! The paths of the Kubernetes API. Pure.

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::kinds::Kind;
use crate::verdict::CannotLook;

/// What stands for itself in a path and in a query.
const ENCODED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The method.
    pub(super) method: Method,
    /// Path and query.
    pub(super) path: String,
    /// What is sent.
    pub(super) body: Option<Value>,
}

impl Call {
    pub(super) fn get(path: String) -> Self {
        Self { method: Method::GET, path, body: None }
    }

    pub(super) fn post(path: String, body: Value) -> Self {
        Self { method: Method::POST, path, body: Some(body) }
    }

    pub(super) fn delete(path: String, body: Value) -> Self {
        Self { method: Method::DELETE, path, body: Some(body) }
    }
}

/// Where a group's version begins. The core has one version for as long as there is Kubernetes.
pub(super) fn base(group: &str, version: &str) -> String {
    if group.is_empty() { "/api/v1".to_owned() } else { format!("/apis/{group}/{version}") }
}

/// All objects of a kind, of one namespace or (empty) of all.
pub(super) fn collection(base: &str, kind: Kind, namespace: &str) -> String {
    if kind.namespaced && !namespace.is_empty() {
        format!("{base}/namespaces/{}/{}", encoded(namespace), kind.plural)
    } else {
        format!("{base}/{}", kind.plural)
    }
}

/// One object, or (for a plural such as `serviceaccounts/token`) what hangs on it.
pub(super) fn object(base: &str, kind: Kind, namespace: &str, name: &str) -> String {
    let (plural, below) = kind.plural.split_once('/').unwrap_or((kind.plural, ""));
    let object = format!("{}/{}", collection(base, Kind { plural, ..kind }, namespace), encoded(name));
    if below.is_empty() { object } else { format!("{object}/{below}") }
}

/// The path with those parameters that have a value.
pub(super) fn with(path: &str, parameters: &[(&str, &str)]) -> String {
    let given = parameters.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = given.map(|(key, value)| format!("{key}={}", encoded(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// Refuses names that no object can have: they would lead to another path.
pub(super) fn check_name(what: &str, name: &str) -> Result<(), CannotLook> {
    if matches!(name, "" | "." | "..") || name.contains(['/', '%']) {
        return Err(CannotLook::new("protocol", format!("no {what} of Kubernetes can be called {name:?}")));
    }
    Ok(())
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, &ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::{base, check_name, collection, object, with};
    use crate::kinds;

    #[test]
    fn paths() {
        let (core, apps) = (base("", ""), base("apps", "v1"));
        assert_eq!(collection(&core, kinds::PODS, ""), "/api/v1/pods");
        assert_eq!(collection(&core, kinds::PODS, "argo"), "/api/v1/namespaces/argo/pods");
        assert_eq!(collection(&core, kinds::NODES, "ignored"), "/api/v1/nodes");
        assert_eq!(object(&core, kinds::NODES, "", "n.1"), "/api/v1/nodes/n.1");
        assert_eq!(object(&apps, kinds::DEPLOYMENTS, "a", "b"), "/apis/apps/v1/namespaces/a/deployments/b");
        let token = object(&core, kinds::SERVICE_ACCOUNT_TOKENS, "a", "b");
        assert_eq!(token, "/api/v1/namespaces/a/serviceaccounts/b/token");
    }

    #[test]
    fn a_query_is_encoded_and_holds_what_is_given() {
        assert_eq!(with("/x", &[("labelSelector", ""), ("continue", "")]), "/x");
        let path = with("/x", &[("limit", "500"), ("labelSelector", "app.kubernetes.io/name=a,b in (c d)")]);
        assert_eq!(path, "/x?limit=500&labelSelector=app.kubernetes.io%2Fname%3Da%2Cb%20in%20%28c%20d%29");
    }

    #[test]
    fn a_name_cannot_lead_elsewhere() {
        for name in ["", ".", "..", "a/b", "a%2Fb"] {
            assert!(check_name("object", name).is_err(), "{name}");
        }
        for name in ["a", "system:node", "a.b-c", "ä?"] {
            assert!(check_name("object", name).is_ok(), "{name}");
            assert!(object("/api/v1", kinds::NODES, "", name).bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }
}
