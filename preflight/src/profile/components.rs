//! Components with a role in AWS, and Golden Path's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::texts;

/// A component with a role in AWS (IRSA).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Its name in ids: `irsa.role.<name>`.
    pub name: String,
    /// The tier that needs it.
    pub tier: String,
    /// Its role's name.
    pub role: String,
    /// Its service account's namespace.
    pub namespace: String,
    /// Its service account's name.
    pub service_account: String,
    /// What the role must be allowed.
    #[serde(default)]
    pub allowed: Vec<Allowed>,
}

/// Actions on a resource.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// The actions.
    pub actions: Vec<String>,
    /// The resource's ARN; `{zone}` stands for the id of the cluster's hosted zone.
    pub resource: String,
    /// What a request says of itself, where the role's policies ask for it: condition keys with their values.
    #[serde(default)]
    pub context: BTreeMap<String, Vec<String>>,
}

pub(super) fn components() -> Vec<Component> {
    let component = |name: &str, tier: &str, role: &str, account: (&str, &str), allowed: Vec<Allowed>| Component {
        name: name.to_owned(),
        tier: tier.to_owned(),
        role: format!("goldenpath-idp-{role}{{suffix}}"),
        namespace: account.0.to_owned(),
        service_account: account.1.to_owned(),
        allowed,
    };
    let allowed = |actions: &[&str], resource: &str| Allowed {
        actions: texts(actions),
        resource: resource.to_owned(),
        context: BTreeMap::new(),
    };
    // A policy may name the records that may be written; `dns.iam-scope` asks for more of them.
    let record = [("NormalizedRecordNames", "argocd.{host_suffix}"), ("RecordTypes", "A"), ("Actions", "UPSERT")];
    let record = record.map(|(key, value)| (format!("route53:ChangeResourceRecordSets{key}"), texts(&[value])));
    let zone = "arn:aws:route53:::hostedzone/{zone}";
    vec![
        component(
            "external-secrets",
            "1",
            "eso-role",
            ("external-secrets", "external-secrets"),
            vec![allowed(
                &["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
                "arn:aws:secretsmanager:{region}:{account}:secret:goldenpath/{env}/preflight-AbCdEf",
            )],
        ),
        component(
            "external-dns",
            "1",
            "external-dns",
            ("kube-system", "external-dns"),
            vec![
                allowed(&["route53:ListHostedZones"], "*"),
                allowed(&["route53:ListResourceRecordSets"], zone),
                Allowed { context: BTreeMap::from(record), ..allowed(&["route53:ChangeResourceRecordSets"], zone) },
            ],
        ),
        component(
            "aws-load-balancer-controller",
            "1",
            "aws-load-balancer-controller",
            ("kube-system", "aws-load-balancer-controller"),
            vec![allowed(&["elasticloadbalancing:DescribeLoadBalancers"], "*")],
        ),
        component(
            "cluster-autoscaler",
            "1",
            "cluster-autoscaler",
            ("kube-system", "cluster-autoscaler"),
            vec![allowed(&["autoscaling:DescribeAutoScalingGroups"], "*")],
        ),
        component(
            "platform-provisioner",
            "2",
            "rds-provisioner",
            ("platform-system", "platform-provisioner"),
            vec![allowed(
                &["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
                "arn:aws:secretsmanager:{region}:{account}:secret:goldenpath/{env}/rds/master-AbCdEf",
            )],
        ),
    ]
}
