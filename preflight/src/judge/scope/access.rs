//! `self.access`: the run may look at all that its checks look at, as far as Kubernetes is asked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::check::Access;
use crate::judge::objects::counted;
use crate::kinds::Kind;
use crate::look::{Kubernetes, Look};
use crate::permissions::places;
use crate::verdict::{CannotLook, Judged, Short, Verdict};
use crate::view::View;

/// One thing that the run does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Deed {
    kind: Kind,
    verb: &'static str,
    namespace: String,
    name: String,
}

impl Deed {
    fn question(&self) -> Kubernetes {
        Kubernetes::MayI {
            verb: self.verb,
            kind: self.kind,
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }

    fn told(&self) -> String {
        let Self { kind, verb, namespace, name } = self;
        match (namespace.as_str(), name.as_str()) {
            ("", "") => format!("{verb} {kind}"),
            ("", name) => format!("{verb} {kind} {name}"),
            (namespace, name) => format!("{verb} {kind} {namespace}/{name}"),
        }
    }
}

/// Kubernetes allows all that the checks of this run do; what is missing is named as rules. Not being allowed to look is
/// no fault of the platform's: the verdict is that it cannot be told.
pub fn judge(view: &View<'_>) -> Judged {
    let deeds = deeds(view);
    if deeds.is_empty() {
        return Ok(Verdict::Skip("no check of this run asks Kubernetes".to_owned()));
    }
    view.all(deeds.iter().map(|deed| Look::Kubernetes(deed.question())))?;
    let mut missing = Vec::new();
    for deed in &deeds {
        if !is_allowed(view, deed)? {
            missing.push(deed);
        }
    }
    if missing.is_empty() {
        return Ok(Verdict::Pass(format!(
            "Kubernetes allows all {} that the checks do",
            counted(deeds.len(), "thing")
        )));
    }
    let told: Vec<String> = missing.iter().map(|deed| deed.told()).collect();
    let summary = format!("the run's service account may not {}", told.join(", "));
    Err(Short::Cannot(CannotLook::new("forbidden", summary).fix(rules(&missing))))
}

/// What the checks do. A name that is not known before it was looked at cannot be asked about.
fn deeds(view: &View<'_>) -> BTreeSet<Deed> {
    let mut deeds = BTreeSet::new();
    for access in &view.scope.permissions {
        match access {
            Access::Kubernetes { verbs, kind } => deeds.extend(verbs.iter().map(|verb| Deed {
                kind: *kind,
                verb,
                namespace: String::new(),
                name: String::new(),
            })),
            Access::Named { kind, namespace, name } => {
                let known = |(namespace, name): &(String, String)| !namespace.contains('{') && !name.contains('{');
                let places = places(view.scope, namespace, name).into_iter().filter(known);
                deeds.extend(places.map(|(namespace, name)| Deed { kind: *kind, verb: "get", namespace, name }));
            }
            // Everyone who is logged in may get these; AWS is asked by no review.
            Access::Path(_) | Access::Aws { .. } => {}
        }
    }
    deeds
}

fn is_allowed(view: &View<'_>, deed: &Deed) -> Result<bool, Short> {
    let status = view.kubernetes(deed.question())?;
    let unclear =
        || CannotLook::new("protocol", format!("Kubernetes does not say whether the run may {}", deed.told()));
    status.ok().and_then(|status| status.get("allowed")?.as_bool()).ok_or_else(|| Short::Cannot(unclear()))
}

/// The rules to add, a role a sentence.
fn rules(missing: &[&Deed]) -> String {
    let mut everywhere: BTreeMap<Kind, BTreeSet<&str>> = BTreeMap::new();
    let mut named: BTreeMap<&str, BTreeMap<(Kind, &str), Vec<&str>>> = BTreeMap::new();
    for deed in missing {
        match deed.name.as_str() {
            "" => {
                everywhere.entry(deed.kind).or_default().insert(deed.verb);
            }
            name => named.entry(&deed.namespace).or_default().entry((deed.kind, deed.verb)).or_default().push(name),
        }
    }
    // Kinds of one group with the same verbs share a rule.
    let mut grouped: BTreeMap<(&str, BTreeSet<&str>), Vec<&str>> = BTreeMap::new();
    for (kind, verbs) in everywhere {
        grouped.entry((kind.group, verbs)).or_default().push(kind.plural);
    }
    let shared = grouped
        .into_iter()
        .map(|((group, verbs), plurals)| json!({"apiGroups": [group], "resources": plurals, "verbs": verbs}));
    let mut roles: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    roles.entry("").or_default().extend(shared);
    for (namespace, kinds) in named {
        let rule = |((kind, verb), names): ((Kind, &str), Vec<&str>)| json!({"apiGroups": [kind.group], "resources": [kind.plural], "resourceNames": names, "verbs": [verb]});
        roles.entry(namespace).or_default().extend(kinds.into_iter().map(rule));
    }
    let told = roles.iter().filter(|(_, rules)| !rules.is_empty()).map(|(namespace, rules)| {
        let role = if namespace.is_empty() { "ClusterRole".to_owned() } else { format!("Role in {namespace}") };
        let rules: Vec<String> = rules.iter().map(Value::to_string).collect();
        format!("add to the run's {role}: {}", rules.join(", "))
    });
    let told: Vec<String> = told.collect();
    format!("{} (preflight access prints all)", told.join("; "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::check::{Access, Tier};
    use crate::kinds::{CONFIG_MAPS, DEPLOYMENTS, Kind, NODES, SERVICE_ACCOUNTS, STATEFUL_SETS};
    use crate::look::{Absent, Answer, Kubernetes, Look};
    use crate::scope::{Scope, example};
    use crate::verdict::{CannotLook, Verdict};
    use crate::view::example::Seen;

    const ID: &str = "self.access";

    const ACCESSES: [Access; 7] = [
        Access::Kubernetes { verbs: &["list"], kind: NODES },
        Access::Kubernetes { verbs: &["get", "list"], kind: DEPLOYMENTS },
        Access::Kubernetes { verbs: &["list"], kind: STATEFUL_SETS },
        Access::Named { kind: CONFIG_MAPS, namespace: "{bootstrap_namespace}", name: "{bootstrap_name}" },
        Access::Named { kind: CONFIG_MAPS, namespace: "x", name: "{not_known}" },
        Access::Path("/version"),
        Access::Aws { action: "iam:GetRole", resource: "*" },
    ];

    fn scope(accesses: &[Access]) -> Scope {
        let mut scope = example::persistent(Tier::Delivery);
        scope.permissions = accesses.to_vec();
        scope
    }

    fn question(verb: &'static str, kind: Kind, place: (&str, &str)) -> Kubernetes {
        Kubernetes::MayI { verb, kind, namespace: place.0.to_owned(), name: place.1.to_owned() }
    }

    const BOOTSTRAP: (&str, &str) = ("argocd", "argocd-bootstrap-config");

    fn all() -> [Kubernetes; 5] {
        [
            question("list", NODES, ("", "")),
            question("get", DEPLOYMENTS, ("", "")),
            question("list", DEPLOYMENTS, ("", "")),
            question("list", STATEFUL_SETS, ("", "")),
            question("get", CONFIG_MAPS, BOOTSTRAP),
        ]
    }

    fn seen(denied: &[Kubernetes]) -> Seen {
        all().into_iter().fold(Seen::default(), |seen, question| {
            let allowed = !denied.contains(&question);
            seen.kubernetes(question, json!({"allowed": allowed}))
        })
    }

    fn cannot(seen: &Seen, scope: &Scope) -> CannotLook {
        crate::verdict::example::cannot(seen.judge(scope, ID))
    }

    #[test]
    fn all_that_the_checks_do_must_be_allowed() {
        seen(&[]).passes(&scope(&ACCESSES), ID);
        assert!(matches!(Seen::default().judge(&scope(&ACCESSES[5..]), ID), Ok(Verdict::Skip(_))));
    }

    #[test]
    fn what_is_missing_is_told_as_rules() {
        let [nodes, _, deployments, sets, bootstrap] = all();
        let one = cannot(&seen(&[nodes]), &scope(&ACCESSES));
        assert_eq!((one.reason, one.may_pass), ("forbidden", false));
        assert_eq!(one.summary, "the run's service account may not list nodes");
        let several = cannot(&seen(&[deployments, sets, bootstrap]), &scope(&ACCESSES));
        assert_eq!(
            several.remedy.unwrap(),
            "add to the run's ClusterRole: {\"apiGroups\":[\"apps\"],\"resources\":[\"deployments\",\"statefulsets\"],\
             \"verbs\":[\"list\"]}; add to the run's Role in argocd: {\"apiGroups\":[\"\"],\"resourceNames\":\
             [\"argocd-bootstrap-config\"],\"resources\":[\"configmaps\"],\"verbs\":[\"get\"]} (preflight access prints all)"
        );
    }

    #[test]
    fn each_component_has_its_own_service_account() {
        let named = Access::Named {
            kind: SERVICE_ACCOUNTS,
            namespace: "{component_namespace}",
            name: "{component_service_account}",
        };
        let scope = scope(&[named]);
        let allowed = scope.components().into_iter().fold(Seen::default(), |seen, component| {
            let place = (component.namespace.as_str(), component.service_account.as_str());
            seen.kubernetes(question("get", SERVICE_ACCOUNTS, place), json!({"allowed": true}))
        });
        allowed.passes(&scope, ID);
        let denied = allowed
            .kubernetes(question("get", SERVICE_ACCOUNTS, ("kube-system", "external-dns")), json!({"allowed": false}));
        assert!(cannot(&denied, &scope).summary.ends_with("may not get serviceaccounts kube-system/external-dns"));
    }

    #[test]
    fn a_review_that_says_nothing_is_no_pass() {
        let [nodes, ..] = all();
        let unclear = seen(&[]).kubernetes(nodes.clone(), json!({}));
        assert_eq!(cannot(&unclear, &scope(&ACCESSES)).reason, "protocol");
        let absent = seen(&[]).answer(Look::Kubernetes(nodes.clone()), Answer::Absent(Absent::Kind));
        assert_eq!(cannot(&absent, &scope(&ACCESSES)).reason, "protocol");
        let unasked = seen(&[]).cannot(Look::Kubernetes(nodes));
        assert_eq!(cannot(&unasked, &scope(&ACCESSES)).reason, "forbidden");
    }
}
