//! `dns.filter-selects-zone`: whether `ExternalDNS` would manage any zone, and the right one. It says nothing where it
//! manages none.

use super::external_dns::ExternalDns;
use super::found::set_up;
use super::selection::{MATCH_PARENT, Selection};
use crate::judge::foundation::input::filled;
use crate::judge::zones::{Zone, serving, zones};
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

const FLAGS: [&str; 3] = ["domain-filter", "regex-domain-filter", "zone-id-filter"];

/// Whether the filters, by the rules of that version, select the zone that the cluster's names are in.
pub fn filter_selects_zone(view: &View<'_>) -> Judged {
    let all = match set_up(view, &FLAGS)? {
        Ok(all) => all,
        Err(why) => return Ok(Verdict::Skip(why)),
    };
    let suffix = filled(view, "{host_suffix}")?;
    let zones = zones(view)?;
    let (mut seen, mut unread) = (Vec::new(), None);
    for external_dns in &all {
        if !external_dns.is_aws()? {
            continue;
        }
        if let Some(finding) = wrong(external_dns, &zones, &suffix)? {
            return Ok(Verdict::Fail(finding));
        }
        let selection = Selection::of(external_dns)?;
        let selected = zones.iter().filter(|zone| selection.refusal(zone).is_none());
        let selected: Vec<String> = selected.map(Zone::told).collect();
        let tags = external_dns.values("aws-zone-tags")?;
        if !tags.is_empty() {
            let summary = format!(
                "{} also wants zones with the tags {}, which are not looked at",
                external_dns.what,
                tags.join(", ")
            );
            unread = Some(Finding::new("unread", summary).fix("See that the zone has these tags."));
        }
        seen.push(format!("{} selects {}", external_dns.what, selected.join(", ")));
    }
    Ok(match (unread, seen.is_empty()) {
        (Some(finding), _) => Verdict::Warn(finding),
        (None, true) => Verdict::Skip("no ExternalDNS here writes to Route 53 (--provider)".to_owned()),
        (None, false) => Verdict::Pass(seen.join("; ")),
    })
}

fn wrong(external_dns: &ExternalDns, zones: &[Zone<'_>], suffix: &str) -> Result<Option<Finding>, Short> {
    let selection = Selection::of(external_dns)?;
    let what = &external_dns.what;
    if let Some(finding) = unknown_flag(external_dns, &selection) {
        return Ok(Some(finding));
    }
    let selected: Vec<&Zone<'_>> = zones.iter().filter(|zone| selection.refusal(zone).is_none()).collect();
    let right = serving(zones, suffix);
    let written = serving(selected.iter().copied(), suffix);
    let on = external_dns.version.map(|version| format!(" on {version}")).unwrap_or_default();
    let finding = match (written, right) {
        (None, _) if selected.is_empty() => {
            let summary = format!(
                "{what}: {} selects no hosted zone{on}: ExternalDNS will manage nothing, and not say so",
                cause(&selection, zones)
            );
            Finding::new("no_zone", summary).fix(remedy(&selection, zones, suffix))
        }
        (None, _) => {
            let names: Vec<&str> = selected.iter().map(|zone| zone.name.as_str()).collect();
            let summary = format!(
                "{what} selects {}, and no zone that serves {suffix}: none of this cluster's records will be written",
                names.join(", ")
            );
            Finding::new("other_zone", summary).fix(remedy(&selection, zones, suffix))
        }
        (Some(written), Some(right)) if written.name != right.name => {
            let summary = format!(
                "{what} writes the records of {suffix} to zone {}, where zone {} hides them",
                written.told(),
                right.told()
            );
            Finding::new("hidden_zone", summary).fix(format!("Let its filters select zone {}.", right.told()))
        }
        (Some(_), _) => return Ok(None),
    };
    let of = |zone: &Zone<'_>| match selection.refusal(zone) {
        Some(why) => format!("{}: not selected by {why}", zone.told()),
        None => format!("{}: selected", zone.told()),
    };
    Ok(Some(finding.seen(zones.iter().map(of))))
}

/// A flag that its version does not know.
fn unknown_flag(external_dns: &ExternalDns, selection: &Selection) -> Option<Finding> {
    let old = external_dns.version.filter(|version| selection.match_parent && *version < MATCH_PARENT)?;
    let summary = format!(
        "{} is {old}, which does not know --aws-zone-match-parent ({MATCH_PARENT} does): it will not start",
        external_dns.what
    );
    Some(Finding::new("unknown_flag", summary).fix(format!("Take an image of {MATCH_PARENT} or later.")))
}

