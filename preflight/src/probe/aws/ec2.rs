//! EC2: networks, and what may pass there.

use platform::aws::Fault;
use serde_json::Value;

use super::endpoint::EC2;
use super::failure::{another_page, nonsense};
use super::missed::{Missed, Subject};
use super::signed::{Request, encoded};
use super::xml::{Element, Field, list};
use super::{Clients, Seen};
use Field::{Flag, List, Number, Object, Text};

const VERSION: &str = "2016-11-15";

/// A list that EC2 can be asked for.
struct Listing {
    operation: &'static str,
    action: &'static str,
    in_xml: &'static str,
    fields: &'static [Field],
}

const VPCS: Listing = Listing {
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

type Parameters = Vec<(String, String)>;

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
        let subject = Subject::new(words, "*");
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let answer = self.signed.call(request(listing.operation, &parameters, token.as_deref())).await;
            let answer = answer.map_err(subject.fault(listing.action))?;
            let (items, next) = page(&answer.body, listing).map_err(|fault| subject.fault(listing.action)(fault))?;
            found.extend(items);
            token = another_page(token.as_ref(), next).map_err(|fault| subject.fault(listing.action)(fault))?;
            if token.is_none() {
                return Ok(found);
            }
        }
    }
}

fn filter<'a>(name: &str, values: impl IntoIterator<Item = &'a str>) -> Parameters {
    let values = values.into_iter().enumerate();
    let values = values.map(|(index, value)| (format!("Filter.1.Value.{}", index + 1), value.to_owned()));
    std::iter::once(("Filter.1.Name".to_owned(), name.to_owned())).chain(values).collect()
}

fn request(operation: &'static str, parameters: &Parameters, token: Option<&str>) -> Request {
    let fixed = [("Action", operation), ("Version", VERSION)];
    let given = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let all = fixed.into_iter().chain(given).chain(token.map(|token| ("NextToken", token)));
    let form: Vec<String> = all.map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    Request {
        service: &EC2,
        operation,
        method: "POST",
        path: "/".to_owned(),
        headers: vec![("content-type", "application/x-www-form-urlencoded; charset=utf-8".to_owned())],
        body: form.join("&"),
    }
}

/// What is on a page, and the token of the next one.
fn page(body: &str, listing: &Listing) -> Result<(Vec<Value>, Option<String>), Fault> {
    let answer = Element::parse(body).map_err(|error| nonsense(error.to_string()))?;
    let items =
        answer.child(listing.in_xml).ok_or_else(|| nonsense(format!("there is no {} in it", listing.in_xml)))?;
    let token = answer.child("nextToken").map(|token| token.text.clone()).filter(|token| !token.is_empty());
    Ok((list(items, listing.fields), token))
}
