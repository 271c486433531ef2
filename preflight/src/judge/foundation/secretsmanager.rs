//! `fnd.secretsmanager`: Secrets Manager can be reached.

use super::input::filled;
use crate::inputs::Name;
use crate::look::{Aws, Look};
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// Its endpoint answers. What it answers is for others to judge: also a refusal has come over the network.
pub fn judge(view: &View<'_>) -> Judged {
    let path = filled(view, &view.scope.profile.database.master)?;
    let Err(cannot) = view.tried(Look::Aws(Aws::SecretDescription { path }))? else {
        return Ok(Verdict::Pass("Secrets Manager answers".to_owned()));
    };
    match cannot.reason {
        "denied" => Ok(Verdict::Pass("Secrets Manager answers (it refuses access)".to_owned())),
        "throttled" => Ok(Verdict::Pass("Secrets Manager answers (it asks for patience)".to_owned())),
        "unreachable" | "timeout" => {
            let region = view.scope.text(Name::Region).map(|region| format!(".{region}")).unwrap_or_default();
            let summary = format!("secretsmanager{region} cannot be reached: {}", cannot.summary);
            Ok(Verdict::Fail(Finding::new("unreachable", summary)))
        }
        _ => Err(Short::Cannot(cannot.clone())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::check::Tier;
    use crate::inputs::Name;
    use crate::look::{Aws, Look};
    use crate::scope::{Scope, example};
    use crate::verdict::{CannotLook, Short, Verdict};
    use crate::view::example::Seen;

    const ID: &str = "fnd.secretsmanager";

    fn scope() -> Scope {
        example::persistent(Tier::Cluster)
    }

    fn question() -> Aws {
        Aws::SecretDescription { path: "goldenpath/dev/rds/master".to_owned() }
    }

    fn cannot(reason: &'static str) -> Seen {
        Seen::default().cannot_because(Look::Aws(question()), CannotLook::new(reason, "why"))
    }

    #[test]
    fn every_answer_passes_also_a_refusal() {
        Seen::default().aws(question(), json!({"Name": "goldenpath/dev/rds/master"})).passes(&scope(), ID);
        Seen::default().no_aws(question()).passes(&scope(), ID);
        for reason in ["denied", "throttled"] {
            cannot(reason).passes(&scope(), ID);
        }
    }

    #[test]
    fn a_network_that_does_not_carry_the_question_fails() {
        for reason in ["unreachable", "timeout"] {
            let judged = cannot(reason).judge(&scope(), ID);
            let Ok(Verdict::Fail(finding)) = judged else { panic!("{judged:?}") };
            assert_eq!(finding.reason, "unreachable");
            assert_eq!(finding.summary, "secretsmanager.eu-west-2 cannot be reached: why");
        }
    }

    #[test]
    fn what_was_never_asked_is_no_pass() {
        for reason in ["credentials", "region", "unavailable", "protocol"] {
            assert!(matches!(cannot(reason).judge(&scope(), ID), Err(Short::Cannot(_))), "{reason}");
        }
        let mut nowhere = scope();
        nowhere.inputs = crate::inputs::Inputs::default();
        nowhere.inputs.add(Name::Region, "eu-west-2", crate::inputs::Source::Flag("region"));
        let judged = Seen::default().judge(&nowhere, ID);
        assert!(matches!(&judged, Err(Short::Cannot(cannot)) if cannot.reason == "input"), "{judged:?}");
    }
}
