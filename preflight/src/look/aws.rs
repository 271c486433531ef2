//! Questions to AWS.

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
