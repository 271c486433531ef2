//! What can be looked at, and what is seen: both as data.
//!
//! A [`Look`] is a question; the probes (`probe/`) answer it once for all checks that ask the same. An [`Answer`] is
//! what was seen, be it good or bad: a host that does not exist is an answer. Only what could not be asked is a
//! [`CannotLook`](crate::verdict::CannotLook).

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use platform::postgres::ConnectFault;
use serde_json::Value;

use crate::kinds::Kind;

/// A question to the world.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Look {
    /// To the Kubernetes API.
    Kubernetes(Kubernetes),
    /// To AWS.
    Aws(Aws),
    /// What is in a secret (Secrets Manager's `GetSecretValue`): its keys, never its values.
    SecretContent {
        /// The whole path.
        path: String,
    },
    /// What the system's resolver makes of a host name.
    Resolve {
        /// The name.
        host: String,
    },
    /// Records in DNS, asked by a resolver of their own.
    Dns(Dns),
    /// Whether a port takes connections.
    Tcp {
        /// Name or address.
        host: String,
        /// The port.
        port: u16,
    },
    /// Whether TLS comes about, and with which certificate.
    Tls(Tls),
    /// What a URL answers to GET; redirections are not followed.
    Http {
        /// The whole URL.
        url: String,
        /// With these credentials, for `grant_type=client_credentials` (a POST then).
        client: Option<HttpClient>,
    },
    /// What PostgreSQL says to a login with a secret, and then about the role that logged in.
    Postgres {
        /// The secret's path.
        secret: String,
    },
}

/// Where a client of `OpenID` Connect has its credentials.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpClient {
    /// Its id.
    pub id: String,
    /// The path of the secret that holds its secret.
    pub secret: String,
    /// The key in that secret.
    pub key: String,
}

/// A question to the Kubernetes API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kubernetes {
    /// One object.
    Get {
        /// Its kind.
        kind: Kind,
        /// Its namespace; empty where the kind has none.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// All objects of a kind, of one namespace or (empty) of all. Answered by a JSON array of whole objects.
    List {
        /// The kind.
        kind: Kind,
        /// The namespace, or empty.
        namespace: String,
        /// A label selector, or empty.
        labels: String,
    },
    /// `GET /readyz`, or `/version` where that is not allowed. Answered by a JSON string.
    Ready,
    /// `GET /version`. Answered by its JSON.
    Version,
    /// Whether the run's own account may do something (`SelfSubjectAccessReview`). Answered by its `status`.
    MayI {
        /// The verb.
        verb: &'static str,
        /// On what.
        kind: Kind,
        /// In which namespace, or empty.
        namespace: String,
        /// On which object, or empty.
        name: String,
    },
    /// Makes a claim of 1 GiB and a pod that uses it, waits until it is bound, and deletes both. Answered by
    /// `{"bound": bool, "seconds": number, "events": [text], "cleaned": bool}`.
    StorageTrial {
        /// The storage class; empty for the default one.
        class: String,
        /// Where.
        namespace: String,
    },
}

