//! Argo CD's Applications for the tests of judges.

use serde_json::{Value, json};

/// An Application of this cluster that has been applied.
pub fn application(name: &str, namespace: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "argocd", "labels": {"goldenpath.idp/tier": "1"}},
        "spec": {
            "project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": namespace},
            "syncPolicy": {"automated": {"prune": true, "selfHeal": true}, "syncOptions": ["CreateNamespace=true"]},
        },
        "status": {"sync": {"status": "Synced"}, "health": {"status": "Healthy"}, "resources": []},
    })
}
