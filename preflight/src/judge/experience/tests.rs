//! Buckets, images, and the workflow that provisions databases.

use serde_json::{Value, json};

use crate::check::{Each, Tier};
use crate::inputs::Name;
use crate::judge::objects::example::{deployment, failure, never_passes_blind, node, skip};
use crate::kinds::{DEPLOYMENTS, NODES, WORKFLOW_TEMPLATES};
use crate::look::{Absent, Answer, Aws, Look};
use crate::profile::Bucket;
use crate::schedule::schedule;
use crate::scope::{Scope, example};
use crate::verdict::example::failing;
use crate::verdict::{Short, Verdict};
use crate::view::example::Seen;
use crate::view::get;

const LOKI: &str = "goldenpath-dev-loki";
const ROLE: &str = "goldenpath-idp-loki";
const ARN: &str = "arn:aws:iam::123456789012:role/goldenpath-idp-loki";
const S3: &str = "s3.{bucket}";

fn with_bucket(changes: &[(Name, &str)], role: &str) -> Scope {
    let mut scope = example::changed(Tier::Experience, changes);
    let (name, user, role) = ("goldenpath-{env}-loki".to_owned(), "loki".to_owned(), role.to_owned());
    scope.profile.buckets = vec![Bucket { name, user, role }];
    scope
}

fn bucket() -> Aws {
    Aws::Bucket { name: LOKI.to_owned() }
}

fn head(status: u16, region: Option<&str>) -> Seen {
    Seen::default().aws(bucket(), json!({"Status": status, "BucketRegion": region}))
}

#[test]
fn a_bucket_is_there_and_here() {
    let scope = with_bucket(&[], "");
    never_passes_blind(&head(200, Some("eu-west-2")), &scope, S3, "loki");
    let of = |status, region| head(status, region).judge_of(&scope, S3, "loki");
    assert!(matches!(of(200, None), Ok(Verdict::Pass(_))));
    assert_eq!(failure(of(301, Some("eu-west-1"))).0, "wrong_region");
    assert_eq!(failure(of(200, Some("eu-west-1"))).0, "wrong_region");
    let Err(Short::Cannot(denied)) = of(403, None) else { panic!("403 says nothing") };
    assert_eq!(denied.reason, "denied");
    assert!(denied.remedy.unwrap().contains("s3:ListBucket on arn:aws:s3:::goldenpath-dev-loki"));
    assert!(matches!(of(503, None), Err(Short::Cannot(cannot)) if cannot.may_pass));
    let missing = Seen::default().no_aws(bucket());
    assert_eq!(failure(missing.judge_of(&scope, S3, "loki")).0, "not_found");
}

#[test]
fn a_flag_that_nobody_sets_is_no_reason_to_skip_and_a_stale_one_hides_nothing() {
    let missing = Seen::default().no_aws(bucket());
    let none = with_bucket(&[(Name::S3Available, "false")], "");
    assert!(skip(missing.judge_of(&none, S3, "loki")).starts_with("s3Available is false (--s3-available)"));
    assert_eq!(failure(head(301, Some("eu-west-1")).judge_of(&none, S3, "loki")).0, "wrong_region");
    assert_eq!(failure(missing.judge_of(&with_bucket(&[], ""), S3, "loki")).0, "not_found");
}

#[test]
fn there_is_one_check_for_each_user_of_a_bucket() {
    let mut scope = with_bucket(&[], "");
    let more = |user: &str, name: &str| Bucket { name: name.to_owned(), user: user.to_owned(), role: String::new() };
    scope.profile.buckets.extend([more("loki", "second"), more("tempo", "third")]);
    let rows = crate::catalogue::checks();
    let planned = schedule(&rows, &scope);
    let ids: Vec<&str> = planned
        .iter()
        .filter(|planned| planned.check.each == Each::Bucket)
        .map(|planned| planned.id.as_str())
        .collect();
    assert_eq!(ids, ["s3.loki", "s3.tempo"]);
    let seen = head(200, None).no_aws(Aws::Bucket { name: "second".to_owned() });
    let (reason, summary) = failure(seen.judge_of(&scope, S3, "loki"));
    assert_eq!((reason, summary.as_str()), ("not_found", "bucket second of loki does not exist"));
}

