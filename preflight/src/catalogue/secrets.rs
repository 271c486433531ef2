//! Rows of the catalogue: the secrets of the apps.

use crate::check::{Access, Check, Each, Gate, Retry, Severity, Tier, When};
use crate::judge::secrets;
use crate::kinds::EXTERNAL_SECRETS;

/// The secrets of the apps in scope, and those beside them.
const SECRETS: &str = "arn:aws:secretsmanager:{region}:{account}:secret:{secrets}";
/// What a secret is like.
pub(super) const DESCRIBE: Access = Access::Aws { action: "secretsmanager:DescribeSecret", resource: SECRETS };
/// What is in it.
pub(super) const READ: Access = Access::Aws { action: "secretsmanager:GetSecretValue", resource: SECRETS };

/// The rows, in the report's order.
pub const CHECKS: &[Check] = &[
    Check {
        id: "secrets.exists.{secret}",
        tier: Tier::Experience,
        gate: Gate::Before,
        severity: Severity::Required,
        retry: Retry::Deterministic,
        each: Each::Secret,
        when: NO_CONDITION,
        needs: &["fnd.secretsmanager"],
        title: "the secret exists",
        why: "The app's ExternalSecret never becomes Ready, and its pods wait for a Secret that nobody makes.",
        remedy: "Let Terraform make it: make rds-apply ENV={env}; one that people fill: aws secretsmanager create-secret",
        access: &[DESCRIBE],
        judge: secrets::exists,
    },
    Check {
        id: "secrets.not-deleted",
        tier: Tier::Experience,
        gate: Gate::Before,
        severity: Severity::Required,
        retry: Retry::Deterministic,
        each: Each::Once,
        when: NO_CONDITION,
        needs: &["fnd.secretsmanager"],
        title: "no secret is scheduled for deletion",
        why: "Such a secret can be described, but not read, nor made anew under its name.",
        remedy: "aws secretsmanager restore-secret --secret-id NAME",
        access: &[DESCRIBE],
        judge: secrets::not_deleted,
    },
    Check {
        id: "secrets.current",
        tier: Tier::Experience,
        gate: Gate::Before,
        severity: Severity::Required,
        retry: Retry::Deterministic,
        each: Each::Once,
        when: NO_CONDITION,
        needs: &["fnd.secretsmanager"],
        title: "every secret has a current value (AWSCURRENT)",
        why: "A secret that was made without a value exists, and nobody can read it.",
        remedy: "aws secretsmanager put-secret-value --secret-id NAME --secret-string file://secret.json (with all its keys)",
        access: &[DESCRIBE],
        judge: secrets::current,
    },
    Check {
        id: "secrets.not-placeholder",
        tier: Tier::Experience,
        gate: Gate::Before,
        severity: Severity::Required,
        retry: Retry::Deterministic,
        each: Each::Once,
        when: NO_CONDITION,
        needs: &["fnd.secretsmanager"],
        title: "no value is a placeholder or empty",
        why: "The app starts, and fails at its first login or call.",
        remedy: "aws secretsmanager put-secret-value --secret-id NAME --secret-string file://secret.json (with all its keys)",
        access: &[DESCRIBE, READ],
        judge: secrets::not_placeholder,
    },
    Check {
        id: "secrets.keys",
        tier: Tier::Experience,
        gate: Gate::Before,
        severity: Severity::Required,
        retry: Retry::Deterministic,
        each: Each::Once,
        when: NO_CONDITION,
        needs: &["fnd.secretsmanager", "cluster.api"],
        title: "secrets have every key that is read of them",
        why: "An ExternalSecret that asks for a key that is not there never becomes Ready.",
        remedy: "Add the key to the secret, or let the ExternalSecret ask for one that it has",
        access: &[DESCRIBE, READ, Access::Kubernetes { verbs: &["list"], kind: EXTERNAL_SECRETS }],
        judge: secrets::keys,
    },
    Check {
        id: "secrets.age",
        tier: Tier::Experience,
        gate: Gate::Before,
        severity: Severity::Advisory,
        retry: Retry::Deterministic,
        each: Each::Once,
        when: NO_CONDITION,
        needs: &["fnd.secretsmanager"],
        title: "secrets are rotated in time",
        why: "A secret that nobody changes is one that nobody can change when it must be.",
        remedy: "Rotate it; the profile's secrets.max_age_days says after how many days this warns",
        access: &[DESCRIBE],
        judge: secrets::age,
    },
];

/// What a secret is like can be asked from anywhere.
const NO_CONDITION: &[When] = &[];
