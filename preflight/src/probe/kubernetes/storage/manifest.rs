//! What a trial makes. Pure.

use serde_json::{Value, json};

use super::Trial;

/// A pod that nobody deleted ends by itself, and holds its volume no more.
const POD_SECONDS: u32 = 300;

fn metadata(trial: &Trial) -> Value {
    json!({
        "name": trial.name,
        "namespace": trial.namespace,
        "labels": {"app.kubernetes.io/name": "preflight-storage-trial", "app.kubernetes.io/managed-by": "preflight"},
    })
}

pub(super) fn claim(trial: &Trial) -> Value {
    let mut claim = json!({
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(trial),
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    });
    // An empty class would be none at all.
    if !trial.class.is_empty() {
        claim["spec"]["storageClassName"] = trial.class.as_str().into();
    }
    claim
}

/// What the strictest pod security level and a quota on CPU and memory let in.
pub(super) fn pod(trial: &Trial) -> Value {
    let resources = json!({"cpu": "10m", "memory": "16Mi"});
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata(trial),
        "spec": {
            "restartPolicy": "Never",
            "activeDeadlineSeconds": POD_SECONDS,
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "securityContext": {
                "runAsNonRoot": true,
                "runAsUser": 65535,
                "runAsGroup": 65535,
                "fsGroup": 65535,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [{
                "name": "pause",
                "image": trial.image,
                "resources": {"requests": resources, "limits": resources},
                "securityContext": {
                    "allowPrivilegeEscalation": false,
                    "readOnlyRootFilesystem": true,
                    "capabilities": {"drop": ["ALL"]},
                },
                "volumeMounts": [{"name": "trial", "mountPath": "/trial"}],
            }],
            "volumes": [{"name": "trial", "persistentVolumeClaim": {"claimName": trial.name}}],
        },
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{claim, pod};
    use crate::probe::kubernetes::api::Api;
    use crate::probe::kubernetes::connection::Chosen;
    use crate::probe::kubernetes::storage::Trial;

    fn trial(class: &str) -> Trial {
        Trial {
            api: Arc::new(Api::new(Chosen::default(), Duration::ZERO)),
            name: "preflight-1".to_owned(),
            namespace: "monitoring".to_owned(),
            class: class.to_owned(),
            image: "registry.k8s.io/pause:3.10".to_owned(),
        }
    }

    #[test]
    fn the_default_class_is_asked_for_by_silence() {
        assert!(claim(&trial(""))["spec"].get("storageClassName").is_none());
        assert_eq!(claim(&trial("gp3"))["spec"]["storageClassName"], "gp3");
    }

    #[test]
    fn the_pod_uses_the_claim() {
        let pod = pod(&trial(""));
        assert_eq!(
            pod["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"],
            claim(&trial(""))["metadata"]["name"]
        );
        assert_eq!(pod["metadata"]["labels"]["app.kubernetes.io/managed-by"], "preflight");
    }
}
