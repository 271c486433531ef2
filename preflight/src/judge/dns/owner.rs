//! `dns.owner-id`: whether `ExternalDNS` writes as this cluster.

use super::external_dns::ExternalDns;
use super::found::{Found, down, found, is_due, unwanted};
use crate::inputs::Name;
use crate::judge::foundation::input::needed;
use crate::judge::objects::workloads::Trouble;
use crate::scope::Scope;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// What `ExternalDNS` writes where nobody told it who it is.
const DEFAULT: &str = "default";

/// Whether every `ExternalDNS` writes the owner that the cluster's configuration names.
pub fn owner_id(view: &View<'_>) -> Judged {
    let all = match found(view)? {
        Found::Deployed(all) => all,
        Found::Planned(planned) if is_due(view.scope) => return Ok(Verdict::Fail(not_deployed(&planned))),
        Found::Planned(planned) => match planned.is_untold(&["txt-owner-id"]) {
            // The platform hands the owner over as a parameter: that none is seen is worth a word.
            Some(untold) => {
                return Ok(Verdict::Warn(Finding::new("unread", untold).fix(set_owner(&planned, view.scope))));
            }
            None => vec![*planned],
        },
        Found::Nothing(what) if is_due(view.scope) => {
            return Ok(Verdict::Fail(Finding::new(
                "not_found",
                format!("{what}: nothing writes this cluster's records"),
            )));
        }
        Found::Nothing(what) => return Ok(Verdict::Skip(what)),
        Found::Unwanted => return Ok(Verdict::Skip(unwanted())),
    };
    let mut seen = Vec::new();
    for external_dns in &all {
        if let Some(finding) = wrong(external_dns, view)? {
            return Ok(Verdict::Fail(finding));
        }
        seen.push(format!("{} writes as {}", external_dns.what, needed(view, Name::OwnerId)?));
    }
    if is_due(view.scope)
        && let Some(trouble) = down(view)?
    {
        return Ok(Verdict::Fail(idle(&trouble, view.scope)));
    }
    Ok(Verdict::Pass(seen.join(", ")))
}

fn not_deployed(planned: &ExternalDns) -> Finding {
    let summary =
        format!("{} is there, and its Deployment is not: nothing writes this cluster's records", planned.what);
    Finding::new("not_deployed", summary).fix(format!("Look at why {} does not sync.", planned.what)).passing()
}

fn idle(trouble: &Trouble, scope: &Scope) -> Finding {
    let summary = format!("{}: nothing writes this cluster's records", trouble.words);
    let labels = scope.expand(&scope.profile.dns.external_dns_labels);
    Finding::new(trouble.reason, summary).fix(format!("See why: kubectl get deployments,pods -A -l {labels}")).passing()
}

fn wrong(external_dns: &ExternalDns, view: &View<'_>) -> Result<Option<Finding>, Short> {
    let (scope, expected) = (view.scope, needed(view, Name::OwnerId)?);
    let what = &external_dns.what;
    let registry = external_dns.value("registry")?.unwrap_or("txt");
    if registry != "txt" {
        let summary = format!(
            "{what} has --registry={registry}: its records do not say whose they are, so another cluster may take or \
             delete them"
        );
        return Ok(Some(Finding::new("wrong_registry", summary).fix("Set registry=txt in its values.")));
    }
    let owner = external_dns.value("txt-owner-id")?.unwrap_or(DEFAULT);
    if owner == expected {
        return Ok(None);
    }
    let policy = external_dns.value("policy")?.map(|policy| format!("--policy={policy}"));
    let told = scope.told(Name::OwnerId);
    let finding = if owner == DEFAULT {
        let summary =
            format!("{what} has no --txt-owner-id of its own: it writes as 'default', and this cluster is {told}");
        Finding::new("default_owner", summary)
    } else {
        let whose = whose(owner, scope);
        let summary = format!(
            "{what} writes as '{owner}', {whose}, and this cluster is {told}: it would change and delete that \
             owner's records"
        );
        Finding::new("wrong_owner", summary)
    };
    Ok(Some(finding.fix(set_owner(external_dns, scope)).seen(policy)))
}

