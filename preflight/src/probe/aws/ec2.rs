//! EC2: networks, and what may pass there.

use serde_json::Value;

use super::endpoint::EC2;
use super::missed::{Missed, Subject};
use super::query::{Api, Listing, Parameters};
use super::xml::Field;
use super::{Clients, Seen};
use Field::{Flag, List, Number, Object, Text};

const API: Api = Api { service: &EC2, version: "2016-11-15", token: "NextToken" };

const VPCS: Listing = Listing {
    api: &API,
    operation: "DescribeVpcs",
    action: "ec2:DescribeVpcs",
    in_xml: "vpcSet",
    fields: &[
        Text("VpcId"),
        Text("CidrBlock"),
        Text("State"),
        List("CidrBlockAssociationSet", "cidrBlockAssociationSet", &[Text("CidrBlock")]),
    ],
};
const SUBNETS: Listing = Listing {
    api: &API,
    operation: "DescribeSubnets",
    action: "ec2:DescribeSubnets",
    in_xml: "subnetSet",
    fields: &[
        Text("SubnetId"),
        Text("AvailabilityZone"),
        Text("CidrBlock"),
        Flag("MapPublicIpOnLaunch"),
        List("Tags", "tagSet", &[Text("Key"), Text("Value")]),
    ],
};
const ROUTE_TABLES: Listing = Listing {
    api: &API,
    operation: "DescribeRouteTables",
    action: "ec2:DescribeRouteTables",
    in_xml: "routeTableSet",
    fields: &[
        Text("RouteTableId"),
        List("Associations", "associationSet", &[Flag("Main"), Text("SubnetId")]),
        List(
            "Routes",
            "routeSet",
            &[
                Text("DestinationCidrBlock"),
                Text("NatGatewayId"),
                Text("GatewayId"),
                Text("TransitGatewayId"),
                Text("NetworkInterfaceId"),
                Text("State"),
            ],
        ),
    ],
};
const SECURITY_GROUP_RULES: Listing = Listing {
    api: &API,
    operation: "DescribeSecurityGroupRules",
    action: "ec2:DescribeSecurityGroupRules",
    in_xml: "securityGroupRuleSet",
    fields: &[
        Text("GroupId"),
        Flag("IsEgress"),
        Text("IpProtocol"),
        Number("FromPort"),
        Number("ToPort"),
        Text("CidrIpv4"),
        Object("ReferencedGroupInfo", &[Text("GroupId")]),
    ],
};

impl Clients {
    pub(super) async fn vpc(&self, id: &str) -> Seen {
        let found = self.ec2(&VPCS, vec![("VpcId.1".to_owned(), id.to_owned())], &format!("the VPC {id}")).await?;
        if found.is_empty() { Err(Missed::Absent) } else { Ok(Value::Array(found)) }
    }

    pub(super) async fn subnets(&self, vpc: &str) -> Seen {
        let of = filter("vpc-id", [vpc]);
        Ok(Value::Array(self.ec2(&SUBNETS, of, &format!("the subnets of the VPC {vpc}")).await?))
    }

    pub(super) async fn route_tables(&self, vpc: &str) -> Seen {
        let of = filter("vpc-id", [vpc]);
        Ok(Value::Array(self.ec2(&ROUTE_TABLES, of, &format!("the route tables of the VPC {vpc}")).await?))
    }

    pub(super) async fn security_group_rules(&self, groups: &[String]) -> Seen {
        if groups.is_empty() {
            return Ok(Value::Array(Vec::new()));
        }
        let of = filter("group-id", groups.iter().map(String::as_str));
        let words = format!("the rules of {}", groups.join(", "));
        Ok(Value::Array(self.ec2(&SECURITY_GROUP_RULES, of, &words).await?))
    }

    async fn ec2(&self, listing: &Listing, parameters: Parameters, words: &str) -> Result<Vec<Value>, Missed> {
        // None of these actions knows resources.
        listing.ask(&self.signed, &parameters, &Subject::new(words, "*")).await
    }
}

fn filter<'a>(name: &str, values: impl IntoIterator<Item = &'a str>) -> Parameters {
    let values = values.into_iter().enumerate();
    let values = values.map(|(index, value)| (format!("Filter.1.Value.{}", index + 1), value.to_owned()));
    std::iter::once(("Filter.1.Name".to_owned(), name.to_owned())).chain(values).collect()
}
