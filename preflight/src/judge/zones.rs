//! The hosted zones of the account, and which of them serves a name. Pure.

use serde_json::Value;

use super::foundation::input::{filled, protocol};
use super::hosts::{is_under, plain};
use super::objects::text;
use crate::look::Aws;
use crate::verdict::Short;
use crate::view::View;

/// A hosted zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone<'a> {
    /// Its id, without `/hostedzone/`.
    pub id: &'a str,
    /// Its name, in lower case and without the dot at its end.
    pub name: String,
    /// Whether only VPCs see it.
    pub is_private: bool,
}

impl Zone<'_> {
    /// For messages: its name, id and kind.
    pub fn told(&self) -> String {
        format!("{} ({}, {})", self.name, self.id, self.kind())
    }

    /// The same where the id is what matters.
    pub fn told_by_id(&self) -> String {
        format!("{} ({}, {})", self.id, self.name, self.kind())
    }

    const fn kind(&self) -> &'static str {
        if self.is_private { "private" } else { "public" }
    }
}

/// All of them.
pub fn zones<'a>(view: &View<'a>) -> Result<Vec<Zone<'a>>, Short> {
    let seen = view.aws(Aws::HostedZones)?.and_then(Value::as_array).ok_or_else(|| protocol("the hosted zones"))?;
    Ok(seen.iter().map(read).collect())
}

fn read(zone: &Value) -> Zone<'_> {
    Zone {
        id: text(zone, "/Id").trim_start_matches("/hostedzone/"),
        name: plain(text(zone, "/Name")),
        is_private: zone.pointer("/Config/PrivateZone") == Some(&Value::Bool(true)),
    }
}

/// The zones of the longest name that a host's name lies in, in their order.
pub fn longest<'z, 'a: 'z>(zones: impl IntoIterator<Item = &'z Zone<'a>>, host: &str) -> Vec<&'z Zone<'a>> {
    let held: Vec<&Zone<'_>> = zones.into_iter().filter(|zone| is_under(host, &zone.name)).collect();
    let length = held.iter().map(|zone| zone.name.len()).max().unwrap_or_default();
    held.into_iter().filter(|zone| zone.name.len() == length).collect()
}

/// The same of those that the world sees: one, where all is well.
pub fn public<'z, 'a: 'z>(zones: impl IntoIterator<Item = &'z Zone<'a>>, host: &str) -> Vec<&'z Zone<'a>> {
    longest(zones.into_iter().filter(|zone| !zone.is_private), host)
}

/// The zone that a record of this name is written to: a public one before a private of the same name.
pub fn serving<'z, 'a: 'z>(zones: impl IntoIterator<Item = &'z Zone<'a>>, host: &str) -> Option<&'z Zone<'a>> {
    longest(zones, host).into_iter().min_by_key(|zone| zone.is_private)
}

/// The id of the zone that the profile names; empty where it names none.
pub fn pinned(view: &View<'_>) -> String {
    view.scope.expand(&view.scope.profile.dns.zone_id)
}

/// The zone that the cluster's names are in: the one of the profile, or the public one that serves them.
pub fn of_cluster<'a>(view: &View<'a>, suffix: &str) -> Result<Zone<'a>, Short> {
    let pinned = pinned(view);
    let zones = zones(view)?;
    let zone = public(zones.iter().filter(|zone| pinned.is_empty() || zone.id == pinned), suffix).first().copied();
    let none = || Short::Blocked(format!("needs fnd.route53-zone: no public hosted zone serves {suffix}"));
    zone.cloned().ok_or_else(none)
}

/// Its id. `None` where there is no such zone, which is for `fnd.route53-zone` to tell.
pub fn id_of_cluster(view: &View<'_>) -> Result<Option<String>, Short> {
    let pinned = pinned(view);
    if !pinned.is_empty() {
        return Ok(Some(pinned));
    }
    let suffix = filled(view, "{host_suffix}")?;
    let zones = zones(view)?;
    Ok(public(&zones, &suffix).first().map(|zone| zone.id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{Zone, plain, public, serving};

    fn zone(id: &'static str, name: &str, is_private: bool) -> Zone<'static> {
        Zone { id, name: plain(name), is_private }
    }

    #[test]
    fn the_longest_suffix_counts_and_only_whole_labels() {
        let all = [
            zone("Z1", "example.com.", false),
            zone("Z2", "dev.Example.com", false),
            zone("Z3", "b-1.dev.example.com", true),
            zone("Z4", "v.example.com", false),
        ];
        let ids = |host: &str| public(&all, host).iter().map(|zone| zone.id).collect::<Vec<_>>();
        assert_eq!(ids("b-1.dev.example.com"), ["Z2"]);
        assert_eq!(ids("DEV.example.com."), ["Z2"]);
        assert_eq!(ids("test.example.com"), ["Z1"]);
        assert_eq!(ids("example.org"), [""; 0]);
        assert_eq!(ids("xexample.com"), [""; 0]);
    }

    #[test]
    fn a_record_goes_to_the_longest_suffix() {
        let three = [
            zone("Z1", "goldenpathidp.io", false),
            zone("Z3", "dev.goldenpathidp.io", true),
            zone("Z2", "dev.goldenpathidp.io", false),
        ];
        let id = |name: &str| serving(&three, name).map(|zone| zone.id);
        assert_eq!(id("argocd.dev.goldenpathidp.io"), Some("Z2"));
        assert_eq!(id("dev.goldenpathidp.io"), Some("Z2"));
        assert_eq!(id("xdev.goldenpathidp.io"), Some("Z1"));
        assert_eq!(id("goldenpathidp.com"), None);
    }
}
