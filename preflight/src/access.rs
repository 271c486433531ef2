//! What a check may look at: whether a question is covered by a row's permissions. Pure.

use crate::check::Access;
use crate::kinds::{ACCESS_REVIEWS, EVENTS, Kind, PODS, SERVICE_ACCOUNT_TOKENS, VOLUME_CLAIMS};
use crate::look::{Aws, Kubernetes, Look};

/// Whether a row that lists these permissions may ask this.
pub fn allows(listed: &[Access], look: &Look) -> bool {
    match look {
        Look::Kubernetes(question) => allows_kubernetes(listed, question),
        Look::Aws(question) => {
            let token = !matches!(question, Aws::Assume { .. }) || has(listed, "create", SERVICE_ACCOUNT_TOKENS);
            token && actions(question).iter().all(|action| has_action(listed, action))
        }
        Look::SecretContent { .. } | Look::Postgres { .. } | Look::Http { client: Some(_), .. } => {
            has_action(listed, "secretsmanager:GetSecretValue")
        }
        Look::Resolve { .. } | Look::Dns(_) | Look::Tcp { .. } | Look::Tls(_) | Look::Http { client: None, .. } => true,
    }
}

fn allows_kubernetes(listed: &[Access], question: &Kubernetes) -> bool {
    match question {
        Kubernetes::Get { kind, .. } => {
            let named = |access: &Access| matches!(access, Access::Named { kind: listed, .. } if listed == kind);
            has(listed, "get", *kind) || listed.iter().any(named)
        }
        Kubernetes::List { kind, .. } => has(listed, "list", *kind),
        Kubernetes::Ready | Kubernetes::Version => {
            let path = if *question == Kubernetes::Ready { "/readyz" } else { "/version" };
            listed.contains(&Access::Path(path))
        }
        Kubernetes::MayI { .. } => has(listed, "create", ACCESS_REVIEWS),
        Kubernetes::StorageTrial { .. } => {
            has(listed, "create", VOLUME_CLAIMS) && has(listed, "create", PODS) && has(listed, "list", EVENTS)
        }
    }
}

fn has(listed: &[Access], verb: &str, kind: Kind) -> bool {
    listed.iter().any(|access| {
        matches!(access, Access::Kubernetes { verbs, kind: listed } if *listed == kind && verbs.contains(&verb))
    })
}

fn has_action(listed: &[Access], action: &str) -> bool {
    listed.iter().any(|access| matches!(access, Access::Aws { action: listed, .. } if *listed == action))
}

/// The actions that a question to AWS takes.
pub const fn actions(question: &Aws) -> &'static [&'static str] {
    match question {
        // Neither needs a permission.
        Aws::CallerIdentity | Aws::Assume { .. } => &[],
        Aws::Role { .. } => &["iam:GetRole"],
        Aws::RolePolicies { .. } => &["iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
        Aws::RolePolicyDocuments { .. } => &[
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "iam:GetRolePolicy",
            "iam:GetPolicy",
            "iam:GetPolicyVersion",
        ],
        Aws::OidcProvider { .. } => &["iam:GetOpenIDConnectProvider"],
        Aws::Simulate { .. } => &["iam:SimulatePrincipalPolicy"],
        Aws::HostedZones => &["route53:ListHostedZones"],
        Aws::HostedZone { .. } => &["route53:GetHostedZone"],
        Aws::Records { .. } => &["route53:ListResourceRecordSets"],
        Aws::DatabaseInstances { .. } => &["rds:DescribeDBInstances"],
        Aws::SecretDescription { .. } => &["secretsmanager:DescribeSecret"],
        Aws::Bucket { .. } => &["s3:ListBucket"],
        Aws::Cluster { .. } => &["eks:DescribeCluster"],
        Aws::Addons { .. } => &["eks:ListAddons", "eks:DescribeAddon"],
        Aws::Vpc { .. } => &["ec2:DescribeVpcs"],
        Aws::Subnets { .. } => &["ec2:DescribeSubnets"],
        Aws::RouteTables { .. } => &["ec2:DescribeRouteTables"],
        Aws::SecurityGroupRules { .. } => &["ec2:DescribeSecurityGroupRules"],
        Aws::Image { .. } => &["ecr:DescribeImages", "ecr:BatchGetImage"],
    }
}
