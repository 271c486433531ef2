//! What a trust policy names, whatever it says of it.

use serde_json::Value;

fn statements(document: &Value) -> Vec<&Value> {
    match document.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().collect(),
        Some(statement) => vec![statement],
        None => Vec::new(),
    }
}

/// One text, or those of a list.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

/// The providers of tokens that it names.
pub(super) fn federated(document: &Value) -> Vec<&str> {
    let named = |statement: &&'_ Value| statement.pointer("/Principal/Federated").is_some();
    statements(document)
        .into_iter()
        .filter(named)
        .flat_map(|statement| texts(&statement["Principal"]["Federated"]))
        .collect()
}

/// The conditions: each key, and what it is compared with.
fn conditions(document: &Value) -> Vec<(&str, &Value)> {
    let operators = statements(document).into_iter().filter_map(|statement| statement.get("Condition")?.as_object());
    let keys = operators.flat_map(|operators| operators.values()).filter_map(Value::as_object);
    keys.flatten().map(|(key, values)| (key.as_str(), values)).collect()
}

/// The keys of its conditions.
pub(super) fn condition_keys(document: &Value) -> Vec<&str> {
    conditions(document).into_iter().map(|(key, _)| key).collect()
}

/// What its conditions compare a key with.
pub(super) fn condition_values<'a>(document: &'a Value, key: &str) -> Vec<&'a str> {
    let own = conditions(document).into_iter().filter(|(found, _)| found.eq_ignore_ascii_case(key));
    own.flat_map(|(_, values)| texts(values)).collect()
}

/// The same document without the conditions on these keys.
pub(super) fn without(document: &Value, keys: &[&str]) -> Value {
    let mut document = document.clone();
    let statements = match document.get_mut("Statement") {
        Some(Value::Array(statements)) => statements.iter_mut().collect(),
        Some(statement) => vec![statement],
        None => Vec::new(),
    };
    let conditions = statements.into_iter().filter_map(|statement| statement.get_mut("Condition")?.as_object_mut());
    for compared in conditions.flat_map(|operators| operators.values_mut()).filter_map(Value::as_object_mut) {
        compared.retain(|key, _| !keys.iter().any(|removed| removed.eq_ignore_ascii_case(key)));
    }
    document
}
