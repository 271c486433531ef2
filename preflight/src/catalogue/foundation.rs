//! Rows of the catalogue: what everything stands on.

use crate::check::{Access, Check, Each, Gate, Retry, Severity, Tier};
use crate::judge::foundation;

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
    judge: foundation::vpc::judge,
};

/// The cluster, as EKS tells of it.
pub(super) const DESCRIBE_CLUSTER: Access =
    Access::Aws { action: "eks:DescribeCluster", resource: "arn:aws:eks:{region}:{account}:cluster/{cluster}" };

/// The rows, in the report's order.
pub const CHECKS: &[Check] = &[
    Check {
        id: "fnd.vpc",
        title: "private subnets with a way out",
        why: "Without a route out of the VPC, nodes cannot pull images nor reach AWS.",
        remedy: "Give each private subnet a default route to a NAT gateway (module.vpc in envs/{env}).",
        access: &[
            DESCRIBE_CLUSTER,
            Access::Aws { action: "ec2:DescribeVpcs", resource: "*" },
            Access::Aws { action: "ec2:DescribeSubnets", resource: "*" },
            Access::Aws { action: "ec2:DescribeRouteTables", resource: "*" },
        ],
        judge: foundation::vpc::judge,
        ..BASE
    },
    Check {
        id: "fnd.route53-zone",
        title: "the hosted zone of the cluster's names",
        why: "Without exactly one public zone that the world asks, no name of the cluster resolves.",
        remedy: "Deploy the foundational Route53 zone first; a zone of {base} serves {host_suffix}.",
        access: &[
            Access::Aws { action: "route53:ListHostedZones", resource: "*" },
            Access::Aws { action: "route53:GetHostedZone", resource: "arn:aws:route53:::hostedzone/{zone}" },
        ],
        judge: foundation::zone::judge,
        ..BASE
    },
    Check {
        id: "fnd.secretsmanager",
        retry: Retry::Transport,
        title: "Secrets Manager can be reached",
        why: "Without it no secret gets into the cluster.",
        remedy: "Check the NAT gateway, or the VPC endpoint's security group (443 from the VPC) and private DNS.",
        access: &[Access::Aws {
            action: "secretsmanager:DescribeSecret",
            resource: "arn:aws:secretsmanager:{region}:{account}:secret:{master_secret}-??????",
        }],
        judge: foundation::secretsmanager::judge,
        ..BASE
    },
    Check {
        id: "fnd.oidc",
        title: "IAM knows the cluster's issuer",
        why: "Without an OIDC provider for the cluster's issuer, no service account can take its role in AWS.",
        remedy: "Apply module.eks of envs/{env}: it creates the OIDC provider of the cluster's issuer.",
        access: &[
            DESCRIBE_CLUSTER,
            Access::Aws { action: "iam:GetOpenIDConnectProvider", resource: "arn:aws:iam::{account}:oidc-provider/*" },
        ],
        judge: foundation::oidc::judge,
        ..BASE
    },
];
