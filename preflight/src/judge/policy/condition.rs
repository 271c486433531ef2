//! The `Condition` of a statement.

use serde_json::Value;

use super::Context;
use super::pattern::{Grammar, Pattern};
use super::truth::Truth;

/// What a condition compares with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'a> {
    /// What the request says of itself.
    pub(super) context: Context<'a>,
    /// Whether the document's version knows variables.
    pub(super) has_variables: bool,
}

/// An operator, taken apart.
struct Operator {
    set: Set,
    compare: Compare,
    is_negated: bool,
    if_exists: bool,
}

/// How a key with several values is treated.
enum Set {
    None,
    All,
    Any,
}

#[derive(Clone, Copy)]
enum Compare {
    Text,
    TextInAnyCase,
    Like,
    Arn,
    Bool,
    Null,
}

/// Whether a statement's condition holds; one that is not there does.
pub(super) fn holds(condition: Option<&Value>, around: Surroundings<'_>) -> Truth {
    let Some(condition) = condition else { return Truth::Yes };
    let Some(operators) = condition.as_object() else {
        return Truth::Unknown("its Condition is no object".to_owned());
    };
    Truth::all(operators.iter().map(|(name, keys)| {
        let Some(operator) = operator(name) else {
            return Truth::Unknown(format!("the condition operator {name} is not known here"));
        };
        let Some(keys) = keys.as_object() else {
            return Truth::Unknown(format!("the condition {name} is no object"));
        };
        Truth::all(keys.iter().map(|(key, wanted)| key_holds(&operator, key, wanted, around)))
    }))
}

fn operator(name: &str) -> Option<Operator> {
    let (set, name) = match name.split_once(':') {
        Some(("ForAllValues", name)) => (Set::All, name),
        Some(("ForAnyValue", name)) => (Set::Any, name),
        Some(_) => return None,
        None => (Set::None, name),
    };
    let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |name| (name, true));
    let (compare, is_negated) = match name {
        "StringEquals" => (Compare::Text, false),
        "StringNotEquals" => (Compare::Text, true),
        "StringEqualsIgnoreCase" => (Compare::TextInAnyCase, false),
        "StringNotEqualsIgnoreCase" => (Compare::TextInAnyCase, true),
        "StringLike" => (Compare::Like, false),
        "StringNotLike" => (Compare::Like, true),
        "ArnEquals" | "ArnLike" => (Compare::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Compare::Arn, true),
        "Bool" => (Compare::Bool, false),
        "Null" if !if_exists && matches!(set, Set::None) => (Compare::Null, false),
        _ => return None,
    };
    Some(Operator { set, compare, is_negated, if_exists })
}

fn key_holds(operator: &Operator, key: &str, wanted: &Value, around: Surroundings<'_>) -> Truth {
    let Some(wanted) = texts(wanted) else {
        return Truth::Unknown(format!("the condition on {key} compares with no text"));
    };
    // What nobody said of the request may well be in it.
    let Some(found) = around.context.get(key) else {
        return Truth::Unknown(format!("it depends on {key}, which is not known here"));
    };
    if matches!(operator.compare, Compare::Null) {
        return Truth::any(wanted.iter().map(|wanted| is_absent(wanted, found)));
    }
    let value_holds = |found: &String| {
        let matched = Truth::any(wanted.iter().map(|wanted| matches(operator.compare, wanted, found, around)));
        if operator.is_negated { matched.negated() } else { matched }
    };
    match (&operator.set, found) {
        (_, []) if operator.if_exists => Truth::Yes,
        (Set::All, _) => Truth::all(found.iter().map(value_holds)),
        (Set::Any, _) => Truth::any(found.iter().map(value_holds)),
        (Set::None, []) => operator.is_negated.into(),
        (Set::None, [only]) => value_holds(only),
        // IAM promises nothing for several values without a set operator.
        (Set::None, _) => Truth::Unknown(format!("{key} has several values, and its operator takes one")),
    }
}

fn is_absent(wanted: &str, found: &[String]) -> Truth {
    match wanted.to_ascii_lowercase().as_str() {
        "true" => found.is_empty().into(),
        "false" => (!found.is_empty()).into(),
        _ => Truth::Unknown(format!("Null compares with {wanted:?}")),
    }
}

fn matches(compare: Compare, wanted: &str, found: &str, around: Surroundings<'_>) -> Truth {
    let variables = around.has_variables.then_some(around.context);
    let grammar = |has_wildcards| Grammar { has_wildcards, variables };
    let parsed = match compare {
        Compare::Text => Pattern::parse(wanted, grammar(false)).map(|pattern| pattern.matches(found)),
        Compare::TextInAnyCase => {
            Pattern::parse(&wanted.to_lowercase(), grammar(false)).map(|pattern| pattern.matches(&found.to_lowercase()))
        }
        Compare::Like => Pattern::parse(wanted, grammar(true)).map(|pattern| pattern.matches(found)),
        Compare::Arn => arn_matches(wanted, found, grammar(true)),
        Compare::Bool => Ok(wanted.eq_ignore_ascii_case(found)),
        Compare::Null => Err("Null compares no values".to_owned()),
    };
    parsed.map_or_else(Truth::Unknown, Truth::from)
}

/// An ARN is compared part by part; the sixth is all that is left.
fn arn_matches(wanted: &str, found: &str, grammar: Grammar<'_>) -> Result<bool, String> {
    // A colon in a variable would be taken for one of the ARN's.
    if grammar.variables.is_some() && wanted.contains("${") {
        return Err("it compares ARNs with variables, which is not known here".to_owned());
    }
    let (wanted, found): (Vec<&str>, Vec<&str>) = (wanted.splitn(6, ':').collect(), found.splitn(6, ':').collect());
    if wanted.len() != found.len() {
        return Ok(false);
    }
    for (wanted, found) in wanted.iter().zip(&found) {
        if !Pattern::parse(wanted, grammar)?.matches(found) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// One or several texts; numbers and truths count as what they are written as.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Bool(_) | Value::Number(_) => Some(vec![value.to_string()]),
        Value::Array(values) if values.iter().all(|value| !value.is_array()) => {
            values.iter().map(texts).collect::<Option<Vec<_>>>().map(|texts| texts.concat())
        }
        _ => None,
    }
}
