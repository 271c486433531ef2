//! Which names an `ExternalDNS` takes for its own: its domain filters, by the rules of its source
//! (`endpoint/domain_filter.go`).

use regex_lite::Regex;

use super::external_dns::{ExternalDns, Version};
use crate::judge::hosts::plain;
use crate::verdict::{CannotLook, Short};

/// From here on an exclusion narrows the regular expression; before, it stood in its place (external-dns#6050).
const BOTH: Version = Version(0, 21, 0);

/// Domain filters.
#[derive(Clone, Debug)]
pub(super) enum Filter {
    /// `--domain-filter` and `--exclude-domains`.
    Domains {
        /// Domains that match; none for any.
        include: Vec<String>,
        /// Domains that do not.
        exclude: Vec<String>,
    },
    /// `--regex-domain-filter`, which counts instead of the domains, and `--regex-domain-exclusion`.
    Regex {
        /// What matches.
        include: Regex,
        /// What does not.
        exclude: Option<Regex>,
        /// Whether both must hold.
        both: bool,
    },
}

impl Filter {
    /// As it is set up.
    pub(super) fn of(external_dns: &ExternalDns) -> Result<Self, Short> {
        let regex = |flag: &str| -> Result<Option<Regex>, Short> {
            let Some(text) = external_dns.value(flag)? else { return Ok(None) };
            let unreadable = |error| {
                let summary = format!("{}: --{flag}={text} cannot be read here: {error}", external_dns.what);
                Short::Cannot(CannotLook::new("regex", summary).fix("Say the same with --domain-filter."))
            };
            Regex::new(text).map(Some).map_err(unreadable)
        };
        // Without a filter, the exclusion is not even looked at.
        if let Some(include) = regex("regex-domain-filter")? {
            let both = external_dns.version.is_some_and(|version| version >= BOTH);
            return Ok(Self::Regex { include, exclude: regex("regex-domain-exclusion")?, both });
        }
        let domains = |flag: &str| -> Result<Vec<String>, Short> {
            Ok(external_dns.values(flag)?.into_iter().map(plain).filter(|domain| !domain.is_empty()).collect())
        };
        Ok(Self::Domains { include: domains("domain-filter")?, exclude: domains("exclude-domains")? })
    }

    /// `Match`: whether a record's or a zone's name is in.
    pub(super) fn matches(&self, name: &str) -> bool {
        let name = plain(name);
        match self {
            Self::Domains { include, exclude } => {
                (include.is_empty() || matches_any(include, &name)) && !matches_any(exclude, &name)
            }
            Self::Regex { include, exclude: None, .. } => include.is_match(&name),
            Self::Regex { include, exclude: Some(exclude), both } => {
                !exclude.is_match(&name) && (!both || include.is_match(&name))
            }
        }
    }

    /// `MatchParent`: whether a filter is below a zone of this name.
    pub(super) fn matches_parent(&self, zone: &str) -> bool {
        let below = format!(".{}", plain(zone));
        match self {
            Self::Domains { include, exclude } => {
                let is_below = |filter: &String| !filter.starts_with('.') && filter.ends_with(&below);
                !matches_any(exclude, &plain(zone)) && (include.is_empty() || include.iter().any(is_below))
            }
            // Regular expressions are not looked at there.
            Self::Regex { .. } => true,
        }
    }

    /// For messages: the flags as they would be written.
    pub(super) fn told(&self) -> String {
        let flags = |flag: &str, domains: &[String]| {
            domains.iter().map(|domain| format!("--{flag}={domain}")).collect::<Vec<_>>()
        };
        let all = match self {
            Self::Domains { include, exclude } => {
                let mut all = flags("domain-filter", include);
                all.extend(flags("exclude-domains", exclude));
                all
            }
            Self::Regex { include, exclude, .. } => {
                let mut all = flags("regex-domain-filter", &[include.as_str().to_owned()]);
                all.extend(exclude.as_ref().map(|exclude| format!("--regex-domain-exclusion={}", exclude.as_str())));
                all
            }
        };
        if all.is_empty() { "no --domain-filter".to_owned() } else { all.join(" ") }
    }
}

