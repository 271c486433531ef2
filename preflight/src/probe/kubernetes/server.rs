//! The API server itself: whether it is ready, which version it is, what the run's account may do, and tokens.

use serde_json::{Value, json};

use super::api::Api;
use super::asked::Asked;
use super::path::{Call, check_name, collection, object};
use super::reply::{self, Fault, Reply, sentence};
use crate::kinds::{ACCESS_REVIEWS, Kind, SERVICE_ACCOUNT_TOKENS};
use crate::look::{Absent, Answer};
use crate::verdict::CannotLook;

const READY: &str = "/readyz";
const VERSION: &str = "/version";
/// For how long a token of a service account is good: the shortest that the API server gives.
const TOKEN_SECONDS: u32 = 600;

impl Api {
    /// `ok`, or a line that begins with `[-]` for each part that is not ready.
    pub(super) async fn ready(&self) -> Result<Answer, CannotLook> {
        let asked = Asked::Path(READY);
        let reply = self.reply(&Call::get(READY.to_owned()), &asked).await?;
        match (reply.status, unready(&reply)) {
            (200, _) => Ok(Answer::Json(sentence(&String::from_utf8_lossy(&reply.body)).into())),
            (500.., Some(parts)) => Ok(Answer::Json(parts.into())),
            // It is there, and answers; more is not told to this account.
            (403 | 404, _) => self.version().await.map(|answer| match answer {
                Answer::Json(_) => Answer::Json("ok".into()),
                absent => absent,
            }),
            _ => match reply::read(&reply, &asked) {
                Ok(_) => Ok(Answer::Json("ok".into())),
                Err(fault) => Err(fault.cannot(&asked)),
            },
        }
    }

    /// Its version; absent where this is no Kubernetes.
    pub(super) async fn version(&self) -> Result<Answer, CannotLook> {
        let asked = Asked::Path(VERSION);
        match self.document(&Call::get(VERSION.to_owned()), &asked).await {
            Ok(version) => Ok(Answer::Json(version)),
            Err(Fault::NoPath) => Ok(Answer::Absent(Absent::Kind)),
            Err(fault) => Err(fault.cannot(&asked)),
        }
    }

    /// Whether the run's own account may do something.
    pub(super) async fn may_i(&self, what: &Asked<'_>) -> Result<Value, CannotLook> {
        let asked = Asked::Objects { verb: "create", kind: ACCESS_REVIEWS, namespace: "", name: "" };
        let body = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": attributes(what)});
        let call = |base: &str| {
            let body = versioned(body.clone(), base);
            Call::post(collection(base, ACCESS_REVIEWS, ""), body)
        };
        match self.ask(ACCESS_REVIEWS, &asked, call).await {
            Ok(mut review) if review["status"].is_object() => Ok(review["status"].take()),
            Ok(_) => Err(CannotLook::new("protocol", format!("cannot {asked}: the answer is no review"))),
            Err(fault) => Err(fault.cannot(&asked)),
        }
    }

    /// A token of a service account for an audience. It is nobody's to see: no answer here is logged or kept.
    pub(super) async fn token(&self, namespace: &str, name: &str, audience: &str) -> Result<String, CannotLook> {
        check_name("namespace", namespace)?;
        check_name("service account", name)?;
        let kind = SERVICE_ACCOUNT_TOKENS;
        let asked = Asked::Objects { verb: "create", kind, namespace, name };
        let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": {"audiences": [audience], "expirationSeconds": TOKEN_SECONDS}});
        let call = |base: &str| Call::post(object(base, kind, namespace, name), body.clone());
        let answer = self.ask(kind, &asked, call).await.map_err(|fault| match fault {
            Fault::NoObject(message) => CannotLook::new("absent", format!("cannot {asked}: {message}"))
                .fix(format!("make the service account {namespace}/{name} (the app that owns it is not synced yet?)")),
            fault => fault.cannot(&asked),
        })?;
        let token = answer["status"]["token"].as_str().filter(|token| !token.is_empty());
        token
            .map(str::to_owned)
            .ok_or_else(|| CannotLook::new("protocol", format!("cannot {asked}: there is no token in it")))
    }
}

/// The parts that are not ready, if this is the API server's list of them.
fn unready(reply: &Reply) -> Option<String> {
    let text = String::from_utf8_lossy(&reply.body);
    let failed: Vec<String> = text.lines().filter(|line| line.starts_with("[-]")).map(sentence).collect();
    (!failed.is_empty()).then(|| failed.join("\n"))
}

fn attributes(what: &Asked<'_>) -> Value {
    match what {
        Asked::Path(path) => json!({"nonResourceAttributes": {"path": path, "verb": "get"}}),
        Asked::Objects { verb, kind: Kind { group, plural, .. }, namespace, name } => {
            let (resource, below) = plural.split_once('/').unwrap_or((plural, ""));
            json!({"resourceAttributes": {"verb": verb, "group": group, "resource": resource, "subresource": below,
                "namespace": namespace, "name": name}})
        }
    }
}

/// The body in the version of the path that it is sent to.
fn versioned(mut body: Value, base: &str) -> Value {
    body["apiVersion"] = base.trim_start_matches("/apis/").into();
    body
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{attributes, unready, versioned};
    use crate::kinds;
    use crate::probe::kubernetes::asked::Asked;
    use crate::probe::kubernetes::reply::Reply;

    #[test]
    fn what_is_not_ready_is_named() {
        let reply = |body: &str| Reply { status: 500, body: body.as_bytes().to_vec() };
        let list = "[+]ping ok\n[-]etcd failed: reason withheld\n[+]log ok\n[-]shutdown failed\nreadyz check failed\n";
        assert_eq!(unready(&reply(list)).unwrap(), "[-]etcd failed: reason withheld\n[-]shutdown failed");
        assert_eq!(unready(&reply("<html>Bad Gateway</html>")), None);
    }

    #[test]
    fn a_review_asks_for_a_subresource_apart() {
        let kind = kinds::SERVICE_ACCOUNT_TOKENS;
        let asked = Asked::Objects { verb: "create", kind, namespace: "a", name: "b" };
        assert_eq!(
            attributes(&asked),
            json!({"resourceAttributes": {"verb": "create", "group": "", "resource": "serviceaccounts",
                "subresource": "token", "namespace": "a", "name": "b"}})
        );
    }

    #[test]
    fn a_body_is_of_the_version_that_is_served() {
        let body = json!({"apiVersion": "authorization.k8s.io/v1"});
        assert_eq!(versioned(body, "/apis/authorization.k8s.io/v2")["apiVersion"], "authorization.k8s.io/v2");
    }
}
