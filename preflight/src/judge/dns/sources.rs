//! `dns.sources-in-scope`: whether what asks for records asks for the cluster's own.

use std::collections::BTreeSet;

use serde_json::Value;

use super::territory::Territory;
use crate::judge::objects::{annotation, counted, items, place, text, texts};
use crate::kinds::{INGRESSES, SERVICES};
use crate::verdict::{Finding, Judged, Verdict};
use crate::view::{View, list};

/// Annotations that name hosts, separated by commas.
const ANNOTATIONS: [&str; 2] =
    ["external-dns.alpha.kubernetes.io/hostname", "external-dns.alpha.kubernetes.io/internal-hostname"];

/// Whether every host that an Ingress or Service names is the cluster's own, or listed in the profile.
pub fn sources_in_scope(view: &View<'_>) -> Judged {
    view.all([INGRESSES, SERVICES].map(|kind| crate::look::Look::Kubernetes(list(kind))))?;
    let territory = Territory::of(view)?;
    let ingresses = view.objects(INGRESSES)?.iter().flat_map(|object| asked("Ingress", object));
    let services = view.objects(SERVICES)?.iter().flat_map(|object| asked("Service", object));
    let asked: BTreeSet<Asked> = ingresses.chain(services).collect();
    let outside: Vec<&Asked> =
        asked.iter().filter(|asked| !territory.holds(&asked.host) && !territory.is_listed(&asked.host)).collect();
    let Some(first) = outside.first() else {
        let hosts: BTreeSet<&str> = asked.iter().map(|asked| asked.host.as_str()).collect();
        return Ok(Verdict::Pass(format!("{} below {}", counted(hosts.len(), "host"), territory.suffix)));
    };
    let whose = match territory.build_zone(&first.host) {
        Some(build) => format!("which is in {build}, a build's"),
        None => format!("which is not below {}", territory.suffix),
    };
    let summary = format!(
        "{} names {} ({}), {whose}: ExternalDNS would claim that name for this cluster",
        first.object, first.host, first.how
    );
    let seen = outside.iter().map(|asked| format!("{}: {} ({})", asked.object, asked.host, asked.how));
    let remedy = format!(
        "Give {} a host below {}, or list the host in dns.foreign_hosts of the profile.",
        first.object, territory.suffix
    );
    Ok(Verdict::Fail(Finding::new("outside", summary).seen(seen).fix(remedy)))
}

/// A host, who names it, and how.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    object: String,
    host: String,
    how: &'static str,
}

fn asked(kind: &str, object: &Value) -> Vec<Asked> {
    let name = format!("{kind} {}", place(object));
    let of = |host: &str, how| Asked { object: name.clone(), host: host.trim().to_owned(), how };
    let mut all: Vec<Asked> = Vec::new();
    for key in ANNOTATIONS {
        all.extend(annotation(object, key).split(',').map(|host| of(host, "annotation")));
    }
    all.extend(items(object, "/spec/rules").iter().map(|rule| of(text(rule, "/host"), "rule")));
    all.extend(items(object, "/spec/tls").iter().flat_map(|tls| texts(tls, "/hosts")).map(|host| of(host, "tls")));
    all.retain(|asked| !asked.host.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::example::World;
    use crate::check::Tier;
    use crate::inputs::Name;
    use crate::scope::example::{changed, ephemeral, persistent};

    const ID: &str = "dns.sources-in-scope";

    fn kong(host: &str) -> Value {
        json!([{"metadata": {"namespace": "kong-system", "name": "dev-kong-kong-proxy",
            "annotations": {"external-dns.alpha.kubernetes.io/hostname": host}}}])
    }

    fn ingress(rule: &str, tls: &str) -> Value {
        json!([{"metadata": {"namespace": "backstage", "name": "backstage"},
            "spec": {"rules": [{"host": rule}, {"http": {}}], "tls": [{"hosts": [tls]}, {}]}}])
    }

    #[test]
    fn hosts_below_the_suffix_are_the_clusters_own() {
        let host = "backstage.dev.goldenpathidp.io";
        let world =
            World { services: kong("*.dev.goldenpathidp.io"), ingresses: ingress(host, host), ..World::default() };
        assert_eq!(world.pass(&persistent(Tier::Delivery), ID), "2 hosts below dev.goldenpathidp.io");
        assert_eq!(World::default().pass(&persistent(Tier::Delivery), ID), "0 hosts below dev.goldenpathidp.io");
    }

    #[test]
    fn a_build_with_the_hard_coded_wildcard_is_told() {
        // The chart does not template the annotation.
        let world = World { services: kong("*.dev.goldenpathidp.io"), ..World::default() };
        let finding = world.failure(&ephemeral(Tier::Delivery), ID);
        assert_eq!(
            finding.summary,
            "Service kong-system/dev-kong-kong-proxy names *.dev.goldenpathidp.io (annotation), which is not below \
             b-26-01-23-01.dev.goldenpathidp.io: ExternalDNS would claim that name for this cluster"
        );
    }

    #[test]
    fn prod_names_hosts_of_the_base_domain() {
        // As Backstage's values have it.
        let scope =
            changed(Tier::Delivery, &[(Name::Environment, "prod"), (Name::HostSuffix, "prod.goldenpathidp.io")]);
        let world = World {
            services: kong("*.prod.goldenpathidp.io"),
            ingresses: ingress("backstage.prod.goldenpathidp.io", "backstage.goldenpathidp.io"),
            ..World::default()
        };
        let finding = world.failure(&scope, ID);
        assert_eq!(finding.reason, "outside");
        assert_eq!(finding.evidence, ["Ingress backstage/backstage: backstage.goldenpathidp.io (tls)"]);
    }

    #[test]
    fn several_hosts_in_one_annotation_each_count() {
        let world = World {
            services: kong("a.dev.goldenpathidp.io, b.b-26-01-23-01.dev.goldenpathidp.io"),
            ..World::default()
        };
        let finding = world.failure(&persistent(Tier::Delivery), ID);
        assert!(
            finding.summary.contains("which is in b-26-01-23-01.dev.goldenpathidp.io, a build's"),
            "{}",
            finding.summary
        );
    }

    #[test]
    fn the_identity_provider_of_the_environment_may_be_named() {
        let host = "keycloak.dev.goldenpathidp.io";
        World { ingresses: ingress(host, host), ..World::default() }.pass(&ephemeral(Tier::Delivery), ID);
    }

    #[test]
    fn what_cannot_be_seen_is_no_pass() {
        for closed in [&["ingresses"][..], &["services"]] {
            let world = World { closed: Box::leak(closed.to_vec().into_boxed_slice()), ..World::default() };
            assert_eq!(world.cannot(&persistent(Tier::Delivery), ID), "denied");
        }
    }
}