/// What keeps the zones out; the filters, where there is no zone at all.
fn cause(selection: &Selection, zones: &[Zone<'_>]) -> String {
    let all: std::collections::BTreeSet<String> = zones.iter().filter_map(|zone| selection.refusal(zone)).collect();
    if all.is_empty() { selection.filter.told() } else { all.into_iter().collect::<Vec<_>>().join(", ") }
}

fn remedy(selection: &Selection, zones: &[Zone<'_>], suffix: &str) -> String {
    match serving(zones.iter().filter(|zone| selection.wants_parent(zone)), suffix) {
        Some(zone) => format!(
            "A filter below the zone's name ({}) selects it only with --aws-zone-match-parent, from {MATCH_PARENT} \
             on: upgrade and set it, or create and delegate a zone of the filter's name, or filter by {} and let IAM \
             keep the names apart (dns.iam-scope).",
            zone.told(),
            zone.name
        ),
        None => format!("Set domainFilters and zoneIdFilters so that they select the zone of {suffix}."),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::example::{BUILD, World, zone};
    use crate::check::Tier;
    use crate::inputs::Name;
    use crate::scope::example::{changed, ephemeral, persistent};
    use crate::verdict::{Short, Verdict};

    const ID: &str = "dns.filter-selects-zone";

    #[test]
    fn the_three_shapes_that_work() {
        let told = World::default().pass(&persistent(Tier::Delivery), ID);
        assert_eq!(told, "Deployment kube-system/external-dns selects goldenpathidp.io (Z0032802NEMSL43VHH4E, public)");
        World::with("v0.14.1", &BUILD).pass(&ephemeral(Tier::Delivery), ID);
        let child = json!([zone("Z1", "goldenpathidp.io.", false), zone("Z2", "dev.goldenpathidp.io.", false)]);
        let world = World { zones: child, ..World::with("v0.14.0", &["--domain-filter=dev.goldenpathidp.io"]) };
        world.pass(&persistent(Tier::Delivery), ID);
    }

    #[test]
    fn a_filter_below_the_zone_selects_nothing_in_the_pinned_version() {
        // Test, staging and prod.
        let scope =
            changed(Tier::Delivery, &[(Name::Environment, "staging"), (Name::HostSuffix, "staging.goldenpathidp.io")]);
        let finding = World::with("v0.14.0", &["--domain-filter=staging.goldenpathidp.io"]).failure(&scope, ID);
        assert_eq!(finding.reason, "no_zone");
        assert_eq!(
            finding.summary,
            "Deployment kube-system/external-dns: --domain-filter=staging.goldenpathidp.io selects no hosted zone on \
             v0.14.0: ExternalDNS will manage nothing, and not say so"
        );
        assert!(finding.remedy.unwrap().contains("--aws-zone-match-parent, from v0.14.1 on"));
        assert_eq!(finding.evidence.len(), 1);
    }

    #[test]
    fn the_pinned_version_does_not_start_with_the_flag() {
        assert_eq!(World::with("v0.14.0", &BUILD).failure(&ephemeral(Tier::Delivery), ID).reason, "unknown_flag");
        // An image that tells no version is believed: it runs with its flags, or not at all.
        World::with("main", &BUILD).pass(&ephemeral(Tier::Delivery), ID);
    }

    #[test]
    fn other_zones_are_of_no_use() {
        let two = json!([zone("Z1", "goldenpathidp.io.", false), zone("Z2", "other.io.", false)]);
        let other = World { zones: two.clone(), ..World::with("v0.14.2", &["--zone-id-filter=Z2"]) };
        assert_eq!(other.failure(&persistent(Tier::Delivery), ID).reason, "other_zone");
        let typed = World { zones: two, ..World::with("v0.14.2", &["--aws-zone-type=private"]) };
        let finding = typed.failure(&persistent(Tier::Delivery), ID);
        assert_eq!(finding.reason, "no_zone");
        assert!(
            finding.summary.contains("--aws-zone-type=private selects no hosted zone on v0.14.2"),
            "{}",
            finding.summary
        );
        assert_eq!(
            World { zones: json!([]), ..World::default() }.failure(&persistent(Tier::Delivery), ID).reason,
            "no_zone"
        );
    }

    #[test]
    fn a_delegated_zone_hides_what_is_written_above_it() {
        let child = json!([zone("Z1", "goldenpathidp.io.", false), zone("Z2", "dev.goldenpathidp.io.", false)]);
        let world = World { zones: child, ..World::with("v0.14.0", &["--zone-id-filter=Z1"]) };
        assert_eq!(world.failure(&persistent(Tier::Delivery), ID).reason, "hidden_zone");
    }

    #[test]
    fn what_cannot_be_seen_is_no_pass() {
        let scope = persistent(Tier::Delivery);
        assert_eq!(World { closed: &["HostedZones"], ..World::default() }.cannot(&scope, ID), "denied");
        assert_eq!(World { closed: &["deployments"], ..World::default() }.cannot(&scope, ID), "denied");
        let tags = World::with("v0.14.0", &["--aws-zone-tags=a=b"]);
        assert!(matches!(tags.judge(&scope, ID), Ok(Verdict::Warn(finding)) if finding.reason == "unread"));
    }

    #[test]
    fn without_one_for_route_53_there_is_nothing_to_check() {
        let scope = persistent(Tier::Delivery);
        assert!(matches!(World::with("v0.14.0", &["--provider=pihole"]).judge(&scope, ID), Ok(Verdict::Skip(_))));
        assert!(matches!(World::empty().judge(&scope, ID), Ok(Verdict::Skip(_))));
        assert!(matches!(World::empty().judge(&persistent(Tier::Experience), ID), Err(Short::Blocked(_))));
    }
}
