//! What policies of IAM say of a request: a local stand-in for IAM's simulator. Pure.
//!
//! What the documents here cannot tell (an operator that is not known here, a condition on what nobody said of the
//! request, text that is no policy) ends as [`Decision::Undecided`], never as allowed. Boundaries of permissions, and
//! the policies of an organization or a resource, are not seen here.

mod condition;
mod pattern;
mod simulated;
mod statement;
#[cfg(test)]
mod tests;
mod truth;

use serde_json::Value;

pub use simulated::simulated;
use statement::{Effect, On, Request, statements};
use truth::Truth;

/// What the policies say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A statement allows it, and none denies it.
    Allowed,
    /// A statement denies it.
    ExplicitDeny,
    /// No statement allows it.
    ImplicitDeny,
    /// It cannot be told here, and why.
    Undecided(String),
}

/// What a request says of itself: condition keys with their values. A key with no values is known to be absent; of one
/// that is not in the list nothing is known.
#[derive(Clone, Copy, Debug)]
struct Context<'a>(&'a [(String, Vec<String>)]);

impl<'a> Context<'a> {
    /// The names of keys know no case.
    fn get(self, key: &str) -> Option<&'a [String]> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, values)| values.as_slice())
    }
}

/// What the policies of one identity together say of an action on a resource (an ARN, or `*`). In `context`, a key
/// with no values is known to be absent from the request; a condition on a key that is not there at all is undecided.
pub fn decide(documents: &[Value], action: &str, resource: &str, context: &[(String, Vec<String>)]) -> Decision {
    let request = Request { action, on: On::Resource(resource), context: Context(context) };
    decision(documents.iter().flat_map(|document| statements(document, request)))
}

/// What a role's trust policy says of a principal of this kind (`Federated`, `Service`) that wants to take the role.
pub fn decide_trust(
    document: &Value,
    principal: (&str, &str),
    action: &str,
    context: &[(String, Vec<String>)],
) -> Decision {
    let request = Request { action, on: On::Principal(principal.0, principal.1), context: Context(context) };
    decision(statements(document, request))
}

fn decision(statements: impl IntoIterator<Item = (Effect, Truth)>) -> Decision {
    let (mut denied, mut allowed) = (Truth::No, Truth::No);
    for (effect, applies) in statements {
        if effect != Effect::Allow {
            denied = denied.or(applies.clone());
        }
        if effect != Effect::Deny {
            allowed = allowed.or(applies);
        }
    }
    match (denied, allowed) {
        (Truth::Yes, _) => Decision::ExplicitDeny,
        // Without a statement that allows it, a denial more or less makes no difference.
        (_, Truth::No) => Decision::ImplicitDeny,
        (Truth::Unknown(why), _) | (Truth::No, Truth::Unknown(why)) => Decision::Undecided(why),
        (Truth::No, Truth::Yes) => Decision::Allowed,
    }
}
