//! Which keys of which secrets are read: by the profile's word, by the logins, and by `ExternalSecrets`. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::check::RunGate;
use crate::judge::delivery::namespaces::of_apps;
use crate::judge::objects::{items, namespace, place, text};
use crate::kinds::EXTERNAL_SECRETS;
use crate::profile::App;
use crate::scope::Scope;
use crate::verdict::Short;
use crate::view::View;

/// What a login needs. The aliases of the password are nobody's but those who read them.
pub const LOGIN_KEYS: [&str; 5] = ["host", "port", "username", "password", "dbname"];

/// Who reads something of a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reader {
    name: String,
    /// Whether it is an `ExternalSecret` that the run holds back anew: what it reads now may not be what Git asks for.
    is_held_back: bool,
}

impl AsRef<str> for Reader {
    fn as_ref(&self) -> &str {
        &self.name
    }
}

/// What is read of one secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The keys, and who reads each.
    pub keys: BTreeMap<String, BTreeSet<Reader>>,
    /// Who reads all of its keys, as those of an object.
    pub object: BTreeSet<Reader>,
    /// Every `ExternalSecret` that reads anything of it.
    pub readers: BTreeSet<Reader>,
    /// Whether the profile names the secret; otherwise only an `ExternalSecret` of an app in scope does.
    pub is_in_profile: bool,
    /// Whether an app logs in with it.
    pub is_login: bool,
}

impl Wanted {
    /// The same without what is read only by `ExternalSecrets` that the run holds back.
    pub fn for_certain(&self) -> Self {
        let is_certain = |readers: &BTreeSet<Reader>| readers.iter().any(|reader| !reader.is_held_back);
        let certain = |readers: &BTreeSet<Reader>| if is_certain(readers) { readers.clone() } else { BTreeSet::new() };
        let keys = self.keys.iter().filter(|(_, readers)| is_certain(readers));
        Self {
            keys: keys.map(|(key, readers)| (key.clone(), readers.clone())).collect(),
            object: certain(&self.object),
            readers: certain(&self.readers),
            ..*self
        }
    }
}

/// What is read, by path.
pub fn wanted(view: &View<'_>) -> Result<BTreeMap<String, Wanted>, Short> {
    let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
    for (path, usage) in view.scope.secrets() {
        let entry = wanted.entry(path).or_default();
        (entry.is_in_profile, entry.is_login) = (true, usage.is_login);
        let login = LOGIN_KEYS.iter().filter(|_| usage.is_login).map(|key| ((*key).to_owned(), "the app's login"));
        for (key, by) in usage.keys.into_iter().map(|key| (key, "the profile")).chain(login) {
            entry.keys.entry(key).or_default().insert(Reader { name: by.to_owned(), is_held_back: false });
        }
    }
    if !view.scope.asked.cluster {
        return Ok(wanted);
    }
    let namespaces = of_apps(view.scope);
    let is_held_back = held_back(view.scope);
    for external in view.objects(EXTERNAL_SECRETS)? {
        let is_ours = namespaces.contains(namespace(external));
        for Reading { path, part } in readings(external) {
            if !is_ours && !wanted.contains_key(path) {
                continue;
            }
            let entry = wanted.entry(path.to_owned()).or_default();
            let name = format!("ExternalSecret {}", place(external));
            let by = Reader { name, is_held_back: is_held_back.contains(namespace(external)) };
            entry.readers.insert(by.clone());
            match part {
                Part::Key(key) => entry.keys.entry(key.to_owned()).or_default().insert(by),
                Part::Keys => entry.object.insert(by),
                Part::Text => false,
            };
        }
    }
    Ok(wanted)
}

/// The namespaces whose `ExternalSecrets` come anew with what the run holds back: before the first app of a tier, those
/// of that tier's own apps.
fn held_back(scope: &Scope) -> BTreeSet<&str> {
    if scope.asked.gate != RunGate::Before {
        return BTreeSet::new();
    }
    let is_own = |app: &App| app.tier == scope.tier().as_str();
    &namespaces(scope, is_own) - &namespaces(scope, |app| !is_own(app))
}

fn namespaces(scope: &Scope, is_meant: impl Fn(&App) -> bool) -> BTreeSet<&str> {
    let apps = scope.apps().into_iter().filter(|app| is_meant(app));
    apps.flat_map(|app| app.namespaces.iter().map(String::as_str)).collect()
}

