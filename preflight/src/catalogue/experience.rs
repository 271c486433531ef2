//! Rows of the catalogue: buckets, images, and what provisions databases.

use super::secrets::DESCRIBE;
use crate::check::{Access, Check, Each, Gate, Retry, Severity, Tier, When};
use crate::judge::experience;
use crate::kinds::{DEPLOYMENTS, Kind, NODES, WORKFLOW_TEMPLATES};

/// Whether a bucket is there.
const BUCKETS: Access = Access::Aws { action: "s3:ListBucket", resource: "arn:aws:s3:::{bucket}" };

const fn role(action: &'static str) -> Access {
    Access::Aws { action, resource: "arn:aws:iam::{account}:role/{bucket_role}" }
}

const fn image(action: &'static str) -> Access {
    Access::Aws { action, resource: "arn:aws:ecr:{region}:{account}:repository/{repository}" }
}

const fn list(kind: Kind) -> Access {
    Access::Kubernetes { verbs: &["list"], kind }
}

/// The rows, in the report's order.
pub const CHECKS: &[Check] = &[
    Check {
        id: "s3.{bucket}",
        tier: Tier::Experience,
        gate: Gate::Before,
        severity: Severity::Required,
        retry: Retry::Deterministic,
        each: Each::Bucket,
        when: &[When::Bucket],
        needs: &[],
        title: "the bucket is there, in this region, and its user may read and write",
        why: "What is to be kept there is lost, or its writer does not start.",
        remedy: "Make the bucket and its role with Terraform",
        access: &[
            BUCKETS,
            role("iam:GetRole"),
            role("iam:SimulatePrincipalPolicy"),
            role("iam:ListAttachedRolePolicies"),
            role("iam:ListRolePolicies"),
            role("iam:GetRolePolicy"),
            Access::Aws { action: "iam:GetPolicy", resource: "*" },
            Access::Aws { action: "iam:GetPolicyVersion", resource: "*" },
        ],
        judge: experience::bucket,
    },
    Check {
        id: "images.pullable",
        tier: Tier::Experience,
        gate: Gate::Before,
        severity: Severity::Advisory,
        retry: Retry::Deterministic,
        each: Each::Once,
        when: &[When::Cluster, When::Images],
        needs: &["cluster.api"],
        title: "the images are in ECR, for the architecture of the nodes",
        why: "Pods end in ImagePullBackOff, or with exec format error.",
        remedy: "Push the image for the nodes' architecture, or correct its tag in the profile",
        access: &[image("ecr:DescribeImages"), image("ecr:BatchGetImage"), list(NODES)],
        judge: experience::images,
    },
    Check {
        id: "wf.template",
        tier: Tier::Experience,
        gate: Gate::Before,
        severity: Severity::Required,
        retry: Retry::Converges,
        each: Each::Once,
        when: &[When::Cluster],
        needs: &["cluster.api"],
        title: "the workflow that provisions databases is there, and its controller runs",
        why: "No app gets a role or a database without it.",
        remedy: "kubectl apply --server-side -k workflowtemplates/overlays/{env}",
        access: &[DESCRIBE, Access::Kubernetes { verbs: &["get"], kind: WORKFLOW_TEMPLATES }, list(DEPLOYMENTS)],
        judge: experience::template,
    },
];
