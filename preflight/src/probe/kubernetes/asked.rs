//! What is asked for, in the words of Kubernetes' access control. Pure.

use std::fmt;

use crate::kinds::Kind;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked<'a> {
    /// A verb on objects.
    Objects {
        /// The verb.
        verb: &'static str,
        /// On what.
        kind: Kind,
        /// In which namespace; empty for none, or all.
        namespace: &'a str,
        /// On which object; empty for all, and where the name says nothing.
        name: &'a str,
    },
    /// `get` on a path that is no object.
    Path(&'a str),
}

impl Asked<'_> {
    /// The rule that allows it, in one line of YAML.
    pub(super) fn rule(&self) -> String {
        match self {
            Self::Path(path) => format!("{{nonResourceURLs: [{path:?}], verbs: [\"get\"]}}"),
            Self::Objects { verb, kind, name, .. } => {
                let names = if name.is_empty() { String::new() } else { format!("resourceNames: [{name:?}], ") };
                format!("{{apiGroups: [{:?}], resources: [{:?}], {names}verbs: [{verb:?}]}}", kind.group, kind.plural)
            }
        }
    }

    /// What to do where it is not allowed, in one line.
    pub(super) fn permission(&self) -> String {
        let to = match self {
            Self::Objects { kind, namespace, .. } if kind.namespaced && !namespace.is_empty() => {
                format!("a Role in the namespace {namespace}, or a ClusterRole,")
            }
            _ => "a ClusterRole".to_owned(),
        };
        format!("add the rule {} to {to} of the run's account (`preflight access` prints all rules)", self.rule())
    }

    /// Whether this makes an object that the access control does not know the name of.
    pub(super) fn is_creation(&self) -> bool {
        matches!(self, Self::Objects { verb: "create", kind, .. } if !kind.plural.contains('/'))
    }
}

impl fmt::Display for Asked<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, kind, namespace, name) = match self {
            Self::Path(path) => return write!(formatter, "get {path}"),
            Self::Objects { verb, kind, namespace, name } => (verb, kind, namespace, name),
        };
        write!(formatter, "{verb} {kind}")?;
        match (kind.namespaced, namespace.is_empty(), name.is_empty()) {
            (true, false, false) => write!(formatter, " {namespace}/{name}"),
            (true, false, true) => write!(formatter, " in the namespace {namespace}"),
            (true, true, true) => formatter.write_str(" in all namespaces"),
            (_, _, false) => write!(formatter, " {name}"),
            (false, _, true) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Asked;
    use crate::kinds::{self, Kind};

    fn asked(verb: &'static str, kind: Kind, namespace: &'static str, name: &'static str) -> Asked<'static> {
        Asked::Objects { verb, kind, namespace, name }
    }

    #[test]
    fn a_rule_is_a_line_that_can_be_pasted() {
        let cases = [
            (
                asked("list", kinds::DEPLOYMENTS, "", ""),
                r#"{apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"]}"#,
            ),
            (
                asked("get", kinds::CONFIG_MAPS, "argocd", "argocd-bootstrap-config"),
                r#"{apiGroups: [""], resources: ["configmaps"], resourceNames: ["argocd-bootstrap-config"], verbs: ["get"]}"#,
            ),
            (
                asked("create", kinds::SERVICE_ACCOUNT_TOKENS, "dns", "external-dns"),
                r#"{apiGroups: [""], resources: ["serviceaccounts/token"], resourceNames: ["external-dns"], verbs: ["create"]}"#,
            ),
            (Asked::Path("/readyz"), r#"{nonResourceURLs: ["/readyz"], verbs: ["get"]}"#),
        ];
        for (asked, rule) in cases {
            assert_eq!(asked.rule(), rule);
        }
    }

    #[test]
    fn a_rule_goes_where_it_is_enough() {
        let one = asked("get", kinds::CONFIG_MAPS, "argocd", "x").permission();
        assert!(one.contains(" to a Role in the namespace argocd, or a ClusterRole, of the run's account"), "{one}");
        for asked in [asked("list", kinds::PODS, "", ""), asked("get", kinds::NODES, "", "n"), Asked::Path("/version")]
        {
            assert!(asked.permission().contains(" to a ClusterRole of the run's account"), "{}", asked.permission());
        }
    }

    #[test]
    fn it_is_told_in_words() {
        let cases = [
            (asked("list", kinds::DEPLOYMENTS, "", ""), "list deployments.apps in all namespaces"),
            (asked("list", kinds::PODS, "argo", ""), "list pods in the namespace argo"),
            (asked("get", kinds::CONFIG_MAPS, "argocd", "x"), "get configmaps argocd/x"),
            (asked("get", kinds::NODES, "", "n"), "get nodes n"),
            (asked("list", kinds::STORAGE_CLASSES, "", ""), "list storageclasses.storage.k8s.io"),
            (Asked::Path("/version"), "get /version"),
        ];
        for (asked, words) in cases {
            assert_eq!(asked.to_string(), words);
        }
    }
}
