use serde_json::json;

use super::RoleArn;
use crate::check::Tier;
use crate::inputs::{Inputs, Name};
use crate::judge::foundation::example::caller;
use crate::judge::irsa::example::{
    ARN, EPHEMERAL_ROLE, OF, ROLE, account, pod_identity, role, role_with, scope, statement,
};
use crate::kinds::SERVICE_ACCOUNTS;
use crate::look::{Aws, Look};
use crate::scope::{Scope, example};
use crate::verdict::{Finding, Short, Verdict};
use crate::view::example::Seen;
use crate::view::get;

const ID: &str = "irsa.sa.{component}";

fn question() -> Look {
    Look::Aws(Aws::Role { name: ROLE.to_owned() })
}

fn fails(seen: &Seen, scope: &Scope) -> Finding {
    match seen.judge_of(scope, ID, OF) {
        Ok(Verdict::Fail(finding)) => finding,
        other => panic!("should fail: {other:?}"),
    }
}

fn passes(seen: &Seen, scope: &Scope) -> String {
    match seen.judge_of(scope, ID, OF) {
        Ok(Verdict::Pass(told)) => told,
        other => panic!("should pass: {other:?}"),
    }
}

#[test]
fn arns_of_roles_are_taken_apart() {
    let parsed = |arn| RoleArn::parse(arn).map(|role| (role.account, role.name));
    assert_eq!(parsed(ARN), Some(("123456789012", ROLE)));
    assert_eq!(parsed("arn:aws-cn:iam::123456789012:role/a/b/c"), Some(("123456789012", "c")));
    for odd in [
        "",
        "x",
        "arn:aws:iam::ACCOUNT_ID:role/x",
        "arn:aws:iam::12345678901:role/x",
        "arn:aws:iam::123456789012:user/x",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:sts::123456789012:role/x",
    ] {
        assert_eq!(parsed(odd), None, "{odd}");
    }
}

#[test]
fn an_annotation_with_the_role_passes() {
    passes(&account(role(Seen::default()), ARN), &scope());
}

#[test]
fn a_stale_hint_is_told_and_changes_nothing() {
    let scope = example::changed(Tier::Delivery, &[(Name::IrsaConfigured, "false")]);
    let told = passes(&account(role(Seen::default()), ARN), &scope);
    assert!(told.ends_with("the flag irsaConfigured is stale: false (--irsa-configured)"), "{told}");
}

#[test]
fn each_way_to_fail_has_its_reason() {
    let reason = |arn: &str| fails(&account(role(Seen::default()), arn), &scope()).reason;
    assert_eq!(reason(""), "not_annotated");
    // The manifest of platform-provisioner has this in Golden Path.
    assert_eq!(reason("arn:aws:iam::ACCOUNT_ID:role/goldenpath-idp-external-dns"), "placeholder");
    assert_eq!(reason("arn:aws:iam::<account>:role/x"), "placeholder");
    assert_eq!(reason("goldenpath-idp-external-dns"), "malformed");
    assert_eq!(reason("arn:aws:iam::123456789012:user/x"), "malformed");
    assert_eq!(reason("arn:aws:iam::999999999999:role/goldenpath-idp-external-dns"), "other_account");
    assert_eq!(reason("arn:aws:iam::123456789012:role/goldenpath-idp-external-dns-26-01-22-01"), "other_build");
    assert_eq!(reason("arn:aws:iam::123456789012:role/goldenpath-idp-external-dns-admin"), "other_role");
    assert_eq!(reason("arn:aws:iam::123456789012:role/path/goldenpath-idp-external-dns"), "other_role");
    let absent = role(Seen::default()).no_object(SERVICE_ACCOUNTS, "kube-system", OF);
    assert_eq!(fails(&absent, &scope()).reason, "not_found");
}

#[test]
fn the_remedy_has_the_command() {
    let finding = fails(&account(role(Seen::default()), ""), &scope());
    let command = format!(
        "kubectl -n kube-system annotate --overwrite serviceaccount external-dns eks.amazonaws.com/role-arn={ARN}"
    );
    assert!(finding.remedy.unwrap().ends_with(&command));
}

#[test]
fn another_build_is_named_as_one() {
    let ephemeral = example::ephemeral(Tier::Delivery);
    let seen = |arn: &str| account(Seen::default().no_aws(Aws::Role { name: EPHEMERAL_ROLE.to_owned() }), arn);
    passes(&seen(&format!("arn:aws:iam::123456789012:role/{EPHEMERAL_ROLE}")), &ephemeral);
    let before = fails(&seen("arn:aws:iam::123456789012:role/goldenpath-idp-external-dns-26-01-22-01"), &ephemeral);
    assert_eq!(before.reason, "other_build");
    assert_eq!(
        before.summary,
        "service account kube-system/external-dns points at role goldenpath-idp-external-dns-26-01-22-01 (another \
         build's), not goldenpath-idp-external-dns-26-01-23-01"
    );
    let persistent = fails(&seen(ARN), &ephemeral);
    assert_eq!(persistent.reason, "other_build");
    assert!(persistent.summary.ends_with("(the persistent cluster's)"), "{}", persistent.summary);
}

#[test]
fn what_iam_does_not_tell_is_told_by_the_name() {
    let denied = |arn: &str| account(Seen::default().cannot(question()), arn);
    passes(&denied(ARN), &scope());
    let elsewhere = "arn:aws:iam::999999999999:role/goldenpath-idp-external-dns";
    assert_eq!(fails(&denied(elsewhere), &scope()).reason, "other_account");
    let mut unknown = scope();
    unknown.inputs = Inputs::default();
    unknown.inputs.add(Name::Environment, "dev", crate::inputs::Source::Flag("env"));
    passes(&caller(denied(ARN)), &unknown);
    assert_eq!(fails(&caller(denied(elsewhere)), &unknown).reason, "other_account");
}

#[test]
fn with_pod_identity_there_is_no_annotation() {
    let pods = json!([pod_identity()]);
    let told = passes(&account(role_with(Seen::default(), &pods), ""), &scope());
    assert!(told.contains("Pod Identity"), "{told}");
    let annotated = fails(&account(role_with(Seen::default(), &pods), ARN), &scope());
    assert_eq!(annotated.reason, "pod_identity");
    passes(&account(role_with(Seen::default(), &json!([pod_identity(), statement()])), ARN), &scope());
}

#[test]
fn what_cannot_be_looked_at_is_no_pass() {
    let denied = role(Seen::default()).cannot(Look::Kubernetes(get(SERVICE_ACCOUNTS, "kube-system", OF)));
    assert!(matches!(denied.judge_of(&scope(), ID, OF), Err(Short::Cannot(_))));
    let mut unknown = scope();
    unknown.inputs = Inputs::default();
    let nobody = account(Seen::default().cannot(question()), ARN).cannot(Look::Aws(Aws::CallerIdentity));
    assert!(matches!(nobody.judge_of(&unknown, ID, OF), Err(Short::Cannot(_))));
}
