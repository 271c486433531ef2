//! Rows of the catalogue: volumes.

use crate::check::{Access, Check, Each, Gate, Retry, Severity, Tier, When};
use crate::judge::storage;
use crate::kinds::{
    ACCESS_REVIEWS, CSI_DRIVERS, CSI_NODES, DEPLOYMENTS, EVENTS, Kind, NODES, PODS, STATEFUL_SETS, STORAGE_CLASSES,
    VOLUME_CLAIMS, VOLUMES,
};

const fn list(kind: Kind) -> Access {
    Access::Kubernetes { verbs: &["list"], kind }
}

/// What makes and removes something for a trial.
const MADE: &[&str] = &["create", "get", "delete"];

/// The rows, in the report's order.
pub const CHECKS: &[Check] = &[
    Check {
        id: "storage.default",
        tier: Tier::Observability,
        gate: Gate::Before,
        severity: Severity::Required,
        retry: Retry::Converges,
        each: Each::Once,
        when: &[When::Cluster],
        needs: &["cluster.api"],
        title: "one StorageClass is the default, where a claim leaves its class out",
        why: "A claim without a class stays Pending for ever where none is the default; EKS makes none since 1.30.",
        remedy: "Make a StorageClass the default, or set storageClassName in the values of what claims volumes \
                 (kube-prometheus-stack).",
        access: &[list(STORAGE_CLASSES), list(VOLUME_CLAIMS), list(STATEFUL_SETS)],
        judge: storage::default,
    },
    Check {
        id: "storage.class.{class}",
        tier: Tier::Observability,
        gate: Gate::Before,
        severity: Severity::Required,
        retry: Retry::Converges,
        each: Each::StorageClass,
        when: &[When::Cluster],
        needs: &["cluster.api"],
        title: "the StorageClass is there",
        why: "A claim that names a class that is not there stays Pending for ever.",
        remedy: "Create the StorageClass, or name one that is there.",
        access: &[list(STORAGE_CLASSES)],
        judge: storage::class,
    },
    Check {
        id: "storage.provisioner",
        tier: Tier::Observability,
        gate: Gate::Before,
        severity: Severity::Required,
        retry: Retry::Converges,
        each: Each::Once,
        when: &[When::Cluster],
        // On which nodes it is, is asked of those that take pods.
        needs: &["cluster.nodes"],
        title: "the driver of every class that is used is installed, on nodes that take pods, and its controller runs",
        why: "EKS's own class gp2 takes claims and leaves them Pending for ever where the EBS driver is not installed.",
        remedy: "aws eks create-addon --cluster-name {cluster} --addon-name aws-ebs-csi-driver",
        access: &[
            list(STORAGE_CLASSES),
            list(VOLUME_CLAIMS),
            list(STATEFUL_SETS),
            list(CSI_DRIVERS),
            list(CSI_NODES),
            list(NODES),
            list(DEPLOYMENTS),
        ],
        judge: storage::provisioner::provisioner,
    },
    Check {
        id: "storage.probe",
        tier: Tier::Observability,
        gate: Gate::Before,
        severity: Severity::Required,
        retry: Retry::Converges,
        each: Each::Once,
        when: &[When::Cluster, When::OptIn],
        needs: &["storage.default", "storage.provisioner"],
        title: "a volume can be made, attached and deleted",
        why: "Only a trial shows that the driver may create volumes: its role, and the account's quota.",
        remedy: "Give the driver's role (or the nodes') ec2:CreateVolume and what goes with it: the policy \
                 AmazonEBSCSIDriverPolicy; or raise the quota.",
        access: &[
            Access::Kubernetes { verbs: MADE, kind: VOLUME_CLAIMS },
            Access::Kubernetes { verbs: MADE, kind: PODS },
            Access::Kubernetes { verbs: &["get"], kind: VOLUMES },
            Access::Kubernetes { verbs: &["create"], kind: ACCESS_REVIEWS },
            list(EVENTS),
        ],
        judge: storage::trial,
    },
    Check {
        id: "storage.stuck",
        tier: Tier::Observability,
        gate: Gate::Before,
        severity: Severity::Advisory,
        retry: Retry::Converges,
        each: Each::Once,
        when: &[When::Cluster],
        needs: &["cluster.api"],
        title: "no claim has been Pending for long, and no volume is left behind",
        why: "Pods wait for a claim that is not bound, and a volume that is left behind holds data and costs.",
        remedy: "See what a claim says: kubectl describe pvc; a volume that nobody needs: kubectl delete pv NAME.",
        access: &[list(VOLUME_CLAIMS), list(VOLUMES), list(EVENTS)],
        judge: storage::claims::stuck,
    },
];
