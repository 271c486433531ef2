//! The kinds of Kubernetes objects that are looked at. Their versions are discovered, never assumed.

use std::fmt;

/// A kind of object, without its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// The API group; empty for the core.
    pub group: &'static str,
    /// The plural name, as in a URL and in RBAC.
    pub plural: &'static str,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.group {
            "" => formatter.write_str(self.plural),
            group => write!(formatter, "{}.{group}", self.plural),
        }
    }
}

const fn namespaced(group: &'static str, plural: &'static str) -> Kind {
    Kind { group, plural, namespaced: true }
}

const fn cluster_wide(group: &'static str, plural: &'static str) -> Kind {
    Kind { group, plural, namespaced: false }
}

/// The constants, documented as a group: each is the kind of its name.
mod constants {
    use super::{Kind, cluster_wide, namespaced};

    pub const CONFIG_MAPS: Kind = namespaced("", "configmaps");
    pub const EVENTS: Kind = namespaced("", "events");
    pub const NAMESPACES: Kind = cluster_wide("", "namespaces");
    pub const NODES: Kind = cluster_wide("", "nodes");
    pub const PODS: Kind = namespaced("", "pods");
    pub const SECRETS: Kind = namespaced("", "secrets");
    pub const SERVICES: Kind = namespaced("", "services");
    pub const SERVICE_ACCOUNTS: Kind = namespaced("", "serviceaccounts");
    pub const SERVICE_ACCOUNT_TOKENS: Kind = namespaced("", "serviceaccounts/token");
    pub const VOLUME_CLAIMS: Kind = namespaced("", "persistentvolumeclaims");
    pub const VOLUMES: Kind = cluster_wide("", "persistentvolumes");
    pub const DAEMON_SETS: Kind = namespaced("apps", "daemonsets");
    pub const DEPLOYMENTS: Kind = namespaced("apps", "deployments");
    pub const STATEFUL_SETS: Kind = namespaced("apps", "statefulsets");
    pub const ENDPOINT_SLICES: Kind = namespaced("discovery.k8s.io", "endpointslices");
    pub const INGRESSES: Kind = namespaced("networking.k8s.io", "ingresses");
    pub const INGRESS_CLASSES: Kind = cluster_wide("networking.k8s.io", "ingressclasses");
    pub const STORAGE_CLASSES: Kind = cluster_wide("storage.k8s.io", "storageclasses");
    pub const CSI_DRIVERS: Kind = cluster_wide("storage.k8s.io", "csidrivers");
    pub const CSI_NODES: Kind = cluster_wide("storage.k8s.io", "csinodes");
    pub const DEFINITIONS: Kind = cluster_wide("apiextensions.k8s.io", "customresourcedefinitions");
    pub const VALIDATING_WEBHOOKS: Kind =
        cluster_wide("admissionregistration.k8s.io", "validatingwebhookconfigurations");
    pub const MUTATING_WEBHOOKS: Kind = cluster_wide("admissionregistration.k8s.io", "mutatingwebhookconfigurations");
    pub const ACCESS_REVIEWS: Kind = cluster_wide("authorization.k8s.io", "selfsubjectaccessreviews");
    pub const APPLICATIONS: Kind = namespaced("argoproj.io", "applications");
    pub const WORKFLOW_TEMPLATES: Kind = namespaced("argoproj.io", "workflowtemplates");
    pub const CLUSTER_ISSUERS: Kind = cluster_wide("cert-manager.io", "clusterissuers");
    pub const CERTIFICATES: Kind = namespaced("cert-manager.io", "certificates");
    pub const CLUSTER_SECRET_STORES: Kind = cluster_wide("external-secrets.io", "clustersecretstores");
    pub const EXTERNAL_SECRETS: Kind = namespaced("external-secrets.io", "externalsecrets");
}

pub use constants::*;
