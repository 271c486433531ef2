//! Rows of the catalogue: what the run is told, who it is, and what it may do.

use crate::check::{Access, Check, Each, Gate, Retry, Severity, Tier, When};
use crate::judge::scope;
use crate::kinds::{ACCESS_REVIEWS, CONFIG_MAPS};

/// What the rows of this file have in common.
const BASE: Check = Check {
    id: "",
    tier: Tier::Cluster,
    gate: Gate::Before,
    severity: Severity::Required,
    retry: Retry::Deterministic,
    each: Each::Once,
    when: &[],
    needs: &[],
    title: "",
    why: "",
    remedy: "",
    access: &[],
    judge: scope::bootstrap::judge,
};

/// The master's secret of the database. Whether there is one the secrets of the apps in scope tell as well, which only
/// runs ask for that hold the rows of those.
const MASTER: &str = "arn:aws:secretsmanager:{region}:{account}:secret:{master_secret}-??????";
const DESCRIBE_MASTER: Access = Access::Aws { action: "secretsmanager:DescribeSecret", resource: MASTER };

/// The rows, in the report's order.
pub const CHECKS: &[Check] = &[
    Check {
        id: "config.bootstrap",
        title: "the bootstrap values are there",
        why: "Mode, environment and ceiling decide what the cluster is; without them every other answer is a guess.",
        remedy: "Run Terraform pass 2 (enable_k8s_resources=true) before syncing: it writes the ConfigMap.",
        access: &[Access::Named { kind: CONFIG_MAPS, namespace: "{bootstrap_namespace}", name: "{bootstrap_name}" }],
        judge: scope::bootstrap::judge,
        ..BASE
    },
    Check {
        id: "config.consistency",
        needs: &["config.bootstrap"],
        title: "the inputs hold together",
        why: "A cluster with the names or the ceiling of another takes over what is not its own.",
        remedy: "Correct the input that is wrong, where the report says that it comes from.",
        access: &[DESCRIBE_MASTER, Access::Aws { action: "secretsmanager:GetSecretValue", resource: MASTER }],
        judge: scope::consistency::judge,
        ..BASE
    },
    Check {
        id: "scope.tier",
        title: "the tier is not above the ceiling",
        why: "A tier above maxTier is not part of this cluster, so nothing can be said of it.",
        remedy: "Ask for --tier auto, or for a tier up to maxTier.",
        access: &[DESCRIBE_MASTER],
        judge: scope::tier::judge,
        ..BASE
    },
    Check {
        id: "self.identity",
        retry: Retry::Transport,
        title: "the run has a role of its own in AWS",
        why: "In another account, or as a node's role, every answer of AWS is about something else.",
        remedy: "Annotate the run's ServiceAccount (platform-system/platform-preflight) with eks.amazonaws.com/role-arn, \
                 and run it again.",
        access: &[],
        judge: scope::identity::judge,
        ..BASE
    },
    Check {
        id: "self.access",
        when: &[When::Cluster],
        title: "the run may look at what its checks look at",
        why: "What the run may not look at is unknown, and never counts as a pass.",
        remedy: "Apply what preflight access prints for this tier.",
        access: &[Access::Kubernetes { verbs: &["create"], kind: ACCESS_REVIEWS }],
        judge: scope::access::judge,
        ..BASE
    },
];
