//! AWS: what it says of roles, zones, databases, secrets, buckets, clusters, networks and images.
//!
//! Services of which little is asked have no SDK here: their few calls go through the SDK's own machinery (`signed.rs`),
//! so that credentials, patience, repetitions and faults are the same for all.

mod content;
mod ec2;
mod ecr;
mod eks;
mod endpoint;
mod failure;
mod iam;
mod missed;
mod query;
mod rds;
mod route53;
mod s3;
mod secrets;
mod signed;
mod sts;
mod xml;

use std::time::Duration;

use aws_config::SdkConfig;
use platform::aws::sdk_config;
use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use crate::look::{Absent, Answer, Aws};
use crate::verdict::CannotLook;
use endpoint::Place;
use missed::Missed;
use secrets::Secrets;
use signed::Signed;

/// What AWS said, or why it did not.
type Seen = Result<Value, Missed>;

/// Things of one kind that are asked about side by side, each by a call of its own.
const SIDE_BY_SIDE: usize = 4;

/// AWS in one region, with the caller's own credentials. Nothing is loaded before the first question.
pub struct AwsProbe {
    region: Option<String>,
    connect_patience: Duration,
    clients: OnceCell<Clients>,
}

/// One client for each service, made once; they share connections and credentials.
struct Clients {
    place: Place,
    iam: aws_sdk_iam::Client,
    route53: aws_sdk_route53::Client,
    sts: aws_sdk_sts::Client,
    secrets: Secrets,
    signed: Signed,
}

impl Clients {
    fn new(config: SdkConfig) -> Self {
        let place = Place::of(config.region().map_or("", |region| region.as_ref()));
        Self {
            iam: aws_sdk_iam::Client::new(&config),
            route53: aws_sdk_route53::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
            secrets: Secrets::new(&config, place.clone()),
            signed: Signed::new(config, place.clone()),
            place,
        }
    }
}

impl AwsProbe {
    /// A probe of `region`, or of the environment's or profile's. An address may fail to connect for as long as
    /// `connect_patience`.
    pub fn new(region: Option<String>, connect_patience: Duration) -> Self {
        Self { region, connect_patience, clients: OnceCell::new() }
    }

    async fn clients(&self) -> Result<&Clients, CannotLook> {
        let load = || async {
            let config = sdk_config("preflight", self.region.as_deref(), self.connect_patience).await;
            config.map(Clients::new).map_err(|error| CannotLook::new("region", error.to_string()))
        };
        self.clients.get_or_try_init(load).await
    }

    /// Answers a question. Whether a role can be assumed is asked with [`Self::assume`], which needs a token.
    pub async fn look(&self, question: &Aws) -> Result<Answer, CannotLook> {
        let clients = self.clients().await?;
        answer(match question {
            Aws::CallerIdentity => clients.caller_identity().await,
            Aws::Role { name } => clients.role(name).await,
            Aws::RolePolicies { name } => clients.role_policies(name).await,
            Aws::RolePolicyDocuments { name } => clients.role_policy_documents(name).await,
            Aws::OidcProvider { arn } => clients.oidc_provider(arn).await,
            Aws::Simulate { role, actions, resource, context } => {
                clients.simulate(role, actions, resource, context).await
            }
            Aws::Assume { .. } => Err(Missed::protocol("a role is assumed with a token, and none was asked for")),
            Aws::HostedZones => clients.hosted_zones().await,
            Aws::HostedZone { id } => clients.hosted_zone(id).await,
            Aws::Records { zone } => clients.records(zone).await,
            Aws::DatabaseInstances { id } => clients.database_instances(id).await,
            Aws::SecretDescription { path } => clients.secrets.description(path).await,
            Aws::Bucket { name } => clients.bucket(name).await,
            Aws::Cluster { name } => clients.cluster(name).await,
            Aws::Addons { cluster } => clients.addons(cluster).await,
            Aws::Vpc { id } => clients.vpc(id).await,
            Aws::Subnets { vpc } => clients.subnets(vpc).await,
            Aws::RouteTables { vpc } => clients.route_tables(vpc).await,
            Aws::SecurityGroupRules { groups } => clients.security_group_rules(groups).await,
            Aws::Image { repository, tag } => clients.image(repository, tag).await,
        })
    }

    /// Whether `role` (its ARN) can be assumed with `token`. The credentials that AWS hands out are dropped.
    pub async fn assume(&self, role: &str, token: &str) -> Result<Answer, CannotLook> {
        answer(self.clients().await?.assume(role, token).await)
    }

    async fn secrets(&self) -> Result<&Secrets, CannotLook> {
        self.clients().await.map(|clients| &clients.secrets)
    }
}

fn answer(seen: Seen) -> Result<Answer, CannotLook> {
    match seen {
        Ok(value) => Ok(Answer::Json(value)),
        Err(Missed::Absent) => Ok(Answer::Absent(Absent::Object)),
        Err(Missed::Cannot(cannot)) => Err(cannot),
    }
}

/// An object of what is there: a member that has no value is left out, as `aws --output json` does.
fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let there = members.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(there.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests;
