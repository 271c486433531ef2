//! What a secret's value says of itself, without its values. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::look::{LoginFacts, SecretContent, ValueState};

/// What is in a secret's current value; `text` is none where that is binary. A text that is no JSON object stands under
/// the empty key: it may be a placeholder, too.
pub(super) fn content(text: Option<&str>, version: &str, placeholders: &[String]) -> SecretContent {
    let parsed = text.map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)));
    let (is_object, keys, login) = match &parsed {
        Some(Value::Object(map)) => {
            let keys = map.iter().map(|(key, value)| (key.clone(), state(value, placeholders)));
            (true, keys.collect(), login(map))
        }
        Some(other) => (false, BTreeMap::from([(String::new(), state(other, placeholders))]), None),
        None => (false, BTreeMap::new(), None),
    };
    SecretContent { version: version.to_owned(), has_value: true, is_object, keys, login }
}

/// Whether a text, or one within, stands for one yet to come.
fn state(value: &Value, placeholders: &[String]) -> ValueState {
    match value {
        Value::Null => ValueState::Empty,
        Value::String(text) if text.trim().is_empty() => ValueState::Empty,
        value if holds_placeholder(value, placeholders) => ValueState::Placeholder,
        _ => ValueState::Present,
    }
}

fn holds_placeholder(value: &Value, placeholders: &[String]) -> bool {
    match value {
        Value::String(text) => {
            let text = text.to_lowercase();
            placeholders.iter().any(|part| !part.is_empty() && text.contains(&part.to_lowercase()))
        }
        Value::Array(values) => values.iter().any(|value| holds_placeholder(value, placeholders)),
        Value::Object(members) => members.values().any(|value| holds_placeholder(value, placeholders)),
        _ => false,
    }
}

/// Who would log in where, where all of that is said; the password may still be missing.
fn login(map: &Map<String, Value>) -> Option<LoginFacts> {
    let text = |key: &str| map.get(key)?.as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned);
    let port = match map.get("port")? {
        Value::Number(number) => number.as_u64().and_then(|number| u16::try_from(number).ok()),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    Some(LoginFacts {
        username: text("username")?,
        host: text("host")?,
        port: port.filter(|port| *port != 0)?,
        dbname: text("dbname")?,
        instance: text("dbInstanceIdentifier"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::content;
    use crate::look::{LoginFacts, SecretContent, ValueState};

    fn of(text: &str) -> SecretContent {
        content(Some(text), "v1", &["PLACEHOLDER".to_owned(), "CHANGEME".to_owned(), String::new()])
    }

    fn states(text: &str) -> Vec<(String, ValueState)> {
        of(text).keys.into_iter().collect()
    }

    fn pair(key: &str, state: ValueState) -> (String, ValueState) {
        (key.to_owned(), state)
    }

    #[test]
    fn keys_are_told_and_values_are_not() {
        let text = json!({"a": "hunter2", "b": "", "c": null, "d": "x-placeholder_2", "e": 1, "f": {"g": ["ChangeMe"]}, "h": " "});
        let seen = of(&text.to_string());
        let expected = [
            pair("a", ValueState::Present),
            pair("b", ValueState::Empty),
            pair("c", ValueState::Empty),
            pair("d", ValueState::Placeholder),
            pair("e", ValueState::Present),
            pair("f", ValueState::Placeholder),
            pair("h", ValueState::Empty),
        ];
        assert_eq!(seen.keys.clone().into_iter().collect::<Vec<_>>(), expected);
        assert!(seen.has_value && seen.is_object && seen.version == "v1");
        assert!(!format!("{seen:?}").contains("hunter2"));
    }

    #[test]
    fn a_text_that_is_no_object_stands_under_the_empty_key() {
        assert_eq!(states("PLACEHOLDER_CHANGE_ME"), [pair("", ValueState::Placeholder)]);
        assert_eq!(states("hunter2"), [pair("", ValueState::Present)]);
        assert_eq!(states(""), [pair("", ValueState::Empty)]);
        assert_eq!(states("[\"changeme\"]"), [pair("", ValueState::Placeholder)]);
        assert!(!of("hunter2").is_object && of("hunter2").has_value);
    }

    #[test]
    fn a_binary_value_has_no_keys() {
        let expected = SecretContent { version: "v1".to_owned(), has_value: true, ..SecretContent::default() };
        assert_eq!(content(None, "v1", &[]), expected);
    }

    #[test]
    fn a_login_is_told_without_its_password() {
        let whole = json!({"username": "u", "password": "PLACEHOLDER", "host": "h", "port": "5432", "dbname": "d",
            "dbInstanceIdentifier": "i"});
        let expected = LoginFacts {
            username: "u".to_owned(),
            host: "h".to_owned(),
            port: 5432,
            dbname: "d".to_owned(),
            instance: Some("i".to_owned()),
        };
        assert_eq!(of(&whole.to_string()).login, Some(expected));
        for (key, value) in [("port", json!(0)), ("port", json!(true)), ("host", json!("")), ("dbname", json!(null))] {
            let mut part = whole.clone();
            part[key] = value;
            assert_eq!(of(&part.to_string()).login, None, "{key}");
        }
    }
}