/// `matchFilter`: of as many labels, a filter is the name itself; of others, what the name ends with after a dot. One
/// that begins with a dot is a plain ending.
fn matches_any(filters: &[String], name: &str) -> bool {
    let dots = |text: &str| text.matches('.').count();
    filters.iter().any(|filter| {
        (filter.starts_with('.') && name.ends_with(filter))
            || if dots(name) == dots(filter) { name == filter } else { name.ends_with(&format!(".{filter}")) }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::external_dns::ExternalDns;
    use super::Filter;
    use crate::verdict::Short;

    fn filter(arguments: &[&str]) -> Filter {
        versioned(arguments, "v0.14.0").unwrap()
    }

    fn versioned(arguments: &[&str], tag: &str) -> Result<Filter, Short> {
        let container = json!({"image": format!("external-dns:{tag}"), "args": arguments});
        Filter::of(&ExternalDns::of_container("Deployment a/b".to_owned(), &container))
    }

    #[test]
    fn domains_match_as_in_the_source() {
        let zone = "goldenpathidp.io.";
        for (arguments, matches, matches_parent) in [
            (vec![], true, true),
            (vec!["--domain-filter="], true, true),
            (vec!["--domain-filter=goldenpathidp.io"], true, false),
            (vec!["--domain-filter=GoldenPathIDP.io."], true, false),
            (vec!["--domain-filter=dev.goldenpathidp.io"], false, true),
            (vec!["--domain-filter=.goldenpathidp.io"], false, false),
            (vec!["--domain-filter=io"], true, false),
            (vec!["--domain-filter=idp.io"], false, false),
            (vec!["--domain-filter=other.io", "--domain-filter=goldenpathidp.io"], true, false),
            (vec!["--exclude-domains=goldenpathidp.io"], false, false),
            (vec!["--domain-filter=dev.goldenpathidp.io", "--exclude-domains=io"], false, false),
            (vec!["--regex-domain-filter=^goldenpath"], true, true),
            (vec!["--regex-domain-filter=^dev\\.", "--domain-filter=goldenpathidp.io"], false, true),
            // Before v0.21, the exclusion alone decides where there is one.
            (vec!["--regex-domain-filter=^dev\\.", "--regex-domain-exclusion=^prod\\."], true, true),
            (vec!["--regex-domain-exclusion=goldenpath"], true, true),
        ] {
            assert_eq!(filter(&arguments).matches(zone), matches, "{arguments:?}");
            assert_eq!(filter(&arguments).matches_parent(zone), matches_parent, "{arguments:?}");
        }
    }

    #[test]
    fn a_leading_dot_is_a_plain_ending() {
        assert!(filter(&["--domain-filter=.dev.goldenpathidp.io"]).matches("a.dev.goldenpathidp.io"));
        assert!(!filter(&["--domain-filter=.dev.goldenpathidp.io"]).matches("dev.goldenpathidp.io"));
    }

    #[test]
    fn newer_versions_want_both_regular_expressions() {
        let arguments = ["--regex-domain-filter=^dev\\.", "--regex-domain-exclusion=^prod\\."];
        assert!(!versioned(&arguments, "v0.21.0").unwrap().matches("goldenpathidp.io"));
        assert!(versioned(&arguments, "v0.21.0").unwrap().matches("dev.goldenpathidp.io"));
    }

    #[test]
    fn what_cannot_be_read_is_not_guessed() {
        let Err(Short::Cannot(cannot)) = versioned(&["--regex-domain-filter=("], "v0.14.0") else { panic!() };
        assert_eq!(cannot.reason, "regex");
    }

    #[test]
    fn filters_are_told_as_flags() {
        assert_eq!(filter(&[]).told(), "no --domain-filter");
        assert_eq!(
            filter(&["--domain-filter=a.io", "--exclude-domains", "b.a.io"]).told(),
            "--domain-filter=a.io --exclude-domains=b.a.io"
        );
        assert_eq!(filter(&["--regex-domain-filter=a"]).told(), "--regex-domain-filter=a");
    }
}
