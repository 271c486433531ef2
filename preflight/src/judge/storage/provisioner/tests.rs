use serde_json::{Value, json};

use crate::check::Tier;
use crate::judge::objects::example::{deployment, failure, never_passes_blind, node, skip, warning};
use crate::judge::storage::example::{claim, class, gp2};
use crate::kinds::{CSI_DRIVERS, CSI_NODES, DEPLOYMENTS, NODES, STATEFUL_SETS, STORAGE_CLASSES, VOLUME_CLAIMS};
use crate::scope::Scope;
use crate::scope::example::persistent;
use crate::view::example::Seen;

fn scope() -> Scope {
    persistent(Tier::Observability)
}

struct World {
    classes: Value,
    claims: Value,
    drivers: Value,
    csi_nodes: Value,
    nodes: Value,
    controllers: Value,
}

impl World {
    /// EKS 1.29 with the EBS add-on.
    fn ebs() -> Self {
        Self {
            classes: json!([gp2(true)]),
            claims: json!([]),
            drivers: json!([{"metadata": {"name": "ebs.csi.aws.com"}}, {"metadata": {"name": "efs.csi.aws.com"}}]),
            csi_nodes: json!([{"metadata": {"name": "a"}, "spec": {"drivers": [{"name": "ebs.csi.aws.com", "nodeID": "i-0"}]}}]),
            nodes: json!([node("a")]),
            controllers: json!([deployment("kube-system/ebs-csi-controller", 2, 2)]),
        }
    }

    fn seen(&self) -> Seen {
        Seen::default()
            .objects(STORAGE_CLASSES, self.classes.clone())
            .objects(VOLUME_CLAIMS, self.claims.clone())
            .objects(STATEFUL_SETS, json!([]))
            .objects(CSI_DRIVERS, self.drivers.clone())
            .objects(CSI_NODES, self.csi_nodes.clone())
            .objects(NODES, self.nodes.clone())
            .objects(DEPLOYMENTS, self.controllers.clone())
    }

    fn fails(&self) -> (&'static str, String) {
        failure(self.seen().judge(&scope(), "storage.provisioner"))
    }
}

#[test]
fn a_driver_on_nodes_with_a_controller_passes() {
    never_passes_blind(&World::ebs().seen(), &scope(), "storage.provisioner", "");
}

#[test]
fn stock_gp2_without_the_driver_fails() {
    let mut world = World::ebs();
    world.drivers = json!([{"metadata": {"name": "efs.csi.aws.com"}}]);
    let (reason, summary) = world.fails();
    assert_eq!(reason, "driver_missing");
    assert!(summary.starts_with("driver ebs.csi.aws.com of StorageClass gp2 is not installed"), "{summary}");
}

#[test]
fn a_driver_on_no_node_that_takes_pods_fails() {
    let mut world = World::ebs();
    world.csi_nodes = json!([{"metadata": {"name": "a"}, "spec": {"drivers": null}}]);
    assert_eq!(world.fails().0, "not_on_nodes");
    let mut world = World::ebs();
    world.nodes[0]["spec"]["unschedulable"] = json!(true);
    assert_eq!(world.fails().0, "not_on_nodes");
}

#[test]
fn a_driver_without_its_controller_fails() {
    let mut world = World::ebs();
    world.controllers = json!([deployment("kube-system/coredns", 2, 2)]);
    assert_eq!(world.fails().0, "controller_missing");
    world.controllers = json!([deployment("kube-system/ebs-csi-controller", 2, 0)]);
    let (reason, summary) = world.fails();
    assert_eq!(reason, "controller_down");
    assert!(summary.contains("has 0 of 2 pods ready"), "{summary}");
}

#[test]
fn a_claim_of_a_class_that_is_not_there_fails() {
    let mut world = World::ebs();
    world.claims = json!([claim("monitoring/storage-tempo-0", "Pending", &json!("gp3"))]);
    let (reason, summary) = world.fails();
    assert_eq!(reason, "class_missing");
    assert_eq!(summary, "claim monitoring/storage-tempo-0 names StorageClass gp3, which is not there");
}

#[test]
fn an_older_provisioner_is_not_known_to_work() {
    let mut world = World::ebs();
    world.classes = json!([class("standard", "rancher.io/local-path", true)]);
    assert_eq!(warning(world.seen().judge(&scope(), "storage.provisioner")), "driver_unknown");
}

#[test]
fn a_driver_whose_controller_is_not_in_the_cluster_needs_none() {
    let mut world = World::ebs();
    world.classes = json!([class("auto", "ebs.csi.eks.amazonaws.com", true)]);
    world.drivers = json!([{"metadata": {"name": "ebs.csi.eks.amazonaws.com"}}]);
    world.csi_nodes[0]["spec"]["drivers"][0]["name"] = json!("ebs.csi.eks.amazonaws.com");
    world.seen().passes(&scope(), "storage.provisioner");
}

#[test]
fn without_a_class_in_use_there_is_nothing_to_check() {
    let mut world = World::ebs();
    for classes in [json!([]), json!([gp2(false)]), json!([class("local", "kubernetes.io/no-provisioner", true)])] {
        world.classes = classes;
        assert!(skip(world.seen().judge(&scope(), "storage.provisioner")).contains("no StorageClass is used"));
    }
}