/// Whose an owner is: without recomputing any scheme, what is left of a build's owner without the build is that of the
/// long-lived cluster.
fn whose(owner: &str, scope: &Scope) -> &'static str {
    let build = scope.text(Name::BuildId).filter(|_| scope.is_ephemeral());
    let expected = scope.text(Name::OwnerId).unwrap_or_default();
    let rest = build.and_then(|build| expected.strip_suffix(build)).map(|rest| rest.trim_end_matches('-'));
    if rest == Some(owner) { "the owner of the environment's persistent cluster" } else { "another cluster's owner" }
}

fn set_owner(external_dns: &ExternalDns, scope: &Scope) -> String {
    let application = scope.expand(&scope.profile.dns.application);
    let place = if external_dns.what.starts_with("Application") {
        &external_dns.what
    } else {
        &format!("Application {application}")
    };
    let owner = scope.text(Name::OwnerId).unwrap_or("dns.ownerId");
    format!(
        "Set txtOwnerId={owner} in {place}, sync it, and see that no record is left with the wrong owner \
         (dns.ownership-conflict)."
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::example::{BUILD, DEV, World, deployment};
    use crate::check::{RunGate, Tier};
    use crate::inputs::{Inputs, Name};
    use crate::profile::Profile;
    use crate::scope::example::{asked, changed, ephemeral, persistent};
    use crate::scope::{Bootstrap, Scope};
    use crate::verdict::{Short, Verdict};

    const ID: &str = "dns.owner-id";

    fn application(helm: &Value) -> World {
        let source = json!({"chart": "external-dns", "repoURL": "https://charts", "helm": helm});
        World { application: Some(json!({"spec": {"source": source}})), ..World::empty() }
    }

    #[test]
    fn the_owner_is_the_one_that_the_configuration_names() {
        let told = World::default().pass(&persistent(Tier::Delivery), ID);
        assert_eq!(told, "Deployment kube-system/external-dns writes as goldenpath-dev");
        World::with("v0.14.1", &BUILD).pass(&ephemeral(Tier::Delivery), ID);
        // Another scheme is as good, as long as both sides say the same.
        let scope = changed(Tier::Delivery, &[(Name::OwnerId, "dev-persistent")]);
        World::with("v0.14.0", &["--txt-owner-id", "dev-persistent"]).pass(&scope, ID);
    }

    #[test]
    fn a_build_that_writes_as_the_persistent_cluster_is_told_so() {
        let finding = World::default().failure(&ephemeral(Tier::Delivery), ID);
        assert_eq!(finding.reason, "wrong_owner");
        assert_eq!(
            finding.summary,
            "Deployment kube-system/external-dns writes as 'goldenpath-dev', the owner of the environment's \
             persistent cluster, and this cluster is goldenpath-dev-26-01-23-01 (--owner-id): it would change and \
             delete that owner's records"
        );
        assert!(
            finding
                .remedy
                .unwrap()
                .starts_with("Set txtOwnerId=goldenpath-dev-26-01-23-01 in Application argocd/dev-external-dns")
        );
        assert_eq!(finding.evidence, ["--policy=sync"]);
        let other = World::with("v0.14.0", &["--txt-owner-id=goldenpath-dev-26-01-22-01"]);
        assert!(other.failure(&ephemeral(Tier::Delivery), ID).summary.contains("another cluster's owner"));
    }

    #[test]
    fn nobody_is_the_default_owner() {
        for arguments in [&["--registry=txt"][..], &["--txt-owner-id=default"], &["--txt-owner-id="]] {
            assert_eq!(
                World::with("v0.14.0", arguments).failure(&persistent(Tier::Delivery), ID).reason,
                "default_owner"
            );
        }
    }

    #[test]
    fn without_the_registry_an_owner_means_nothing() {
        let finding = World::with("v0.14.0", &["--txt-owner-id=goldenpath-dev", "--registry=noop"])
            .failure(&persistent(Tier::Delivery), ID);
        assert_eq!(finding.reason, "wrong_registry");
    }

    #[test]
    fn each_external_dns_counts() {
        let both = json!([deployment("v0.14.0", &DEV), deployment("v0.14.0", &["--txt-owner-id=other"])]);
        let world = World { deployments: both, ..World::default() };
        assert_eq!(world.failure(&persistent(Tier::Delivery), ID).reason, "wrong_owner");
    }

    #[test]
    fn before_it_is_deployed_its_application_tells() {
        let parameters = |owner: &str| application(&json!({"parameters": [{"name": "txtOwnerId", "value": owner}]}));
        parameters("goldenpath-dev").pass(&persistent(Tier::Delivery), ID);
        let finding = parameters("goldenpath-dev").failure(&ephemeral(Tier::Delivery), ID);
        assert!(finding.remedy.unwrap().contains("in Application argocd/dev-external-dns, sync it"));
        assert_eq!(application(&json!({})).failure(&persistent(Tier::Delivery), ID).reason, "default_owner");
        let files = application(&json!({"valueFiles": ["$values/dev.yaml"]}));
        match files.judge(&persistent(Tier::Delivery), ID) {
            Ok(Verdict::Warn(finding)) => assert_eq!(finding.reason, "unread"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_waits_for_what_it_holds_back() {
        let judged = World::empty().judge(&persistent(Tier::Delivery), ID);
        assert!(
            matches!(judged, Ok(Verdict::Skip(why)) if why.contains("neither a Deployment with app.kubernetes.io/name=external-dns"))
        );
        let after = |app: &str| {
            let mut scope = persistent(Tier::Delivery);
            scope.asked.gate = RunGate::After(app.to_owned());
            World::empty().judge(&scope, ID)
        };
        assert!(matches!(after("external-secrets"), Ok(Verdict::Skip(_))));
        assert!(matches!(after("external-dns"), Ok(Verdict::Fail(finding)) if finding.reason == "not_found"));
        // A tier later, it must be there.
        assert_eq!(World::empty().failure(&persistent(Tier::Experience), ID).reason, "not_found");
        let planned = application(&json!({"parameters": [{"name": "txtOwnerId", "value": "goldenpath-dev"}]}));
        let finding = planned.failure(&persistent(Tier::Experience), ID);
        assert_eq!((finding.reason, finding.converges), ("not_deployed", Some(true)));
    }

    #[test]
    fn once_it_is_due_one_that_is_not_running_writes_nothing() {
        let idle = |status: &Value, replicas: u32| {
            let mut idle = deployment("v0.14.0", &DEV);
            idle["status"] = status.clone();
            idle["spec"]["replicas"] = json!(replicas);
            idle
        };
        let with = |deployments: Value| World { deployments, ..World::default() };
        let (zero, crashing) = (idle(&json!({}), 0), idle(&json!({"replicas": 1, "unavailableReplicas": 1}), 1));
        let finding = with(json!([zero])).failure(&persistent(Tier::Observability), ID);
        assert_eq!((finding.reason, finding.converges), ("scaled_to_zero", Some(true)));
        assert_eq!(
            finding.summary,
            "Deployment kube-system/external-dns is scaled to 0 pods: nothing writes this cluster's records"
        );
        let finding = with(json!([crashing])).failure(&persistent(Tier::Observability), ID);
        assert_eq!(finding.reason, "not_ready");
        // Before it is due, what is deployed still says whose records it will write; and one that works is enough.
        with(json!([zero])).pass(&persistent(Tier::Delivery), ID);
        with(json!([zero, deployment("v0.14.0", &DEV)])).pass(&persistent(Tier::Observability), ID);
        // Whose records it writes once it runs is worse.
        let mut other = deployment("v0.14.0", &["--txt-owner-id=other"]);
        other["spec"]["replicas"] = json!(0);
        assert_eq!(with(json!([other])).failure(&persistent(Tier::Observability), ID).reason, "wrong_owner");
    }

    #[test]
    fn a_platform_without_external_dns_is_left_alone() {
        let mut scope = persistent(Tier::Experience);
        scope.profile.dns.external_dns_labels.clear();
        assert!(matches!(World::empty().judge(&scope, ID), Ok(Verdict::Skip(_))));
    }

    #[test]
    fn what_cannot_be_seen_is_no_pass() {
        assert_eq!(
            World { closed: &["deployments"], ..World::default() }.cannot(&persistent(Tier::Delivery), ID),
            "denied"
        );
        assert_eq!(
            World { closed: &["applications"], ..World::empty() }.cannot(&persistent(Tier::Delivery), ID),
            "denied"
        );
        let nobody = Scope::new(asked(Tier::Delivery), Profile::default(), Inputs::default(), Bootstrap::Read).unwrap();
        assert!(matches!(World::default().judge(&nobody, ID), Err(Short::Cannot(cannot)) if cannot.reason == "input"));
    }
}
