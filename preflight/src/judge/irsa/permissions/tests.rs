use serde_json::{Value, json};

use crate::check::Tier;
use crate::inputs::{Inputs, Name, Source};
use crate::judge::foundation::example::{caller, zones};
use crate::judge::irsa::example::{ARN, OF, ROLE, role, scope};
use crate::look::{Aws, Look};
use crate::scope::Scope;
use crate::verdict::{CannotLook, Finding, Judged, Short, Verdict};
use crate::view::example::Seen;

const ID: &str = "irsa.perms.{component}";
const ZONE: &str = "arn:aws:route53:::hostedzone/Z1";
const LIST: &str = "route53:ListHostedZones";
const RECORDS: &str = "route53:ListResourceRecordSets";
const CHANGE: &str = "route53:ChangeResourceRecordSets";

fn world() -> Seen {
    zones(role(Seen::default()), &[("Z1", "goldenpathidp.io.", false)])
}

fn question(action: &str, host: &str) -> Aws {
    let context = [("Actions", "UPSERT"), ("NormalizedRecordNames", host), ("RecordTypes", "A")];
    let context = context.map(|(key, value)| (format!("{CHANGE}{key}"), vec![value.to_owned()]));
    Aws::Simulate {
        role: ARN.to_owned(),
        actions: vec![action.to_owned()],
        resource: if action == LIST { "*" } else { ZONE }.to_owned(),
        context: if action == CHANGE { context.to_vec() } else { Vec::new() },
    }
}

fn ask(action: &str) -> Aws {
    question(action, "argocd.dev.goldenpathidp.io")
}

fn says(action: &str, decision: &str, more: &Value) -> Value {
    let mut result = json!({"EvalActionName": action, "EvalResourceName": "*", "EvalDecision": decision});
    for (key, value) in more.as_object().into_iter().flatten() {
        result[key] = value.clone();
    }
    json!([result])
}

/// What IAM says of the three, the last one as given.
fn simulated(decision: &str, more: &Value) -> Seen {
    let seen = world().aws(ask(LIST), says(LIST, "allowed", &json!({})));
    seen.aws(ask(RECORDS), says(RECORDS, "allowed", &json!({}))).aws(ask(CHANGE), says(CHANGE, decision, more))
}

/// The simulation is refused; the role has these statements.
fn refused(statements: &Value) -> Seen {
    let documents = json!([{"Name": "dns", "Document": {"Version": "2012-10-17", "Statement": statements}}]);
    blind(world()).aws(Aws::RolePolicyDocuments { name: ROLE.to_owned() }, documents)
}

fn blind(seen: Seen) -> Seen {
    [LIST, RECORDS, CHANGE].into_iter().fold(seen, |seen, action| {
        seen.cannot_because(Look::Aws(ask(action)), CannotLook::new("denied", "may not simulate"))
    })
}

fn judged(seen: &Seen) -> Judged {
    seen.judge_of(&scope(), ID, OF)
}

fn fails(seen: &Seen) -> Finding {
    match judged(seen) {
        Ok(Verdict::Fail(finding)) => finding,
        other => panic!("should fail: {other:?}"),
    }
}

fn cannot(seen: &Seen, scope: &Scope) -> CannotLook {
    crate::verdict::example::cannot(seen.judge_of(scope, ID, OF))
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn guarded(names: &str) -> Value {
    let mut statement = allow(CHANGE, ZONE);
    statement["Condition"] = json!({
        "ForAllValues:StringLike": {format!("{CHANGE}NormalizedRecordNames"): [names]},
        "ForAllValues:StringEquals": {format!("{CHANGE}RecordTypes"): ["A", "CNAME", "TXT"]},
    });
    statement
}

#[test]
fn what_iam_allows_passes() {
    let told = judged(&simulated("allowed", &json!({})));
    let by = "(by IAM's simulation)";
    assert!(matches!(&told, Ok(Verdict::Pass(told)) if told.contains(CHANGE) && told.ends_with(by)), "{told:?}");
}

#[test]
fn what_iam_denies_is_named_with_its_resource() {
    let implicit = fails(&simulated("implicitDeny", &json!({"MissingContextValues": []})));
    assert_eq!(implicit.reason, "denied");
    assert_eq!(implicit.summary, format!("role {ROLE} may not {CHANGE} on {ZONE}: no statement allows it"));
    assert_eq!(implicit.evidence, [format!("{CHANGE} on {ZONE}: not allowed")]);
    assert_eq!(fails(&simulated("explicitDeny", &json!({}))).reason, "explicit_deny");
    let above = [
        json!({"OrganizationsDecisionDetail": {"AllowedByOrganizations": false}}),
        json!({"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": false}}),
    ];
    for more in above {
        assert_eq!(fails(&simulated("implicitDeny", &more)).reason, "denied_above");
    }
}

#[test]
fn a_denial_for_want_of_context_is_undecided() {
    let missing = simulated("implicitDeny", &json!({"MissingContextValues": ["aws:SourceVpce"]}));
    let undecided = cannot(&missing, &scope());
    assert_eq!(undecided.reason, "undecided");
    assert!(undecided.summary.contains("aws:SourceVpce"), "{}", undecided.summary);
    assert_eq!(cannot(&simulated("maybe", &json!({})), &scope()).reason, "undecided");
    // What is surely denied is told all the same.
    let both = missing.aws(ask(LIST), says(LIST, "implicitDeny", &json!({})));
    assert_eq!(fails(&both).reason, "denied");
}

