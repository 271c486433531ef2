//! EC2, EKS, ECR and S3: what is sent, and what comes of the answers.

use serde_json::{Value, json};

use super::stage::{Stage, said, stage};
use crate::look::{Absent, Answer, Aws};

const VPCS: &str = include_str!("vpcs.xml");
const SUBNETS: &str = include_str!("subnets.xml");
const ROUTE_TABLES: &str = include_str!("route_tables.xml");
const SECURITY_GROUP_RULES: &str = include_str!("security_group_rules.xml");
const CLUSTER: &str = include_str!("cluster.json");

async fn json_of(stage: &Stage, question: Aws) -> Value {
    match stage.probe.look(&question).await {
        Ok(Answer::Json(value)) => value,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_call_is_signed_for_its_service_and_region() {
    let stage = stage(|_| said(200, SUBNETS));
    json_of(&stage, Aws::Subnets { vpc: "vpc-1".to_owned() }).await;
    let [asked] = &stage.asked()[..] else { panic!("{:?}", stage.asked()) };
    assert_eq!((asked.method.as_str(), asked.uri.as_str()), ("POST", "https://ec2.eu-west-2.amazonaws.com/"));
    let form = "Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1";
    assert_eq!(asked.body, form);
    assert_eq!(asked.header("content-type"), "application/x-www-form-urlencoded; charset=utf-8");
    let authorization = asked.header("authorization");
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/"), "{authorization}");
    assert!(authorization.contains("/eu-west-2/ec2/aws4_request, SignedHeaders="), "{authorization}");
    for signed in ["content-type", "host", "x-amz-date", "x-amz-security-token"] {
        assert!(authorization.contains(signed), "{signed}: {authorization}");
    }
    assert_eq!(asked.header("x-amz-security-token"), "a session");
    assert!(asked.header("user-agent").starts_with("preflight/"));
}

#[tokio::test]
async fn a_vpc_has_its_blocks() {
    let expected = json!([{
        "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "State": "available",
        "CidrBlockAssociationSet": [{"CidrBlock": "10.0.0.0/16"}, {"CidrBlock": "10.1.0.0/16"}],
    }]);
    let there = stage(|_| said(200, VPCS));
    assert_eq!(json_of(&there, Aws::Vpc { id: "vpc-1".to_owned() }).await, expected);
    assert!(there.asked()[0].body.ends_with("&VpcId.1=vpc-1"));
    let gone =
        "<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>no</Message></Error></Errors></Response>";
    let gone = stage(move |_| said(400, gone));
    assert_eq!(gone.probe.look(&Aws::Vpc { id: "vpc-2".to_owned() }).await, Ok(Answer::Absent(Absent::Object)));
}

#[tokio::test]
async fn subnets_have_their_tags() {
    let subnets = json_of(&stage(|_| said(200, SUBNETS)), Aws::Subnets { vpc: "vpc-1".to_owned() }).await;
    let first = json!({
        "SubnetId": "subnet-0", "AvailabilityZone": "eu-west-2a", "CidrBlock": "10.0.0.0/24",
        "MapPublicIpOnLaunch": false,
        "Tags": [{"Key": "Name", "Value": "sub & <0>"}, {"Key": "kubernetes.io/role/internal-elb", "Value": "1"}],
    });
    assert_eq!(subnets[0], first);
    assert_eq!(subnets.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_route_table_has_its_routes() {
    let tables = json_of(&stage(|_| said(200, ROUTE_TABLES)), Aws::RouteTables { vpc: "vpc-1".to_owned() }).await;
    assert_eq!(tables[0]["Associations"], json!([{"Main": true}]));
    assert_eq!(tables[1]["Associations"][1], json!({"Main": false, "SubnetId": "subnet-1"}));
    let nat = json!({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-7b19d3109744a56d2", "State": "active"});
    assert_eq!(tables[1]["Routes"][2], nat);
    assert_eq!(tables[2]["Routes"][2]["GatewayId"], "igw-2a0a18398d692df74");
    assert_eq!(tables[2]["Routes"][3]["TransitGatewayId"], "tgw-016a4182e468cbeb5");
}

#[tokio::test]
async fn rules_name_ports_and_sources() {
    let groups = vec!["sg-0".to_owned(), "sg-1".to_owned()];
    let stage = stage(|_| said(200, SECURITY_GROUP_RULES));
    let expected = json!([
        {"GroupId": "sg-0", "IsEgress": true, "IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv4": "0.0.0.0/0"},
        {"GroupId": "sg-0", "IsEgress": false, "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432,
         "CidrIpv4": "10.0.0.0/16"},
        {"GroupId": "sg-0", "IsEgress": false, "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432,
         "ReferencedGroupInfo": {"GroupId": "sg-1"}},
    ]);
    assert_eq!(json_of(&stage, Aws::SecurityGroupRules { groups }).await, expected);
    assert!(stage.asked()[0].body.ends_with("Filter.1.Name=group-id&Filter.1.Value.1=sg-0&Filter.1.Value.2=sg-1"));
    assert_eq!(json_of(&stage, Aws::SecurityGroupRules { groups: Vec::new() }).await, json!([]));
    assert_eq!(stage.asked().len(), 1);
}

#[tokio::test]
async fn pages_are_followed() {
    let page =
        |items: &str, token: &str| format!("<R><subnetSet>{items}</subnetSet><nextToken>{token}</nextToken></R>");
    let stage = stage(move |asked| match asked.body.contains("NextToken=a%2Fb%3D") {
        true => said(200, page("<item><subnetId>subnet-2</subnetId></item>", "")),
        false => said(200, page("<item><subnetId>subnet-1</subnetId></item>", "a/b=")),
    });
    let expected = json!([{"SubnetId": "subnet-1"}, {"SubnetId": "subnet-2"}]);
    assert_eq!(json_of(&stage, Aws::Subnets { vpc: "vpc-1".to_owned() }).await, expected);
}

#[tokio::test]
async fn a_cluster_tells_its_issuer_and_network() {
    let stage = stage(|_| said(200, CLUSTER));
    let cluster = json_of(&stage, Aws::Cluster { name: "golden/path".to_owned() }).await;
    assert_eq!(cluster["identity"]["oidc"]["issuer"], "https://oidc.eks.eu-west-2.amazonaws.com/id/Cq9WXKzJM1");
    assert_eq!(cluster["resourcesVpcConfig"]["vpcId"], "vpc-1");
    assert_eq!((&cluster["version"], &cluster["status"]), (&json!("1.29"), &json!("ACTIVE")));
    assert_eq!(cluster.get("endpoint"), None);
    let asked = &stage.asked()[0];
    assert_eq!(asked.uri, "https://eks.eu-west-2.amazonaws.com/clusters/golden%2Fpath");
    assert_eq!(asked.method, "GET");
}

#[tokio::test]
async fn add_ons_are_listed_and_each_is_described() {
    let addon = |name: &str, issues: &Value| json!({"addon": {"addonName": name, "status": "DEGRADED", "addonVersion": "v1", "health": {"issues": issues}}});
    let issue = json!([{"code": "InsufficientNumberOfReplicas", "message": "m", "resourceIds": []}]);
    let stage = stage(move |asked| match asked.uri.rsplit("/clusters/c/").next().unwrap_or_default() {
        "addons?maxResults=100" => said(200, r#"{"addons": ["coredns", "gone"], "nextToken": "t+1"}"#),
        "addons?maxResults=100&nextToken=t%2B1" => said(200, r#"{"addons": ["vpc-cni"], "nextToken": null}"#),
        "addons/coredns" => said(200, addon("coredns", &issue).to_string()),
        "addons/vpc-cni" => said(200, addon("vpc-cni", &json!([])).to_string()),
        _ => said(404, r#"{"message": "No addon"}"#).with("x-amzn-errortype", "ResourceNotFoundException"),
    });
    let addons = json_of(&stage, Aws::Addons { cluster: "c".to_owned() }).await;
    assert_eq!(addons.as_array().unwrap().len(), 2);
    assert_eq!(addons[0]["health"]["issues"][0]["code"], "InsufficientNumberOfReplicas");
    assert_eq!(addons[1]["addonName"], "vpc-cni");
}

#[tokio::test]
async fn an_image_tells_its_architectures() {
    let list = json!({"manifests": [{"platform": {"architecture": "arm64"}}, {"platform": {"architecture": "amd64"}}]});
    let stage = stage(move |asked| match asked.is("DescribeImages") {
        true => said(
            200,
            json!({"imageDetails": [{"imageDigest": "sha256:1", "imageTags": ["v1"],
            "imageManifestMediaType": "application/vnd.oci.image.index.v1+json"}]})
            .to_string(),
        ),
        false => said(200, json!({"images": [{"imageManifest": list.to_string()}], "failures": []}).to_string()),
    });
    let question = Aws::Image { repository: "backstage".to_owned(), tag: "v1".to_owned() };
    assert_eq!(
        json_of(&stage, question).await,
        json!({"imageDigest": "sha256:1", "architectures": ["amd64", "arm64"]})
    );
    let asked = &stage.asked()[0];
    assert_eq!(asked.uri, "https://api.ecr.eu-west-2.amazonaws.com/");
    assert_eq!(asked.header("x-amz-target"), "AmazonEC2ContainerRegistry_V20150921.DescribeImages");
    assert_eq!(asked.header("content-type"), "application/x-amz-json-1.1");
    assert!(asked.header("authorization").contains("/eu-west-2/ecr/aws4_request"));
}

#[tokio::test]
async fn one_image_is_not_fetched_for_what_its_manifest_does_not_say() {
    let detail = r#"{"imageDetails": [{"imageDigest": "sha256:1",
        "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json"}]}"#;
    let there = stage(move |_| said(200, detail));
    let question = Aws::Image { repository: "backstage".to_owned(), tag: "v1".to_owned() };
    assert_eq!(json_of(&there, question.clone()).await, json!({"imageDigest": "sha256:1", "architectures": []}));
    assert_eq!(there.asked().len(), 1);
    for code in ["RepositoryNotFoundException", "ImageNotFoundException"] {
        let gone = stage(move |_| said(400, json!({"__type": code, "message": "no"}).to_string()));
        assert_eq!(gone.probe.look(&question).await, Ok(Answer::Absent(Absent::Object)), "{code}");
    }
}

#[tokio::test]
async fn a_bucket_is_there_elsewhere_or_somebody_elses() {
    for (status, region) in [(200, "eu-west-2"), (301, "eu-central-1"), (400, "eu-central-1"), (403, "eu-west-2")] {
        let stage = stage(move |_| said(status, "").with("x-amz-request-id", "1").with("x-amz-bucket-region", region));
        let seen = json_of(&stage, Aws::Bucket { name: "loki".to_owned() }).await;
        assert_eq!(seen, json!({"Status": status, "BucketRegion": region}));
        let asked = &stage.asked()[0];
        assert_eq!((asked.method.as_str(), asked.uri.as_str()), ("HEAD", "https://loki.s3.eu-west-2.amazonaws.com/"));
        assert!(!asked.header("x-amz-content-sha256").is_empty());
    }
    let gone = stage(|_| said(404, "").with("x-amz-request-id", "1"));
    let question = Aws::Bucket { name: "loki".to_owned() };
    assert_eq!(gone.probe.look(&question).await, Ok(Answer::Absent(Absent::Object)));
    let expired = stage(|_| said(400, "").with("x-amz-request-id", "1").with("x-amz-bucket-region", "eu-west-2"));
    assert_eq!(expired.probe.look(&question).await.unwrap_err().reason, "protocol");
    let proxy = stage(|_| said(404, "").with("server", "squid"));
    assert_eq!(proxy.probe.look(&question).await.unwrap_err().reason, "protocol");
}
