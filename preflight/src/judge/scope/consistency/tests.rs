use serde_json::json;

use crate::check::Tier;
use crate::inputs::{Inputs, Name, Source};
use crate::look::{Answer, Aws, LoginFacts, Look, SecretContent};
use crate::profile::Profile;
use crate::scope::{Bootstrap, Scope, example};
use crate::verdict::example::warned;
use crate::verdict::{CannotLook, Finding, Short, Verdict};
use crate::view::example::Seen;

const ID: &str = "config.consistency";
const MASTER: &str = "goldenpath/dev/rds/master";

fn description() -> Aws {
    Aws::SecretDescription { path: MASTER.to_owned() }
}

fn secret_exists() -> Seen {
    Seen::default().aws(description(), json!({"Name": MASTER}))
}

fn content(host: &str) -> SecretContent {
    let login = LoginFacts {
        username: "platform_admin".to_owned(),
        host: host.to_owned(),
        port: 5432,
        dbname: "platform".to_owned(),
        instance: None,
    };
    SecretContent { has_value: true, is_object: true, login: Some(login), ..SecretContent::default() }
}

fn with_secret(host: &str) -> Seen {
    Seen::default().answer(Look::SecretContent { path: MASTER.to_owned() }, Answer::Secret(content(host)))
}

/// Values of one source each, so that none is given twice.
fn scope(values: &[(Name, &str)]) -> Scope {
    let base = [
        (Name::Mode, "persistent"),
        (Name::MaxTier, "3"),
        (Name::Environment, "dev"),
        (Name::HostSuffix, "dev.goldenpathidp.io"),
        (Name::BaseDomain, "goldenpathidp.io"),
        (Name::RdsAvailable, "true"),
    ];
    let mut inputs = Inputs::default();
    let kept = base.iter().filter(|(name, _)| values.iter().all(|(changed, _)| changed != name));
    for (name, value) in kept.chain(values) {
        inputs.add(*name, *value, Source::ConfigMap("argocd/argocd-bootstrap-config".to_owned()));
    }
    Scope::new(example::asked(Tier::Cluster), Profile::default(), inputs, Bootstrap::Read).unwrap()
}

fn warns(seen: &Seen, scope: &Scope) -> Finding {
    warned(seen.judge(scope, ID))
}

#[test]
fn inputs_that_hold_together_pass() {
    Seen::default().passes(&scope(&[]), ID);
    Seen::default().passes(&scope(&[(Name::HostSuffix, "DEV.goldenpathidp.io.")]), ID);
    Seen::default().passes(&scope(&[(Name::BuildId, "persistent")]), ID);
    let ephemeral = [
        (Name::Mode, "ephemeral"),
        (Name::MaxTier, "1.5"),
        (Name::BuildId, "26-01-23-01"),
        (Name::HostSuffix, "b-26-01-23-01.dev.goldenpathidp.io"),
        (Name::RdsAvailable, "false"),
    ];
    Seen::default().passes(&scope(&ephemeral), ID);
    // What is not given contradicts nothing.
    secret_exists().passes(&scope(&[(Name::HostSuffix, ""), (Name::BaseDomain, ""), (Name::RdsAvailable, "")]), ID);
}

#[test]
fn a_suffix_of_another_cluster_fails() {
    let persistent = scope(&[(Name::HostSuffix, "b-26-01-23-01.dev.goldenpathidp.io")]);
    assert_eq!(Seen::default().fails(&persistent, ID), "host_suffix");
    // An ephemeral cluster with the suffix of the persistent one would take its names.
    let ephemeral = scope(&[(Name::Mode, "ephemeral"), (Name::MaxTier, "2"), (Name::BuildId, "26-01-23-01")]);
    let judged = Seen::default().judge(&ephemeral, ID);
    let Ok(Verdict::Fail(finding)) = judged else { panic!("{judged:?}") };
    assert_eq!(
        finding.summary,
        "hostSuffix is dev.goldenpathidp.io (configmap argocd/argocd-bootstrap-config), but a cluster with mode ephemeral \
         (configmap argocd/argocd-bootstrap-config) must have b-26-01-23-01.dev.goldenpathidp.io"
    );
}

#[test]
fn tier_3_on_an_ephemeral_cluster_fails() {
    let suffix = (Name::HostSuffix, "b-26-01-23-01.dev.goldenpathidp.io");
    let both = scope(&[(Name::Mode, "ephemeral"), (Name::BuildId, "26-01-23-01"), suffix]);
    assert_eq!(Seen::default().fails(&both, ID), "ephemeral_ceiling");
}

