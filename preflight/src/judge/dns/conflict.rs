//! `dns.ownership-conflict`: whether another owner has records among the cluster's names, or the cluster's owner has
//! some among others'. `ExternalDNS` skips what is another's without a word above its debug level.

use serde_json::Value;

use super::found::{Found, found};
use super::names::{Registry, decoded};
use super::territory::Territory;
use crate::inputs::Name;
use crate::judge::foundation::input::needed;
use crate::judge::objects::{items, text};
use crate::judge::zones;
use crate::look::Aws;
use crate::scope::Scope;
use crate::verdict::{CannotLook, Finding, Judged, Short, Verdict};
use crate::view::View;

/// How many records a message lists.
const LISTED: usize = 10;

/// Whether each record belongs to the cluster whose name it has.
pub fn ownership_conflict(view: &View<'_>) -> Judged {
    let territory = Territory::of(view)?;
    let owner = needed(view, Name::OwnerId)?;
    let zone = zones::of_cluster(view, &territory.suffix)?;
    let place = Place { id: zone.id, zone: zone.told(), territory: &territory };
    let registry = registry(view)?;
    let records = view.aws(Aws::Records { zone: zone.id.to_owned() })?.unwrap_or(&Value::Null);
    let owned = items(records, "").iter().filter_map(|record| owned(record, &registry));
    // While the prefix is not known, the name of a suffix's own record does not tell whose suffix it is.
    let owned = owned.filter(|record| registry.is_known || !territory.is_behind_prefix(&record.name));
    let owned: Vec<Owned> = owned.collect();
    let foreign: Vec<&Owned> =
        owned.iter().filter(|record| record.owner != owner && territory.holds(&record.name)).collect();
    if let Some(first) = foreign.first() {
        return Ok(Verdict::Fail(taken(first, &foreign, &place, view.scope)));
    }
    let allowed = |name: &str| territory.holds(name) || (!view.scope.is_ephemeral() && territory.is_listed(name));
    let outside: Vec<&Owned> = owned.iter().filter(|record| record.owner == owner && !allowed(&record.name)).collect();
    if let Some(first) = outside.first() {
        return Ok(Verdict::Fail(strayed(first, &outside, &place)));
    }
    let own = owned.iter().filter(|record| record.owner == owner).count();
    Ok(Verdict::Pass(format!(
        "zone {}: {own} TXT records of {owner} below {}, none of others",
        place.zone, territory.suffix
    )))
}

/// How the registry names its records. Without an `ExternalDNS`, as it does by default: then a record of a domain
/// itself may be missed, those below are not.
fn registry(view: &View<'_>) -> Result<Registry, Short> {
    let external_dns = match found(view)? {
        Found::Deployed(mut all) => all.remove(0),
        Found::Planned(planned) => *planned,
        Found::Nothing(_) | Found::Unwanted => return Ok(Registry::default()),
    };
    if external_dns.is_set("txt-encrypt-enabled")? {
        let summary = format!("{} encrypts its TXT records: whose records these are cannot be read", external_dns.what);
        return Err(Short::Cannot(CannotLook::new("encrypted", summary)));
    }
    Registry::of(&external_dns)
}

/// A record, and whose it is.
struct Owned {
    /// The record.
    name: String,
    /// The TXT record that says so.
    txt: String,
    owner: String,
    /// What it was made for.
    resource: String,
}

impl Owned {
    fn told(&self) -> String {
        let resource = if self.resource.is_empty() { String::new() } else { format!(" for {}", self.resource) };
        format!("{} is owned by {}{resource} (TXT {})", self.name, self.owner, self.txt)
    }
}

/// What a TXT record of the registry says; none where it is another record.
fn owned(record: &Value, registry: &Registry) -> Option<Owned> {
    if text(record, "/Type") != "TXT" {
        return None;
    }
    let txt = decoded(text(record, "/Name"));
    items(record, "/ResourceRecords").iter().find_map(|value| {
        let value = text(value, "/Value").replace("\" \"", "").replace('"', "");
        let mut labels = value.split(',').filter_map(|label| label.trim().split_once('='));
        let mut owner = None;
        let mut resource = String::new();
        if labels.next() != Some(("heritage", "external-dns")) {
            return None;
        }
        for (key, value) in labels {
            match key {
                "external-dns/owner" => owner = Some(value.to_owned()),
                "external-dns/resource" => value.clone_into(&mut resource),
                _ => {}
            }
        }
        Some(Owned { name: registry.record(&txt), txt: txt.clone(), owner: owner?, resource })
    })
}

/// Where this is.
struct Place<'a> {
    id: &'a str,
    zone: String,
    territory: &'a Territory,
}

