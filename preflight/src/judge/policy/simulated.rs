//! What IAM's own simulation says. Pure.

use serde_json::Value;

use super::Decision;
use crate::judge::objects::{listed, text, texts};

/// What one of its results says of an action. A denial for want of a key of the request's context is none: a real request
/// has that key.
pub fn simulated(result: &Value) -> Decision {
    let missing = texts(result, "/MissingContextValues");
    match text(result, "/EvalDecision") {
        "allowed" => Decision::Allowed,
        "explicitDeny" | "implicitDeny" if !missing.is_empty() => {
            Decision::Undecided(format!("it depends on {}, which is not known here", listed(missing)))
        }
        "explicitDeny" => Decision::ExplicitDeny,
        "implicitDeny" => Decision::ImplicitDeny,
        other => Decision::Undecided(format!("IAM says {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Decision, simulated};

    #[test]
    fn a_denial_for_want_of_a_key_is_none() {
        for (decision, expected) in [("explicitDeny", Decision::ExplicitDeny), ("implicitDeny", Decision::ImplicitDeny)]
        {
            assert_eq!(simulated(&json!({"EvalDecision": decision, "MissingContextValues": []})), expected);
            let missing = simulated(&json!({"EvalDecision": decision, "MissingContextValues": ["aws:SourceVpce"]}));
            assert!(matches!(missing, Decision::Undecided(why) if why.contains("aws:SourceVpce")));
        }
        let allowed = json!({"EvalDecision": "allowed", "MissingContextValues": ["aws:SourceVpce"]});
        assert_eq!(simulated(&allowed), Decision::Allowed);
        assert!(matches!(simulated(&json!({})), Decision::Undecided(_)));
    }
}
