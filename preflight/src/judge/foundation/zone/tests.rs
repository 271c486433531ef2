use serde_json::json;

use crate::check::Tier;
use crate::inputs::{Inputs, Name};
use crate::judge::foundation::example::zones;
use crate::look::{Answer, Aws, Dns, Look, RecordKind, resolver_address};
use crate::scope::{Scope, example};
use crate::verdict::example::warned;
use crate::verdict::{Finding, Short};
use crate::view::example::Seen;

const ID: &str = "fnd.route53-zone";
const APEX: (&str, &str, bool) = ("Z1", "goldenpathidp.io.", false);
const SERVERS: [&str; 2] = ["ns-1.awsdns-00.org", "ns-2.awsdns-00.co.uk"];

fn scope() -> Scope {
    example::persistent(Tier::Cluster)
}

fn pinned(id: &str) -> Scope {
    let mut scope = scope();
    scope.profile.dns.zone_id = id.to_owned();
    scope
}

fn public(name: &str) -> Look {
    Look::Dns(Dns { name: name.to_owned(), kind: RecordKind::Ns, server: resolver_address("1.1.1.1") })
}

fn details(seen: Seen, id: &str) -> Seen {
    seen.aws(Aws::HostedZone { id: id.to_owned() }, json!({"DelegationSet": {"NameServers": SERVERS}}))
}

fn delegated(seen: Seen, id: &str, name: &str) -> Seen {
    let records = ["NS-2.awsdns-00.co.uk.", "ns-1.awsdns-00.org."].map(str::to_owned).to_vec();
    details(seen, id).answer(public(name), Answer::Records(records))
}

fn warns(seen: &Seen, scope: &Scope) -> Finding {
    warned(seen.judge(scope, ID))
}

#[test]
fn the_apex_zone_serves_the_environment() {
    // One zone for all, not one per environment.
    delegated(zones(Seen::default(), &[APEX, ("Z9", "other.io.", false)]), "Z1", "goldenpathidp.io")
        .passes(&scope(), ID);
    delegated(zones(Seen::default(), &[APEX]), "Z1", "goldenpathidp.io").passes(&pinned("Z1"), ID);
}

#[test]
fn the_suffix_of_an_ephemeral_cluster_is_its_own() {
    let child = ("Z2", "b-26-01-23-01.dev.goldenpathidp.io.", false);
    let seen = zones(Seen::default(), &[APEX, child]);
    delegated(seen, "Z2", "b-26-01-23-01.dev.goldenpathidp.io").passes(&example::ephemeral(Tier::Cluster), ID);
}

#[test]
fn each_way_to_fail_has_its_reason() {
    let fails = |scope: &Scope, list: &[(&str, &str, bool)]| zones(Seen::default(), list).fails(scope, ID);
    let private = ("Z3", "goldenpathidp.io.", true);
    let nearer = ("Z2", "dev.goldenpathidp.io.", false);
    assert_eq!(fails(&scope(), &[]), "not_found");
    assert_eq!(fails(&scope(), &[("Z9", "other.io.", false)]), "not_found");
    assert_eq!(fails(&scope(), &[private]), "only_private");
    assert_eq!(fails(&scope(), &[APEX, ("Z5", "goldenpathidp.io.", false)]), "duplicate");
    assert_eq!(fails(&pinned("Z7"), &[APEX]), "not_found");
    assert_eq!(fails(&pinned("Z3"), &[APEX, private]), "only_private");
    assert_eq!(fails(&pinned("Z9"), &[APEX, ("Z9", "other.io.", false)]), "wrong_zone");
    assert_eq!(fails(&pinned("Z1"), &[APEX, nearer]), "wrong_zone");
}

#[test]
fn of_two_alike_the_profile_may_choose() {
    let seen = zones(Seen::default(), &[APEX, ("Z5", "goldenpathidp.io.", false)]);
    delegated(seen, "Z5", "goldenpathidp.io").passes(&pinned("Z5"), ID);
}

#[test]
fn a_zone_that_the_world_does_not_ask_is_warned_of() {
    let with = |records: &[&str]| {
        let records = records.iter().map(|record| (*record).to_owned()).collect();
        details(zones(Seen::default(), &[APEX]), "Z1").answer(public("goldenpathidp.io"), Answer::Records(records))
    };
    let nobody = warns(&with(&[]), &scope());
    assert_eq!(nobody.reason, "undelegated");
    assert!(nobody.summary.contains("asks nobody"), "{}", nobody.summary);
    let others = warns(&with(&["ns-1.awsdns-00.org.", "ns1.registrar.com."]), &scope());
    assert_eq!(others.reason, "undelegated");
    assert!(others.remedy.unwrap().contains(SERVERS[1]));
    let unseen = details(zones(Seen::default(), &[APEX]), "Z1").cannot(public("goldenpathidp.io"));
    assert_eq!(warns(&unseen, &scope()).reason, "delegation_unknown");
}

#[test]
fn a_private_zone_of_the_same_name_hides_the_public_one() {
    let seen = zones(Seen::default(), &[APEX, ("Z3", "dev.goldenpathidp.io.", true)]);
    let finding = warns(&delegated(seen, "Z1", "goldenpathidp.io"), &scope());
    assert_eq!(finding.reason, "hidden_by_private");
    let further = zones(Seen::default(), &[APEX, ("Z3", "io.", true)]);
    delegated(further, "Z1", "goldenpathidp.io").passes(&scope(), ID);
}

#[test]
fn what_cannot_be_looked_at_is_no_pass() {
    let denied = Seen::default().cannot(Look::Aws(Aws::HostedZones));
    assert!(matches!(denied.judge(&scope(), ID), Err(Short::Cannot(_))));
    let records = Answer::Records(Vec::new());
    let no_details = zones(Seen::default(), &[APEX])
        .answer(public("goldenpathidp.io"), records)
        .cannot(Look::Aws(Aws::HostedZone { id: "Z1".to_owned() }));
    assert!(matches!(no_details.judge(&scope(), ID), Err(Short::Cannot(_))));
    let mut nameless = scope();
    nameless.inputs = Inputs::default();
    assert!(matches!(Seen::default().judge(&nameless, ID), Err(Short::Cannot(cannot)) if cannot.reason == "input"));
    let mut odd = scope();
    odd.profile.dns.public_resolver = "dns.google".to_owned();
    let judged = zones(Seen::default(), &[APEX]).judge(&odd, ID);
    assert!(matches!(judged, Err(Short::Cannot(cannot)) if cannot.reason == "input"));
    assert!(scope().text(Name::HostSuffix).is_some());
}
