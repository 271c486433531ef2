//! Conditions, against what IAM's documentation says of their operators.

use serde_json::{Value, json};

use super::{Decision, allow, context, decide, is_undecided, policy, says, under};

#[test]
fn operators_compare_as_iam_does() {
    let region = |operator: &str, wanted: &str| {
        let condition = json!({operator: {"aws:requestedregion": wanted}});
        under(&condition, &[("aws:RequestedRegion", &["eu-west-2"])]) == Decision::Allowed
    };
    for (operator, wanted, expected) in [
        ("StringEquals", "eu-west-2", true),
        ("StringEquals", "eu-*", false),
        ("StringEquals", "EU-WEST-2", false),
        ("StringEqualsIgnoreCase", "EU-WEST-2", true),
        ("StringNotEqualsIgnoreCase", "EU-WEST-2", false),
        ("StringLike", "eu-*", true),
        ("StringLike", "us-*", false),
        ("StringNotEquals", "eu-west-2", false),
        ("StringNotEquals", "us-east-1", true),
        ("StringNotLike", "eu-*", false),
        ("StringNotLike", "us-*", true),
        ("Null", "true", false),
        ("Null", "false", true),
    ] {
        assert_eq!(region(operator, wanted), expected, "{operator} {wanted}");
    }
}

#[test]
fn arns_are_compared_part_by_part() {
    let role = |operator: &str, wanted: &str| {
        let condition = json!({operator: {"aws:PrincipalArn": wanted}});
        under(&condition, &[("aws:PrincipalArn", &["arn:aws:iam::123456789012:role/a/eso"])]) == Decision::Allowed
    };
    assert!(role("ArnLike", "arn:aws:iam::*:role/*"));
    assert!(role("ArnEquals", "arn:*:iam::123456789012:role/a/es?"));
    assert!(!role("ArnLike", "arn:aws:*:role/*"), "a star does not reach over a colon");
    assert!(!role("ArnNotLike", "arn:aws:iam::*:role/*"));
    assert!(role("ArnNotEquals", "arn:aws:iam::*:user/*"));
}

#[test]
fn truths_are_compared_whatever_their_form() {
    let secure =
        |wanted: Value| under(&json!({"Bool": {"aws:SecureTransport": wanted}}), &[("aws:SecureTransport", &["true"])]);
    for wanted in [json!("true"), json!(true), json!("True"), json!(["true"])] {
        assert_eq!(secure(wanted), Decision::Allowed);
    }
    assert_eq!(secure(json!("false")), Decision::ImplicitDeny);
}

#[test]
fn a_key_that_is_known_to_be_absent_is_another_thing_than_one_that_is_not_known() {
    let key = |operator: &str, entries: &[(&str, &[&str])]| under(&json!({operator: {"x:y": "true"}}), entries);
    for (operator, expected) in [
        ("StringEquals", Decision::ImplicitDeny),
        ("StringNotEquals", Decision::Allowed),
        ("StringEqualsIfExists", Decision::Allowed),
        ("StringNotLikeIfExists", Decision::Allowed),
        ("Bool", Decision::ImplicitDeny),
        ("BoolIfExists", Decision::Allowed),
        ("ArnLike", Decision::ImplicitDeny),
        ("Null", Decision::Allowed),
        ("ForAllValues:StringEquals", Decision::Allowed),
        ("ForAllValues:StringNotEquals", Decision::Allowed),
        ("ForAnyValue:StringEquals", Decision::ImplicitDeny),
        ("ForAnyValue:StringNotEquals", Decision::ImplicitDeny),
        ("ForAnyValue:StringEqualsIfExists", Decision::Allowed),
    ] {
        assert_eq!(key(operator, &[("x:y", &[])]), expected, "{operator}");
        is_undecided(&key(operator, &[]), "x:y");
    }
}