/// A question to AWS. Answers are JSON in the shape that `aws <service> <command> --output json` prints, as far as noted:
/// names are AWS's own, times are seconds since 1970 as numbers, policy documents are decoded JSON objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aws {
    /// `sts get-caller-identity`: `{"Account", "Arn", "UserId"}`.
    CallerIdentity,
    /// `iam get-role`, its `Role`: `{"RoleName", "Arn", "AssumeRolePolicyDocument": {…}}`.
    Role {
        /// The role's name.
        name: String,
    },
    /// Its policies, attached and inline: `{"AttachedPolicies": [{"PolicyName", "PolicyArn"}], "PolicyNames": [text]}`.
    RolePolicies {
        /// The role's name.
        name: String,
    },
    /// Their documents: an array of `{"Name", "Document": {…}}` (`get-role-policy`, `get-policy` and
    /// `get-policy-version`).
    RolePolicyDocuments {
        /// The role's name.
        name: String,
    },
    /// `iam get-open-id-connect-provider`: `{"Url", "ClientIDList", "ThumbprintList"}`.
    OidcProvider {
        /// Its ARN.
        arn: String,
    },
    /// `iam simulate-principal-policy`, its `EvaluationResults`: an array of `{"EvalActionName", "EvalResourceName",
    /// "EvalDecision": "allowed" | "explicitDeny" | "implicitDeny", "MissingContextValues": [text],
    /// "OrganizationsDecisionDetail"?: {"AllowedByOrganizations"}, "PermissionsBoundaryDecisionDetail"?:
    /// {"AllowedByPermissionsBoundary"}}`.
    Simulate {
        /// The role's ARN.
        role: String,
        /// The actions.
        actions: Vec<String>,
        /// The resource's ARN.
        resource: String,
        /// Keys of the request's context, each a list of strings.
        context: Vec<(String, Vec<String>)>,
    },
    /// Whether a role can be assumed with a token of a service account: `{"Arn"}`, or `{"Error", "Message"}`.
    Assume {
        /// The role's ARN.
        role: String,
        /// The service account's namespace.
        namespace: String,
        /// Its name.
        service_account: String,
    },
    /// `route53 list-hosted-zones`, its `HostedZones`: an array of `{"Id": "/hostedzone/Z…", "Name": "example.com.",
    /// "Config": {"PrivateZone": bool}}`.
    HostedZones,
    /// `route53 get-hosted-zone`: `{"HostedZone": {…}, "DelegationSet": {"NameServers": [text]}, "VPCs": […]}`.
    HostedZone {
        /// Its id, without `/hostedzone/`.
        id: String,
    },
    /// `route53 list-resource-record-sets`, all `ResourceRecordSets` of a zone: an array of `{"Name", "Type",
    /// "SetIdentifier"?, "TTL"?, "ResourceRecords"?: [{"Value"}], "AliasTarget"?: {"DNSName", "HostedZoneId"}}`.
    Records {
        /// The zone's id, without `/hostedzone/`.
        zone: String,
    },
    /// `rds describe-db-instances`, its `DBInstances` (all, or one): an array of `{"DBInstanceIdentifier",
    /// "DBInstanceStatus", "Endpoint": {"Address", "Port"}, "EngineVersion", "PubliclyAccessible", "DBSubnetGroup":
    /// {"VpcId"}, "VpcSecurityGroups": [{"VpcSecurityGroupId", "Status"}]}`.
    DatabaseInstances {
        /// The instance; empty for all.
        id: String,
    },
    /// `secretsmanager describe-secret`: `{"ARN", "Name", "DeletedDate"?, "LastChangedDate"?, "CreatedDate"?,
    /// "VersionIdsToStages": {id: [stage]}}`.
    SecretDescription {
        /// The whole path.
        path: String,
    },
    /// `s3api head-bucket`: `{"Status": 200 | 301 | 307 | 400 | 403, "BucketRegion"?}`; one that is not there is absent.
    /// With 301, 307 and 400 it is in another region.
    Bucket {
        /// Its name.
        name: String,
    },
    /// `eks describe-cluster`, its `cluster`: `{"name", "version", "status", "identity": {"oidc": {"issuer"}},
    /// "resourcesVpcConfig": {"vpcId", "subnetIds", "clusterSecurityGroupId"}}`.
    Cluster {
        /// Its name.
        name: String,
    },
    /// `eks list-addons` and `describe-addon` of each: an array of `addon`: `{"addonName", "status", "addonVersion",
    /// "health": {"issues": [{"code", "message"}]}}`.
    Addons {
        /// The cluster's name.
        cluster: String,
    },
    /// `ec2 describe-vpcs`, its `Vpcs` (one): an array of `{"VpcId", "CidrBlock", "CidrBlockAssociationSet":
    /// [{"CidrBlock"}], "State"}`.
    Vpc {
        /// Its id.
        id: String,
    },
    /// `ec2 describe-subnets`, its `Subnets`: an array of `{"SubnetId", "AvailabilityZone", "CidrBlock",
    /// "MapPublicIpOnLaunch", "Tags": [{"Key", "Value"}]}`.
    Subnets {
        /// The VPC's id.
        vpc: String,
    },
    /// `ec2 describe-route-tables`, its `RouteTables`: an array of `{"RouteTableId", "Associations": [{"Main",
    /// "SubnetId"?}], "Routes": [{"DestinationCidrBlock"?, "NatGatewayId"?, "GatewayId"?, "TransitGatewayId"?,
    /// "NetworkInterfaceId"?, "State"}]}`.
    RouteTables {
        /// The VPC's id.
        vpc: String,
    },
    /// `ec2 describe-security-group-rules`, its `SecurityGroupRules`: an array of `{"GroupId", "IsEgress", "IpProtocol",
    /// "FromPort", "ToPort", "CidrIpv4"?, "ReferencedGroupInfo"?: {"GroupId"}}`.
    SecurityGroupRules {
        /// The groups.
        groups: Vec<String>,
    },
    /// `ecr describe-images` and `batch-get-image` of one tag: `{"imageDigest", "architectures": [text]}`; an image or
    /// repository that is not there is absent.
    Image {
        /// The repository's name.
        repository: String,
        /// The tag.
        tag: String,
    },
}

/// Records in DNS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dns {
    /// The name.
    pub name: String,
    /// Of which type.
    pub kind: RecordKind,
    /// The resolver that is asked; none for the system's. See [`resolver_address`].
    pub server: Option<SocketAddr>,
}