fn taken(first: &Owned, all: &[&Owned], Place { id, zone, .. }: &Place<'_>, scope: &Scope) -> Finding {
    let ours = scope.told(Name::OwnerId);
    let summary = format!(
        "{} in zone {zone} is owned by {}, and this cluster is {ours}: its ExternalDNS will not touch it, and not \
         say so",
        first.name, first.owner
    );
    let remedy = format!(
        "Finish the teardown of {}, or delete its TXT records (and the records beside them) in zone {id}; where {} \
         is this cluster itself, correct dns.ownerId.",
        first.owner, first.owner
    );
    Finding::new("foreign_owner", summary).seen(listed(all)).fix(remedy)
}

fn strayed(first: &Owned, all: &[&Owned], Place { id, zone, territory }: &Place<'_>) -> Finding {
    let build = territory.build_zone(&first.name);
    let whose = build.map_or_else(
        || format!("is not below {}", territory.suffix),
        |build| format!("is in {build}, which is a build's"),
    );
    let summary =
        format!("{} in zone {zone} is owned by this cluster's owner {}, and {whose}", first.name, first.owner);
    let remedy = format!(
        "Find the cluster that writes as {} there (dns.owner-id), or the Ingress or Service that names the host \
         (dns.sources-in-scope), and delete the record with its TXT records in zone {id}.",
        first.owner
    );
    Finding::new("owner_outside", summary).seen(listed(all)).fix(remedy)
}

