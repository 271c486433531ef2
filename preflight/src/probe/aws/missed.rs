//! Why there is no answer of AWS', and what to do. Pure.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use platform::aws::{Fault, NetworkFault};
use serde_json::json;

use crate::verdict::CannotLook;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Missed {
    /// What was asked for is not there.
    Absent,
    /// It could not be asked.
    Cannot(CannotLook),
}

impl Missed {
    /// An answer that makes no sense.
    pub(super) fn protocol(summary: impl Into<String>) -> Self {
        Self::Cannot(CannotLook::new("protocol", summary))
    }
}

/// What a call is about, in words and as the resource of a policy.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    words: String,
    arn: String,
}

impl Subject {
    pub(super) fn new(words: impl Into<String>, arn: impl Into<String>) -> Self {
        Self { words: words.into(), arn: arn.into() }
    }

    /// What came of a call of the SDK.
    pub(super) fn missed<E>(&self, action: &'static str) -> impl FnOnce(SdkError<E, HttpResponse>) -> Missed
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        move |error| self.fault(action)(Fault::of(&error))
    }

    /// What a fault means for the question.
    pub(super) fn fault(&self, action: &'static str) -> impl FnOnce(Fault) -> Missed {
        move |fault| match fault {
            Fault::NotFound { .. } => Missed::Absent,
            fault => Missed::Cannot(self.cannot(action, &fault)),
        }
    }

    /// Why `action` told nothing.
    pub(super) fn cannot(&self, action: &str, fault: &Fault) -> CannotLook {
        let asked = CannotLook::new(reason(fault), format!("cannot look at {} ({action}): {fault}", self.words));
        let asked = if fault.is_transient() { asked.passing() } else { asked };
        match fault {
            Fault::Denied { message, .. } => asked.fix(self.permission(action, message)),
            _ => asked,
        }
    }

    /// The statement that is missing, in one line. AWS names who is refused, and at times another action and resource
    /// than those that were asked for: the key of a secret, say.
    fn permission(&self, action: &str, message: &str) -> String {
        let action = named(message, "perform: ").filter(|word| word.contains(':')).unwrap_or(action);
        let resource = named(message, "on resource: ").filter(|word| word.starts_with("arn:")).unwrap_or(&self.arn);
        if message.contains("explicit deny") {
            return format!(
                "take away what denies {action} on {resource} (AWS calls it an explicit deny: a statement that allows \
                 it does not help)"
            );
        }
        let policy = match named(message, "User: ").filter(|word| word.starts_with("arn:")) {
            Some(caller) => format!("the policy of {caller}"),
            None => "the policy of the caller's role".to_owned(),
        };
        format!("add to {policy}: {}", json!({"Effect": "Allow", "Action": action, "Resource": resource}))
    }
}

fn reason(fault: &Fault) -> &'static str {
    match fault {
        Fault::Denied { .. } => "denied",
        Fault::Throttled { .. } => "throttled",
        Fault::Unavailable { .. } => "unavailable",
        Fault::Unreachable(NetworkFault::ConnectTimedOut | NetworkFault::Slow) => "timeout",
        Fault::Unreachable(_) => "unreachable",
        Fault::Credentials(_) => "credentials",
        Fault::NotFound { .. } | Fault::Other { .. } => "protocol",
    }
}

/// The word after `label` in a sentence of IAM's.
fn named<'a>(message: &'a str, label: &str) -> Option<&'a str> {
    message.split_once(label)?.1.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use platform::aws::{CredentialsFault, Fault, NetworkFault};

    use super::{Missed, Subject};
    use crate::verdict::CannotLook;

    const USER: &str = "User: arn:aws:sts::123456789012:assumed-role/preflight/x is not authorized to perform: ";

    fn role() -> Subject {
        Subject::new("the role eso", "arn:aws:iam::*:role/eso")
    }

    fn cannot(fault: Fault) -> CannotLook {
        match role().fault("iam:GetRole")(fault) {
            Missed::Cannot(cannot) => cannot,
            Missed::Absent => panic!("looked"),
        }
    }

    fn denied(message: &str) -> CannotLook {
        cannot(Fault::of_code("AccessDenied", message, Some(403)))
    }

    #[test]
    fn what_is_not_there_is_an_answer() {
        for code in ["NoSuchEntity", "DBInstanceNotFound", "NoSuchHostedZone", "InvalidVpcID.NotFound"] {
            assert_eq!(role().fault("iam:GetRole")(Fault::of_code(code, "", Some(404))), Missed::Absent, "{code}");
        }
        for code in ["RepositoryNotFoundException", "ImageNotFoundException", "ResourceNotFoundException"] {
            assert_eq!(role().fault("iam:GetRole")(Fault::of_code(code, "", Some(400))), Missed::Absent, "{code}");
        }
    }

    #[test]
    fn a_denial_names_the_action_and_the_statement_that_is_missing() {
        let seen = denied(&format!("{USER}iam:GetRole on resource: role eso because no identity-based policy allows"));
        assert_eq!(seen.reason, "denied");
        assert!(!seen.may_pass);
        assert!(
            seen.summary.starts_with("cannot look at the role eso (iam:GetRole): access denied (AccessDenied): User")
        );
        assert_eq!(
            seen.remedy.unwrap(),
            "add to the policy of arn:aws:sts::123456789012:assumed-role/preflight/x: \
             {\"Action\":\"iam:GetRole\",\"Effect\":\"Allow\",\"Resource\":\"arn:aws:iam::*:role/eso\"}"
        );
    }

    #[test]
    fn aws_may_name_another_permission() {
        let key = "arn:aws:kms:eu-west-2:123456789012:key/1";
        let remedy = denied(&format!("{USER}kms:Decrypt on resource: {key} because")).remedy.unwrap();
        assert!(
            remedy.ends_with(&format!("{{\"Action\":\"kms:Decrypt\",\"Effect\":\"Allow\",\"Resource\":\"{key}\"}}"))
        );
        let silent = denied("You are not authorized to perform this operation.").remedy.unwrap();
        assert!(silent.starts_with("add to the policy of the caller's role: {\"Action\":\"iam:GetRole\""), "{silent}");
    }

    #[test]
    fn a_permission_does_not_help_against_an_explicit_deny() {
        let message =
            format!("{USER}iam:GetRole on resource: role eso with an explicit deny in a service control policy");
        let remedy = denied(&message).remedy.unwrap();
        assert!(remedy.starts_with("take away what denies iam:GetRole on arn:aws:iam::*:role/eso"), "{remedy}");
    }

    #[test]
    fn only_what_may_pass_is_said_to_pass() {
        let unavailable = Fault::Unavailable { code: "HTTP 503".to_owned() };
        let cases = [
            (Fault::Throttled { code: "Throttling".to_owned() }, "throttled", true),
            (unavailable, "unavailable", true),
            (Fault::Unreachable(NetworkFault::ConnectTimedOut), "timeout", true),
            (Fault::Unreachable(NetworkFault::Refused), "unreachable", true),
            (Fault::Unreachable(NetworkFault::Untrusted), "unreachable", false),
            (Fault::Credentials(CredentialsFault::Missing), "credentials", false),
            (Fault::of_code("", "", Some(404)), "protocol", false),
        ];
        for (fault, reason, may_pass) in cases {
            let seen = cannot(fault);
            assert_eq!((seen.reason, seen.may_pass), (reason, may_pass), "{}", seen.summary);
        }
    }
}
