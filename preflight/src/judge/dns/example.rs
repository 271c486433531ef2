//! A world for the tests of these judges: what the cluster and AWS would answer, whatever is asked.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::access;
use crate::catalogue;
use crate::judge::policy::{Decision, decide};
use crate::kinds::{APPLICATIONS, DEPLOYMENTS, INGRESSES, SERVICES};
use crate::look::{Absent, Answer, Aws, Kubernetes, Look};
use crate::scope::Scope;
use crate::verdict::{CannotLook, Finding, Judged, Short, Verdict};
use crate::view::example::NOW;
use crate::view::{Facts, View};

/// The zone of the platform.
pub(crate) const ZONE: &str = "Z0032802NEMSL43VHH4E";

/// What there is.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) deployments: Value,
    pub(crate) application: Option<Value>,
    pub(crate) ingresses: Value,
    pub(crate) services: Value,
    pub(crate) zones: Value,
    pub(crate) records: Value,
    pub(crate) resolved: &'static [&'static str],
    pub(crate) has_role: bool,
    /// The policy of `ExternalDNS`' role.
    pub(crate) policy: Value,
    /// What cannot be looked at: words of its question.
    pub(crate) closed: &'static [&'static str],
}

impl Default for World {
    /// Golden Path's `dev`.
    fn default() -> Self {
        Self {
            deployments: json!([deployment("v0.14.0", &DEV)]),
            application: None,
            ingresses: json!([]),
            services: json!([]),
            zones: json!([zone(ZONE, "goldenpathidp.io.", false)]),
            records: json!([]),
            resolved: &["10.0.0.1"],
            has_role: true,
            policy: json!({"Version": "2012-10-17", "Statement": [allow(&json!({}))]}),
            closed: &[],
        }
    }
}

const IMAGE: &str = "registry.k8s.io/external-dns/external-dns";

/// The arguments in `dev`.
pub(crate) const DEV: [&str; 7] = [
    "--provider=aws",
    "--registry=txt",
    "--policy=sync",
    "--txt-owner-id=goldenpath-dev",
    "--txt-prefix=external-dns",
    "--domain-filter=goldenpathidp.io",
    "--zone-id-filter=Z0032802NEMSL43VHH4E",
];

/// The same for the build of the example.
pub(crate) const BUILD: [&str; 5] = [
    "--provider=aws",
    "--txt-owner-id=goldenpath-dev-26-01-23-01",
    "--txt-prefix=external-dns",
    "--domain-filter=b-26-01-23-01.dev.goldenpathidp.io",
    "--aws-zone-match-parent",
];

/// A Deployment of `ExternalDNS`, running.
pub(crate) fn deployment(tag: &str, arguments: &[&str]) -> Value {
    json!({
        "metadata": {"namespace": "kube-system", "name": "external-dns"},
        "spec": {"template": {"spec": {"containers": [
            {"name": "proxy", "image": "proxy:v9.9.9"},
            {"name": "external-dns", "image": format!("{IMAGE}:{tag}"), "args": arguments},
        ]}}},
        "status": {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1},
    })
}

/// A hosted zone.
pub(crate) fn zone(id: &str, name: &str, is_private: bool) -> Value {
    json!({"Id": format!("/hostedzone/{id}"), "Name": name, "Config": {"PrivateZone": is_private}})
}

/// A statement that allows changes in every zone under a condition.
pub(crate) fn allow(condition: &Value) -> Value {
    json!({"Effect": "Allow", "Action": "route53:ChangeResourceRecordSets",
        "Resource": "arn:aws:route53:::hostedzone/*", "Condition": condition})
}

/// A policy that allows changes under a condition.
pub(crate) fn policy(condition: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [allow(condition)]})
}

/// A TXT record of the registry.
pub(crate) fn txt(name: &str, owner: &str) -> Value {
    let resource = "external-dns/resource=service/kong-system/dev-kong-kong-proxy";
    let value = format!("\"heritage=external-dns,external-dns/owner={owner},{resource}\"");
    json!({"Name": name, "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": value}]})
}

impl World {
    /// With another `ExternalDNS`.
    pub(crate) fn with(tag: &str, arguments: &[&str]) -> Self {
        Self { deployments: json!([deployment(tag, arguments)]), ..Self::default() }
    }

