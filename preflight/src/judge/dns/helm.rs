//! How an `ExternalDNS` will be set up: the Helm values in an Argo CD Application, before anything is deployed.
//!
//! The names are those of the charts of kubernetes-sigs and of Bitnami. Values in files of a repository are not seen
//! here; they are weaker than those that are.

use serde_json::{Map, Value};

use super::external_dns::{ExternalDns, Variables, Version};

/// What the charts make of their values.
const VALUES: [(&[&str], &str); 17] = [
    (&["txtOwnerId"], "txt-owner-id"),
    (&["txtPrefix"], "txt-prefix"),
    (&["txtSuffix"], "txt-suffix"),
    (&["registry"], "registry"),
    (&["policy"], "policy"),
    (&["domainFilters"], "domain-filter"),
    (&["excludeDomains"], "exclude-domains"),
    (&["regexDomainFilter"], "regex-domain-filter"),
    (&["regexDomainExclusion"], "regex-domain-exclusion"),
    (&["zoneIdFilters"], "zone-id-filter"),
    (&["sources"], "source"),
    (&["provider"], "provider"),
    (&["provider", "name"], "provider"),
    (&["aws", "zoneType"], "aws-zone-type"),
    (&["aws", "zoneTags"], "aws-zone-tags"),
    (&["aws", "zoneMatchParent"], "aws-zone-match-parent"),
    (&["txtEncrypt", "enabled"], "txt-encrypt-enabled"),
];

/// From an Application.
pub(super) fn of_application(what: String, application: &Value) -> ExternalDns {
    let sources = sources(&application["spec"]);
    let values = sources.iter().fold(Value::Object(Map::new()), |values, source| merged(values, &source["helm"]));
    // A chart of one's own has the real one below its name.
    let values = values.get("external-dns").filter(|own| own.is_object()).unwrap_or(&values);
    let mut external_dns = ExternalDns::default();
    external_dns.what = what;
    external_dns.version = values["image"]["tag"].as_str().and_then(Version::of_tag);
    external_dns.elsewhere = elsewhere(&sources);
    for (path, flag) in VALUES {
        let value = path.iter().try_fold(values, |value, key| value.get(key));
        add(&mut external_dns, flag, value.unwrap_or(&Value::Null));
    }
    add_extra(&mut external_dns, &values["extraArgs"]);
    external_dns.add_variables(&Variables::of(&values["env"]));
    external_dns
}

/// The sources that install it: those that are named so, or else all.
fn sources(spec: &Value) -> Vec<&Value> {
    let several = spec["sources"].as_array().into_iter().flatten();
    let all: Vec<&Value> = spec.get("source").into_iter().chain(several).collect();
    let is_named = |source: &&Value| {
        ["chart", "path"].iter().any(|key| source[key].as_str().is_some_and(|name| name.contains("external-dns")))
    };
    let named: Vec<&Value> = all.iter().copied().filter(is_named).collect();
    if named.is_empty() { all } else { named }
}

/// Where values may be that are not seen here.
fn elsewhere(sources: &[&Value]) -> Option<String> {
    let files = |source: &&Value| source["helm"]["valueFiles"].as_array().cloned().unwrap_or_default();
    let files: Vec<String> =
        sources.iter().flat_map(files).filter_map(|file| Some(file.as_str()?.to_owned())).collect();
    if !files.is_empty() {
        return Some(files.join(", "));
    }
    let folder = sources.iter().find(|source| source["chart"].is_null());
    folder.map(|source| format!("{} of {}", text(&source["path"]), text(&source["repoURL"])))
}

/// As Argo CD hands them to Helm: parameters before `valuesObject`, or else `values`.
fn merged(mut all: Value, helm: &Value) -> Value {
    let values = match (helm["valuesObject"].is_object(), helm["values"].as_str()) {
        (true, _) => helm["valuesObject"].clone(),
        (false, Some(document)) => serde_saphyr::from_str(document).unwrap_or(Value::Null),
        (false, None) => Value::Null,
    };
    if let (Value::Object(all), Value::Object(values)) = (&mut all, values) {
        all.extend(values);
    }
    for parameter in helm["parameters"].as_array().into_iter().flatten() {
        set(&mut all, &text(&parameter["name"]), text(&parameter["value"]));
    }
    all
}

/// As `helm --set`: `a.b`, `a[0]`, and `{x,y}` for a list.
fn set(values: &mut Value, path: &str, value: String) {
    let mut place = values;
    for part in path.split('.') {
        let (key, index) = match part.split_once('[') {
            Some((key, index)) => (key, index.trim_end_matches(']').parse::<usize>().ok()),
            None => (part, None),
        };
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[key];
        if let Some(index) = index {
            if !place.is_array() {
                *place = Value::Array(Vec::new());
            }
            if let Some(list) = place.as_array_mut() {
                // Helm has a limit, too.
                list.resize(list.len().max(index.min(1000) + 1), Value::Null);
            }
            place = &mut place[index.min(1000)];
        }
    }
    let list = value.strip_prefix('{').and_then(|list| list.strip_suffix('}'));
    *place = match list {
        Some(list) => list.split(',').map(|item| Value::String(item.trim().to_owned())).collect(),
        None => Value::String(value),
    };
}

