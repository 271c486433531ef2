//! Where the services are that have no SDK here, and how resources are named. Pure.
//!
//! FIPS and dual-stack endpoints are not chosen; where they must be, `AWS_ENDPOINT_URL_<SERVICE>` says so.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

/// Regions begin with the name of their partition; all others are of `aws`.
const PARTITIONS: [(&str, &str, &str); 7] = [
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
];

/// A region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) region: String,
    partition: &'static str,
    domain: &'static str,
}

impl Place {
    pub(super) fn of(region: &str) -> Self {
        let known = PARTITIONS.iter().find(|(prefix, ..)| region.starts_with(prefix));
        let (_, partition, domain) = known.copied().unwrap_or(("", "aws", "amazonaws.com"));
        Self { region: region.to_owned(), partition, domain }
    }

    /// The name of a service's resource in this region, in an account that need not be known.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:*:{resource}", self.partition, self.region)
    }

    /// The name of a resource of IAM.
    pub(super) fn iam_arn(&self, resource: &str) -> String {
        format!("arn:{}:iam::*:{resource}", self.partition)
    }

    /// The name of a resource whose service has neither regions nor accounts in it.
    pub(super) fn global_arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:::{resource}", self.partition)
    }
}

/// How a service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// A form is posted, XML comes back.
    Query,
    /// JSON, and HTTP's own methods and paths or a header that names the call.
    Json,
    /// HTTP's status and headers alone.
    Head,
}

/// A service without an SDK.
#[derive(Debug)]
pub(super) struct Service {
    /// As the SDK's own configuration names it (`AWS_ENDPOINT_URL_EC2`).
    pub(super) id: &'static str,
    /// As a signature names it.
    pub(super) signing_name: &'static str,
    host: &'static str,
    pub(super) protocol: Protocol,
}

pub(super) const EC2: Service = Service { id: "EC2", signing_name: "ec2", host: "ec2", protocol: Protocol::Query };
pub(super) const ECR: Service = Service { id: "ECR", signing_name: "ecr", host: "api.ecr", protocol: Protocol::Json };
pub(super) const EKS: Service = Service { id: "EKS", signing_name: "eks", host: "eks", protocol: Protocol::Json };
pub(super) const RDS: Service = Service { id: "RDS", signing_name: "rds", host: "rds", protocol: Protocol::Query };
pub(super) const S3: Service = Service { id: "S3", signing_name: "s3", host: "s3", protocol: Protocol::Head };

impl Service {
    /// The endpoint that the environment or the profile wants, for this service or for all.
    pub(super) fn configured(&self, config: &SdkConfig) -> Option<String> {
        let key = ServiceConfigKey::builder().service_id(self.id).env("AWS_ENDPOINT_URL").profile("endpoint_url");
        let own = key.build().ok().and_then(|key| config.service_config()?.load_config(key));
        own.or_else(|| config.endpoint_url().map(ToOwned::to_owned))
    }

    /// The endpoint in a region.
    pub(super) fn regional(&self, place: &Place) -> String {
        format!("https://{}.{}.{}", self.host, place.region, place.domain)
    }
}

/// The endpoint and path of a bucket. It is a host of its own, but at an endpoint that somebody configured, and where
/// its name has a dot that no certificate of Amazon's would cover.
pub(super) fn bucket(place: &Place, configured: Option<String>, name: &str) -> (String, String) {
    match configured {
        Some(endpoint) => (endpoint, format!("/{name}")),
        None if name.contains('.') => (S3.regional(place), format!("/{name}")),
        None => (S3.regional(place).replacen("https://", &format!("https://{name}."), 1), "/".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, SdkConfig};
    use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

    use super::{EC2, ECR, EKS, Place, S3, bucket};

    #[derive(Debug)]
    struct OnlyEc2;

    impl LoadServiceConfig for OnlyEc2 {
        fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
            let asked = (key.service_id(), key.env(), key.profile());
            (asked == ("EC2", "AWS_ENDPOINT_URL", "endpoint_url")).then(|| "http://ec2:1".to_owned())
        }
    }

    #[test]
    fn each_partition_has_its_domain() {
        let (home, china, gov) = (Place::of("eu-west-2"), Place::of("cn-north-1"), Place::of("us-gov-west-1"));
        assert_eq!(EC2.regional(&home), "https://ec2.eu-west-2.amazonaws.com");
        assert_eq!(EKS.regional(&china), "https://eks.cn-north-1.amazonaws.com.cn");
        assert_eq!(ECR.regional(&gov), "https://api.ecr.us-gov-west-1.amazonaws.com");
        assert_eq!(china.iam_arn("role/x"), "arn:aws-cn:iam::*:role/x");
        assert_eq!(home.arn("rds", "db:x"), "arn:aws:rds:eu-west-2:*:db:x");
        assert_eq!(gov.global_arn("s3", "b"), "arn:aws-us-gov:s3:::b");
    }

    #[test]
    fn a_bucket_is_a_host_where_that_can_be() {
        let home = Place::of("eu-west-2");
        let of = |configured: Option<&str>, name| bucket(&home, configured.map(ToOwned::to_owned), name);
        let pair = |endpoint: &str, path: &str| (endpoint.to_owned(), path.to_owned());
        assert_eq!(of(None, "loki"), pair("https://loki.s3.eu-west-2.amazonaws.com", "/"));
        assert_eq!(of(None, "loki.dev"), pair("https://s3.eu-west-2.amazonaws.com", "/loki.dev"));
        assert_eq!(of(Some("http://127.0.0.1:5000"), "loki"), pair("http://127.0.0.1:5000", "/loki"));
    }

    #[test]
    fn the_services_own_endpoint_wins_over_that_of_all() {
        let config = SdkConfig::builder().behavior_version(BehaviorVersion::latest());
        let config = config.endpoint_url("http://all:1").service_config(OnlyEc2).build();
        assert_eq!(EC2.configured(&config).as_deref(), Some("http://ec2:1"));
        assert_eq!(S3.configured(&config).as_deref(), Some("http://all:1"));
        let bare = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
        assert_eq!(EKS.configured(&bare), None);
    }
}
