//! Which names are a cluster's own.

use regex_lite::Regex;

use crate::judge::foundation::input::filled;
use crate::judge::hosts::{is_under, plain};
use crate::verdict::Short;
use crate::view::View;

/// The names of one cluster.
#[derive(Clone, Debug)]
pub(super) struct Territory {
    /// What all of them end with.
    pub(super) suffix: String,
    /// Whether the builds' names are below it, and how a build is called; not for a build itself.
    builds: Option<Regex>,
    foreign: Vec<String>,
}

impl Territory {
    /// Of the run's cluster.
    pub(super) fn of(view: &View<'_>) -> Result<Self, Short> {
        let scope = view.scope;
        let suffix = plain(&filled(view, "{host_suffix}")?);
        // A pattern that cannot be read takes every such name for a build's; `config.bootstrap` knows better.
        let any = || Regex::new("").ok();
        let builds = if scope.is_ephemeral() {
            None
        } else {
            Regex::new(&scope.profile.bootstrap.build_id_pattern).ok().or_else(any)
        };
        let foreign = scope.profile.dns.foreign_hosts.iter().map(|host| plain(&scope.expand(host))).collect();
        Ok(Self { suffix, builds, foreign })
    }

    /// Whether a name is the cluster's own: below its suffix, and not below that of a build.
    pub(super) fn holds(&self, name: &str) -> bool {
        is_under(name, &self.suffix) && self.build_zone(name).is_none()
    }

    /// Whether a name may be the suffix itself, or that of a build, behind a prefix, as a TXT record of the registry has
    /// it.
    pub(super) fn is_behind_prefix(&self, name: &str) -> bool {
        let name = plain(name);
        let Some(before) = name.strip_suffix(&self.suffix) else { return false };
        match before.strip_suffix('.') {
            None => !before.is_empty(),
            Some(below) => self.ends_with_build(below.rsplit('.').next().unwrap_or(below)),
        }
    }

    fn ends_with_build(&self, label: &str) -> bool {
        let is_build = |id: &str| self.builds.as_ref().is_some_and(|builds| builds.is_match(id));
        label.match_indices("b-").any(|(start, mark)| start > 0 && is_build(&label[start + mark.len()..]))
    }

    /// The suffix of the build that a name belongs to, where the builds' names are below the cluster's.
    pub(super) fn build_zone(&self, name: &str) -> Option<String> {
        let name = plain(name);
        let below = name.strip_suffix(&self.suffix)?.strip_suffix('.')?;
        let label = below.rsplit('.').next()?;
        let id = label.strip_prefix("b-")?;
        self.builds.as_ref()?.is_match(id).then(|| format!("{label}.{}", self.suffix))
    }

    /// Whether the profile lists the host as another cluster's that this one may name.
    pub(super) fn is_listed(&self, host: &str) -> bool {
        self.foreign.contains(&plain(host))
    }
}

#[cfg(test)]
mod tests {
    use super::Territory;
    use crate::check::Tier;
    use crate::inputs::Name;
    use crate::scope::Scope;
    use crate::scope::example::{changed, ephemeral, persistent};
    use crate::view::{Facts, View};

    fn of(scope: &Scope) -> Territory {
        Territory::of(&View::new(scope, "", 0, &Facts::new())).unwrap()
    }

    #[test]
    fn a_long_lived_cluster_does_not_hold_the_builds_below_it() {
        let territory = of(&persistent(Tier::Delivery));
        for own in [
            "dev.goldenpathidp.io",
            "*.dev.goldenpathidp.io",
            "b-shop.dev.goldenpathidp.io",
            "a.b-shop.dev.goldenpathidp.io",
        ] {
            assert!(territory.holds(own), "{own}");
        }
        for other in [
            "goldenpathidp.io",
            "a.b-26-01-23-01.dev.goldenpathidp.io",
            "b-26-01-23-01.dev.goldenpathidp.io",
            "xdev.goldenpathidp.io",
        ] {
            assert!(!territory.holds(other), "{other}");
        }
        assert_eq!(
            territory.build_zone("*.b-26-01-23-01.dev.goldenpathidp.io").as_deref(),
            Some("b-26-01-23-01.dev.goldenpathidp.io")
        );
    }

    #[test]
    fn a_suffix_may_be_behind_a_prefix() {
        let territory = of(&persistent(Tier::Delivery));
        for own in ["external-dnscname-Dev.goldenpathidp.io.", "external-dnsb-26-01-23-01.dev.goldenpathidp.io"] {
            assert!(territory.is_behind_prefix(own), "{own}");
        }
        for other in [
            "dev.goldenpathidp.io",
            "b-26-01-23-01.dev.goldenpathidp.io",
            "a.b-26-01-23-01.dev.goldenpathidp.io",
            "external-dnsb-shop.dev.goldenpathidp.io",
            "external-dnsprod.goldenpathidp.io",
        ] {
            assert!(!territory.is_behind_prefix(other), "{other}");
        }
        let territory = of(&ephemeral(Tier::Delivery));
        assert!(territory.is_behind_prefix("external-dnsb-26-01-23-01.dev.goldenpathidp.io"));
        assert!(!territory.is_behind_prefix("external-dnsa.b-26-01-23-01.dev.goldenpathidp.io"));
    }

    #[test]
    fn a_build_holds_its_own_names_alone() {
        let territory = of(&ephemeral(Tier::Delivery));
        assert!(territory.holds("argocd.b-26-01-23-01.dev.goldenpathidp.io"));
        assert!(!territory.holds("*.dev.goldenpathidp.io"));
        assert!(!territory.holds("argocd.b-26-01-22-01.dev.goldenpathidp.io"));
        assert!(territory.is_listed("Keycloak.dev.goldenpathidp.io"));
    }

    #[test]
    fn a_build_id_that_somebody_left_in_a_long_lived_cluster_changes_nothing() {
        // Dev says buildId "persistent".
        let scope = changed(Tier::Delivery, &[(Name::BuildId, "persistent")]);
        assert!(of(&scope).holds("a.dev.goldenpathidp.io"));
    }
}
