use serde_json::{Value, json};

use crate::check::Tier;
use crate::judge::dns::example::{World, policy};
use crate::scope::Scope;
use crate::scope::example::{ephemeral, persistent};
use crate::verdict::{Short, Verdict};

const ID: &str = "dns.iam-scope";
const NAMES: &str = "route53:ChangeResourceRecordSetsNormalizedRecordNames";
const TYPES: &str = "route53:ChangeResourceRecordSetsRecordTypes";
const ACTIONS: &str = "route53:ChangeResourceRecordSetsActions";

fn build() -> Scope {
    ephemeral(Tier::Delivery)
}

fn under(condition: &Value) -> World {
    World { policy: policy(condition), ..World::default() }
}

fn own(operator: &str) -> Value {
    json!({operator: {NAMES: ["*.b-26-01-23-01.dev.goldenpathidp.io"]}})
}

#[test]
fn a_condition_on_the_builds_names_is_proven_from_both_sides() {
    let told = under(&own("ForAllValues:StringLike")).pass(&build(), ID);
    assert_eq!(
        told,
        "goldenpath-idp-external-dns-26-01-23-01 may write below b-26-01-23-01.dev.goldenpathidp.io in zone \
         goldenpathidp.io (Z0032802NEMSL43VHH4E, public), and no names of others"
    );
}

#[test]
fn a_policy_without_a_condition_is_open() {
    // What the platform has today.
    let finding = World::default().failure(&build(), ID);
    assert_eq!(finding.reason, "too_wide");
    assert!(finding.summary.starts_with(
        "goldenpath-idp-external-dns-26-01-23-01 may write *.dev.goldenpathidp.io in zone goldenpathidp.io"
    ));
    assert!(finding.evidence.contains(&"allowed: UPSERT A goldenpathidp.io".to_owned()), "{:?}", finding.evidence);
    let condition = own("ForAllValues:StringLike").to_string();
    assert!(finding.remedy.unwrap().replace(' ', "").contains(&condition));
}

#[test]
fn the_environments_pattern_holds_for_every_build() {
    let world = under(&json!({"ForAllValues:StringLike": {NAMES: ["*.dev.goldenpathidp.io"]}}));
    assert_eq!(world.failure(&build(), ID).reason, "too_wide");
    world.pass(&persistent(Tier::Delivery), ID);
}

#[test]
fn one_good_name_of_several_is_not_enough() {
    let finding = under(&own("ForAnyValue:StringLike")).failure(&build(), ID);
    assert_eq!(finding.reason, "mixed");
    assert_eq!(
        finding.evidence,
        ["allowed: UPSERT A *.b-26-01-23-01.dev.goldenpathidp.io with *.dev.goldenpathidp.io"]
    );
}

#[test]
fn names_that_the_condition_forgets_are_told() {
    let names = ["argocd.b-26-01-23-01.dev.goldenpathidp.io", r"\052.b-26-01-23-01.dev.goldenpathidp.io"];
    let finding = under(&json!({"ForAllValues:StringEquals": {NAMES: names}})).failure(&build(), ID);
    assert_eq!(finding.reason, "denied");
    assert!(
        finding.summary.contains("may not write A backstage.b-26-01-23-01.dev.goldenpathidp.io"),
        "{}",
        finding.summary
    );
    // Golden Path's prefix has no dash.
    assert!(
        finding.evidence.contains(&"denied: TXT external-dns*.b-26-01-23-01.dev.goldenpathidp.io".to_owned()),
        "{:?}",
        finding.evidence
    );
    assert!(
        finding
            .evidence
            .contains(&"denied: TXT external-dnscname-argocd.b-26-01-23-01.dev.goldenpathidp.io".to_owned())
    );
}

#[test]
fn a_wildcard_that_is_not_in_normal_form_matches_nothing() {
    let names = ["*.b-26-01-23-01.dev.goldenpathidp.io."];
    assert_eq!(under(&json!({"ForAllValues:StringLike": {NAMES: names}})).failure(&build(), ID).reason, "denied");
}

#[test]
fn record_types_without_txt_keep_the_registry_out() {
    // external-dns#5773.
    let mut condition = own("ForAllValues:StringLike");
    condition["ForAllValues:StringEquals"] = json!({TYPES: ["A", "AAAA", "CNAME"]});
    let finding = under(&condition).failure(&build(), ID);
    assert_eq!(finding.reason, "denied");
    assert!(finding.evidence.iter().all(|seen| seen.starts_with("denied: TXT ")), "{:?}", finding.evidence);
}

#[test]
fn which_actions_it_needs_follows_from_its_policy() {
    let mut condition = own("ForAllValues:StringLike");
    condition["ForAllValues:StringEquals"] = json!({ACTIONS: ["CREATE", "UPSERT"]});
    assert_eq!(under(&condition).failure(&build(), ID).reason, "denied");
    let upserting =
        World { deployments: World::with("v0.14.0", &["--policy=upsert-only"]).deployments, ..under(&condition) };
    upserting.pass(&build(), ID);
}

#[test]
fn where_iam_cannot_be_asked_the_policies_tell() {
    let closed = |world: World| World { closed: &["Simulate"], ..world };
    closed(under(&own("ForAllValues:StringLike"))).pass(&build(), ID);
    assert_eq!(closed(World::default()).failure(&build(), ID).reason, "too_wide");
    let strange = closed(under(&json!({"StrangeOperator": {NAMES: ["x"]}})));
    assert_eq!(strange.cannot(&build(), ID), "undecided");
}

#[test]
fn what_cannot_be_seen_is_no_pass() {
    assert_eq!(
        World { closed: &["Simulate", "RolePolicyDocuments"], ..World::default() }.cannot(&build(), ID),
        "denied"
    );
    assert_eq!(World { closed: &["HostedZones"], ..World::default() }.cannot(&build(), ID), "denied");
    // The role's ARN follows from the account.
    let good = under(&own("ForAllValues:StringLike"));
    World { closed: &["Role {"], ..good }.pass(&build(), ID);
}

#[test]
fn what_others_tell_is_not_told_again() {
    let blocked = |world: World| match world.judge(&build(), ID) {
        Err(Short::Blocked(why)) => why,
        other => panic!("{other:?}"),
    };
    assert!(blocked(World { has_role: false, ..World::default() }).contains("needs irsa.role.external-dns"));
    assert!(blocked(World { zones: json!([]), ..World::default() }).contains("needs fnd.route53-zone"));
    let mut scope = build();
    scope.profile.components.clear();
    assert!(matches!(World::default().judge(&scope, ID), Ok(Verdict::Skip(_))));
}

#[test]
fn it_is_proven_before_external_dns_is_there() {
    World { deployments: json!([]), ..under(&own("ForAllValues:StringLike")) }.pass(&build(), ID);
}