#[test]
fn an_answer_that_leaves_an_action_out_is_no_pass() {
    let silent = simulated("allowed", &json!({})).aws(ask(CHANGE), json!([]));
    assert_eq!(cannot(&silent, &scope()).reason, "protocol");
    let gone = simulated("allowed", &json!({})).no_aws(ask(CHANGE));
    assert_eq!(cannot(&gone, &scope()).reason, "protocol");
}

#[test]
fn where_iam_may_not_be_asked_the_policies_are_read() {
    let list = || allow("route53:List*", "*");
    let told = judged(&refused(&json!([list(), allow(CHANGE, "arn:aws:route53:::hostedzone/*")])));
    assert!(matches!(&told, Ok(Verdict::Pass(told)) if told.contains("by its own policies")), "{told:?}");
    let own = refused(&json!([list(), guarded("*.dev.goldenpathidp.io")]));
    assert!(matches!(judged(&own), Ok(Verdict::Pass(_))));
    assert_eq!(fails(&refused(&json!([list(), guarded("*.test.goldenpathidp.io")]))).reason, "denied");
    assert_eq!(fails(&refused(&json!([list()]))).reason, "denied");
    let deny = json!({"Effect": "Deny", "Action": CHANGE, "Resource": "*"});
    assert_eq!(fails(&refused(&json!([list(), allow("*", "*"), deny]))).reason, "explicit_deny");
    let mut secure = allow("route53:*", "*");
    secure["Condition"] = json!({"Bool": {"aws:SecureTransport": "true"}});
    assert!(matches!(judged(&refused(&json!([secure]))), Ok(Verdict::Pass(_))));
    let mut elsewhere = allow("route53:*", "*");
    elsewhere["Condition"] = json!({"StringEquals": {"aws:SourceVpc": "vpc-1"}});
    assert_eq!(cannot(&refused(&json!([elsewhere])), &scope()).reason, "undecided");
}

#[test]
fn what_cannot_be_looked_at_either_way_is_no_pass() {
    let documents = || Look::Aws(Aws::RolePolicyDocuments { name: ROLE.to_owned() });
    let neither = blind(world()).cannot(documents());
    assert_eq!(cannot(&neither, &scope()).summary, "may not simulate");
    let odd = blind(world()).aws(Aws::RolePolicyDocuments { name: ROLE.to_owned() }, json!({}));
    assert_eq!(cannot(&odd, &scope()).reason, "protocol");
    let throttled = CannotLook::new("throttled", "later").passing();
    let later = blind(world()).cannot_because(Look::Aws(ask(LIST)), throttled);
    assert!(cannot(&later, &scope()).may_pass);
    let no_role = Seen::default().cannot(Look::Aws(Aws::Role { name: ROLE.to_owned() }));
    assert_eq!(cannot(&no_role, &scope()).reason, "forbidden");
    let no_zones = role(Seen::default()).cannot(Look::Aws(Aws::HostedZones));
    assert_eq!(cannot(&no_zones, &scope()).reason, "forbidden");
}

#[test]
fn what_another_check_says_is_not_said_twice() {
    let no_role = Seen::default().no_aws(Aws::Role { name: ROLE.to_owned() });
    let no_zone = zones(role(Seen::default()), &[]);
    for seen in [no_role, no_zone] {
        assert!(matches!(judged(&seen), Err(Short::Blocked(_))));
    }
}

#[test]
fn the_account_is_the_callers_where_nobody_gave_one() {
    let mut scope = scope();
    scope.inputs = Inputs::default();
    for (name, value) in [(Name::Environment, "dev"), (Name::Region, "eu-west-2")] {
        scope.inputs.add(name, value, Source::Flag(name.flag()));
    }
    let role = json!({"RoleName": "goldenpath-idp-eso-role", "Arn": "arn:aws:iam::123456789012:role/eso"});
    let actions = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"];
    let question = Aws::Simulate {
        role: "arn:aws:iam::123456789012:role/eso".to_owned(),
        actions: actions.map(str::to_owned).to_vec(),
        resource: "arn:aws:secretsmanager:eu-west-2:123456789012:secret:goldenpath/dev/preflight-AbCdEf".to_owned(),
        context: Vec::new(),
    };
    let results = actions.map(|action| says(action, "allowed", &json!({}))[0].clone());
    let seen = caller(Seen::default())
        .aws(Aws::Role { name: "goldenpath-idp-eso-role".to_owned() }, role)
        .aws(question, json!(results));
    assert!(matches!(seen.judge_of(&scope, ID, "external-secrets"), Ok(Verdict::Pass(_))));
    scope.inputs = Inputs::default();
    let judged = seen.judge_of(&scope, ID, "external-secrets");
    assert!(matches!(judged, Err(Short::Cannot(cannot)) if cannot.reason == "input"));
}

#[test]
fn a_component_without_needs_is_skipped() {
    let mut scope = crate::scope::example::persistent(Tier::Delivery);
    for component in &mut scope.profile.components {
        component.allowed.clear();
    }
    assert!(matches!(Seen::default().judge_of(&scope, ID, OF), Ok(Verdict::Skip(_))));
}
