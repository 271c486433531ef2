//! Makes the parts of a good world.

use serde_json::{Value, json};

use super::{CLUSTER, COMPONENTS, DOMAIN};
use crate::aws_account::{AwsAccount, REGION, between};

/// The network. Its addresses are those of this machine, so that a server of the tests is in it.
#[derive(Clone, Debug)]
pub struct Network {
    /// The VPC.
    pub vpc: String,
    /// Two private subnets in two zones, and a public one.
    pub subnets: [String; 3],
    /// The route table of the private ones.
    pub private_table: String,
    /// The security group of the nodes.
    pub nodes_group: String,
    /// The security group of the database, which lets the nodes in.
    pub database_group: String,
}

impl Network {
    pub(super) async fn make(account: &AwsAccount) -> Self {
        let ec2 = async |action: &str, parameters: &[(&str, &str)]| account.query("ec2", action, parameters).await;
        let vpc = between(&ec2("CreateVpc", &[("CidrBlock", "127.0.0.0/16")]).await, "vpcId");
        let subnet = async |number: u8, zone: char| {
            let (block, zone) = (format!("127.0.{number}.0/24"), format!("{REGION}{zone}"));
            let parameters = [("VpcId", vpc.as_str()), ("CidrBlock", &block), ("AvailabilityZone", &zone)];
            between(&ec2("CreateSubnet", &parameters).await, "subnetId")
        };
        let subnets = [subnet(1, 'a').await, subnet(2, 'b').await, subnet(3, 'a').await];
        let public = [("SubnetId", subnets[2].as_str()), ("MapPublicIpOnLaunch.Value", "true")];
        ec2("ModifySubnetAttribute", &public).await;
        let gateway = between(&ec2("CreateInternetGateway", &[]).await, "internetGatewayId");
        ec2("AttachInternetGateway", &[("InternetGatewayId", &gateway), ("VpcId", &vpc)]).await;
        let address = between(&ec2("AllocateAddress", &[("Domain", "vpc")]).await, "allocationId");
        let nat = ec2("CreateNatGateway", &[("SubnetId", &subnets[2]), ("AllocationId", &address)]).await;
        let nat = between(&nat, "natGatewayId");
        let table = async |target: (&str, &str), subnets: &[String]| {
            let table = between(&ec2("CreateRouteTable", &[("VpcId", &vpc)]).await, "routeTableId");
            ec2("CreateRoute", &[("RouteTableId", &table), ("DestinationCidrBlock", "0.0.0.0/0"), target]).await;
            for subnet in subnets {
                ec2("AssociateRouteTable", &[("RouteTableId", &table), ("SubnetId", subnet)]).await;
            }
            table
        };
        let private_table = table(("NatGatewayId", &nat), &subnets[..2]).await;
        table(("GatewayId", &gateway), &subnets[2..]).await;
        let group = async |name: &str| {
            let parameters = [("GroupName", name), ("GroupDescription", name), ("VpcId", &vpc)];
            between(&ec2("CreateSecurityGroup", &parameters).await, "groupId")
        };
        let (nodes_group, database_group) = (group("nodes").await, group("database").await);
        let rule = [
            ("GroupId", database_group.as_str()),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", "5432"),
            ("IpPermissions.1.ToPort", "5432"),
            ("IpPermissions.1.Groups.1.GroupId", &nodes_group),
        ];
        ec2("AuthorizeSecurityGroupIngress", &rule).await;
        Self { vpc, subnets, private_table, nodes_group, database_group }
    }
}

/// Gives the issuer of tokens.
pub(super) async fn cluster(account: &AwsAccount, network: &Network) -> String {
    let cluster = json!({
        "name": CLUSTER,
        "roleArn": format!("arn:aws:iam::{}:role/cluster", account.id),
        "resourcesVpcConfig": {"subnetIds": network.subnets, "securityGroupIds": []},
        "version": "1.29",
    });
    let made = account.json("eks", "POST", "/clusters", &cluster).await;
    let url = made["cluster"]["identity"]["oidc"]["issuer"].as_str().expect("an issuer").to_owned();
    let provider = [
        ("Url", url.as_str()),
        ("ClientIDList.member.1", "sts.amazonaws.com"),
        ("ThumbprintList.member.1", "9e99a48a9960b14926bb7f3b02e22da2b0ab7280"),
    ];
    account.query("iam", "CreateOpenIDConnectProvider", &provider).await;
    url.trim_start_matches("https://").to_owned()
}

pub(super) async fn roles(account: &AwsAccount, issuer: &str) {
    for (role, namespace, service_account) in COMPONENTS {
        let trust = trust(account, issuer, &format!("system:serviceaccount:{namespace}:{service_account}"));
        let parameters = [("RoleName", role), ("AssumeRolePolicyDocument", &trust.to_string())];
        account.query("iam", "CreateRole", &parameters).await;
        let policy =
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        let parameters = [("RoleName", role), ("PolicyName", "own"), ("PolicyDocument", &policy.to_string())];
        account.query("iam", "PutRolePolicy", &parameters).await;
    }
}

/// Lets a service account of the cluster take a role.
pub(super) fn trust(account: &AwsAccount, issuer: &str, subject: &str) -> Value {
    let claims = json!({format!("{issuer}:sub"): subject, format!("{issuer}:aud"): "sts.amazonaws.com"});
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": format!("arn:aws:iam::{}:oidc-provider/{issuer}", account.id)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": claims},
    }]})
}

/// Gives the zone's id and its name servers.
pub(super) async fn zone(account: &AwsAccount) -> (String, Vec<String>) {
    let body = format!(
        "<CreateHostedZoneRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Name>{DOMAIN}</Name>\
         <CallerReference>first</CallerReference></CreateHostedZoneRequest>"
    );
    let made = account.rest("route53", "POST", "/2013-04-01/hostedzone", &body).await;
    let servers = made.split("<NameServer>").skip(1).filter_map(|rest| rest.split('<').next()).map(str::to_owned);
    (between(&made, "Id").trim_start_matches("/hostedzone/").to_owned(), servers.collect())
}

pub(super) async fn instance(account: &AwsAccount, network: &Network) {
    let group = [
        ("DBSubnetGroupName", "platform"),
        ("DBSubnetGroupDescription", "platform"),
        ("SubnetIds.SubnetIdentifier.1", &network.subnets[0]),
        ("SubnetIds.SubnetIdentifier.2", &network.subnets[1]),
    ];
    account.query("rds", "CreateDBSubnetGroup", &group).await;
    let instance = [
        ("DBInstanceIdentifier", "goldenpath-dev-platform"),
        ("DBInstanceClass", "db.t3.micro"),
        ("Engine", "postgres"),
        ("EngineVersion", "15.8"),
        ("MasterUsername", "platform_admin"),
        ("MasterUserPassword", "of-no-consequence"),
        ("AllocatedStorage", "20"),
        ("DBSubnetGroupName", "platform"),
        ("VpcSecurityGroupIds.VpcSecurityGroupId.1", &network.database_group),
    ];
    account.query("rds", "CreateDBInstance", &instance).await;
}