fn simulate(actions: &[&str], resource: &str) -> Aws {
    let actions = actions.iter().map(|action| (*action).to_owned()).collect();
    Aws::Simulate { role: ARN.to_owned(), actions, resource: format!("arn:aws:s3:::{resource}"), context: Vec::new() }
}

fn on_bucket() -> Aws {
    simulate(&["s3:ListBucket"], LOKI)
}

fn on_objects() -> Aws {
    simulate(&["s3:GetObject", "s3:PutObject"], &format!("{LOKI}/*"))
}

fn decisions(of: &[(&str, &str)]) -> Value {
    of.iter().map(|(action, decision)| json!({"EvalActionName": action, "EvalDecision": decision})).collect()
}

fn with_role() -> Seen {
    head(200, Some("eu-west-2"))
        .aws(Aws::Role { name: ROLE.to_owned() }, json!({"RoleName": ROLE, "Arn": ARN}))
        .aws(on_bucket(), decisions(&[("s3:ListBucket", "allowed")]))
        .aws(on_objects(), decisions(&[("s3:GetObject", "allowed"), ("s3:PutObject", "allowed")]))
}

#[test]
fn the_buckets_user_may_use_it() {
    let scope = with_bucket(&[], "goldenpath-idp-loki{suffix}");
    let documents = Aws::RolePolicyDocuments { name: ROLE.to_owned() };
    let blind = with_role().cannot(Look::Aws(documents.clone()));
    assert!(matches!(blind.judge_of(&scope, S3, "loki"), Ok(Verdict::Pass(_))));
    for question in [bucket(), Aws::Role { name: ROLE.to_owned() }, on_bucket(), on_objects()] {
        let judged = blind.clone().cannot(Look::Aws(question.clone())).judge_of(&scope, S3, "loki");
        assert!(matches!(judged, Err(Short::Cannot(_))), "{question:?}: {judged:?}");
    }
    for decision in ["implicitDeny", "explicitDeny"] {
        let denied =
            blind.clone().aws(on_objects(), decisions(&[("s3:GetObject", "allowed"), ("s3:PutObject", decision)]));
        let (reason, summary) = failure(denied.judge_of(&scope, S3, "loki"));
        assert_eq!(reason, "denied");
        assert!(summary.ends_with("may not s3:PutObject on arn:aws:s3:::goldenpath-dev-loki/*"), "{summary}");
    }
    let half = blind.clone().aws(on_objects(), decisions(&[("s3:GetObject", "allowed")]));
    assert!(matches!(half.judge_of(&scope, S3, "loki"), Err(Short::Cannot(_))));
    let gone = blind.no_aws(Aws::Role { name: ROLE.to_owned() });
    assert_eq!(failure(gone.judge_of(&scope, S3, "loki")).0, "no_such_role");
}

#[test]
fn where_the_simulator_may_not_be_asked_the_roles_own_policies_tell() {
    let scope = with_bucket(&[], ROLE);
    let with = |actions: Value, condition: Value| {
        let resources = json!(["arn:aws:s3:::goldenpath-dev-loki", "arn:aws:s3:::goldenpath-dev-loki/*"]);
        let mut statement = json!({"Effect": "Allow", "Action": actions, "Resource": resources});
        if !condition.is_null() {
            statement["Condition"] = condition;
        }
        let document = json!({"Version": "2012-10-17", "Statement": [statement]});
        with_role()
            .cannot(Look::Aws(on_bucket()))
            .cannot(Look::Aws(on_objects()))
            .aws(Aws::RolePolicyDocuments { name: ROLE.to_owned() }, json!([{"Name": "loki", "Document": document}]))
            .judge_of(&scope, S3, "loki")
    };
    assert!(matches!(
        with(json!(["s3:ListBucket", "s3:GetObject", "s3:PutObject"]), Value::Null),
        Ok(Verdict::Pass(_))
    ));
    let reads = failing(with(json!(["s3:ListBucket", "s3:GetObject"]), Value::Null));
    assert_eq!(reads.reason, "denied");
    assert!(reads.summary.contains("s3:PutObject") && !reads.summary.contains("s3:GetObject"), "{}", reads.summary);
    let unknown = with(json!("s3:*"), json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}));
    assert!(matches!(unknown, Err(Short::Cannot(_))), "{unknown:?}");
}