fn add(external_dns: &mut ExternalDns, flag: &str, value: &Value) {
    match value {
        Value::Null | Value::Object(_) => {}
        Value::Array(list) => list.iter().for_each(|item| add(external_dns, flag, item)),
        // The charts leave an empty text out.
        Value::String(text) if text.is_empty() => {}
        other => external_dns.add(flag, text(other)),
    }
}

/// A list of arguments, or, in newer charts, a map of flags.
fn add_extra(external_dns: &mut ExternalDns, extra: &Value) {
    match extra {
        Value::Array(words) => {
            external_dns.add_words(words.iter().filter_map(Value::as_str), &Variables::default());
        }
        Value::Object(flags) => {
            for (flag, value) in flags {
                let is_switch = value.is_null() || value.as_str() == Some("");
                add(external_dns, flag, if is_switch { &Value::Bool(true) } else { value });
            }
        }
        _ => {}
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::external_dns::{ExternalDns, Version};
    use super::of_application;

    fn of(spec: &Value) -> ExternalDns {
        of_application("Application argocd/dev-external-dns".to_owned(), &json!({ "spec": spec }))
    }

    #[test]
    fn parameters_win_over_values() {
        let seen = of(&json!({"source": {"chart": "external-dns", "repoURL": "https://x", "helm": {
            "values": "txtOwnerId: goldenpath-dev\ntxtPrefix: external-dns\ndomainFilters: [goldenpathidp.io]\nregistry: txt\n",
            "parameters": [{"name": "txtOwnerId", "value": "goldenpath-dev-26"}, {"name": "image.tag", "value": "v0.14.0"},
                {"name": "zoneIdFilters[0]", "value": "Z1"}, {"name": "sources", "value": "{service,ingress}"}],
        }}}));
        assert_eq!(seen.value("txt-owner-id").unwrap(), Some("goldenpath-dev-26"));
        assert_eq!(seen.values("domain-filter").unwrap(), ["goldenpathidp.io"]);
        assert_eq!(seen.values("zone-id-filter").unwrap(), ["Z1"]);
        assert_eq!(seen.values("source").unwrap(), ["service", "ingress"]);
        assert_eq!(seen.version, Some(Version(0, 14, 0)));
        assert_eq!(seen.elsewhere, None);
        assert_eq!(seen.is_untold(&["txt-suffix"]), None);
    }

    #[test]
    fn both_charts_and_both_forms_of_extra_arguments_are_known() {
        let listed = of(
            &json!({"sources": [{"ref": "values", "repoURL": "git"}, {"chart": "external-dns", "helm": {"valuesObject": {
                "provider": {"name": "aws"}, "extraArgs": ["--aws-zone-type=public", "--exclude-domains", "x.io"],
                "env": [{"name": "EXTERNAL_DNS_TXT_SUFFIX", "value": "-txt"}],
            }}}]}),
        );
        assert_eq!(listed.value("provider").unwrap(), Some("aws"));
        assert_eq!(listed.value("aws-zone-type").unwrap(), Some("public"));
        assert_eq!(listed.value("txt-suffix").unwrap(), Some("-txt"));
        let mapped = of(&json!({"source": {"chart": "external-dns", "helm": {"valuesObject": {
            "provider": "aws", "aws": {"zoneMatchParent": true},
            "extraArgs": {"txt-wildcard-replacement": "any", "exclude-domains": ["a", "b"], "txt-new-format-only": null},
        }}}}));
        assert!(mapped.is_set("aws-zone-match-parent").unwrap() && mapped.is_set("txt-new-format-only").unwrap());
        assert_eq!(mapped.values("exclude-domains").unwrap(), ["a", "b"]);
    }

    #[test]
    fn values_in_files_are_told_to_be_unseen() {
        let files = of(&json!({"source": {"chart": "external-dns", "helm": {
            "valueFiles": ["$values/dev.yaml"], "parameters": [{"name": "txtOwnerId", "value": "x"}],
        }}}));
        assert_eq!(files.is_untold(&["txt-owner-id"]), None);
        let untold = files.is_untold(&["domain-filter", "regex-domain-filter"]).unwrap();
        assert!(untold.contains("--domain-filter or --regex-domain-filter may be set in $values/dev.yaml"), "{untold}");
        let own = of(&json!({"source": {"path": "charts/external-dns", "repoURL": "git", "helm": {
            "values": "external-dns: {txtOwnerId: x}"}}}));
        assert_eq!(own.value("txt-owner-id").unwrap(), Some("x"));
        assert!(own.is_untold(&["policy"]).unwrap().contains("charts/external-dns of git"));
        assert!(of(&json!({})).elsewhere.is_none());
    }
}