    /// Without one.
    pub(crate) fn empty() -> Self {
        Self { deployments: json!([]), ..Self::default() }
    }

    /// What the check says of this world, once everything that it asks is answered.
    pub(crate) fn judge(&self, scope: &Scope, id: &str) -> Judged {
        let check = catalogue::checks().into_iter().find(|check| check.id == id).expect("a row");
        let mut facts = Facts::new();
        let used = RefCell::new(BTreeSet::new());
        for _ in 0..20 {
            let view = View::new(scope, "", NOW, &facts);
            let judged = (check.judge)(&view);
            used.borrow_mut().extend(view.used());
            match judged {
                Err(Short::Look(looks)) => {
                    facts.extend(looks.into_iter().map(|look| (look.clone(), self.answer(&look))));
                }
                judged => {
                    for look in used.borrow().iter() {
                        assert!(
                            access::allows(check.access, look),
                            "{id} looks at what its row does not list: {look:?}"
                        );
                    }
                    return judged;
                }
            }
        }
        panic!("{id} never ends");
    }

    /// The failure; panics where there is none.
    pub(crate) fn failure(&self, scope: &Scope, id: &str) -> Finding {
        match self.judge(scope, id) {
            Ok(Verdict::Fail(finding)) => finding,
            other => panic!("{id} should fail: {other:?}"),
        }
    }

    /// What a pass says; panics where there is none.
    pub(crate) fn pass(&self, scope: &Scope, id: &str) -> String {
        match self.judge(scope, id) {
            Ok(Verdict::Pass(summary)) => summary,
            other => panic!("{id} should pass: {other:?}"),
        }
    }

    /// Whether the check could not look, and why.
    pub(crate) fn cannot(&self, scope: &Scope, id: &str) -> &'static str {
        match self.judge(scope, id) {
            Err(Short::Cannot(cannot)) => cannot.reason,
            other => panic!("{id} cannot look: {other:?}"),
        }
    }

    fn answer(&self, look: &Look) -> Result<Answer, CannotLook> {
        if self.closed.iter().any(|word| format!("{look:?}").contains(word)) {
            return Err(CannotLook::new("denied", "may not look"));
        }
        Ok(match look {
            Look::Kubernetes(Kubernetes::List { kind, .. }) if *kind == DEPLOYMENTS => {
                Answer::Json(self.deployments.clone())
            }
            Look::Kubernetes(Kubernetes::List { kind, .. }) if *kind == INGRESSES => {
                Answer::Json(self.ingresses.clone())
            }
            Look::Kubernetes(Kubernetes::List { kind, .. }) if *kind == SERVICES => Answer::Json(self.services.clone()),
            Look::Kubernetes(Kubernetes::Get { kind, .. }) if *kind == APPLICATIONS => {
                self.application.clone().map_or(Answer::Absent(Absent::Object), Answer::Json)
            }
            Look::Aws(Aws::HostedZones) => Answer::Json(self.zones.clone()),
            Look::Aws(Aws::Records { .. }) => Answer::Json(self.records.clone()),
            Look::Aws(Aws::Role { .. }) if !self.has_role => Answer::Absent(Absent::Object),
            Look::Aws(Aws::Role { name }) => {
                Answer::Json(json!({"Arn": format!("arn:aws:iam::123456789012:role/{name}")}))
            }
            Look::Aws(Aws::RolePolicyDocuments { .. }) => {
                Answer::Json(json!([{"Name": "dns", "Document": self.policy}]))
            }
            Look::Aws(Aws::Simulate { actions, resource, context, .. }) => {
                let allowed =
                    decide(std::slice::from_ref(&self.policy), &actions[0], resource, context) == Decision::Allowed;
                Answer::Json(json!([{"EvalDecision": if allowed { "allowed" } else { "implicitDeny" }}]))
            }
            Look::Resolve { .. } => {
                Answer::Addresses(self.resolved.iter().map(|address| address.parse().expect("an address")).collect())
            }
            Look::Dns(_) => Answer::Records(self.resolved.iter().map(|address| (*address).to_owned()).collect()),
            other => panic!("nobody asks {other:?}"),
        })
    }
}
