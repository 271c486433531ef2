//! Decisions, against what IAM's documentation says.

mod conditions;

use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde_json::{Value, json};

use super::{Decision, decide, decide_trust};

const SECRET: &str = "arn:aws:secretsmanager:eu-west-2:123456789012:secret:goldenpath/dev/x-AbCdEf";
const READ: &str = "secretsmanager:GetSecretValue";

fn policy(statements: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn allow(action: &Value, resource: &Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn context(entries: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    entries.iter().map(|(key, values)| ((*key).to_owned(), owned(values))).collect()
}

fn says(statements: &Value) -> Decision {
    decide(&[policy(statements)], READ, SECRET, &[])
}

/// What a statement says that allows everything under a condition.
fn under(condition: &Value, entries: &[(&str, &[&str])]) -> Decision {
    let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
    decide(&[policy(&statement)], READ, SECRET, &context(entries))
}

fn is_undecided(decision: &Decision, about: &str) {
    assert!(matches!(decision, Decision::Undecided(why) if why.contains(about)), "{about}: {decision:?}");
}

#[test]
fn statements_may_be_one_or_many_and_actions_know_no_case() {
    for statements in [
        allow(&json!("*"), &json!("*")),
        json!([allow(&json!("SECRETSMANAGER:getsecret*"), &json!(SECRET))]),
        json!([allow(
            &json!(["s3:*", "secretsmanager:GetSecretValu?"]),
            &json!(["arn:aws:s3:::x", "arn:aws:secretsmanager:*"])
        )]),
        json!({"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::*"}),
        allow(&json!("secretsmanager:*"), &json!("arn:aws:secretsmanager:eu-west-2:123456789012:secret:goldenpath/*")),
    ] {
        assert_eq!(says(&statements), Decision::Allowed, "{statements}");
    }
}

#[test]
fn what_no_statement_allows_is_denied() {
    for statements in [
        json!([]),
        allow(&json!("secretsmanager:DescribeSecret"), &json!("*")),
        allow(&json!(READ), &json!("arn:aws:secretsmanager:eu-west-2:123456789012:secret:other/*")),
        allow(&json!(READ), &json!("arn:aws:secretsmanager:eu-west-2:123456789012:secret:GoldenPath/*")),
        json!({"Effect": "Allow", "NotAction": "secretsmanager:*", "Resource": "*"}),
        json!({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:secretsmanager:*:*:secret:goldenpath/*"}),
        json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"}),
    ] {
        assert_eq!(says(&statements), Decision::ImplicitDeny, "{statements}");
    }
    assert_eq!(decide(&[], READ, SECRET, &[]), Decision::ImplicitDeny);
}

#[test]
fn an_action_that_knows_no_resources_needs_a_star() {
    let zones = |resource: &str| {
        decide(&[policy(&allow(&json!("route53:List*"), &json!(resource)))], "route53:ListHostedZones", "*", &[])
    };
    assert_eq!(zones("*"), Decision::Allowed);
    assert_eq!(zones("arn:aws:route53:::hostedzone/*"), Decision::ImplicitDeny);
}

#[test]
fn a_denial_wins_whoever_allows_it_in_whichever_document() {
    let allowed = policy(&allow(&json!("*"), &json!("*")));
    let denied = policy(&json!({"Effect": "Deny", "Action": "secretsmanager:*", "Resource": "*"}));
    assert_eq!(decide(&[allowed.clone(), denied.clone()], READ, SECRET, &[]), Decision::ExplicitDeny);
    assert_eq!(decide(&[denied, allowed], READ, SECRET, &[]), Decision::ExplicitDeny);
}

#[test]
fn text_that_is_no_policy_is_never_allowed() {
    for document in [
        json!(null),
        json!({"Version": "2012-10-17"}),
        policy(&json!(["x"])),
        policy(&json!({"Action": "*", "Resource": "*"})),
        policy(&json!({"Effect": "allow", "Action": "*", "Resource": "*"})),
        policy(&json!({"Effect": "Allow", "Action": "*"})),
        policy(&json!({"Effect": "Allow", "Action": "*", "NotAction": "x", "Resource": "*"})),
        policy(&json!({"Effect": "Allow", "Action": {}, "Resource": "*"})),
        policy(&json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": "x"})),
        policy(&json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": "x"}})),
    ] {
        assert!(
            matches!(decide(std::slice::from_ref(&document), READ, SECRET, &[]), Decision::Undecided(_)),
            "{document}"
        );
        let with_another = [document.clone(), policy(&allow(&json!("*"), &json!("*")))];
        assert_ne!(decide(&with_another, READ, SECRET, &[]), Decision::ImplicitDeny, "{document}");
    }
}

#[test]
fn a_trust_policy_is_about_principals() {
    const ACTION: &str = "sts:AssumeRoleWithWebIdentity";
    let trusts = |principal: Value| {
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": ACTION});
        decide_trust(&policy(&statement), ("Federated", "arn:p"), ACTION, &[])
    };
    assert_eq!(trusts(json!({"Federated": "arn:p"})), Decision::Allowed);
    assert_eq!(trusts(json!({"Federated": ["arn:q", "arn:p"], "Service": "x"})), Decision::Allowed);
    assert_eq!(trusts(json!({"Federated": "arn:q"})), Decision::ImplicitDeny);
    assert_eq!(trusts(json!({"Service": "arn:p"})), Decision::ImplicitDeny);
    is_undecided(&trusts(json!("*")), "every principal");
    is_undecided(&trusts(json!(null)), "every principal");
}

/// A statement about a few actions and resources.
fn statement() -> impl Strategy<Value = Value> {
    let action = prop_oneof![Just("*"), Just("a:Read"), Just("a:*"), Just("b:*"), Just("A:r?ad")];
    let resource = prop_oneof![Just("*"), Just("arn:x"), Just("arn:x:*"), Just("arn:y")];
    (any::<bool>(), action, resource).prop_map(|(allows, action, resource)| {
        json!({"Effect": if allows { "Allow" } else { "Deny" }, "Action": action, "Resource": resource})
    })
}

proptest! {
    #[test]
    fn denials_override_and_order_makes_no_difference(
        statements in prop::collection::vec(statement(), 0..6),
        turn in any::<prop::sample::Index>(),
    ) {
        let asked = |statements: &[Value]| decide(&[policy(&json!(statements))], "a:Read", "arn:x:1:2:3:4", &[]);
        let decision = asked(&statements);
        let mut turned = statements.clone();
        if !turned.is_empty() {
            turned.rotate_left(turn.index(statements.len()));
        }
        prop_assert_eq!(&asked(&turned), &decision);
        let single: Vec<Decision> = statements.iter().map(|one| asked(std::slice::from_ref(one))).collect();
        let expected = if single.contains(&Decision::ExplicitDeny) {
            Decision::ExplicitDeny
        } else if single.contains(&Decision::Allowed) {
            Decision::Allowed
        } else {
            Decision::ImplicitDeny
        };
        prop_assert_eq!(&decision, &expected);
        let mut denied = statements;
        denied.push(json!({"Effect": "Deny", "Action": "a:Read", "Resource": "*"}));
        prop_assert_eq!(asked(&denied), Decision::ExplicitDeny);
    }

    #[test]
    fn a_condition_of_an_unknown_kind_never_allows(operator in "[A-Z][a-zA-Z:]{3,20}", value in "[a-z]{0,3}") {
        let known = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "Bool", "Null"];
        proptest::prop_assume!(!known.contains(&operator.as_str()));
        let decision = under(&json!({operator.as_str(): {"a:b": value}}), &[("a:b", &["x"])]);
        prop_assert!(matches!(decision, Decision::Undecided(_)));
    }
}