#[test]
fn a_flag_that_denies_a_database_that_is_there_is_stale() {
    // As Golden Path's dev has it: maxTier 3, the flag false, the database made apart.
    let stale = warns(&secret_exists(), &scope(&[(Name::RdsAvailable, "false")]));
    assert_eq!(stale.reason, "stale_flag");
    assert!(stale.summary.contains("secret goldenpath/dev/rds/master exists: the flag is stale"), "{}", stale.summary);
    let deleted = Seen::default().aws(description(), json!({"Name": MASTER, "DeletedDate": 1_769_169_600}));
    let stale = warns(&deleted, &scope(&[(Name::RdsAvailable, "false")]));
    assert_eq!(stale.reason, "stale_flag");
    assert!(stale.summary.contains("exists, though it is scheduled for deletion: the flag"), "{}", stale.summary);
    let endpoint = [(Name::RdsAvailable, "false"), (Name::RdsEndpoint, "db.example.com")];
    assert_eq!(warns(&Seen::default(), &scope(&endpoint)).reason, "stale_flag");
}

#[test]
fn a_ceiling_above_1_5_without_a_database_is_warned_of() {
    let absent = Seen::default().no_aws(description());
    assert_eq!(warns(&absent, &scope(&[(Name::RdsAvailable, "false")])).reason, "no_database");
    assert_eq!(warns(&absent, &scope(&[(Name::RdsAvailable, "")])).reason, "no_database");
    Seen::default().passes(&scope(&[(Name::RdsAvailable, "false"), (Name::MaxTier, "1.5")]), ID);
}

#[test]
fn an_endpoint_that_the_secret_does_not_name_is_warned_of() {
    let mut scope = scope(&[(Name::RdsEndpoint, "old.abc.eu-west-2.rds.amazonaws.com:5432")]);
    scope.asked.tier = Some(Tier::Experience);
    with_secret("OLD.abc.eu-west-2.rds.amazonaws.com").passes(&scope, ID);
    assert_eq!(warns(&with_secret("new.abc.eu-west-2.rds.amazonaws.com"), &scope).reason, "other_host");
    scope.asked.tier = Some(Tier::Observability);
    Seen::default().passes(&scope, ID);
}

#[test]
fn an_input_that_is_given_twice_is_named_with_both_sources() {
    let twice = example::changed(Tier::Cluster, &[(Name::Region, "eu-west-1"), (Name::Account, "123456789012")]);
    let finding = warns(&Seen::default(), &twice);
    assert_eq!(finding.reason, "given_twice");
    assert_eq!(
        finding.summary,
        "region is given as eu-west-1 (--region) and as eu-west-2 (configmap argocd/argocd-bootstrap-config); the first \
         counts"
    );
    // A ceiling that was overridden is for scope.tier.
    Seen::default().passes(&example::changed(Tier::Cluster, &[(Name::MaxTier, "2")]), ID);
}

#[test]
fn all_contradictions_are_one_finding_the_gravest_first() {
    let changes = [(Name::Region, "eu-west-1"), (Name::HostSuffix, "x.io"), (Name::RdsAvailable, "false")];
    let scope = example::changed(Tier::Cluster, &changes);
    let judged = secret_exists().judge(&scope, ID);
    let Ok(Verdict::Fail(finding)) = judged else { panic!("{judged:?}") };
    assert_eq!(finding.reason, "host_suffix");
    for part in ["region is given as", "hostSuffix is given as", "rdsAvailable is given as", "the flag is stale"] {
        assert!(finding.evidence.iter().any(|evidence| evidence.contains(part)), "{part}: {:#?}", finding.evidence);
    }
}

#[test]
fn hints_are_no_verdicts() {
    Seen::default().passes(&scope(&[(Name::StorageClassReady, "false"), (Name::IrsaConfigured, "false")]), ID);
}

#[test]
fn what_cannot_be_looked_at_is_no_pass_and_hides_no_failure() {
    let denied = Seen::default().cannot(Look::Aws(description()));
    let flag = (Name::RdsAvailable, "false");
    assert_eq!(warns(&denied, &scope(&[flag])).reason, "cannot_tell");
    let suffix = (Name::HostSuffix, "x.io");
    assert_eq!(denied.fails(&scope(&[flag, suffix]), ID), "host_suffix");
    let later = CannotLook::new("throttled", "later").passing();
    let later = Seen::default().cannot_because(Look::Aws(description()), later);
    assert!(matches!(later.judge(&scope(&[flag]), ID), Err(Short::Cannot(cannot)) if cannot.may_pass));
    assert_eq!(later.fails(&scope(&[flag, suffix]), ID), "host_suffix");
    let mut scope = scope(&[(Name::RdsEndpoint, "db.example.com")]);
    scope.asked.tier = Some(Tier::Experience);
    let unread = Seen::default().cannot(Look::SecretContent { path: MASTER.to_owned() });
    assert_eq!(warns(&unread, &scope).reason, "cannot_tell");
}
