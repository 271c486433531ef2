//! `fnd.route53-zone`: the hosted zone that serves the cluster's names.

#[cfg(test)]
mod tests;

use std::net::SocketAddr;

use super::input::{filled, protocol};
use crate::judge::hosts::{is_under, plain};
use crate::judge::objects::{listed, texts};
use crate::judge::zones::{Zone, longest, pinned, public, zones};
use crate::look::{Answer, Aws, Dns, Look, RecordKind, resolver_address};
use crate::verdict::{CannotLook, Finding, Judged, Short, Verdict};
use crate::view::View;

/// Exactly one public zone serves the cluster's names, and the world asks its name servers.
pub fn judge(view: &View<'_>) -> Judged {
    let suffix = filled(view, "{host_suffix}")?;
    let zones = zones(view)?;
    let zone = match only(&zones, &suffix, &pinned(view)) {
        Ok(zone) => zone,
        Err(finding) => return Ok(Verdict::Fail(finding)),
    };
    if let Some(finding) = delegation(view, zone)? {
        return Ok(Verdict::Warn(finding));
    }
    // Inside the VPC a private zone that is as near, or nearer, answers in its place.
    let hiding = longest(private(&zones), &suffix).into_iter().find(|private| private.name.len() >= zone.name.len());
    if let Some(hiding) = hiding {
        let summary = format!(
            "the private hosted zone {} also serves {suffix}: in its VPCs it hides what stands in {}",
            hiding.told_by_id(),
            zone.told_by_id()
        );
        let fix = "Keep ExternalDNS to the public one (--aws-zone-type=public), or remove the private one.";
        return Ok(Verdict::Warn(Finding::new("hidden_by_private", summary).fix(fix)));
    }
    Ok(Verdict::Pass(format!("{} serves {suffix}", zone.told_by_id())))
}

/// The one public zone.
fn only<'z, 'a>(zones: &'z [Zone<'a>], suffix: &str, given: &str) -> Result<&'z Zone<'a>, Finding> {
    let all = || zones.iter().map(Zone::told_by_id);
    let serving = public(zones, suffix);
    if !given.is_empty() {
        return the_pinned(zones, &serving, suffix, given).map_err(|finding| finding.seen(all()));
    }
    match serving.as_slice() {
        [zone] => Ok(zone),
        [] => {
            let (reason, only_private) = match longest(private(zones), suffix).first() {
                Some(private) => ("only_private", format!(", only the private {}", private.told_by_id())),
                None => ("not_found", String::new()),
            };
            Err(Finding::new(reason, format!("no public hosted zone serves {suffix}{only_private}")).seen(all()))
        }
        several => {
            let ids = listed(several.iter().map(|zone| zone.id));
            let summary =
                format!("several public hosted zones serve {suffix}: {ids}; the world asks one of them at most");
            let fix = "Remove those that the parent domain does not delegate to, or name the right one in the profile \
                       (dns.zone_id).";
            Err(Finding::new("duplicate", summary).seen(all()).fix(fix))
        }
    }
}

/// The zone that the profile names.
fn the_pinned<'z, 'a>(
    zones: &'z [Zone<'a>],
    serving: &[&'z Zone<'a>],
    suffix: &str,
    given: &str,
) -> Result<&'z Zone<'a>, Finding> {
    let fix = "Correct dns.zone_id in the profile.";
    let Some(zone) = zones.iter().find(|zone| zone.id == given) else {
        let summary = format!("the profile's hosted zone {given} is not among those of this account");
        return Err(Finding::new("not_found", summary).fix(fix));
    };
    if zone.is_private {
        return Err(Finding::new(
            "only_private",
            format!("the profile's hosted zone {} is private", zone.told_by_id()),
        )
        .fix(fix));
    }
    if !is_under(suffix, &zone.name) {
        let summary = format!("the profile's hosted zone {} does not serve {suffix}", zone.told_by_id());
        return Err(Finding::new("wrong_zone", summary).fix(fix));
    }
    match serving.first() {
        Some(nearer) if nearer.name.len() > zone.name.len() => {
            let summary = format!(
                "the profile's hosted zone {} is not the nearest to {suffix}: {} is, and takes its names over where it is \
                 delegated to",
                zone.told_by_id(),
                nearer.told_by_id()
            );
            Err(Finding::new("wrong_zone", summary).fix(fix))
        }
        _ => Ok(zone),
    }
}

/// What is wrong with how the world gets to the zone.
fn delegation(view: &View<'_>, zone: &Zone<'_>) -> Result<Option<Finding>, Short> {
    let server = public_resolver(view)?;
    let asked = Look::Dns(Dns { name: zone.name.clone(), kind: RecordKind::Ns, server: Some(server) });
    let details = Aws::HostedZone { id: zone.id.to_owned() };
    view.all([asked.clone(), Look::Aws(details.clone())])?;
    let details = view.aws(details)?.ok_or_else(|| protocol("the hosted zone"))?;
    let own = sorted(texts(details, "/DelegationSet/NameServers"));
    let seen = match view.tried(asked)? {
        Ok(Answer::Records(records)) => sorted(records.iter().map(String::as_str)),
        Ok(_) => return Err(protocol("records of DNS")),
        // That the names are served at all has been seen; who asks from a closed network cannot see more.
        Err(cannot) => {
            let summary =
                format!("whether the world asks the zone {} cannot be told: {}", zone.told_by_id(), cannot.summary);
            return Ok(Some(Finding::new("delegation_unknown", summary).fix(format!(
                "Let the run ask {server} (UDP and TCP), or name another resolver in the profile (dns.public_resolver)."
            ))));
        }
    };
    if seen == own {
        return Ok(None);
    }
    let what = if seen.is_empty() { "asks nobody for it" } else { "asks other name servers" };
    let summary = format!("the hosted zone {} is not delegated to: the world {what}", zone.told_by_id());
    let fix = format!("Set the NS records of {} at its parent domain or registrar to: {}.", zone.name, listed(&own));
    let seen = [format!("the zone's: {}", listed(&own)), format!("{server} says: {}", listed(&seen))];
    Ok(Some(Finding::new("undelegated", summary).seen(seen).fix(fix)))
}

fn private<'z, 'a>(zones: &'z [Zone<'a>]) -> impl Iterator<Item = &'z Zone<'a>> {
    zones.iter().filter(|zone| zone.is_private)
}

fn public_resolver(view: &View<'_>) -> Result<SocketAddr, Short> {
    let given = &view.scope.profile.dns.public_resolver;
    resolver_address(given).ok_or_else(|| {
        let summary = format!("the profile's dns.public_resolver {given:?} is no address");
        Short::Cannot(CannotLook::new("input", summary).fix("Name the resolver by its IP address."))
    })
}

fn sorted<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().map(plain).collect();
    names.sort();
    names.dedup();
    names
}
