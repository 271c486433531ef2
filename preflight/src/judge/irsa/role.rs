//! `irsa.role.{component}`: the role is there, and may do something.

use serde_json::Value;

use super::component::Part;
use crate::judge::foundation::input::protocol;
use crate::judge::objects::items;
use crate::look::{Aws, Look};
use crate::verdict::{Finding, Judged, Verdict};
use crate::view::View;

/// The role exists, with at least one policy.
pub fn judge(view: &View<'_>) -> Judged {
    let part = Part::of(view)?;
    let policies = Aws::RolePolicies { name: part.role.clone() };
    view.all([Look::Aws(part.role_question()), Look::Aws(policies.clone())])?;
    if view.aws(part.role_question())?.is_none() {
        let summary = format!("role {} of {} does not exist", part.role, part.component.name);
        let fix = format!("Apply module.iam: it makes the role {} (its name follows from the build).", part.role);
        return Ok(Verdict::Fail(Finding::new("not_found", summary).fix(fix)));
    }
    let policies =
        view.aws(policies)?.filter(|seen| seen.is_object()).ok_or_else(|| protocol("the role's policies"))?;
    let count = count(policies);
    if count == 0 {
        let summary = format!("role {} has no policy, neither attached nor inline: it may do nothing", part.role);
        return Ok(Verdict::Fail(Finding::new("no_policy", summary)));
    }
    Ok(Verdict::Pass(format!(
        "{} has {}",
        part.role,
        if count == 1 { "1 policy".to_owned() } else { format!("{count} policies") }
    )))
}

fn count(policies: &Value) -> usize {
    items(policies, "/AttachedPolicies").len() + items(policies, "/PolicyNames").len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::example::{EPHEMERAL_ROLE, OF, ROLE, role, scope};
    use crate::check::Tier;
    use crate::inputs::Inputs;
    use crate::look::{Aws, Look};
    use crate::scope::example;
    use crate::verdict::{Short, Verdict};
    use crate::view::example::Seen;

    const ID: &str = "irsa.role.{component}";

    fn policies(name: &str) -> Aws {
        Aws::RolePolicies { name: name.to_owned() }
    }

    fn question(name: &str) -> Aws {
        Aws::Role { name: name.to_owned() }
    }

    fn with(attached: usize, inline: usize) -> Seen {
        let attached = vec![json!({"PolicyName": "x", "PolicyArn": "arn:x"}); attached];
        let inline = vec!["y"; inline];
        role(Seen::default()).aws(policies(ROLE), json!({"AttachedPolicies": attached, "PolicyNames": inline}))
    }

    fn reason(seen: &Seen) -> &'static str {
        match seen.judge_of(&scope(), ID, OF) {
            Ok(Verdict::Fail(finding)) => finding.reason,
            other => panic!("should fail: {other:?}"),
        }
    }

    #[test]
    fn a_role_with_a_policy_of_either_kind_passes() {
        for seen in [with(1, 0), with(0, 1), with(2, 2)] {
            assert!(matches!(seen.judge_of(&scope(), ID, OF), Ok(Verdict::Pass(_))));
        }
    }

    #[test]
    fn each_way_to_fail_has_its_reason() {
        assert_eq!(reason(&with(0, 0)), "no_policy");
        assert_eq!(reason(&Seen::default().no_aws(question(ROLE)).no_aws(policies(ROLE))), "not_found");
    }

    #[test]
    fn the_role_of_a_build_has_its_name() {
        let seen = Seen::default().no_aws(question(EPHEMERAL_ROLE)).no_aws(policies(EPHEMERAL_ROLE));
        let judged = seen.judge_of(&example::ephemeral(Tier::Delivery), ID, OF);
        assert!(matches!(judged, Ok(Verdict::Fail(finding)) if finding.summary.contains(EPHEMERAL_ROLE)));
    }

    #[test]
    fn what_cannot_be_looked_at_is_no_pass() {
        let no_role = with(1, 0).cannot(Look::Aws(question(ROLE)));
        let no_policies = role(Seen::default()).cannot(Look::Aws(policies(ROLE)));
        let odd = role(Seen::default()).aws(policies(ROLE), json!([]));
        let gone = role(Seen::default()).no_aws(policies(ROLE));
        for seen in [no_role, no_policies, odd, gone] {
            assert!(matches!(seen.judge_of(&scope(), ID, OF), Err(Short::Cannot(_))));
        }
        let mut nameless = example::ephemeral(Tier::Delivery);
        nameless.inputs = Inputs::default();
        let judged = Seen::default().judge_of(&nameless, ID, OF);
        assert!(matches!(judged, Err(Short::Cannot(cannot)) if cannot.reason == "input"));
        assert!(matches!(Seen::default().judge_of(&scope(), ID, "nobody"), Err(Short::Cannot(_))));
    }
}