/// One reference to a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reading<'a> {
    path: &'a str,
    part: Part<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'a> {
    /// The text, whatever it is.
    Text,
    /// One key.
    Key(&'a str),
    /// Every key.
    Keys,
}

/// What an `ExternalSecret` reads of the current versions of secrets.
fn readings(external: &Value) -> Vec<Reading<'_>> {
    let data = items(external, "/spec/data").iter().filter_map(|entry| entry.get("remoteRef"));
    let extracts = items(external, "/spec/dataFrom").iter().filter_map(|entry| entry.get("extract"));
    let references = data.map(|reference| (reference, Part::Text)).chain(extracts.map(|extract| (extract, Part::Keys)));
    let is_current = |reference: &Value| matches!(text(reference, "/version"), "" | "AWSCURRENT");
    // With this policy the properties are the secret's tags.
    let is_of_value = |reference: &Value| text(reference, "/metadataPolicy") != "Fetch";
    references
        .filter(|(reference, _)| is_current(reference) && is_of_value(reference))
        .map(|(reference, all)| {
            let part = Some(text(reference, "/property")).filter(|key| !key.is_empty()).map_or(all, Part::Key);
            Reading { path: path(text(reference, "/key")), part }
        })
        .filter(|reading| !reading.path.is_empty())
        .collect()
}

/// The path of a secret that is named by path or by ARN.
fn path(key: &str) -> &str {
    let Some((_, name)) = key.strip_prefix("arn:").and_then(|arn| arn.split_once(":secret:")) else { return key };
    // Secrets Manager puts six letters of its own behind a name.
    name.rsplit_once('-').filter(|(_, letters)| letters.len() == 6).map_or(name, |(path, _)| path)
}

/// Whether the keys of a secret satisfy a property, as `ExternalSecrets` finds it: a key of this name, or else a way
/// through an object below a key.
pub fn has<'k>(mut keys: impl Iterator<Item = &'k String>, property: &str) -> bool {
    let first = property.split('.').next().unwrap_or(property);
    keys.any(|key| key == property || (first != property && key == first))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Part, Reading, has, path, readings};

    #[test]
    fn a_reference_is_to_a_key_or_to_the_whole() {
        let external = json!({"spec": {
            "data": [
                {"secretKey": "a", "remoteRef": {"key": "p/a", "property": "token"}},
                {"secretKey": "b", "remoteRef": {"key": "p/b"}},
                {"secretKey": "c", "remoteRef": {"key": "p/c", "property": "old", "version": "AWSPREVIOUS"}},
                {"secretKey": "d", "remoteRef": {"key": "p/d", "property": "owner", "metadataPolicy": "Fetch"}},
                {"secretKey": "e", "sourceRef": {"generatorRef": {"kind": "Password"}}},
            ],
            "dataFrom": [{"extract": {"key": "p/f"}}, {"find": {"name": {"regexp": ".*"}}}, {"extract": {"key": "p/g", "property": "inner"}}],
        }});
        let reading = |path, part| Reading { path, part };
        let expected = [
            reading("p/a", Part::Key("token")),
            reading("p/b", Part::Text),
            reading("p/f", Part::Keys),
            reading("p/g", Part::Key("inner")),
        ];
        assert_eq!(readings(&external), expected);
        assert!(readings(&json!({"spec": {"data": "x"}})).is_empty());
    }

    #[test]
    fn a_secret_may_be_named_by_its_arn() {
        assert_eq!(path("arn:aws:secretsmanager:eu-west-2:123456789012:secret:p/dev/a-b-AbCdEf"), "p/dev/a-b");
        assert_eq!(path("arn:aws:secretsmanager:eu-west-2:123456789012:secret:p/dev/ab"), "p/dev/ab");
        assert_eq!(path("p/dev/a-AbCdEf"), "p/dev/a-AbCdEf");
    }

    #[test]
    fn a_property_may_lead_through_an_object() {
        let keys = ["a".to_owned(), "b.c".to_owned()];
        for (property, found) in [("a", true), ("a.x", true), ("b.c", true), ("b", false), ("c", false)] {
            assert_eq!(has(keys.iter(), property), found, "{property}");
        }
    }
}
