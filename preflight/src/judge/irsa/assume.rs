//! `irsa.assume.{component}`: a token of the service account really becomes the role.

use serde_json::Value;

use super::component::Part;
use crate::judge::foundation::input::protocol;
use crate::judge::objects::text;
use crate::look::Aws;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// STS takes a token of the service account for the role that it is annotated with.
pub fn judge(view: &View<'_>) -> Judged {
    let part = Part::of(view)?;
    let account = part.account();
    let Some(annotated) = part.annotated(view)? else {
        return Err(Short::Blocked(format!(
            "irsa.sa.{}: service account {account} does not exist",
            part.component.name
        )));
    };
    if annotated.is_empty() {
        return Ok(Verdict::Skip(format!("service account {account} names no role that a token could be changed for")));
    }
    let question = Aws::Assume {
        role: annotated.to_owned(),
        namespace: part.namespace.clone(),
        service_account: part.name.clone(),
    };
    let said = view.aws(question)?.ok_or_else(|| protocol("what STS says to a token"))?;
    match (text(said, "/Arn"), text(said, "/Error")) {
        ("", "") => Err(protocol("what STS says to a token")),
        (arn, "") => Ok(Verdict::Pass(format!("{account} becomes {arn}"))),
        (_, error) => Ok(Verdict::Fail(refusal(&account, annotated, error, said))),
    }
}

fn refusal(account: &str, role: &str, error: &str, said: &Value) -> Finding {
    let (reason, why) = match error {
        "AccessDenied" | "AccessDeniedException" => ("denied", "the role does not exist, or does not trust it"),
        "InvalidIdentityToken" => {
            ("invalid_token", "IAM has no OIDC provider for its issuer, or another audience in it")
        }
        "ExpiredTokenException" | "ExpiredToken" => ("expired_token", "the clocks of cluster and AWS disagree"),
        _ => ("refused", "of the reason it gives"),
    };
    let summary = format!("STS refuses a token of {account} for {role}: {error}, because {why}");
    let summary =
        if reason == "refused" { format!("STS refuses a token of {account} for {role}: {error}") } else { summary };
    Finding::new(reason, summary).seen([format!("{error}: {}", text(said, "/Message"))])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::example::{ARN, OF, account, scope};
    use crate::kinds::SERVICE_ACCOUNTS;
    use crate::look::{Aws, Look};
    use crate::verdict::{Short, Verdict};
    use crate::view::example::Seen;
    use crate::view::get;

    const ID: &str = "irsa.assume.{component}";

    fn question() -> Aws {
        Aws::Assume {
            role: ARN.to_owned(),
            namespace: "kube-system".to_owned(),
            service_account: "external-dns".to_owned(),
        }
    }

    fn said(answer: Value) -> Seen {
        account(Seen::default(), ARN).aws(question(), answer)
    }

    #[test]
    fn a_token_that_becomes_the_role_passes() {
        let arn = "arn:aws:sts::123456789012:assumed-role/goldenpath-idp-external-dns/preflight";
        assert!(matches!(said(json!({"Arn": arn})).judge_of(&scope(), ID, OF), Ok(Verdict::Pass(_))));
    }

    #[test]
    fn each_refusal_has_its_reason() {
        for (error, reason) in [
            ("AccessDenied", "denied"),
            ("InvalidIdentityToken", "invalid_token"),
            ("ExpiredTokenException", "expired_token"),
            ("MalformedPolicyDocument", "refused"),
        ] {
            let judged = said(json!({"Error": error, "Message": "why"})).judge_of(&scope(), ID, OF);
            let Ok(Verdict::Fail(finding)) = judged else { panic!("{judged:?}") };
            assert_eq!(finding.reason, reason);
            assert_eq!(finding.evidence, [format!("{error}: why")]);
        }
    }

    #[test]
    fn without_a_role_to_become_there_is_nothing_to_try() {
        assert!(matches!(account(Seen::default(), "").judge_of(&scope(), ID, OF), Ok(Verdict::Skip(_))));
        let absent = Seen::default().no_object(SERVICE_ACCOUNTS, "kube-system", OF);
        assert!(matches!(absent.judge_of(&scope(), ID, OF), Err(Short::Blocked(_))));
    }

    #[test]
    fn what_cannot_be_looked_at_is_no_pass() {
        let unread = Seen::default().cannot(Look::Kubernetes(get(SERVICE_ACCOUNTS, "kube-system", OF)));
        let unasked = account(Seen::default(), ARN).cannot(Look::Aws(question()));
        let gone = account(Seen::default(), ARN).no_aws(question());
        for seen in [unread, unasked, gone, said(json!({}))] {
            assert!(matches!(seen.judge_of(&scope(), ID, OF), Err(Short::Cannot(_))));
        }
    }
}