fn listed(all: &[&Owned]) -> Vec<String> {
    let more = all.len().saturating_sub(LISTED);
    let more = (more > 0).then(|| format!("and {more} more"));
    all.iter().take(LISTED).map(|record| record.told()).chain(more).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::example::{World, txt};
    use crate::check::Tier;
    use crate::scope::example::{ephemeral, persistent};
    use crate::verdict::{Short, Verdict};

    const ID: &str = "dns.ownership-conflict";
    const BUILD: &str = "goldenpath-dev-26-01-23-01";

    fn zone_with(records: &Value) -> World {
        World { records: records.clone(), ..World::default() }
    }

    #[test]
    fn a_zone_that_several_share_in_peace_is_fine() {
        let records = json!([
            {"Name": r"\052.dev.goldenpathidp.io.", "Type": "A", "AliasTarget": {"DNSName": "elb."}},
            txt(r"external-dns\052.dev.goldenpathidp.io.", "goldenpath-dev"),
            txt(r"external-dnscname-\052.dev.goldenpathidp.io.", "goldenpath-dev"),
            txt(r"external-dnscname-\052.b-26-01-23-01.dev.goldenpathidp.io.", BUILD),
            txt("external-dnscname-argocd.prod.goldenpathidp.io.", "goldenpath-prod"),
            {"Name": "dev.goldenpathidp.io.", "Type": "TXT", "ResourceRecords": [{"Value": "\"v=spf1 -all\""}]},
        ]);
        zone_with(&records).pass(&persistent(Tier::Delivery), ID);
        zone_with(&records).pass(&ephemeral(Tier::Delivery), ID);
    }

    #[test]
    fn a_record_that_a_former_build_left_is_in_the_way() {
        let records =
            json!([txt("external-dnscname-argocd.b-26-01-23-01.dev.goldenpathidp.io.", "goldenpath-dev-26-01-22-01")]);
        let finding = zone_with(&records).failure(&ephemeral(Tier::Delivery), ID);
        assert_eq!(finding.reason, "foreign_owner");
        assert_eq!(
            finding.summary,
            "argocd.b-26-01-23-01.dev.goldenpathidp.io in zone goldenpathidp.io (Z0032802NEMSL43VHH4E, public) is \
             owned by goldenpath-dev-26-01-22-01, and this cluster is goldenpath-dev-26-01-23-01 (--owner-id): its \
             ExternalDNS will not touch it, and not say so"
        );
        assert!(
            finding
                .remedy
                .unwrap()
                .starts_with("Finish the teardown of goldenpath-dev-26-01-22-01, or delete its TXT records")
        );
        assert!(finding.evidence[0].contains("for service/kong-system/dev-kong-kong-proxy"));
    }

    #[test]
    fn a_wildcard_as_route_53_writes_it_is_seen() {
        // Seen in production: the record of the wildcard is `\052`, and a comparison with `*` found nothing.
        let theirs = json!([txt(r"external-dnscname-\052.dev.goldenpathidp.io.", BUILD)]);
        let finding = zone_with(&theirs).failure(&persistent(Tier::Delivery), ID);
        assert!(finding.summary.starts_with("*.dev.goldenpathidp.io in zone"), "{}", finding.summary);
        // From the build's side, it is its own owner's record outside of its names.
        let finding = zone_with(&theirs).failure(&ephemeral(Tier::Delivery), ID);
        assert_eq!(finding.reason, "owner_outside");
        assert!(finding.summary.contains("is not below b-26-01-23-01.dev.goldenpathidp.io"), "{}", finding.summary);
    }

    #[test]
    fn a_build_that_writes_as_the_persistent_cluster_is_seen_from_both() {
        let records = json!([txt("external-dnscname-argocd.b-26-01-23-01.dev.goldenpathidp.io.", "goldenpath-dev")]);
        assert_eq!(zone_with(&records).failure(&ephemeral(Tier::Delivery), ID).reason, "foreign_owner");
        let finding = zone_with(&records).failure(&persistent(Tier::Delivery), ID);
        assert_eq!(finding.reason, "owner_outside");
        assert!(
            finding.summary.ends_with("is in b-26-01-23-01.dev.goldenpathidp.io, which is a build's"),
            "{}",
            finding.summary
        );
    }

    #[test]
    fn the_record_of_the_suffix_itself_is_found_by_the_prefix() {
        // Its TXT record is beside the suffix, not below it.
        let records = json!([txt("external-dnscname-dev.goldenpathidp.io.", "other")]);
        assert_eq!(zone_with(&records).failure(&persistent(Tier::Delivery), ID).reason, "foreign_owner");
    }

    #[test]
    fn while_the_prefix_is_not_known_the_record_of_a_suffix_is_in_nobodys_way() {
        let scope = persistent(Tier::Delivery);
        let records = json!([
            txt("external-dnscname-dev.goldenpathidp.io.", "goldenpath-dev"),
            txt("external-dnscname-b-26-01-23-01.dev.goldenpathidp.io.", BUILD),
        ]);
        let nothing = World { records: records.clone(), ..World::empty() };
        nothing.pass(&scope, ID);
        let source =
            json!({"chart": "external-dns", "repoURL": "https://charts", "helm": {"valueFiles": ["$v/dev.yaml"]}});
        let planned = World { application: Some(json!({"spec": {"source": source}})), ..nothing.clone() };
        planned.pass(&scope, ID);
        zone_with(&records).pass(&scope, ID);
        // Another prefix is that of another name.
        let records = json!([records[0]]);
        let other = World { records, ..World::with("v0.14.0", &["--txt-owner-id=goldenpath-dev", "--txt-prefix=x"]) };
        assert_eq!(other.failure(&scope, ID).reason, "owner_outside");
        // What is below another suffix, or a build's, is outside whatever the prefix is.
        for name in
            ["external-dnscname-a.prod.goldenpathidp.io.", "external-dnscname-a.b-26-01-23-01.dev.goldenpathidp.io."]
        {
            let world = World { records: json!([txt(name, "goldenpath-dev")]), ..nothing.clone() };
            assert_eq!(world.failure(&scope, ID).reason, "owner_outside", "{name}");
        }
    }

    #[test]
    fn a_host_that_the_profile_lists_may_be_a_persistent_clusters() {
        let records = json!([txt("external-dnscname-keycloak.goldenpathidp.io.", "goldenpath-dev")]);
        let mut scope = persistent(Tier::Delivery);
        assert_eq!(zone_with(&records).failure(&scope, ID).reason, "owner_outside");
        scope.profile.dns.foreign_hosts.push("keycloak.{base}".to_owned());
        zone_with(&records).pass(&scope, ID);
    }

    #[test]
    fn values_in_several_texts_and_long_lists_are_read() {
        let split = json!([{"Name": "x.dev.goldenpathidp.io.", "Type": "TXT", "ResourceRecords": [
            {"Value": "\"other\""}, {"Value": "\"heritage=external-dns,external-dns/own\" \"er=a,external-dns/resource=x\""}]}]);
        assert_eq!(zone_with(&split).failure(&persistent(Tier::Delivery), ID).reason, "foreign_owner");
        let many: Vec<Value> =
            (0..13).map(|number| txt(&format!("external-dnsa{number}.dev.goldenpathidp.io."), "other")).collect();
        let finding = zone_with(&json!(many)).failure(&persistent(Tier::Delivery), ID);
        assert_eq!(finding.evidence.last().unwrap(), "and 3 more");
    }

    #[test]
    fn it_is_asked_before_external_dns_is_there() {
        let left = json!([txt("argocd.b-26-01-23-01.dev.goldenpathidp.io.", "other")]);
        let world = World { records: left, ..World::empty() };
        assert_eq!(world.failure(&ephemeral(Tier::Delivery), ID).reason, "foreign_owner");
    }

    #[test]
    fn what_cannot_be_seen_is_no_pass() {
        let scope = persistent(Tier::Delivery);
        for closed in [&["HostedZones"][..], &["Records"], &["deployments"]] {
            let world = World { closed: Box::leak(closed.to_vec().into_boxed_slice()), ..World::default() };
            assert_eq!(world.cannot(&scope, ID), "denied");
        }
        assert_eq!(World::with("v0.14.0", &["--txt-encrypt-enabled"]).cannot(&scope, ID), "encrypted");
        let nowhere = World { zones: json!([]), ..World::default() };
        assert!(matches!(nowhere.judge(&scope, ID), Err(Short::Blocked(why)) if why.contains("fnd.route53-zone")));
        assert!(matches!(World::empty().judge(&scope, ID), Ok(Verdict::Pass(_))));
    }
}
