//! Which versions of which groups the API server has, and where a kind is served. Versions are discovered, never
//! assumed; only the core's is fixed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::api::Api;
use super::asked::Asked;
use super::memo::Memo;
use super::path::{Call, base};
use super::reply::Fault;
use crate::kinds::Kind;
use crate::verdict::CannotLook;

/// The versions of each group, the preferred one first.
type Groups = BTreeMap<String, Vec<String>>;
/// The plural names of what a group's version has.
type Resources = BTreeSet<String>;

/// What was discovered.
#[derive(Default)]
pub(super) struct Discovery {
    groups: Memo<Arc<Groups>>,
    resources: Mutex<BTreeMap<String, Arc<Memo<Arc<Resources>>>>>,
    /// Where a kind turned out to be served, where that is not in the group's preferred version.
    elsewhere: Mutex<BTreeMap<Kind, String>>,
}

impl Api {
    /// The document that answers a call below the version in which the kind is served.
    ///
    /// That is the group's preferred version. Only where this fails as it would if the resource were not there is the
    /// list of its resources asked for: those whom the access control refuses are not told what there is.
    pub(super) async fn ask(&self, kind: Kind, asked: &Asked<'_>, call: impl Fn(&str) -> Call) -> Result<Value, Fault> {
        let Some(supposed) = self.supposed(kind).await? else { return Err(Fault::NoKind) };
        let fault = match self.document(&call(&supposed), asked).await {
            Err(fault @ (Fault::NoPath | Fault::Forbidden(_))) => fault,
            answer => return answer,
        };
        match (self.serving(kind).await, fault) {
            (Ok(None), _) => Err(Fault::NoKind),
            (Ok(Some(served)), fault) if served == supposed => Err(fault),
            (Ok(Some(served)), _) => {
                let answer = self.document(&call(&served), asked).await;
                self.discovery.elsewhere.lock().unwrap_or_else(PoisonError::into_inner).insert(kind, served);
                answer
            }
            (Err(_), forbidden @ Fault::Forbidden(_)) => Err(forbidden),
            (Err(cannot), _) => Err(cannot.into()),
        }
    }

    /// Where the kind should be served; `None` where its group is not.
    async fn supposed(&self, kind: Kind) -> Result<Option<String>, CannotLook> {
        let elsewhere = self.discovery.elsewhere.lock().unwrap_or_else(PoisonError::into_inner).get(&kind).cloned();
        if elsewhere.is_some() {
            return Ok(elsewhere);
        }
        Ok(self.versions(kind.group).await?.first().map(|version| base(kind.group, version)))
    }

    /// Where the kind is served, by the lists of resources.
    async fn serving(&self, kind: Kind) -> Result<Option<String>, CannotLook> {
        for version in self.versions(kind.group).await? {
            let base = base(kind.group, &version);
            let memo = self.discovery.of(&base);
            let resources = memo.get(|resources| resources.contains(kind.plural), self.resources(&base)).await?;
            if resources.contains(kind.plural) {
                return Ok(Some(base));
            }
        }
        Ok(None)
    }

    async fn versions(&self, group: &str) -> Result<Vec<String>, CannotLook> {
        if group.is_empty() {
            return Ok(vec![String::new()]);
        }
        let groups = self.discovery.groups.get(|groups| groups.contains_key(group), self.groups()).await?;
        Ok(groups.get(group).cloned().unwrap_or_default())
    }

    async fn groups(&self) -> Result<Arc<Groups>, CannotLook> {
        let asked = Asked::Path("/apis");
        let list = self.document(&Call::get("/apis".to_owned()), &asked).await.map_err(|fault| fault.cannot(&asked))?;
        groups(&list).map(Arc::new).ok_or_else(|| {
            CannotLook::new("protocol", format!("cannot {asked}: the answer is not the API server's list of groups"))
        })
    }

    async fn resources(&self, base: &str) -> Result<Arc<Resources>, CannotLook> {
        let asked = Asked::Path(base);
        match self.document(&Call::get(base.to_owned()), &asked).await {
            Ok(list) => resources(&list).map(Arc::new).ok_or_else(|| {
                CannotLook::new("protocol", format!("cannot {asked}: the answer is not a list of resources"))
            }),
            // The version has gone since the groups were listed.
            Err(Fault::NoPath | Fault::NoObject(_)) => Ok(Arc::default()),
            Err(fault) => Err(fault.cannot(&asked)),
        }
    }
}

impl Discovery {
    fn of(&self, base: &str) -> Arc<Memo<Arc<Resources>>> {
        Arc::clone(self.resources.lock().unwrap_or_else(PoisonError::into_inner).entry(base.to_owned()).or_default())
    }
}

fn groups(list: &Value) -> Option<Groups> {
    let groups = list["groups"].as_array().filter(|_| list["kind"] == "APIGroupList")?;
    Some(groups.iter().filter_map(|group| Some((group["name"].as_str()?.to_owned(), versions(group)))).collect())
}

fn versions(group: &Value) -> Vec<String> {
    let preferred = group["preferredVersion"]["version"].as_str();
    let all = group["versions"].as_array().into_iter().flatten().filter_map(|version| version["version"].as_str());
    let others = all.filter(|version| Some(*version) != preferred);
    preferred.into_iter().chain(others).map(str::to_owned).collect()
}

fn resources(list: &Value) -> Option<Resources> {
    let resources = list["resources"].as_array().filter(|_| list["kind"] == "APIResourceList")?;
    Some(resources.iter().filter_map(|resource| resource["name"].as_str()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{groups, resources};

    #[test]
    fn the_preferred_version_comes_first() {
        let list = json!({"kind": "APIGroupList", "groups": [
            {"name": "external-secrets.io", "preferredVersion": {"version": "v1"},
             "versions": [{"version": "v1beta1"}, {"version": "v1"}, {"version": "v1alpha1"}]},
            {"name": "odd", "versions": [{"version": "v2"}]}]});
        let groups = groups(&list).unwrap();
        assert_eq!(groups["external-secrets.io"], ["v1", "v1beta1", "v1alpha1"]);
        assert_eq!(groups["odd"], ["v2"]);
        assert!(!groups.contains_key("apps"));
    }

    #[test]
    fn resources_are_told_by_their_plural() {
        let list = json!({"kind": "APIResourceList", "resources": [{"name": "pods"}, {"name": "pods/log"}]});
        assert!(resources(&list).unwrap().contains("pods/log"));
    }

    #[test]
    fn another_document_is_no_discovery() {
        for other in [json!({}), json!([]), json!({"kind": "Status", "groups": []}), json!({"kind": "APIGroupList"})] {
            assert_eq!(groups(&other), None);
            assert_eq!(resources(&other), None);
        }
    }
}
