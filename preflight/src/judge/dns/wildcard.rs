//! `dns.wildcard-present`: whether the cluster's wildcard is there, and the world sees it.

use std::net::IpAddr;

use serde_json::Value;

use super::names::decoded;
use crate::judge::foundation::input::filled;
use crate::judge::objects::{items, text};
use crate::judge::zones;
use crate::look::{Aws, Dns, Look, RecordKind, resolver_address};
use crate::verdict::{CannotLook, Finding, Judged, Short, Verdict};
use crate::view::View;

/// A name that only the wildcard can answer for.
const LABEL: &str = "preflight-wildcard";
/// Types of records that lead to an address.
const ADDRESSES: [&str; 3] = ["A", "AAAA", "CNAME"];

/// Whether a name below the wildcard resolves here and outside.
pub fn wildcard_present(view: &View<'_>) -> Judged {
    let suffix = filled(view, "{host_suffix}")?;
    let zone = zones::of_cluster(view, &suffix)?;
    let (zone, id) = (zone.told(), zone.id.to_owned());
    let wildcard = format!("*.{suffix}");
    let records = view.aws(Aws::Records { zone: id })?.unwrap_or(&Value::Null);
    let is_wildcard =
        |record: &&Value| decoded(text(record, "/Name")) == wildcard && ADDRESSES.contains(&text(record, "/Type"));
    let Some(record) = items(records, "").iter().find(is_wildcard) else {
        return Ok(Verdict::Fail(Finding::new("not_found", format!("zone {zone} has no record {wildcard}"))));
    };
    let host = format!("{LABEL}.{suffix}");
    let outside =
        resolver(view)?.map(|server| Dns { name: host.clone(), kind: RecordKind::Address, server: Some(server) });
    view.all([Look::Resolve { host: host.clone() }].into_iter().chain(outside.clone().map(Look::Dns)))?;
    let target = target(record);
    let unseen = |reason, whom: &str| {
        let summary = format!("{wildcard} is in zone {zone} ({target}), and {host} does not resolve {whom}");
        Ok(Verdict::Fail(Finding::new(reason, summary)))
    };
    let inside = view.addresses(&host)?;
    if inside.is_empty() {
        return unseen("not_resolved", "by this pod's resolver");
    }
    if let Some(question) = outside
        && view.records(question.clone())?.is_empty()
    {
        return unseen("not_public", &format!("by {}", view.scope.profile.dns.public_resolver));
    }
    let addresses: Vec<String> = inside.iter().map(IpAddr::to_string).collect();
    Ok(Verdict::Pass(format!("{wildcard} leads to {}", addresses.join(", "))))
}

/// The resolver outside, if the profile names one.
fn resolver(view: &View<'_>) -> Result<Option<std::net::SocketAddr>, Short> {
    let given = &view.scope.profile.dns.public_resolver;
    let unreadable = || {
        Short::Cannot(CannotLook::new("input", format!("dns.public_resolver of the profile is no address: {given}")))
    };
    if given.is_empty() { Ok(None) } else { resolver_address(given).ok_or_else(unreadable).map(Some) }
}

fn target(record: &Value) -> String {
    let alias = text(record, "/AliasTarget/DNSName");
    let values = items(record, "/ResourceRecords").iter().map(|value| text(value, "/Value"));
    let target = if alias.is_empty() { values.collect::<Vec<_>>().join(", ") } else { alias.to_owned() };
    format!("{} to {target}", text(record, "/Type"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::example::World;
    use crate::check::Tier;
    use crate::scope::example::{ephemeral, persistent};
    use crate::verdict::{Short, Verdict};

    const ID: &str = "dns.wildcard-present";

    fn wildcard() -> Value {
        json!([
            {"Name": r"\052.dev.goldenpathidp.io.", "Type": "TXT", "ResourceRecords": [{"Value": "\"x\""}]},
            {"Name": r"\052.dev.goldenpathidp.io.", "Type": "A", "AliasTarget": {"DNSName": "elb.amazonaws.com.", "HostedZoneId": "Z"}},
        ])
    }

    #[test]
    fn the_wildcard_is_there_and_seen() {
        // Seen in production: Route 53 answers with `\052`.
        let world = World { records: wildcard(), ..World::default() };
        assert_eq!(world.pass(&persistent(Tier::Delivery), ID), "*.dev.goldenpathidp.io leads to 10.0.0.1");
    }

    #[test]
    fn the_wildcard_of_the_environment_is_not_the_builds() {
        let finding = World { records: wildcard(), ..World::default() }.failure(&ephemeral(Tier::Delivery), ID);
        assert_eq!(finding.reason, "not_found");
        assert!(finding.summary.ends_with("has no record *.b-26-01-23-01.dev.goldenpathidp.io"), "{}", finding.summary);
    }

    #[test]
    fn in_the_zone_and_not_in_dns_is_told_as_that() {
        let world = World { records: wildcard(), resolved: &[], ..World::default() };
        let finding = world.failure(&persistent(Tier::Delivery), ID);
        assert_eq!(finding.reason, "not_resolved");
        assert!(finding.summary.contains("(A to elb.amazonaws.com.)"), "{}", finding.summary);
    }

    #[test]
    fn a_profile_without_a_resolver_outside_asks_none() {
        let mut scope = persistent(Tier::Delivery);
        scope.profile.dns.public_resolver.clear();
        let world = World { records: wildcard(), closed: &["Dns("], ..World::default() };
        assert!(matches!(world.judge(&scope, ID), Ok(Verdict::Pass(_))));
        scope.profile.dns.public_resolver = "no address".to_owned();
        assert_eq!(world.cannot(&scope, ID), "input");
    }

    #[test]
    fn what_cannot_be_seen_is_no_pass() {
        for closed in [&["HostedZones"][..], &["Records"], &["Resolve"], &["Dns("]] {
            let closed = Box::leak(closed.to_vec().into_boxed_slice());
            let world = World { closed, records: wildcard(), ..World::default() };
            assert_eq!(world.cannot(&persistent(Tier::Delivery), ID), "denied");
        }
        let nowhere = World { zones: json!([]), ..World::default() };
        assert!(matches!(nowhere.judge(&persistent(Tier::Delivery), ID), Err(Short::Blocked(_))));
    }
}
