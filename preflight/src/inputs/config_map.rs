//! The inputs in the bootstrap `ConfigMap`. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Inputs, Name, Source};

/// Why the bootstrap `ConfigMap` cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BootstrapError {
    /// The nested document is no YAML.
    #[error("key bootstrap.yaml of configmap {name} is not YAML: {reason}")]
    Yaml {
        /// The `ConfigMap`, as `namespace/name`.
        name: String,
        /// The parser's word.
        reason: String,
    },
    /// It has no data.
    #[error("configmap {name} has no data")]
    Empty {
        /// The `ConfigMap`, as `namespace/name`.
        name: String,
    },
}

/// The inputs in a `ConfigMap` object's `data`: flat dotted keys, or one key `bootstrap.yaml` with a nested document.
/// Where both are there, the flat keys win. `name` is `namespace/name`.
pub fn from_config_map(object: &Value, name: &str) -> Result<Inputs, BootstrapError> {
    let empty = || BootstrapError::Empty { name: name.to_owned() };
    let data = object.get("data").and_then(Value::as_object).filter(|data| !data.is_empty()).ok_or_else(empty)?;
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    if let Some(document) = data.get("bootstrap.yaml").and_then(Value::as_str) {
        let nested: Value = serde_saphyr::from_str(document).map_err(|error| BootstrapError::Yaml {
            name: name.to_owned(),
            reason: error.to_string().lines().next().unwrap_or_default().to_owned(),
        })?;
        flatten("", &nested, &mut found);
    }
    found.extend(data.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))));
    let mut inputs = Inputs::default();
    for input in Name::ALL {
        if let Some(value) = input.keys().iter().find_map(|key| found.get(*key)) {
            inputs.add(input, value, Source::ConfigMap(name.to_owned()));
        }
    }
    Ok(inputs)
}

fn flatten(prefix: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&path, value, found);
            }
        }
        Value::Null => {}
        Value::String(text) => {
            found.insert(prefix.to_owned(), text.clone());
        }
        other => {
            found.insert(prefix.to_owned(), other.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{BootstrapError, Inputs, Name, Source, from_config_map};

    fn value(inputs: &Inputs, name: Name) -> Option<String> {
        inputs.get(name).map(|given| given.value.clone())
    }

    #[test]
    fn both_shapes_say_the_same() {
        let flat = json!({"data": {"bootstrap.mode": "persistent", "bootstrap.maxTier": "1.5", "environment.name": "dev",
            "platform.rdsAvailable": "true", "platform.rdsEndpoint": ""}});
        let nested = json!({"data": {"bootstrap.yaml":
            "bootstrap:\n  mode: persistent\n  maxTier: 1.5\n  env: dev\nplatform:\n  rdsAvailable: true\n"}});
        for object in [flat, nested] {
            let inputs = from_config_map(&object, "argocd/x").unwrap();
            assert_eq!(value(&inputs, Name::Mode).as_deref(), Some("persistent"));
            assert_eq!(value(&inputs, Name::MaxTier).as_deref(), Some("1.5"));
            assert_eq!(value(&inputs, Name::Environment).as_deref(), Some("dev"));
            assert_eq!(value(&inputs, Name::RdsAvailable).as_deref(), Some("true"));
            assert_eq!(value(&inputs, Name::RdsEndpoint), None);
            assert_eq!(inputs.get(Name::Mode).unwrap().source.to_string(), "configmap argocd/x");
        }
    }

    #[test]
    fn what_is_no_bootstrap_configuration_is_told() {
        let broken = json!({"data": {"bootstrap.yaml": "a: [1"}});
        assert!(matches!(from_config_map(&broken, "argocd/x"), Err(BootstrapError::Yaml { .. })));
        assert!(matches!(from_config_map(&json!({}), "argocd/x"), Err(BootstrapError::Empty { .. })));
    }

    #[test]
    fn the_stronger_source_wins_and_the_weaker_is_kept() {
        let mut strong = Inputs::default();
        strong.add(Name::MaxTier, "2", Source::Flag("max-tier"));
        let mut weak = Inputs::default();
        weak.add(Name::MaxTier, "3", Source::ConfigMap("argocd/x".to_owned()));
        weak.add(Name::Mode, "  ", Source::ConfigMap("argocd/x".to_owned()));
        let all = strong.over(weak);
        assert_eq!(value(&all, Name::MaxTier).as_deref(), Some("2"));
        assert_eq!(all.all(Name::MaxTier).len(), 2);
        assert_eq!(all.get(Name::Mode), None);
    }
}
