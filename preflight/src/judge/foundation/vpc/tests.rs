use serde_json::{Value, json};

use crate::check::Tier;
use crate::inputs::Inputs;
use crate::judge::foundation::example::{cluster, no_cluster};
use crate::look::{Aws, Look};
use crate::scope::{Scope, example};
use crate::verdict::{Finding, Short, Verdict};
use crate::view::example::Seen;

const ID: &str = "fnd.vpc";

fn scope() -> Scope {
    example::persistent(Tier::Cluster)
}

fn vpc() -> String {
    "vpc-1".to_owned()
}

fn subnet(id: &str, zone: &str, is_public: bool) -> Value {
    json!({"SubnetId": id, "AvailabilityZone": zone, "CidrBlock": "10.0.0.0/24", "MapPublicIpOnLaunch": is_public})
}

fn table(id: &str, subnets: &[&str], is_main: bool, route: &Value) -> Value {
    let mut associations: Vec<Value> =
        subnets.iter().map(|subnet| json!({"Main": false, "SubnetId": subnet})).collect();
    if is_main {
        associations.push(json!({"Main": true}));
    }
    let local = json!({"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"});
    let routes: Vec<&Value> = [&local, route].into_iter().filter(|route| !route.is_null()).collect();
    json!({"RouteTableId": id, "Associations": associations, "Routes": routes})
}

fn to(target: &str, id: &str) -> Value {
    json!({"DestinationCidrBlock": "0.0.0.0/0", target: id, "State": "active"})
}

fn nat() -> Value {
    to("NatGatewayId", "nat-1")
}

fn subnets() -> Value {
    json!([
        subnet("subnet-a", "eu-west-2a", false),
        subnet("subnet-b", "eu-west-2b", false),
        subnet("subnet-p", "eu-west-2a", true),
        subnet("subnet-db", "eu-west-2a", false),
    ])
}

/// Tables in which the two private subnets go by `route`, the public one to the internet, the database's nowhere.
fn tables(route: &Value) -> Value {
    json!([
        table("rtb-private", &["subnet-a", "subnet-b"], false, route),
        table("rtb-public", &["subnet-p"], false, &to("GatewayId", "igw-1")),
        table("rtb-main", &[], true, &Value::Null),
    ])
}

fn network(seen: Seen, subnets: Value, tables: Value) -> Seen {
    seen.aws(Aws::Vpc { id: vpc() }, json!([{"VpcId": "vpc-1", "State": "available"}]))
        .aws(Aws::Subnets { vpc: vpc() }, subnets)
        .aws(Aws::RouteTables { vpc: vpc() }, tables)
}

fn fails(subnets: Value, tables: Value) -> Finding {
    match network(cluster(Seen::default()), subnets, tables).judge(&scope(), ID) {
        Ok(Verdict::Fail(finding)) => finding,
        other => panic!("should fail: {other:?}"),
    }
}

#[test]
fn two_private_subnets_with_a_way_out_pass() {
    for route in [nat(), to("TransitGatewayId", "tgw-1"), to("NetworkInterfaceId", "eni-1"), to("GatewayId", "vgw-1")] {
        network(cluster(Seen::default()), subnets(), tables(&route)).passes(&scope(), ID);
    }
}

#[test]
fn a_subnet_without_a_table_goes_by_the_main_one() {
    let tables = json!([
        table("rtb-public", &["subnet-p"], false, &to("GatewayId", "igw-1")),
        table("rtb-main", &[], true, &nat()),
    ]);
    network(cluster(Seen::default()), subnets(), tables).passes(&scope(), ID);
}

