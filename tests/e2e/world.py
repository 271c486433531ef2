"""Fills moto's server with what Golden Path's Terraform makes in AWS, and puts it in disorder.

    world.py URL fill STATE HOST PORT NETWORK   # writes STATE, which aws.py reads
    world.py URL FAULT                          # one of those below; a second time takes it back

Needs boto3, which comes with moto.
"""

import json
import sys

import boto3
from botocore.config import Config

URL, COMMAND = sys.argv[1:3]
REGION, ACCOUNT, CLUSTER = "eu-west-2", "123456789012", "goldenpath-dev-eks"
ZONE, OWNER = "goldenpathidp.io", "goldenpath-dev"
ISSUER = "oidc.eks.eu-west-2.amazonaws.com/id/AAAA1111"
SECRETS = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:goldenpath/*"
# Role, service account, and what it may do.
ROLES = {
    "eso-role": ("external-secrets:external-secrets", ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], SECRETS),
    "external-dns": ("kube-system:external-dns", ["route53:*"], "*"),
    "aws-load-balancer-controller": ("kube-system:aws-load-balancer-controller", ["elasticloadbalancing:*"], "*"),
    "cluster-autoscaler": ("kube-system:cluster-autoscaler", ["autoscaling:*"], "*"),
    "rds-provisioner": ("platform-system:platform-provisioner", ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], SECRETS),
}


def client(service):
    keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "e2e"}
    return boto3.client(service, endpoint_url=URL, region_name=REGION, config=Config(retries={"max_attempts": 1}), **keys)


def role(name):
    return f"goldenpath-idp-{name}"


def allow(name):
    _, actions, resource = ROLES[name]
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]}
    client("iam").put_role_policy(RoleName=role(name), PolicyName="access", PolicyDocument=json.dumps(document))


def roles():
    iam = client("iam")
    url = {"Url": f"https://{ISSUER}", "ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": ["a" * 40]}
    provider = iam.create_open_id_connect_provider(**url)["OpenIDConnectProviderArn"]
    for name, (account, _, _) in ROLES.items():
        condition = {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": f"system:serviceaccount:{account}"}
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": provider},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {"StringEquals": condition},
                }
            ],
        }
        iam.create_role(RoleName=role(name), AssumeRolePolicyDocument=json.dumps(trust))
        allow(name)


def network(cidr):
    """A VPC with two private subnets and a NAT gateway in a public one."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
    base = cidr.split(".0.0/")[0]
    subnets = []
    for index, zone in enumerate(["a", "b", "a"]):
        part = {"CidrBlock": f"{base}.{index * 64}.0/18", "AvailabilityZone": REGION + zone}
        subnets.append(ec2.create_subnet(VpcId=vpc, **part)["Subnet"]["SubnetId"])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnets[2], AllocationId=address)["NatGateway"]["NatGatewayId"]
    for own, way in [(subnets[:2], {"NatGatewayId": nat}), (subnets[2:], {"GatewayId": gateway})]:
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **way)
        for subnet in own:
            ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    ec2.modify_subnet_attribute(SubnetId=subnets[2], MapPublicIpOnLaunch={"Value": True})
    group = ec2.create_security_group(GroupName="database", Description="database", VpcId=vpc)["GroupId"]
    return vpc, subnets, group


def zone_id():
    return client("route53").list_hosted_zones()["HostedZones"][0]["Id"].split("/")[-1]


def records(action, *records):
    changes = [{"Action": action, "ResourceRecordSet": record} for record in records]
    client("route53").change_resource_record_sets(HostedZoneId=zone_id(), ChangeBatch={"Changes": changes})


def registry(name, owner):
    value = f'"heritage=external-dns,external-dns/owner={owner},external-dns/resource=service/kong-system/dev-kong-kong-proxy"'
    return {"Name": name, "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": value}]}


# As the platform's ExternalDNS names its registry's records: its prefix before the first label.
WILDCARD = f"external-dns*.dev.{ZONE}"


def wildcard(host):
    return {"Name": f"*.dev.{ZONE}", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": host}]}


def fill(state, host, port, cidr):
    vpc, subnets, group = network(cidr)
    config = {"subnetIds": subnets[:2], "securityGroupIds": [group]}
    client("eks").create_cluster(name=CLUSTER, roleArn=f"arn:aws:iam::{ACCOUNT}:role/cluster", resourcesVpcConfig=config, version="1.29")
    roles()
    client("route53").create_hosted_zone(Name=ZONE, CallerReference="e2e")
    records("UPSERT", wildcard(host), registry(WILDCARD, OWNER))
    rds = client("rds")
    rds.create_db_subnet_group(DBSubnetGroupName="database", DBSubnetGroupDescription="database", SubnetIds=subnets[:2])
    rds.create_db_instance(
        DBInstanceIdentifier="goldenpath-dev-platform-dev",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        EngineVersion="15.8",
        MasterUsername="platform_admin",
        MasterUserPassword="not-used-here",
        AllocatedStorage=20,
        Port=port,
        DBSubnetGroupName="database",
        VpcSecurityGroupIds=[group],
        PubliclyAccessible=False,
    )
    servers = client("route53").get_hosted_zone(Id=zone_id())["DelegationSet"]["NameServers"]
    addons = dict.fromkeys(["coredns", "kube-proxy", "vpc-cni", "aws-ebs-csi-driver"], "ACTIVE")
    with open(state, "w") as file:
        json.dump(
            {"deny": [], "vpc": vpc, "issuer": f"https://{ISSUER}", "addons": addons, "host": host, "name_servers": servers},
            file,
        )


def role_without_policy():
    iam, name = client("iam"), role("external-dns")
    if iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName="access")
    else:
        allow("external-dns")


def secret_without_value():
    """The other one is kept beside, to be put back."""
    secrets, name = client("secretsmanager"), "goldenpath/dev/backstage/secrets"
    kept = secrets.describe_secret(SecretId=name).get("VersionIdsToStages")
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    secrets.create_secret(Name=name, **({} if kept else {"SecretString": '{"token": "x"}'}))


def wildcard_of_another():
    found = client("route53").list_resource_record_sets(HostedZoneId=zone_id())["ResourceRecordSets"]
    values = [value["Value"] for record in found if record["Type"] == "TXT" for value in record["ResourceRecords"]]
    is_own = any(f"owner={OWNER}," in value for value in values)
    records("UPSERT", registry(WILDCARD, "goldenpath-dev-26-01-22-01" if is_own else OWNER))


FAULTS = {
    "role-without-policy": role_without_policy,
    "secret-without-value": secret_without_value,
    "wildcard-of-another": wildcard_of_another,
}
if COMMAND == "fill":
    fill(sys.argv[3], sys.argv[4], int(sys.argv[5]), sys.argv[6])
else:
    FAULTS[COMMAND]()
