//! Route 53 and RDS.

use serde_json::json;

use super::stage::{said, stage};
use crate::look::{Absent, Answer, Aws};

fn records(sets: &str, rest: &str) -> String {
    format!(
        "<ListResourceRecordSetsResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ResourceRecordSets>\
         {sets}</ResourceRecordSets>{rest}<MaxItems>300</MaxItems></ListResourceRecordSetsResponse>"
    )
}

#[tokio::test]
async fn records_are_read_to_the_end_by_name_type_and_identifier() {
    let first = "<ResourceRecordSet><Name>\\052.dev.example.com.</Name><Type>A</Type><AliasTarget><HostedZoneId>Z2\
        </HostedZoneId><DNSName>lb.</DNSName><EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget>\
        </ResourceRecordSet>";
    let second = "<ResourceRecordSet><Name>a.example.com.</Name><Type>TXT</Type><SetIdentifier>s 2</SetIdentifier>\
        <Weight>1</Weight><TTL>300</TTL><ResourceRecords><ResourceRecord><Value>\"heritage=external-dns\"</Value>\
        </ResourceRecord></ResourceRecords></ResourceRecordSet>";
    let more = "<IsTruncated>true</IsTruncated><NextRecordName>a.example.com.</NextRecordName><NextRecordType>TXT\
        </NextRecordType><NextRecordIdentifier>s 2</NextRecordIdentifier>";
    let stage = stage(move |asked| match asked.uri.contains("identifier=s%202") {
        true => said(200, records(second, "<IsTruncated>false</IsTruncated>")),
        false => said(200, records(first, more)),
    });
    let expected = json!([
        {"Name": "\\052.dev.example.com.", "Type": "A", "AliasTarget": {"DNSName": "lb.", "HostedZoneId": "Z2"}},
        {"Name": "a.example.com.", "Type": "TXT", "SetIdentifier": "s 2", "TTL": 300,
         "ResourceRecords": [{"Value": "\"heritage=external-dns\""}]},
    ]);
    let question = Aws::Records { zone: "Z1".to_owned() };
    assert_eq!(stage.probe.look(&question).await, Ok(Answer::Json(expected)));
    assert!(stage.asked()[1].uri.contains("name=a.example.com.&type=TXT&"), "{}", stage.asked()[1].uri);
}

#[tokio::test]
async fn a_page_that_follows_upon_itself_ends_the_reading() {
    let more = "<IsTruncated>true</IsTruncated><NextRecordName>a.</NextRecordName><NextRecordType>A</NextRecordType>";
    let stage = stage(move |_| said(200, records("", more)));
    let seen = stage.probe.look(&Aws::Records { zone: "Z1".to_owned() }).await.unwrap_err();
    assert_eq!(seen.reason, "protocol");
    assert_eq!(stage.asked().len(), 2);
}

#[tokio::test]
async fn a_private_zone_has_networks_and_no_name_servers() {
    let zone = "<GetHostedZoneResponse><HostedZone><Id>/hostedzone/Z1</Id><Name>example.com.</Name><CallerReference>1\
        </CallerReference><Config><PrivateZone>true</PrivateZone></Config></HostedZone><VPCs><VPC><VPCRegion>eu-west-2\
        </VPCRegion><VPCId>vpc-1</VPCId></VPC></VPCs></GetHostedZoneResponse>";
    let there = stage(move |_| said(200, zone));
    let expected = json!({
        "HostedZone": {"Id": "/hostedzone/Z1", "Name": "example.com.", "Config": {"PrivateZone": true}},
        "VPCs": [{"VPCRegion": "eu-west-2", "VPCId": "vpc-1"}],
    });
    let question = Aws::HostedZone { id: "Z1".to_owned() };
    assert_eq!(there.probe.look(&question).await, Ok(Answer::Json(expected)));
    let gone = "<ErrorResponse><Error><Code>NoSuchHostedZone</Code><Message>no</Message></Error></ErrorResponse>";
    let gone = stage(move |_| said(404, gone));
    assert_eq!(gone.probe.look(&question).await, Ok(Answer::Absent(Absent::Object)));
}

#[tokio::test]
async fn an_instance_that_is_being_made_has_no_endpoint() {
    let instance = "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>\
        <DBInstanceIdentifier>db</DBInstanceIdentifier><DBInstanceStatus>creating</DBInstanceStatus>\
        <EngineVersion>15.8</EngineVersion><PubliclyAccessible>false</PubliclyAccessible><DBSubnetGroup><VpcId>vpc-1\
        </VpcId></DBSubnetGroup><VpcSecurityGroups><VpcSecurityGroupMembership><VpcSecurityGroupId>sg-1\
        </VpcSecurityGroupId><Status>active</Status></VpcSecurityGroupMembership></VpcSecurityGroups></DBInstance>\
        </DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>";
    let there = stage(move |_| said(200, instance));
    let expected = json!([{
        "DBInstanceIdentifier": "db", "DBInstanceStatus": "creating", "EngineVersion": "15.8",
        "PubliclyAccessible": false, "DBSubnetGroup": {"VpcId": "vpc-1"},
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1", "Status": "active"}],
    }]);
    let question = Aws::DatabaseInstances { id: "db".to_owned() };
    assert_eq!(there.probe.look(&question).await, Ok(Answer::Json(expected)));
    let asked = &there.asked()[0];
    assert_eq!(asked.uri, "https://rds.eu-west-2.amazonaws.com/");
    assert_eq!(asked.body, "Action=DescribeDBInstances&Version=2014-10-31&DBInstanceIdentifier=db");
    assert!(asked.header("authorization").contains("/eu-west-2/rds/aws4_request"));
    let gone = "<ErrorResponse><Error><Code>DBInstanceNotFound</Code><Message>no</Message></Error></ErrorResponse>";
    let gone = stage(move |_| said(404, gone));
    assert_eq!(gone.probe.look(&question).await, Ok(Answer::Absent(Absent::Object)));
}

#[tokio::test]
async fn all_instances_are_listed_page_by_page() {
    let page = |name: &str, marker: &str| {
        format!(
            "<R xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><DescribeDBInstancesResult>{marker}<DBInstances>\
             <DBInstance><DBInstanceIdentifier>{name}</DBInstanceIdentifier><Endpoint><Port>5432</Port>\
             <Address>{name}.rds</Address></Endpoint></DBInstance></DBInstances></DescribeDBInstancesResult></R>"
        )
    };
    let there = stage(move |asked| match asked.body.ends_with("&Marker=m%2B1") {
        true => said(200, page("b", "")),
        false => said(200, page("a", "<Marker>m+1</Marker>")),
    });
    let one = |name: &str| json!({"DBInstanceIdentifier": name, "Endpoint": {"Address": format!("{name}.rds"), "Port": 5432}});
    let question = Aws::DatabaseInstances { id: String::new() };
    assert_eq!(there.probe.look(&question).await, Ok(Answer::Json(json!([one("a"), one("b")]))));
}
