//! Which hosted zones an `ExternalDNS` would write to, by the rules of its source (`provider/aws/aws.go`): the zone's
//! id, then its type, then the filters, then, where that is asked for, whether a filter is below the zone.

use super::external_dns::{ExternalDns, Version};
use super::filter::Filter;
use crate::judge::zones::Zone;
use crate::verdict::Short;

/// The first version that knows `--aws-zone-match-parent`.
pub(super) const MATCH_PARENT: Version = Version(0, 14, 1);

/// What an `ExternalDNS` goes by when it selects zones.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    /// Its domain filters.
    pub(super) filter: Filter,
    /// Whether `--aws-zone-match-parent` is given.
    pub(super) match_parent: bool,
    ids: Vec<String>,
    kind: String,
}

impl Selection {
    /// As it is set up.
    pub(super) fn of(external_dns: &ExternalDns) -> Result<Self, Short> {
        Ok(Self {
            filter: Filter::of(external_dns)?,
            match_parent: external_dns.is_set("aws-zone-match-parent")?,
            ids: external_dns.values("zone-id-filter")?.into_iter().map(str::to_owned).collect(),
            kind: external_dns.value("aws-zone-type")?.unwrap_or_default().to_owned(),
        })
    }

    /// Why a zone is not selected; none where it is.
    pub(super) fn refusal(&self, zone: &Zone<'_>) -> Option<String> {
        if !self.ids.is_empty() && !self.ids.iter().any(|id| format!("/hostedzone/{}", zone.id).ends_with(id)) {
            return Some(format!("--zone-id-filter={}", self.ids.join(",")));
        }
        let is_kind = match self.kind.as_str() {
            "" => true,
            "public" => !zone.is_private,
            "private" => zone.is_private,
            _ => false,
        };
        if !is_kind {
            return Some(format!("--aws-zone-type={}", self.kind));
        }
        let is_in = self.filter.matches(&zone.name) || (self.match_parent && self.filter.matches_parent(&zone.name));
        (!is_in).then(|| self.filter.told())
    }

    /// Whether it would be selected with `--aws-zone-match-parent`.
    pub(super) fn wants_parent(&self, zone: &Zone<'_>) -> bool {
        let parent = Self { match_parent: true, ..self.clone() };
        self.refusal(zone).is_some() && parent.refusal(zone).is_none()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::external_dns::ExternalDns;
    use super::{Selection, Zone};

    fn three() -> [Zone<'static>; 3] {
        let zone = |id, name: &str, is_private| Zone { id, name: name.to_owned(), is_private };
        [
            zone("Z1", "goldenpathidp.io", false),
            zone("Z2", "dev.goldenpathidp.io", false),
            zone("Z3", "dev.goldenpathidp.io", true),
        ]
    }

    fn selected(arguments: &[&str]) -> Vec<String> {
        let container = json!({"image": "external-dns:v0.14.2", "args": arguments});
        let selection = Selection::of(&ExternalDns::of_container("Deployment a/b".to_owned(), &container)).unwrap();
        three().into_iter().filter(|zone| selection.refusal(zone).is_none()).map(|zone| zone.id.to_owned()).collect()
    }

    #[test]
    fn zones_are_selected_as_in_the_source() {
        for (arguments, ids) in [
            (vec![], vec!["Z1", "Z2", "Z3"]),
            (vec!["--domain-filter=goldenpathidp.io"], vec!["Z1", "Z2", "Z3"]),
            (vec!["--domain-filter=dev.goldenpathidp.io"], vec!["Z2", "Z3"]),
            (vec!["--domain-filter=b-1.dev.goldenpathidp.io"], vec![]),
            (vec!["--domain-filter=b-1.dev.goldenpathidp.io", "--aws-zone-match-parent"], vec!["Z1", "Z2", "Z3"]),
            (vec!["--aws-zone-type=public"], vec!["Z1", "Z2"]),
            (vec!["--aws-zone-type=private", "--domain-filter=goldenpathidp.io"], vec!["Z3"]),
            (vec!["--zone-id-filter=Z1", "--zone-id-filter=/hostedzone/Z3"], vec!["Z1", "Z3"]),
            (vec!["--zone-id-filter=Z9"], vec![]),
            (vec!["--domain-filter=goldenpathidp.io", "--exclude-domains=dev.goldenpathidp.io"], vec!["Z1"]),
            (vec!["--regex-domain-filter=^dev\\."], vec!["Z2", "Z3"]),
        ] {
            assert_eq!(selected(&arguments), ids, "{arguments:?}");
        }
    }
}
