//! The statements of a document, each by itself.

use serde_json::{Map, Value};

use super::Context;
use super::condition::{Surroundings, holds, texts};
use super::pattern::{Grammar, Pattern};
use super::truth::Truth;

/// The version since which texts have variables.
const WITH_VARIABLES: &str = "2012-10-17";

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub(super) action: &'a str,
    pub(super) on: On<'a>,
    pub(super) context: Context<'a>,
}

/// On what, or by whom: an identity's policy names resources, a role's trust policy those who may take the role.
#[derive(Clone, Copy, Debug)]
pub(super) enum On<'a> {
    /// A resource's ARN, or `*`.
    Resource(&'a str),
    /// A kind of principal (`Federated`, `Service`), and which.
    Principal(&'a str, &'a str),
}

/// What a statement does where it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
    /// It cannot be read: it may do either.
    Either,
}

/// Each statement of a document: what it does, and whether it applies.
pub(super) fn statements(document: &Value, request: Request<'_>) -> Vec<(Effect, Truth)> {
    let has_variables = document.get("Version").and_then(Value::as_str) == Some(WITH_VARIABLES);
    match document.get("Statement") {
        Some(Value::Array(statements)) => {
            statements.iter().map(|statement| judged(statement, request, has_variables)).collect()
        }
        Some(statement @ Value::Object(_)) => vec![judged(statement, request, has_variables)],
        _ => vec![unreadable("a policy document has no Statement")],
    }
}

fn judged(statement: &Value, request: Request<'_>, has_variables: bool) -> (Effect, Truth) {
    let Some(statement) = statement.as_object() else {
        return unreadable("a statement is no object");
    };
    let around = Surroundings { context: request.context, has_variables };
    let applies = || {
        let on = match request.on {
            On::Resource(resource) => on_resource(statement, resource, around),
            On::Principal(kind, id) => by_principal(statement, kind, id),
        };
        action(statement, request.action).and(on).and(holds(statement.get("Condition"), around))
    };
    match statement.get("Effect").and_then(Value::as_str) {
        Some("Allow") => (Effect::Allow, applies()),
        Some("Deny") => (Effect::Deny, applies()),
        _ => unreadable("a statement has no Effect"),
    }
}

fn unreadable(why: &str) -> (Effect, Truth) {
    (Effect::Either, Truth::Unknown(why.to_owned()))
}

/// The names of actions know no case, and no variables.
fn action(statement: &Map<String, Value>, action: &str) -> Truth {
    let action = action.to_ascii_lowercase();
    let grammar = Grammar { has_wildcards: true, variables: None };
    either(statement, ["Action", "NotAction"], |pattern| {
        Pattern::parse(&pattern.to_ascii_lowercase(), grammar).map(|pattern| pattern.matches(&action))
    })
}

fn on_resource(statement: &Map<String, Value>, resource: &str, around: Surroundings<'_>) -> Truth {
    let grammar = Grammar { has_wildcards: true, variables: around.has_variables.then_some(around.context) };
    either(statement, ["Resource", "NotResource"], |pattern| {
        Pattern::parse(&completed(pattern), grammar).map(|pattern| pattern.matches(resource))
    })
}

/// IAM fills the parts that an ARN leaves out at its end with `*`.
fn completed(arn: &str) -> String {
    let missing = 5_usize.saturating_sub(arn.matches(':').count());
    if arn.starts_with("arn:") && !arn.contains("${") {
        format!("{arn}{}", ":*".repeat(missing))
    } else {
        arn.to_owned()
    }
}

/// Whether the statement's first element has a pattern that fits, or its second has none. Exactly one must be there.
fn either(
    statement: &Map<String, Value>,
    [positive, negative]: [&str; 2],
    fits: impl Fn(&str) -> Result<bool, String>,
) -> Truth {
    let (value, is_negated) = match (statement.get(positive), statement.get(negative)) {
        (Some(value), None) => (value, false),
        (None, Some(value)) => (value, true),
        _ => return Truth::Unknown(format!("a statement has not exactly one of {positive} and {negative}")),
    };
    let Some(patterns) = texts(value) else {
        return Truth::Unknown(format!("the {positive} of a statement is no text"));
    };
    let matched = Truth::any(patterns.iter().map(|pattern| fits(pattern).map_or_else(Truth::Unknown, Truth::from)));
    if is_negated { matched.negated() } else { matched }
}

fn by_principal(statement: &Map<String, Value>, kind: &str, id: &str) -> Truth {
    match statement.get("Principal") {
        Some(Value::Object(principals)) => match principals.get(kind).map(texts) {
            Some(Some(ids)) => ids.iter().any(|named| named == id).into(),
            Some(None) => Truth::Unknown(format!("the {kind} of a statement is no text")),
            None => Truth::No,
        },
        Some(_) => Truth::Unknown("a statement is for every principal".to_owned()),
        None => Truth::Unknown("a statement names no Principal".to_owned()),
    }
}
