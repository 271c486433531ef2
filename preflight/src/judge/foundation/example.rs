//! Recorded facts of Golden Path's cluster in `dev`, for tests.

use serde_json::json;

use crate::look::Aws;
use crate::view::example::Seen;

/// The cluster's issuer.
pub const ISSUER: &str = "oidc.eks.eu-west-2.amazonaws.com/id/BBBB";
/// Its provider.
pub const PROVIDER: &str = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-2.amazonaws.com/id/BBBB";

/// The question for the provider.
pub fn provider_question() -> Aws {
    Aws::OidcProvider { arn: PROVIDER.to_owned() }
}

fn cluster_question() -> Aws {
    Aws::Cluster { name: "goldenpath-dev-eks".to_owned() }
}

/// With the run's own role.
pub fn caller(seen: Seen) -> Seen {
    let arn = "arn:aws:sts::123456789012:assumed-role/goldenpath-idp-preflight/botocore-session-1";
    seen.aws(Aws::CallerIdentity, json!({"Account": "123456789012", "Arn": arn, "UserId": "x"}))
}

/// With the cluster.
pub fn cluster(seen: Seen) -> Seen {
    let cluster = json!({
        "name": "goldenpath-dev-eks", "status": "ACTIVE", "version": "1.29",
        "identity": {"oidc": {"issuer": format!("https://{ISSUER}")}},
        "resourcesVpcConfig": {"vpcId": "vpc-1", "subnetIds": ["subnet-a", "subnet-b", "subnet-p"]},
    });
    seen.aws(cluster_question(), cluster)
}

/// Without it.
pub fn no_cluster(seen: Seen) -> Seen {
    seen.no_aws(cluster_question())
}

/// With the hosted zones of the account.
pub fn zones(seen: Seen, zones: &[(&str, &str, bool)]) -> Seen {
    let zone = |(id, name, is_private): &(&str, &str, bool)| json!({"Id": format!("/hostedzone/{id}"), "Name": name, "Config": {"PrivateZone": is_private}});
    seen.aws(Aws::HostedZones, zones.iter().map(zone).collect())
}
