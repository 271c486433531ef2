//! `dns.domain-filter`: whether `ExternalDNS` would touch names that are not this cluster's.

use super::external_dns::ExternalDns;
use super::filter::Filter;
use super::found::set_up;
use super::iam::iam_scope;
use super::territory::Territory;
use crate::judge::hosts::is_under;
use crate::scope::Scope;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

const FLAGS: [&str; 2] = ["domain-filter", "regex-domain-filter"];

/// Whether the filters keep to the cluster's own names, or IAM does where they do not.
pub fn domain_filter(view: &View<'_>) -> Judged {
    let all = match set_up(view, &FLAGS)? {
        Ok(all) => all,
        Err(why) => return Ok(Verdict::Skip(why)),
    };
    let territory = Territory::of(view)?;
    let mut wide = Vec::new();
    for external_dns in &all {
        let filter = Filter::of(external_dns)?;
        if let Some(finding) = missing(external_dns, &filter, &territory, view.scope) {
            return Ok(Verdict::Fail(finding));
        }
        match reach(&filter, &territory, view.scope) {
            Reach::Own => {}
            Reach::Beyond(finding) => return Ok(Verdict::Fail(at(external_dns, finding, &territory))),
            Reach::Above(finding) => wide.push(at(external_dns, finding, &territory)),
        }
    }
    let told = || all.iter().map(|one| Ok(Filter::of(one)?.told())).collect::<Result<Vec<_>, Short>>();
    let Some(finding) = wide.into_iter().next() else { return Ok(Verdict::Pass(told()?.join(", "))) };
    // The second of the two guards: what the filter lets through, IAM must not.
    Ok(match iam_scope(view)? {
        Verdict::Pass(_) => {
            Verdict::Pass(format!("{}; IAM keeps it to {} (dns.iam-scope)", told()?.join(", "), territory.suffix))
        }
        _ => Verdict::Fail(finding),
    })
}

/// How far a filter reaches.
enum Reach {
    /// To the cluster's own names.
    Own,
    /// To names above them, too, as far as IAM lets it.
    Above(Finding),
    /// To names that are not for this cluster at all.
    Beyond(Finding),
}

impl Reach {
    const fn rank(&self) -> u8 {
        match self {
            Self::Own => 0,
            Self::Above(_) => 1,
            Self::Beyond(_) => 2,
        }
    }
}

fn reach(filter: &Filter, territory: &Territory, scope: &Scope) -> Reach {
    match filter {
        Filter::Domains { include, .. } if include.is_empty() => everything(scope),
        Filter::Domains { include, .. } => {
            let domains = include.iter().map(|domain| domain.trim_start_matches('.'));
            // The farthest counts.
            domains.map(|domain| domain_reach(domain, territory, scope)).max_by_key(Reach::rank).unwrap_or(Reach::Own)
        }
        Filter::Regex { .. } => regex_reach(filter, territory, scope),
    }
}

fn domain_reach(domain: &str, territory: &Territory, scope: &Scope) -> Reach {
    if let Some(build) = territory.build_zone(domain) {
        return Reach::Beyond(Finding::new(
            "build_zone",
            format!("--domain-filter={domain} is in {build}, which is a build's"),
        ));
    }
    if !scope.is_ephemeral() || is_under(domain, &territory.suffix) {
        return Reach::Own;
    }
    if is_under(&territory.suffix, domain) {
        return Reach::Above(Finding::new(
            "too_wide",
            format!("--domain-filter={domain} lets this ephemeral cluster write {}", base(scope, domain)),
        ));
    }
    Reach::Beyond(Finding::new(
        "outside",
        format!("--domain-filter={domain} lets this ephemeral cluster write outside of {}", territory.suffix),
    ))
}

/// Without any filter, every zone of the account is open; that IAM guards the one of this cluster is not enough.
fn everything(scope: &Scope) -> Reach {
    if !scope.is_ephemeral() {
        return Reach::Own;
    }
    Reach::Beyond(Finding::new(
        "empty",
        "no --domain-filter is given, so this ephemeral cluster writes to every zone that it can",
    ))
}

fn regex_reach(filter: &Filter, territory: &Territory, scope: &Scope) -> Reach {
    let foreign = others(scope).into_iter().find(|name| !territory.holds(name) && filter.matches(name));
    match foreign {
        Some(name) if scope.is_ephemeral() => {
            Reach::Above(Finding::new("too_wide", format!("{} matches {name}", filter.told())))
        }
        _ => Reach::Own,
    }
}

/// Names of the environment's long-lived cluster, and above.
fn others(scope: &Scope) -> Vec<String> {
    let base = scope.text(crate::inputs::Name::BaseDomain).map(str::to_owned);
    let domain = scope.environment_domain();
    let below =
        |domain: &String| scope.profile.dns.names.iter().map(|name| format!("{name}.{domain}")).collect::<Vec<_>>();
    let names = domain.as_ref().map(below).unwrap_or_default();
    names.into_iter().chain(domain).chain(base).collect()
}

/// The name that hurts most: the wildcard of the long-lived cluster.
fn base(scope: &Scope, filter: &str) -> String {
    let wildcard = scope.environment_domain().map(|domain| format!("*.{domain}"));
    wildcard.unwrap_or_else(|| format!("everything below {filter}"))
}

