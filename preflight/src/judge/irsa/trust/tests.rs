use serde_json::{Value, json};

use crate::judge::foundation::example::{ISSUER, PROVIDER, caller, cluster, no_cluster};
use crate::judge::irsa::example::{OF, ROLE, pod_identity, role, role_with, scope, statement};
use crate::look::{Aws, Look};
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::example::Seen;

const ID: &str = "irsa.trust.{component}";
const OLD: &str = "oidc.eks.eu-west-2.amazonaws.com/id/AAAA";

fn world() -> Seen {
    cluster(caller(Seen::default()))
}

fn judged(statements: &Value) -> Judged {
    role_with(world(), statements).judge_of(&scope(), ID, OF)
}

fn passes(statements: &Value) -> String {
    match judged(statements) {
        Ok(Verdict::Pass(told)) => told,
        other => panic!("should pass: {other:?}"),
    }
}

fn fails(statements: &Value) -> Finding {
    match judged(statements) {
        Ok(Verdict::Fail(finding)) => finding,
        other => panic!("should fail: {other:?}"),
    }
}

/// The statement with one thing changed.
fn with(pointer: &str, value: Value) -> Value {
    let mut statement = statement();
    *statement.pointer_mut(pointer).unwrap() = value;
    statement
}

fn conditions(condition: Value) -> Value {
    with("/Condition", condition)
}

fn sub(issuer: &str) -> String {
    format!("{issuer}:sub")
}

fn aud(issuer: &str) -> String {
    format!("{issuer}:aud")
}

