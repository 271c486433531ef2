//! Objects, one or many, without what nobody needs or should see.

use serde_json::{Map, Value};

use super::api::Api;
use super::asked::Asked;
use super::path::{Call, check_name, collection, object, with};
use super::reply::Fault;
use crate::kinds::{DEFINITIONS, Kind, SECRETS};
use crate::look::{Absent, Answer};
use crate::verdict::CannotLook;

/// How many objects the API server is asked for at a time.
const PAGE: &str = "500";
/// How often a list is begun anew that has grown too old between two pages.
const ATTEMPTS: usize = 3;
/// What stands for a value of a secret.
const HIDDEN: &str = "(hidden)";

impl Api {
    /// One object.
    pub(super) async fn object(&self, kind: Kind, namespace: &str, name: &str) -> Result<Answer, CannotLook> {
        let asked = Asked::Objects { verb: "get", kind, namespace, name };
        match self.get(kind, namespace, name, &asked).await {
            Ok(object) => Ok(Answer::Json(trimmed(kind, object))),
            Err(Fault::NoKind) => Ok(Answer::Absent(Absent::Kind)),
            // Some aggregated API servers do not say the name of what they do not have.
            Err(Fault::NoObject(_) | Fault::NoPath) => Ok(Answer::Absent(Absent::Object)),
            Err(fault) => Err(fault.cannot(&asked)),
        }
    }

    /// One object, whole; `asked` need not name it.
    pub(super) async fn get(&self, kind: Kind, namespace: &str, name: &str, asked: &Asked<'_>) -> Result<Value, Fault> {
        check_name("object", name)?;
        if kind.namespaced {
            check_name("namespace", namespace)?;
        }
        self.ask(kind, asked, |base| Call::get(object(base, kind, namespace, name))).await
    }

    /// All objects of a kind.
    pub(super) async fn list(&self, kind: Kind, namespace: &str, labels: &str) -> Result<Answer, CannotLook> {
        let asked = Asked::Objects { verb: "list", kind, namespace, name: "" };
        match self.items(kind, namespace, &[("labelSelector", labels)]).await {
            Ok(items) => Ok(Answer::Json(items.into_iter().map(|item| trimmed(kind, item)).collect())),
            Err(Fault::NoKind) => Ok(Answer::Absent(Absent::Kind)),
            Err(fault) => Err(fault.cannot(&asked)),
        }
    }

    pub(super) async fn items(
        &self,
        kind: Kind,
        namespace: &str,
        selectors: &[(&str, &str)],
    ) -> Result<Vec<Value>, Fault> {
        if !namespace.is_empty() {
            check_name("namespace", namespace)?;
        }
        for _ in 1..ATTEMPTS {
            match self.pages(kind, namespace, selectors).await {
                Err(Fault::Expired) => {}
                answer => return answer,
            }
        }
        self.pages(kind, namespace, selectors).await
    }

    async fn pages(&self, kind: Kind, namespace: &str, selectors: &[(&str, &str)]) -> Result<Vec<Value>, Fault> {
        let asked = Asked::Objects { verb: "list", kind, namespace, name: "" };
        let (mut items, mut next) = (Vec::new(), String::new());
        loop {
            let parameters = [&[("limit", PAGE), ("continue", next.as_str())], selectors].concat();
            let call = |base: &str| Call::get(with(&collection(base, kind, namespace), &parameters));
            let mut page = self.ask(kind, &asked, call).await?;
            let Value::Array(more) = page["items"].take() else {
                return Err(CannotLook::new("protocol", format!("cannot {asked}: the answer is no list")).into());
            };
            items.extend(more);
            match page["metadata"]["continue"].as_str() {
                Some(token) if !token.is_empty() => token.clone_into(&mut next),
                _ => return Ok(items),
            }
        }
    }
}

/// The object without what is large and of no use here, and without a secret's values.
fn trimmed(kind: Kind, mut object: Value) -> Value {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("managedFields");
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            // The whole object once more; of a secret, its values.
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
    }
    if kind == SECRETS {
        object["data"].as_object_mut().into_iter().flat_map(Map::values_mut).for_each(hide);
    }
    if kind == DEFINITIONS {
        let versions = object["spec"]["versions"].as_array_mut().into_iter().flatten();
        versions.filter_map(Value::as_object_mut).for_each(|version| drop(version.remove("schema")));
    }
    object
}

fn hide(value: &mut Value) {
    if value.as_str().is_some_and(|text| !text.is_empty()) {
        *value = HIDDEN.into();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::trimmed;
    use crate::kinds;

    #[test]
    fn a_secrets_values_stay_where_they_are() {
        let secret = json!({"metadata": {"name": "a", "managedFields": [{}], "annotations": {"b": "c",
            "kubectl.kubernetes.io/last-applied-configuration": "hunter2"}},
            "data": {"password": "aHVudGVyMg==", "empty": ""}});
        let seen = json!({"metadata": {"name": "a", "annotations": {"b": "c"}},
            "data": {"password": "(hidden)", "empty": ""}});
        assert_eq!(trimmed(kinds::SECRETS, secret), seen);
        let map = json!({"metadata": {}, "data": {"bootstrap.mode": "persistent"}});
        assert_eq!(trimmed(kinds::CONFIG_MAPS, map.clone()), map);
    }

    #[test]
    fn a_definition_comes_without_its_schema() {
        let definition =
            json!({"metadata": {}, "spec": {"versions": [{"name": "v1", "served": true, "schema": {"a": 1}}]}});
        let seen = json!({"metadata": {}, "spec": {"versions": [{"name": "v1", "served": true}]}});
        assert_eq!(trimmed(kinds::DEFINITIONS, definition), seen);
    }

    #[test]
    fn an_object_without_anything_stays_one() {
        let odd = json!({"metadata": {"name": "a"}});
        assert_eq!(trimmed(kinds::PODS, odd.clone()), odd);
    }
}