/// A filter that lets the cluster's own names not through is of no use.
fn missing(external_dns: &ExternalDns, filter: &Filter, territory: &Territory, scope: &Scope) -> Option<Finding> {
    let own = scope.profile.dns.names.iter().map(|name| format!("{name}.{}", territory.suffix));
    let missed = own.into_iter().find(|name| !filter.matches(name))?;
    let summary = format!(
        "{}: {} leaves out {missed}: ExternalDNS will not write it, and not say so",
        external_dns.what,
        filter.told()
    );
    Some(Finding::new("misses_own", summary).fix(format!("Set domainFilters to [{}] or above.", territory.suffix)))
}

fn at(external_dns: &ExternalDns, finding: Finding, territory: &Territory) -> Finding {
    let summary = format!("{}: {}", external_dns.what, finding.summary);
    let remedy = format!(
        "Give the role of ExternalDNS a condition on record names (preflight explain dns.iam-scope), or set \
         domainFilters to [{}], which needs a zone of that name or --aws-zone-match-parent (v0.14.1).",
        territory.suffix
    );
    Finding { summary, ..finding }.fix(remedy)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::example::{BUILD, World, policy};
    use crate::check::Tier;
    use crate::scope::example::{ephemeral, persistent};
    use crate::verdict::{Short, Verdict};

    const ID: &str = "dns.domain-filter";

    fn filtered(filter: &[&str]) -> World {
        World::with("v0.14.0", filter)
    }

    fn guarded() -> World {
        let names = ["*.b-26-01-23-01.dev.goldenpathidp.io"];
        let condition =
            json!({"ForAllValues:StringLike": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": names}});
        World { policy: policy(&condition), ..World::default() }
    }

    #[test]
    fn a_build_keeps_to_its_own_names() {
        World::with("v0.14.1", &BUILD).pass(&ephemeral(Tier::Delivery), ID);
        filtered(&["--domain-filter=.b-26-01-23-01.dev.goldenpathidp.io"]).pass(&ephemeral(Tier::Delivery), ID);
        filtered(&[r"--regex-domain-filter=(^|\.)b-26-01-23-01\.dev\.goldenpathidp\.io$"])
            .pass(&ephemeral(Tier::Delivery), ID);
    }

    #[test]
    fn the_apex_lets_a_build_write_the_wildcard_of_the_persistent_cluster() {
        // What the repository has today.
        let finding = World::default().failure(&ephemeral(Tier::Delivery), ID);
        assert_eq!(finding.reason, "too_wide");
        assert_eq!(
            finding.summary,
            "Deployment kube-system/external-dns: --domain-filter=goldenpathidp.io lets this ephemeral cluster write \
             *.dev.goldenpathidp.io"
        );
        for wide in ["--domain-filter=dev.goldenpathidp.io", "--regex-domain-filter=goldenpathidp"] {
            assert_eq!(filtered(&[wide]).failure(&ephemeral(Tier::Delivery), ID).reason, "too_wide", "{wide}");
        }
    }

    #[test]
    fn the_apex_is_fine_where_iam_keeps_the_names_apart() {
        let told = guarded().pass(&ephemeral(Tier::Delivery), ID);
        assert!(told.contains("IAM keeps it to b-26-01-23-01.dev.goldenpathidp.io"), "{told}");
    }

    #[test]
    fn what_iam_does_not_guard_is_refused_all_the_same() {
        let arguments = |filters: &[&str]| World { deployments: filtered(filters).deployments, ..guarded() };
        let both = ["--domain-filter=goldenpathidp.io", "--domain-filter=b-26-01-22-01.dev.goldenpathidp.io"];
        assert_eq!(arguments(&both).failure(&ephemeral(Tier::Delivery), ID).reason, "outside");
        assert_eq!(arguments(&[]).failure(&ephemeral(Tier::Delivery), ID).reason, "empty");
    }

    #[test]
    fn a_filter_that_leaves_out_its_own_names_is_of_no_use() {
        for other in ["--domain-filter=staging.goldenpathidp.io", "--exclude-domains=goldenpathidp.io"] {
            assert_eq!(filtered(&[other]).failure(&persistent(Tier::Delivery), ID).reason, "misses_own", "{other}");
        }
    }

    #[test]
    fn a_persistent_cluster_is_only_kept_out_of_the_builds() {
        World::default().pass(&persistent(Tier::Delivery), ID);
        filtered(&[]).pass(&persistent(Tier::Delivery), ID);
        let build = ["--domain-filter=dev.goldenpathidp.io", "--domain-filter=b-26-01-22-01.dev.goldenpathidp.io"];
        assert_eq!(filtered(&build).failure(&persistent(Tier::Delivery), ID).reason, "build_zone");
    }

    #[test]
    fn what_cannot_be_seen_is_no_pass() {
        let ephemeral = ephemeral(Tier::Delivery);
        assert_eq!(World { closed: &["deployments"], ..World::default() }.cannot(&ephemeral, ID), "denied");
        // The apex is allowed only if IAM guards the names: where that cannot be told, nor can this.
        assert_eq!(
            World { closed: &["Simulate", "RolePolicyDocuments"], ..World::default() }.cannot(&ephemeral, ID),
            "denied"
        );
        assert_eq!(filtered(&["--regex-domain-filter=("]).cannot(&ephemeral, ID), "regex");
    }

    #[test]
    fn its_absence_is_told_by_the_owner_id_alone() {
        assert!(matches!(World::empty().judge(&ephemeral(Tier::Delivery), ID), Ok(Verdict::Skip(_))));
        assert!(
            matches!(World::empty().judge(&ephemeral(Tier::Experience), ID), Err(Short::Blocked(why)) if why.contains("dns.owner-id"))
        );
    }
}