#[test]
fn a_statement_for_the_service_account_passes_in_each_form() {
    let account = "system:serviceaccount:kube-system:external-dns";
    let other = json!({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"});
    passes(&statement());
    passes(&json!([other, statement()]));
    passes(&with("/Action", json!(["sts:AssumeRoleWithWebIdentity", "sts:TagSession"])));
    passes(&with("/Principal/Federated", json!([PROVIDER, "arn:aws:iam::123456789012:oidc-provider/x"])));
    for condition in [
        json!({"StringLike": {sub(ISSUER): "system:serviceaccount:kube-system:external-*", aud(ISSUER): "sts.amazonaws.com"}}),
        json!({"StringEquals": {aud(ISSUER): ["sts.amazonaws.com"]}, "StringLike": {sub(ISSUER): ["x", account]}}),
        json!({"StringLike": {sub(ISSUER): "system:serviceaccount:*:external-dns"}, "StringEquals": {aud(ISSUER): "sts.amazonaws.com"}}),
        json!({"ForAnyValue:StringEquals": {aud(ISSUER): "sts.amazonaws.com"}, "StringEquals": {sub(ISSUER): account}}),
    ] {
        passes(&conditions(condition));
    }
}

#[test]
fn a_rebuilt_cluster_has_another_issuer() {
    let old = format!("arn:aws:iam::123456789012:oidc-provider/{OLD}");
    let stale = fails(&json!([{
        "Effect": "Allow", "Principal": {"Federated": old}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {
            sub(OLD): "system:serviceaccount:kube-system:external-dns", aud(OLD): "sts.amazonaws.com",
        }},
    }]));
    assert_eq!(stale.reason, "stale_issuer");
    assert_eq!(stale.summary, "role goldenpath-idp-external-dns trusts OIDC id AAAA, this cluster is BBBB");
    // Half of it was applied again.
    let half = fails(&conditions(json!({"StringEquals": {
        sub(OLD): "system:serviceaccount:kube-system:external-dns", aud(ISSUER): "sts.amazonaws.com",
    }})));
    assert_eq!(half.reason, "stale_issuer");
    assert!(half.summary.contains("AAAA:sub"), "{}", half.summary);
    // An old statement beside the new one does no harm, and does not hide what is wrong with that.
    let mut beside = with("/Principal/Federated", json!(old));
    beside["Condition"] = json!({"StringEquals": {sub(OLD): "x"}});
    passes(&json!([beside, statement()]));
    let wrong = conditions(json!({"StringEquals": {sub(ISSUER): "x", aud(ISSUER): "sts.amazonaws.com"}}));
    assert_eq!(fails(&json!([beside, wrong])).reason, "wrong_subject");
}

#[test]
fn each_way_to_fail_has_its_reason() {
    let elsewhere = PROVIDER.replace("123456789012", "999999999999");
    assert_eq!(fails(&with("/Principal/Federated", json!(elsewhere))).reason, "other_account");
    assert_eq!(fails(&json!([])).reason, "no_trust");
    let ec2 = json!({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"});
    assert_eq!(fails(&ec2).reason, "no_trust");
    let namespace = json!({"StringEquals": {
        sub(ISSUER): "system:serviceaccount:external-dns:external-dns", aud(ISSUER): "sts.amazonaws.com",
    }});
    let subject = fails(&conditions(namespace));
    assert_eq!(subject.reason, "wrong_subject");
    assert_eq!(
        subject.summary,
        "role goldenpath-idp-external-dns trusts system:serviceaccount:external-dns:external-dns, not \
         system:serviceaccount:kube-system:external-dns"
    );
    let like =
        json!({"StringEquals": {sub(ISSUER): "system:serviceaccount:kube-system:*", aud(ISSUER): "sts.amazonaws.com"}});
    assert_eq!(fails(&conditions(like)).reason, "wrong_subject", "StringEquals knows no wildcards");
    let audience = json!({"StringEquals": {
        sub(ISSUER): "system:serviceaccount:kube-system:external-dns", aud(ISSUER): "vault",
    }});
    assert_eq!(fails(&conditions(audience)).reason, "wrong_audience");
    let both = json!({"StringEquals": {sub(ISSUER): "x", aud(ISSUER): "vault"}});
    assert_eq!(fails(&conditions(both)).reason, "wrong_subject");
    assert_eq!(fails(&with("/Action", json!("sts:AssumeRole"))).reason, "not_allowed");
    let denied = with("/Effect", json!("Deny"));
    assert_eq!(fails(&json!([statement(), denied])).reason, "denied");
}

#[test]
fn a_trust_that_is_too_wide_is_warned_of() {
    let warns = |condition: Value| match judged(&conditions(condition)) {
        Ok(Verdict::Warn(finding)) => finding.reason,
        other => panic!("should warn: {other:?}"),
    };
    assert_eq!(warns(json!({"StringEquals": {aud(ISSUER): "sts.amazonaws.com"}})), "any_account");
    let all = json!({"StringLike": {sub(ISSUER): "system:serviceaccount:*", aud(ISSUER): "sts.amazonaws.com"}});
    assert_eq!(warns(all), "any_account");
    let account = "system:serviceaccount:kube-system:external-dns";
    assert_eq!(warns(json!({"StringEquals": {sub(ISSUER): account}})), "any_audience");
}

#[test]
fn pod_identity_is_a_trust_as_well() {
    let told = passes(&pod_identity());
    assert!(told.contains("EKS Pod Identity"), "{told}");
    let mut own = pod_identity();
    own["Condition"] = json!({"StringEquals": {"aws:RequestTag/kubernetes-namespace": "kube-system"}});
    passes(&own);
    own["Condition"] = json!({"StringEquals": {"aws:RequestTag/kubernetes-namespace": "other"}});
    assert_eq!(fails(&own).reason, "no_trust");
    let mut half = pod_identity();
    half["Action"] = json!("sts:AssumeRole");
    assert_eq!(fails(&half).reason, "no_trust", "EKS also tags the session");
}

#[test]
fn before_there_is_a_cluster_there_is_no_issuer() {
    let mut before = scope();
    before.asked.cluster = false;
    let seen = role(no_cluster(Seen::default()));
    assert!(matches!(seen.judge_of(&before, ID, OF), Ok(Verdict::Skip(_))));
}

#[test]
fn what_another_check_says_is_not_said_twice() {
    let no_role = world().no_aws(Aws::Role { name: ROLE.to_owned() });
    let without_cluster = role(no_cluster(Seen::default()));
    let question = Aws::Cluster { name: "goldenpath-dev-eks".to_owned() };
    let no_issuer = role(caller(Seen::default())).aws(question, json!({"name": "goldenpath-dev-eks"}));
    for seen in [no_role, without_cluster, no_issuer] {
        assert!(matches!(seen.judge_of(&scope(), ID, OF), Err(Short::Blocked(_))));
    }
}

#[test]
fn what_cannot_be_looked_at_or_told_is_no_pass() {
    let no_role = world().cannot(Look::Aws(Aws::Role { name: ROLE.to_owned() }));
    let unseen = role(Seen::default()).cannot(Look::Aws(Aws::Cluster { name: "goldenpath-dev-eks".to_owned() }));
    let unknown = role(cluster(Seen::default())).cannot(Look::Aws(Aws::CallerIdentity));
    let odd = world().aws(Aws::Role { name: ROLE.to_owned() }, json!({"RoleName": ROLE}));
    for seen in [no_role, unseen, unknown, odd] {
        assert!(matches!(seen.judge_of(&scope(), ID, OF), Err(Short::Cannot(_))));
    }
    let mut dated = statement();
    dated["Condition"]["DateLessThan"] = json!({"aws:CurrentTime": "2027-01-01T00:00:00Z"});
    let undecided = judged(&dated);
    assert!(matches!(&undecided, Err(Short::Cannot(cannot)) if cannot.reason == "undecided"), "{undecided:?}");
}
