//! Objects for the tests of judges, as a cluster of EKS 1.29 has them.

use serde_json::{Value, json};

use super::split;
use crate::scope::Scope;
use crate::verdict::example::{failing, warned};
use crate::verdict::{Judged, Short, Verdict};
use crate::view::example::Seen;

/// A node that is ready and takes pods.
pub fn node(name: &str) -> Value {
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({"type": kind, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": "2026-01-23T11:58:11Z", "lastTransitionTime": "2026-01-23T09:02:40Z"})
    };
    json!({
        "metadata": {"name": name, "creationTimestamp": "2026-01-23T09:02:08Z", "labels": {
            "eks.amazonaws.com/nodegroup": "dev-default", "kubernetes.io/arch": "amd64", "topology.kubernetes.io/zone": "eu-west-2a",
        }},
        "spec": {"providerID": "aws:///eu-west-2a/i-0a1b2c3d4e5f60718"},
        "status": {"conditions": [
            condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        ], "nodeInfo": {"kubeletVersion": "v1.29.15-eks-473151a"}},
    })
}

/// A Deployment, or a `StatefulSet`, with so many pods wanted and ready; `place` is `namespace/name`.
pub fn deployment(place: &str, wanted: u32, ready: u32) -> Value {
    let (namespace, name) = split(place);
    json!({
        "metadata": {"name": name, "namespace": namespace, "generation": 2, "labels": {"app.kubernetes.io/name": name}},
        "spec": {"replicas": wanted},
        "status": {"observedGeneration": 2, "replicas": wanted, "readyReplicas": ready, "availableReplicas": ready},
    })
}

/// A `DaemonSet` with so many pods wanted and ready; `place` is `namespace/name`.
pub fn daemon_set(place: &str, wanted: u32, ready: u32) -> Value {
    let (namespace, name) = split(place);
    json!({
        "metadata": {"name": name, "namespace": namespace, "generation": 1},
        "status": {"observedGeneration": 1, "desiredNumberScheduled": wanted, "currentNumberScheduled": wanted, "numberReady": ready},
    })
}

/// A slice of a Service with endpoints (address and node) that are ready; `place` is the Service's `namespace/name`.
pub fn endpoint_slice(place: &str, endpoints: &[(&str, &str)]) -> Value {
    let (namespace, name) = split(place);
    let endpoint = |(address, node): &(&str, &str)| {
        json!({"addresses": [address], "nodeName": node, "zone": "eu-west-2a",
            "conditions": {"ready": true, "serving": true, "terminating": false}})
    };
    json!({
        "metadata": {"name": format!("{name}-x7k2p"), "namespace": namespace, "labels": {"kubernetes.io/service-name": name}},
        "addressType": "IPv4",
        "endpoints": endpoints.iter().map(endpoint).collect::<Vec<_>>(),
        "ports": [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "protocol": "TCP"}],
    })
}

/// An object with a condition `Ready`; `place` is `namespace/name`, or a name alone.
pub fn with_ready(place: &str, status: &str, reason: &str, message: &str) -> Value {
    let (namespace, name) = split(place);
    json!({
        "metadata": {"name": name, "namespace": namespace},
        "status": {"conditions": [{"type": "Ready", "status": status, "reason": reason, "message": message,
            "lastTransitionTime": "2026-01-23T09:30:00Z"}]},
    })
}

/// Asserts that the check cannot look where any one of the looks could not be, and so never passes.
pub fn never_passes_blind(seen: &Seen, scope: &Scope, id: &str, of: &str) {
    assert!(matches!(seen.judge_of(scope, id, of), Ok(Verdict::Pass(_))), "{id}: {:?}", seen.judge_of(scope, id, of));
    for look in seen.looks() {
        let judged: Judged = seen.clone().cannot(look.clone()).judge_of(scope, id, of);
        assert!(matches!(judged, Err(Short::Cannot(_))), "{id} without {look:?}: {judged:?}");
    }
}

/// What is said of a pass; panics where there is none.
pub fn passed(seen: &Seen, scope: &Scope, id: &str) -> String {
    match seen.judge(scope, id) {
        Ok(Verdict::Pass(summary)) => summary,
        other => panic!("{id} should pass: {other:?}"),
    }
}

/// The reason and summary of a failure; panics where there is none.
pub fn failure(judged: Judged) -> (&'static str, String) {
    let finding = failing(judged);
    (finding.reason, finding.summary)
}

/// The reason of a warning; panics where there is none.
pub fn warning(judged: Judged) -> &'static str {
    warned(judged).reason
}

/// Why there is nothing to check; panics where there is.
pub fn skip(judged: Judged) -> String {
    match judged {
        Ok(Verdict::Skip(why)) => why,
        other => panic!("should skip: {other:?}"),
    }
}
