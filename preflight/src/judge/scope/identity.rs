//! `self.identity`: whom AWS takes the run for.

use crate::inputs::Name;
use crate::judge::foundation::caller::{Caller, caller};
use crate::verdict::{Finding, Judged, Verdict};
use crate::view::View;

/// The run is in the account that it is for, under a role of its own.
pub fn judge(view: &View<'_>) -> Judged {
    let scope = view.scope;
    let caller = caller(view)?;
    if let Some(expected) = scope.text(Name::Account).filter(|expected| *expected != caller.account) {
        let summary = format!("the run is in account {}, and {expected} is the platform's", caller.account);
        let seen = [format!("runs as {}", caller.arn), format!("account {}", scope.told(Name::Account))];
        let fix = format!("Run with credentials of account {expected}, or correct the input account.");
        return Ok(Verdict::Fail(Finding::new("wrong_account", summary).seen(seen).fix(fix)));
    }
    // Elsewhere a machine's own role is a way like any other.
    if let Some((role, machine)) = node_role(&caller).filter(|_| scope.asked.inside) {
        let summary =
            format!("running as node role {role} (of {machine}): what pods of this node may do, not this run");
        return Ok(Verdict::Fail(Finding::new("node_role", summary).seen([caller.arn.to_owned()])));
    }
    if caller.arn.ends_with(":root") {
        let summary = format!("running as the root user of account {}", caller.account);
        let fix = "Run under a role with what preflight access prints.";
        return Ok(Verdict::Warn(Finding::new("root", summary).fix(fix)));
    }
    Ok(Verdict::Pass(format!("running as {}", caller.arn)))
}

/// The role and the machine, where the session is named like a machine: so are those of its instance profile alone.
fn node_role<'a>(caller: &Caller<'a>) -> Option<(&'a str, &'a str)> {
    let is_hex = |id: &str| matches!(id.len(), 8..=17) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    caller.assumed_role().filter(|(_, session)| session.strip_prefix("i-").is_some_and(is_hex))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::check::Tier;
    use crate::inputs::{Inputs, Name};
    use crate::look::{Aws, Look};
    use crate::scope::{Scope, example};
    use crate::verdict::{Short, Verdict};
    use crate::view::example::Seen;

    const ID: &str = "self.identity";

    fn scope() -> Scope {
        example::persistent(Tier::Cluster)
    }

    fn running_as(arn: &str) -> Seen {
        Seen::default().aws(Aws::CallerIdentity, json!({"Account": "123456789012", "Arn": arn, "UserId": "x"}))
    }

    #[test]
    fn a_role_of_the_account_passes() {
        running_as("arn:aws:sts::123456789012:assumed-role/goldenpath-idp-preflight/botocore-session-1")
            .passes(&scope(), ID);
        running_as("arn:aws:sts::123456789012:assumed-role/preflight/i-am-a-session").passes(&scope(), ID);
        running_as("arn:aws:iam::123456789012:user/someone").passes(&scope(), ID);
        let mut unknown = scope();
        unknown.inputs = Inputs::default();
        running_as("arn:aws:iam::123456789012:user/someone").passes(&unknown, ID);
    }

    #[test]
    fn each_way_to_fail_has_its_reason() {
        let elsewhere = example::changed(Tier::Cluster, &[(Name::Account, "999999999999")]);
        assert_eq!(running_as("arn:aws:iam::123456789012:user/someone").fails(&elsewhere, ID), "wrong_account");
        let node = running_as("arn:aws:sts::123456789012:assumed-role/dev-node-group/i-0abc1234def567890");
        assert_eq!(node.fails(&scope(), ID), "node_role");
        let judged = node.judge(&scope(), ID);
        assert!(
            matches!(judged, Ok(Verdict::Fail(finding)) if finding.summary.starts_with("running as node role dev-node-group"))
        );
        let mut outside = scope();
        outside.asked.inside = false;
        node.passes(&outside, ID);
    }

    #[test]
    fn the_root_user_is_warned_of() {
        let judged = running_as("arn:aws:iam::123456789012:root").judge(&scope(), ID);
        assert!(matches!(judged, Ok(Verdict::Warn(finding)) if finding.reason == "root"));
    }

    #[test]
    fn what_cannot_be_looked_at_is_no_pass() {
        let denied = Seen::default().cannot(Look::Aws(Aws::CallerIdentity));
        let empty = Seen::default().aws(Aws::CallerIdentity, json!({}));
        let absent = Seen::default().no_aws(Aws::CallerIdentity);
        for seen in [denied, empty, absent] {
            assert!(matches!(seen.judge(&scope(), ID), Err(Short::Cannot(_))));
        }
    }
}
