//! The database, rung by rung.

mod login;
mod server;

use platform::postgres::{ConnectFault, Rejection};
use serde_json::{Value, json};

use crate::check::Tier;
use crate::inputs::Name;
use crate::kinds::APPLICATIONS;
use crate::look::{
    Answer, Aws, LoginFacts, Look, PostgresAnswer, RoleFacts, SecretContent, TcpAnswer, Tls, TlsAnswer, TlsProtocol,
    ValueState,
};
use crate::scope::{Scope, example};
use crate::verdict::Verdict;
use crate::verdict::example::failing;
use crate::view::example::{NOW, Seen};

const LOGIN: &str = "goldenpath/dev/backstage/postgres";
const KEYCLOAK: &str = "goldenpath/dev/keycloak/postgres";
const MASTER: &str = "goldenpath/dev/rds/master";
const INSTANCE: &str = "goldenpath-dev-platform-dev";
const HOST: &str = "goldenpath-dev-platform-dev.abc123.eu-west-2.rds.amazonaws.com";
/// What Keycloak's values still name.
const STALE: &str = "goldenpath-dev-goldenpath-platform-db.abc123.eu-west-2.rds.amazonaws.com";

fn scope() -> Scope {
    example::persistent(Tier::Experience)
}

/// The same run, from somebody's desk.
fn outside() -> Scope {
    let mut scope = scope();
    scope.asked.inside = false;
    scope
}

fn described(path: &str) -> Aws {
    Aws::SecretDescription { path: path.to_owned() }
}

fn facts(host: &str) -> LoginFacts {
    let (username, dbname) = ("backstage_user".to_owned(), "backstage".to_owned());
    LoginFacts { username, host: host.to_owned(), port: 5432, dbname, instance: None }
}

/// A secret with which somebody logs in.
fn secret(seen: Seen, path: &str, login: LoginFacts) -> Seen {
    let keys = ["host", "port", "username", "password", "dbname"].map(|key| (key.to_owned(), ValueState::Present));
    let content = SecretContent {
        version: "v1".to_owned(),
        has_value: true,
        is_object: true,
        keys: keys.into_iter().collect(),
        login: Some(login),
    };
    seen.aws(described(path), json!({"Name": path, "VersionIdsToStages": {"v1": ["AWSCURRENT"]}}))
        .answer(Look::SecretContent { path: path.to_owned() }, Answer::Secret(content))
}

/// Backstage's secret, and nothing else.
fn seen() -> Seen {
    secret(Seen::default(), LOGIN, facts(HOST))
}

fn instance(host: &str) -> Value {
    json!({"DBInstanceIdentifier": INSTANCE, "DBInstanceStatus": "available", "Endpoint": {"Address": host, "Port": 5432},
        "EngineVersion": "15.8", "PubliclyAccessible": false, "DBSubnetGroup": {"VpcId": "vpc-1"},
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-0ab", "Status": "active"}]})
}

fn all_instances() -> Aws {
    Aws::DatabaseInstances { id: String::new() }
}

fn cluster(seen: Seen) -> Seen {
    let vpc = json!({"vpcId": "vpc-1", "subnetIds": [], "clusterSecurityGroupId": "sg-cluster"});
    let name = "goldenpath-dev-eks".to_owned();
    seen.aws(Aws::Cluster { name }, json!({"name": "goldenpath-dev-eks", "resourcesVpcConfig": vpc})).aws(
        Aws::Vpc { id: "vpc-1".to_owned() },
        json!([{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "CidrBlockAssociationSet": [{"CidrBlock": "10.0.0.0/16"},
            {"CidrBlock": "100.64.0.0/16"}], "State": "available"}]),
    )
}