/// A resolver's address as the profile has it: an IP address, with or without a port.
pub fn resolver_address(text: &str) -> Option<SocketAddr> {
    text.parse().ok().or_else(|| text.parse().ok().map(|address: IpAddr| SocketAddr::new(address, 53)))
}

/// A type of DNS records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// Name servers.
    Ns,
    /// IPv4 and IPv6 addresses.
    Address,
}

/// A TLS connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tls {
    /// Name or address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How it begins.
    pub protocol: TlsProtocol,
}

/// How a TLS connection begins, and whom it trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TlsProtocol {
    /// With PostgreSQL's `SSLRequest`; the trust anchors are those of `--ca-bundle`, or Amazon's RDS roots.
    Postgres,
    /// At once; the system's trust anchors.
    Direct,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A document.
    Json(Value),
    /// There is no such thing.
    Absent(Absent),
    /// What is in a secret.
    Secret(SecretContent),
    /// What the resolver said: the addresses, or none where the name does not exist.
    Addresses(Vec<IpAddr>),
    /// Records, in the form of a zone file; none where there is none.
    Records(Vec<String>),
    /// What a port did.
    Tcp(TcpAnswer),
    /// What TLS did.
    Tls(TlsAnswer),
    /// What HTTP did.
    Http(HttpAnswer),
    /// What PostgreSQL did.
    Postgres(PostgresAnswer),
}

/// In what way something is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The object.
    Object,
    /// The kind of object: the API group, or the resource in it, is not served (no operator is installed).
    Kind,
}

/// What is in a secret, without its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretContent {
    /// The version's id.
    pub version: String,
    /// Whether it has a current value (`AWSCURRENT`) at all.
    pub has_value: bool,
    /// Whether it is one JSON object.
    pub is_object: bool,
    /// Its keys, and what is behind each. A text that is no JSON object is under the empty key.
    pub keys: BTreeMap<String, ValueState>,
    /// Who would log in where, if it says so.
    pub login: Option<LoginFacts>,
}

/// What is behind a key of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueState {
    /// Something.
    Present,
    /// Nothing: an empty text, or null.
    Empty,
    /// A text that stands for one yet to come.
    Placeholder,
}

/// All of a database secret but its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginFacts {
    /// The role.
    pub username: String,
    /// The server's host name or address.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// The database.
    pub dbname: String,
    /// The instance's name, where the secret has it.
    pub instance: Option<String>,
}

/// What a port did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TcpAnswer {
    /// It took the connection.
    Open {
        /// Where it is.
        peer: IpAddr,
    },
    /// It refused.
    Refused {
        /// Where it is.
        peer: IpAddr,
    },
    /// It did not answer.
    TimedOut {
        /// Where it should be.
        peer: IpAddr,
        /// The address that asked.
        local: Option<IpAddr>,
    },
    /// There is no way there; the system's word.
    Unreachable(String),
    /// The name does not exist.
    NoSuchHost,
}

/// What TLS did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsAnswer {
    /// It came about.
    Established(Certificate),
    /// It did not.
    Failed(ConnectFault),
}

/// A server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Until when it is valid, in seconds since 1970.
    pub not_after: i64,
    /// Who signed it.
    pub issuer: String,
    /// The names that it is for.
    pub names: Vec<String>,
}

/// What HTTP did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpAnswer {
    /// An answer.
    Answered {
        /// The status.
        status: u16,
        /// The media type, without parameters.
        content_type: String,
        /// Where it sends to, if it does.
        location: Option<String>,
        /// Its first 64 KiB, as text.
        body: String,
    },
    /// None.
    Failed(platform::aws::NetworkFault),
}

/// What PostgreSQL did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostgresAnswer {
    /// It took the login; what it says of the role.
    Open(Box<RoleFacts>),
    /// It did not.
    Failed(ConnectFault),
}

/// What PostgreSQL says of a role that has logged in, and of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a right that the server tells")]
pub struct RoleFacts {
    /// The role.
    pub role: String,
    /// The database.
    pub database: String,
    /// `server_version_num`, such as 150018.
    pub version: u32,
    /// `rolcanlogin`.
    pub can_login: bool,
    /// `rolcreatedb`, or a superuser.
    pub can_create_databases: bool,
    /// `CONNECT` on the database.
    pub may_connect: bool,
    /// `CREATE` on the database.
    pub may_create_schemas: bool,
    /// `CREATE` on the schema `public`.
    pub may_create_in_public: bool,
    /// Whether it owns the database.
    pub owns_database: bool,
    /// `pg_is_in_recovery()`: a read replica.
    pub in_recovery: bool,
    /// `max_connections`.
    pub max_connections: u32,
    /// Those that ordinary roles cannot have.
    pub reserved_connections: u32,
    /// Those in use, without the one that asked.
    pub used_connections: u32,
}
