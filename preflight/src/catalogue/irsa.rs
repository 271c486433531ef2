//! Rows of the catalogue: components with a role in AWS.

use super::foundation::DESCRIBE_CLUSTER;
use crate::check::{Access, Check, Each, Gate, Retry, Severity, Tier, When};
use crate::judge::irsa;
use crate::kinds::{SERVICE_ACCOUNT_TOKENS, SERVICE_ACCOUNTS};

/// What the rows of this file have in common. They come before the tier's first app: Terraform makes the roles and the
/// service accounts, the apps only use them.
const BASE: Check = Check {
    id: "",
    tier: Tier::Delivery,
    gate: Gate::Before,
    severity: Severity::Required,
    retry: Retry::Deterministic,
    each: Each::Component,
    when: &[],
    needs: &[],
    title: "",
    why: "",
    remedy: "",
    access: &[],
    judge: irsa::role::judge,
};

/// The components' roles.
const ROLE: &str = "arn:aws:iam::{account}:role/{component_role}";
const GET_ROLE: Access = Access::Aws { action: "iam:GetRole", resource: ROLE };
const ATTACHED: Access = Access::Aws { action: "iam:ListAttachedRolePolicies", resource: ROLE };
const INLINE: Access = Access::Aws { action: "iam:ListRolePolicies", resource: ROLE };
/// The components' service accounts.
const GET_ACCOUNT: Access =
    Access::Named { kind: SERVICE_ACCOUNTS, namespace: "{component_namespace}", name: "{component_service_account}" };

/// The rows, in the report's order.
pub const CHECKS: &[Check] = &[
    Check {
        id: "irsa.role.{component}",
        title: "the component's role is there, with a policy",
        why: "Without its role, or with one that has no policy, the component can do nothing in AWS.",
        remedy: "Apply module.iam of envs/{env}; where its run lacks iam:CreatePolicy the role comes without a policy: \
                 give the CI role github-actions-terraform-full.json, and apply again.",
        access: &[GET_ROLE, ATTACHED, INLINE],
        judge: irsa::role::judge,
        ..BASE
    },
    Check {
        id: "irsa.sa.{component}",
        when: &[When::Cluster],
        title: "the component's service account names its role",
        why: "Pods get their role in AWS by their service account's annotation, and with a wrong one none or another's.",
        remedy: "Run Terraform for {env} (it makes the service accounts); no manifest may overwrite their annotations.",
        access: &[GET_ROLE, GET_ACCOUNT],
        judge: irsa::service_account::judge,
        ..BASE
    },
    Check {
        id: "irsa.trust.{component}",
        needs: &["irsa.role.{component}"],
        title: "the component's role trusts its service account",
        why: "A role that trusts another cluster's issuer, or another service account, refuses every token of these pods.",
        remedy: "Apply module.iam of envs/{env} again: the trust policy must name this cluster's issuer and the service \
                 account.",
        access: &[GET_ROLE, DESCRIBE_CLUSTER],
        judge: irsa::trust::judge,
        ..BASE
    },
    Check {
        id: "irsa.perms.{component}",
        needs: &["irsa.role.{component}"],
        title: "the component's role may do what the component does",
        why: "What the role may not do, the component fails at, often long after it is deployed.",
        remedy: "Correct the role's policy (module.iam of envs/{env}), and apply it.",
        access: &[
            GET_ROLE,
            Access::Aws { action: "iam:SimulatePrincipalPolicy", resource: ROLE },
            ATTACHED,
            INLINE,
            Access::Aws { action: "iam:GetRolePolicy", resource: ROLE },
            Access::Aws { action: "iam:GetPolicy", resource: "arn:aws:iam::*:policy/*" },
            Access::Aws { action: "iam:GetPolicyVersion", resource: "arn:aws:iam::*:policy/*" },
            Access::Aws { action: "route53:ListHostedZones", resource: "*" },
        ],
        judge: irsa::permissions::judge,
        ..BASE
    },
    Check {
        id: "irsa.assume.{component}",
        retry: Retry::Transport,
        when: &[When::Cluster, When::OptIn],
        needs: &["irsa.sa.{component}"],
        title: "a token of the component's service account becomes its role",
        why: "This proves the whole chain at once, also where IAM may not be looked at.",
        remedy: "Look at fnd.oidc, irsa.sa and irsa.trust of the component: one link does not fit.",
        access: &[GET_ACCOUNT, Access::Kubernetes { verbs: &["create"], kind: SERVICE_ACCOUNT_TOKENS }],
        judge: irsa::assume::judge,
        ..BASE
    },
];
