//! Which database hosts the apps' own values name. Pure.
//!
//! Only what stands in the Application itself is seen here, not in the files of values that it refers to.

use std::collections::BTreeSet;

use serde_json::Value;

use super::server::is_of_rds;
use crate::judge::hosts::plain;
use crate::judge::objects::{items, name, text};
use crate::profile::App;

/// Whether an Argo CD Application installs this app: it goes to a namespace of the app's, or is called so, by itself or
/// behind the environment.
pub fn installs(application: &Value, app: &App) -> bool {
    let namespace = text(application, "/spec/destination/namespace");
    let called = name(application);
    app.namespaces.iter().any(|own| own == namespace)
        || called == app.name
        || called.ends_with(&format!("-{}", app.name))
}

/// The hosts of RDS that an Application's Helm values name.
pub fn hosts(application: &Value) -> BTreeSet<String> {
    let mut hosts = BTreeSet::new();
    let sources = application.pointer("/spec/source").into_iter().chain(items(application, "/spec/sources"));
    for helm in sources.filter_map(|source| source.get("helm")) {
        for part in ["values", "valuesObject", "parameters"] {
            collect(helm.get(part).unwrap_or(&Value::Null), &mut hosts);
        }
    }
    hosts
}

fn collect(value: &Value, hosts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.')));
            hosts.extend(words.map(plain).filter(|word| is_of_rds(word)));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, hosts)),
        Value::Object(members) => members.values().for_each(|value| collect(value, hosts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::hosts;

    #[test]
    fn hosts_are_found_wherever_values_stand() {
        let application = json!({"spec": {
            "source": {"helm": {"values": "db:\n  host: a.x.eu-west-2.rds.amazonaws.com # was b\n"}},
            "sources": [
                {"helm": {"valuesObject": {"db": [{"url": "postgres://u@B.x.eu-west-2.rds.amazonaws.com.:5432/d"}]}}},
                {"helm": {"parameters": [{"name": "host", "value": "c.x.eu-west-2.rds.amazonaws.com"}]}},
                {"path": "d.x.eu-west-2.rds.amazonaws.com"},
            ],
        }});
        let expected = ["a", "b", "c"].map(|name| format!("{name}.x.eu-west-2.rds.amazonaws.com"));
        assert_eq!(hosts(&application).into_iter().collect::<Vec<_>>(), expected);
        assert!(hosts(&json!({"spec": {"source": {"helm": {"values": "host: db.local"}}}})).is_empty());
    }
}