fn with_images(images: &[&str]) -> Scope {
    let mut scope = example::persistent(Tier::Experience);
    scope.profile.images = images.iter().map(|image| (*image).to_owned()).collect();
    scope
}

fn image(architectures: &[&str]) -> Seen {
    let question = Aws::Image { repository: "platform/backstage".to_owned(), tag: "1.2.3".to_owned() };
    Seen::default()
        .aws(question, json!({"imageDigest": "sha256:1", "architectures": architectures}))
        .objects(NODES, json!([node("a"), node("b")]))
}

#[test]
fn images_are_there_for_the_nodes() {
    let own = "{account}.dkr.ecr.{region}.amazonaws.com/platform/backstage:1.2.3";
    for name in ["platform/backstage:1.2.3", own] {
        never_passes_blind(&image(&["amd64", "arm64"]), &with_images(&[name]), "images.pullable", "");
    }
    let scope = with_images(&["platform/backstage:1.2.3"]);
    // What one image alone is for, ECR does not tell.
    image(&[]).passes(&scope, "images.pullable");
    let other = failing(image(&["arm64"]).judge(&scope, "images.pullable"));
    assert_eq!(other.reason, "wrong_architecture");
    assert_eq!(other.summary, "image platform/backstage:1.2.3 is for arm64, the nodes are amd64");
    let question = Aws::Image { repository: "platform/backstage".to_owned(), tag: "1.2.3".to_owned() };
    assert_eq!(image(&[]).no_aws(question).fails(&scope, "images.pullable"), "not_found");
    for odd in ["platform/backstage", "platform/backstage@sha256:1", ":1"] {
        assert_eq!(image(&[]).fails(&with_images(&[odd]), "images.pullable"), "no_tag", "{odd}");
    }
}

fn with_template(deployments: Value) -> Seen {
    Seen::default()
        .object(WORKFLOW_TEMPLATES, "platform-system", "rds-provision", json!({"metadata": {"name": "rds-provision"}}))
        .objects(DEPLOYMENTS, deployments)
}

#[test]
fn databases_can_be_provisioned() {
    let scope = example::persistent(Tier::Experience);
    let controller = |ready| deployment("argo/argo-workflows-workflow-controller", 1, ready);
    never_passes_blind(&with_template(json!([controller(1)])), &scope, "wf.template", "");
    let template = || get(WORKFLOW_TEMPLATES, "platform-system", "rds-provision");
    let absent = |absent| {
        let seen = with_template(json!([controller(1)]));
        failing(seen.answer(Look::Kubernetes(template()), Answer::Absent(absent)).judge(&scope, "wf.template"))
    };
    assert_eq!(absent(Absent::Kind).reason, "not_installed");
    let missing = absent(Absent::Object);
    assert_eq!(missing.reason, "not_found");
    assert_eq!(missing.remedy.as_deref(), Some("kubectl apply --server-side -k workflowtemplates/overlays/dev"));
    assert_eq!(with_template(json!([deployment("x/y", 1, 1)])).fails(&scope, "wf.template"), "no_controller");
    assert_eq!(with_template(json!([controller(0)])).fails(&scope, "wf.template"), "not_ready");
    assert_eq!(
        with_template(json!([deployment("argo/workflow-controller", 0, 0)])).fails(&scope, "wf.template"),
        "scaled_to_zero"
    );
    with_template(json!([controller(0), deployment("argo/workflow-controller", 1, 1)])).passes(&scope, "wf.template");
}

#[test]
fn without_a_database_nothing_need_provision_one() {
    let mut scope = example::changed(Tier::Experience, &[(Name::RdsAvailable, "false")]);
    scope.asked.tier = None;
    let seen =
        ["rds/master", "backstage/postgres", "keycloak/postgres"].into_iter().fold(Seen::default(), |seen, path| {
            seen.no_aws(Aws::SecretDescription { path: format!("goldenpath/dev/{path}") })
        });
    skip(seen.judge(&scope, "wf.template"));
    let mut scope = example::persistent(Tier::Experience);
    scope.profile.delivery.workflow_template.clear();
    skip(Seen::default().judge(&scope, "wf.template"));
}
