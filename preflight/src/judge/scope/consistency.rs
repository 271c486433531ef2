//! `config.consistency`: what the run is told holds together, and with what is there.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::untold;
use crate::check::Tier;
use crate::inputs::Name;
use crate::judge::findings::together;
use crate::judge::foundation::input::filled;
use crate::judge::hosts::plain;
use crate::judge::rds::presence::{Presence, presence};
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// A contradiction.
struct Contradiction {
    /// Whether things go wrong because of it; else a value is merely stale.
    is_fatal: bool,
    finding: Finding,
}

/// No input contradicts another, or what is there. All contradictions are one finding, the gravest first.
pub fn judge(view: &View<'_>) -> Judged {
    let mut all: Vec<Contradiction> = [host_suffix(view), ephemeral_ceiling(view)].into_iter().flatten().collect();
    all.extend(given_twice(view));
    for seen in [no_database(view), other_host(view)] {
        match seen.or_else(|short| open(short).map(Some)) {
            Ok(found) => all.extend(found),
            Err(Short::Look(looks)) => return Err(Short::Look(looks)),
            // What is surely wrong is not hidden by what is open.
            Err(_) if all.iter().any(|contradiction| contradiction.is_fatal) => {}
            Err(open) => return Err(open),
        }
    }
    all.sort_by_key(|contradiction| !contradiction.is_fatal);
    let is_fatal = all.first().is_some_and(|contradiction| contradiction.is_fatal);
    let verdict = if is_fatal { Verdict::Fail } else { Verdict::Warn };
    let findings = all.into_iter().map(|contradiction| contradiction.finding).collect();
    Ok(together(findings).map_or_else(|| Verdict::Pass("no input contradicts another".to_owned()), verdict))
}

fn open(short: Short) -> Result<Contradiction, Short> {
    let finding = untold::untold(short, "whether the inputs agree with the database's secret")?;
    Ok(Contradiction { is_fatal: false, finding })
}

/// The suffix decides which names a cluster claims: with another's it would take that one's traffic.
fn host_suffix(view: &View<'_>) -> Option<Contradiction> {
    let (scope, given) = (view.scope, view.scope.text(Name::HostSuffix)?);
    let implied = scope.implied_host_suffix()?;
    let summary = format!(
        "hostSuffix is {}, but a cluster with mode {} must have {implied}",
        scope.told(Name::HostSuffix),
        scope.mode
    );
    let inputs = [Name::Environment, Name::BaseDomain, Name::BuildId];
    let seen = inputs.iter().map(|name| format!("{} {}", name.as_str(), scope.told(*name)));
    let finding = Finding::new("host_suffix", summary).seen(seen).fix(format!(
        "Set dns.hostSuffix to {implied} (Terraform writes it), or correct mode, buildId, environment or baseDomain."
    ));
    (plain(given) != plain(&implied)).then_some(Contradiction { is_fatal: true, finding })
}

/// Which of the two is wrong nobody can know; taken at its word, the ceiling would let Keycloak onto the cluster.
fn ephemeral_ceiling(view: &View<'_>) -> Option<Contradiction> {
    let scope = view.scope;
    let summary = || {
        format!("mode is {}, but maxTier is {}: tier 3 is for persistent clusters alone", scope.mode, scope.max_tier)
    };
    (scope.is_ephemeral() && scope.max_tier.value == Tier::Identity).then(|| Contradiction {
        is_fatal: true,
        finding: Finding::new("ephemeral_ceiling", summary())
            .fix("Set bootstrap.maxTier to 2 at most, or correct bootstrap.mode."),
    })
}

/// An input that was given more than once, with different values. `maxTier` is left to `scope.tier`.
fn given_twice(view: &View<'_>) -> Vec<Contradiction> {
    let others = Name::ALL.into_iter().filter(|name| *name != Name::MaxTier);
    let twice = |name: Name| {
        let all = view.scope.inputs.all(name);
        let values: BTreeSet<String> = all.iter().map(|given| plain(&given.value)).collect();
        let told: Vec<String> = all.iter().rev().map(ToString::to_string).collect();
        let summary = || format!("{} is given as {}; the first counts", name.as_str(), told.join(" and as "));
        let fix = || format!("Leave --{} (or its variable) away, or correct the weaker source.", name.flag());
        (values.len() > 1)
            .then(|| Contradiction { is_fatal: false, finding: Finding::new("given_twice", summary()).fix(fix()) })
    };
    others.filter_map(twice).collect()
}

fn no_database(view: &View<'_>) -> Result<Option<Contradiction>, Short> {
    let scope = view.scope;
    if scope.max_tier.value < Tier::Experience {
        return Ok(None);
    }
    let flag = match scope.rds_available {
        Some(_) => format!("platform.rdsAvailable is {}", scope.told(Name::RdsAvailable)),
        None => "platform.rdsAvailable is not given".to_owned(),
    };
    let finding = match presence(view)? {
        Presence::Flag => return Ok(None),
        // A flag that nobody gave is not stale.
        Presence::Found(_) if scope.rds_available.is_none() => return Ok(None),
        Presence::Found(what) => {
            let summary = format!("maxTier is {} and {flag}, but {what}: the flag is stale", scope.max_tier);
            let fix = "The database counts as there. Set platform.rdsAvailable to true (rds_config), or give \
                       --rds-available=true or --rds-endpoint.";
            Finding::new("stale_flag", summary).fix(fix)
        }
        Presence::Nowhere(path) => {
            let summary = format!(
                "maxTier is {}, but there is no database: {flag}, rdsEndpoint is not given, and there is no secret {path}",
                scope.max_tier
            );
            let fix =
                format!("Make the database ({}), or lower maxTier.", scope.expand(&scope.profile.database.command));
            Finding::new("no_database", summary).fix(fix)
        }
    };
    Ok(Some(Contradiction { is_fatal: false, finding }))
}

/// Only in a run that needs the database anyway: below tier 2 nobody may read its secret for this.
fn other_host(view: &View<'_>) -> Result<Option<Contradiction>, Short> {
    let scope = view.scope;
    let (Some(endpoint), true) = (scope.text(Name::RdsEndpoint), scope.has_tier(Tier::Experience)) else {
        return Ok(None);
    };
    let path = filled(view, &scope.profile.database.master)?;
    let Some(login) = view.secret(&path)?.and_then(|secret| secret.login.as_ref()) else { return Ok(None) };
    // As Terraform writes an endpoint: with its port.
    let host = endpoint.rsplit_once(':').map_or(endpoint, |(host, _)| host);
    let summary = format!("rdsEndpoint is {}, but secret {path} names {}", scope.told(Name::RdsEndpoint), login.host);
    let fix = "Correct platform.rdsEndpoint, or the secret; rds.hosts-agree tells which host the instance has.";
    Ok((plain(host) != plain(&login.host))
        .then(|| Contradiction { is_fatal: false, finding: Finding::new("other_host", summary).fix(fix) }))
}