#[test]
fn sets_are_compared_value_by_value() {
    const KEY: &str = "route53:ChangeResourceRecordSetsNormalizedRecordNames";
    let names = |operator: &str, values: &[&str]| {
        under(&json!({operator: {KEY: ["*.b-1.example.com", "b-1.example.com"]}}), &[(KEY, values)])
    };
    let all = "ForAllValues:StringLike";
    assert_eq!(names(all, &["argocd.b-1.example.com", "b-1.example.com"]), Decision::Allowed);
    assert_eq!(names(all, &["argocd.b-1.example.com", "argocd.example.com"]), Decision::ImplicitDeny);
    assert_eq!(names(all, &["\\052.b-1.example.com"]), Decision::Allowed);
    let any = "ForAnyValue:StringLike";
    assert_eq!(names(any, &["argocd.example.com", "b-1.example.com"]), Decision::Allowed);
    assert_eq!(names(any, &["argocd.example.com"]), Decision::ImplicitDeny);
    assert_eq!(names("ForAllValues:StringNotLike", &["x.example.com", "b-1.example.com"]), Decision::ImplicitDeny);
    assert_eq!(names("ForAnyValue:StringNotLike", &["x.example.com", "b-1.example.com"]), Decision::Allowed);
    is_undecided(&names("StringLike", &["a", "b"]), "several values");
}

#[test]
fn all_keys_of_all_operators_must_hold_and_one_of_the_values() {
    let condition = json!({"StringEquals": {"a:b": ["1", "2"], "c:d": "3"}, "StringLike": {"e:f": "4*"}});
    let entries: [(&str, &[&str]); 3] = [("a:b", &["2"]), ("c:d", &["3"]), ("e:f", &["45"])];
    assert_eq!(under(&condition, &entries), Decision::Allowed);
    for index in 0..3 {
        let mut changed = entries;
        changed[index].1 = &["0"];
        assert_eq!(under(&condition, &changed), Decision::ImplicitDeny, "{index}");
    }
}

#[test]
fn what_is_not_known_here_is_undecided_unless_it_makes_no_difference() {
    for operator in
        ["DateLessThan", "NumericEquals", "IpAddress", "ForEach:StringEquals", "stringequals", "NullIfExists"]
    {
        is_undecided(&under(&json!({operator: {"a:b": "1"}}), &[("a:b", &["1"])]), operator);
    }
    is_undecided(&under(&json!({"Null": {"a:b": "maybe"}}), &[("a:b", &["1"])]), "maybe");
    is_undecided(&under(&json!({"StringEquals": {"a:b": "${aws:username}"}}), &[("a:b", &["x"])]), "aws:username");
    let odd = json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}});
    is_undecided(&says(&json!([odd, allow(&json!("*"), &json!("*"))])), "IpAddress");
    assert_eq!(says(&json!([odd])), Decision::ImplicitDeny, "nothing allows it either way");
    let elsewhere = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "::/0"}}});
    assert_eq!(says(&json!([elsewhere, allow(&json!("*"), &json!("*"))])), Decision::Allowed);
    let sure = json!({"Effect": "Deny", "Action": "*", "Resource": "*"});
    assert_eq!(says(&json!([odd, sure])), Decision::ExplicitDeny);
}

#[test]
fn variables_are_texts_before_the_version_of_2012() {
    let statement = allow(&json!("*"), &json!("arn:aws:s3:::${aws:username}"));
    let old = json!({"Version": "2008-10-17", "Statement": statement});
    assert_eq!(decide(&[old], "s3:GetObject", "arn:aws:s3:::${aws:username}", &[]), Decision::Allowed);
    is_undecided(&decide(&[policy(&statement)], "s3:GetObject", "arn:aws:s3:::x", &[]), "aws:username");
    let known = context(&[("aws:username", &["x"])]);
    assert_eq!(decide(&[policy(&statement)], "s3:GetObject", "arn:aws:s3:::x", &known), Decision::Allowed);
}
