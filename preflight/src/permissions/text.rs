//! Permissions as text, for people and `kubectl`.

use serde_json::Value;

use super::Permissions;
use crate::lines::line;

/// As YAML documents and JSON, for people; also what `kubectl apply -f` takes up to the policy.
pub fn text(permissions: &Permissions) -> String {
    let mut text = String::new();
    for object in &permissions.kubernetes {
        text.push_str("---\n");
        text.push_str(&yaml(object));
    }
    text.push_str("---\n# IAM policy:\n");
    let policy = serde_json::to_string_pretty(&permissions.iam).unwrap_or_default();
    text.extend(policy.lines().map(|line| format!("# {line}\n")));
    text.extend(permissions.notes.iter().map(|note| format!("# note: {note}\n")));
    text
}

/// A role as YAML: lists in one line, which is all that roles need.
fn yaml(object: &Value) -> String {
    let metadata = &object["metadata"];
    let mut text = format!(
        "apiVersion: {}\nkind: {}\nmetadata:\n  name: {}\n",
        object["apiVersion"].as_str().unwrap_or_default(),
        object["kind"].as_str().unwrap_or_default(),
        metadata["name"].as_str().unwrap_or_default(),
    );
    if let Some(namespace) = metadata["namespace"].as_str() {
        line(&mut text, &format!("  namespace: {namespace}"));
    }
    text.push_str("rules:\n");
    for rule in object["rules"].as_array().into_iter().flatten() {
        let keys = ["apiGroups", "resources", "resourceNames", "nonResourceURLs", "verbs"];
        let present = keys.iter().filter(|key| rule.get(**key).is_some());
        for (index, key) in present.enumerate() {
            let mark = if index == 0 { "- " } else { "  " };
            // JSON's lists are YAML's flow lists.
            line(&mut text, &format!("{mark}{key}: {}", rule[*key].to_string().replace("\",\"", "\", \"")));
        }
    }
    text
}