#[test]
fn a_private_subnet_without_a_way_out_is_named() {
    let none = fails(subnets(), tables(&Value::Null));
    assert_eq!(none.reason, "no_egress");
    assert_eq!(none.summary, "subnet subnet-a has no 0.0.0.0/0 route to a NAT gateway: nodes there cannot pull images");
    assert!(none.remedy.unwrap().contains("rtb-private"));
    assert_eq!(none.evidence.len(), 3, "the database's subnet is none of the cluster's");
    let gone = json!({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-0", "State": "blackhole"});
    let gone = fails(subnets(), tables(&gone));
    assert_eq!(gone.reason, "blackhole");
    assert!(gone.summary.contains("nat-0"), "{}", gone.summary);
    let untold = fails(subnets(), json!([]));
    assert_eq!(untold.reason, "no_egress");
}

#[test]
fn a_cluster_may_name_subnets_that_its_nodes_are_not_in() {
    let mut all = subnets();
    let nodes = [subnet("subnet-n", "eu-west-2a", false), subnet("subnet-m", "eu-west-2b", false)];
    all.as_array_mut().unwrap().extend(nodes);
    let mut routes = tables(&Value::Null);
    routes.as_array_mut().unwrap().push(table("rtb-nodes", &["subnet-n", "subnet-m"], false, &nat()));
    let judged = network(cluster(Seen::default()), all.clone(), routes).judge(&scope(), ID);
    assert!(matches!(&judged, Ok(Verdict::Warn(finding)) if finding.reason == "no_egress"), "{judged:?}");
    // One of them with a way out, and they are the nodes': then each of them must have one.
    let half = json!([
        table("rtb-a", &["subnet-a"], false, &nat()),
        table("rtb-nodes", &["subnet-n", "subnet-m"], false, &nat()),
        table("rtb-public", &["subnet-p"], false, &to("GatewayId", "igw-1")),
    ]);
    assert_eq!(fails(all, half).reason, "no_egress");
}

#[test]
fn too_few_subnets_or_zones_fail() {
    let internet = fails(subnets(), tables(&to("GatewayId", "igw-1")));
    assert_eq!(internet.reason, "too_few_subnets", "a subnet at an internet gateway is public");
    let one_zone = json!([subnet("subnet-a", "eu-west-2a", false), subnet("subnet-b", "eu-west-2a", false)]);
    let one_zone = fails(one_zone, tables(&nat()));
    assert_eq!(one_zone.reason, "too_few_subnets");
    assert!(one_zone.summary.contains("2 private subnets of the cluster's with a way out, in 1 zones"));
    assert_eq!(fails(json!([]), tables(&nat())).reason, "too_few_subnets");
}

#[test]
fn a_cluster_or_vpc_that_is_not_there_fails() {
    assert_eq!(no_cluster(Seen::default()).fails(&scope(), ID), "no_cluster");
    let gone = cluster(Seen::default())
        .no_aws(Aws::Vpc { id: vpc() })
        .aws(Aws::Subnets { vpc: vpc() }, json!([]))
        .aws(Aws::RouteTables { vpc: vpc() }, json!([]));
    assert_eq!(gone.fails(&scope(), ID), "no_vpc");
}

#[test]
fn before_there_is_a_cluster_the_profile_may_name_the_vpc() {
    let mut before = scope();
    before.asked.cluster = false;
    assert!(matches!(no_cluster(Seen::default()).judge(&before, ID), Ok(Verdict::Skip(_))));
    before.profile.cluster.vpc_id = vpc();
    network(no_cluster(Seen::default()), subnets(), tables(&nat())).passes(&before, ID);
    let cut_off = network(no_cluster(Seen::default()), subnets(), tables(&Value::Null));
    assert_eq!(cut_off.fails(&before, ID), "too_few_subnets");
    before.inputs = Inputs::default();
    network(Seen::default(), subnets(), tables(&nat())).passes(&before, ID);
}

#[test]
fn what_cannot_be_looked_at_is_no_pass() {
    let looks = [Aws::Vpc { id: vpc() }, Aws::Subnets { vpc: vpc() }, Aws::RouteTables { vpc: vpc() }];
    for look in looks {
        let seen = network(cluster(Seen::default()), subnets(), tables(&nat())).cannot(Look::Aws(look.clone()));
        assert!(matches!(seen.judge(&scope(), ID), Err(Short::Cannot(_))), "{look:?}");
    }
    let denied = Seen::default().cannot(Look::Aws(Aws::Cluster { name: "goldenpath-dev-eks".to_owned() }));
    assert!(matches!(denied.judge(&scope(), ID), Err(Short::Cannot(_))));
    let mut nameless = scope();
    nameless.inputs = Inputs::default();
    assert!(matches!(Seen::default().judge(&nameless, ID), Err(Short::Cannot(cannot)) if cannot.reason == "input"));
    let vpcless =
        Seen::default().aws(Aws::Cluster { name: "goldenpath-dev-eks".to_owned() }, json!({"status": "CREATING"}));
    assert!(matches!(vpcless.judge(&scope(), ID), Err(Short::Cannot(_))));
}
