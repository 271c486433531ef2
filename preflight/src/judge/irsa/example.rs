//! Recorded facts of the component `external-dns`, for tests.

use serde_json::{Value, json};

use crate::check::Tier;
use crate::judge::foundation::example::{ISSUER, PROVIDER};
use crate::kinds::SERVICE_ACCOUNTS;
use crate::look::Aws;
use crate::scope::{Scope, example};
use crate::view::example::Seen;

/// The component.
pub const OF: &str = "external-dns";
/// Its role.
pub const ROLE: &str = "goldenpath-idp-external-dns";
/// Its role's ARN.
pub const ARN: &str = "arn:aws:iam::123456789012:role/goldenpath-idp-external-dns";
/// Its role on the cluster of a build.
pub const EPHEMERAL_ROLE: &str = "goldenpath-idp-external-dns-26-01-23-01";

/// The persistent cluster of `dev`.
pub fn scope() -> Scope {
    example::persistent(Tier::Delivery)
}

/// A statement that lets the service account of this issuer take the role.
pub fn statement() -> Value {
    json!({
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {
            format!("{ISSUER}:aud"): "sts.amazonaws.com",
            format!("{ISSUER}:sub"): "system:serviceaccount:kube-system:external-dns",
        }},
    })
}

/// A statement that lets EKS Pod Identity hand out the role.
pub fn pod_identity() -> Value {
    json!({
        "Effect": "Allow",
        "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    })
}

/// With the role, which these statements let be taken.
pub fn role_with(seen: Seen, statements: &Value) -> Seen {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    let role = json!({"RoleName": ROLE, "Arn": ARN, "AssumeRolePolicyDocument": document});
    seen.aws(Aws::Role { name: ROLE.to_owned() }, role)
}

/// With the role as it should be.
pub fn role(seen: Seen) -> Seen {
    role_with(seen, &json!([statement()]))
}

/// With the service account, annotated with a role; empty for none.
pub fn account(seen: Seen, arn: &str) -> Seen {
    let annotations = if arn.is_empty() { json!({}) } else { json!({"eks.amazonaws.com/role-arn": arn}) };
    let object = json!({"metadata": {"namespace": "kube-system", "name": OF, "annotations": annotations}});
    seen.object(SERVICE_ACCOUNTS, "kube-system", OF, object)
}
