//! RDS: database instances.

use serde_json::Value;

use super::endpoint::RDS;
use super::missed::Subject;
use super::query::{Api, Listing};
use super::xml::Field;
use super::{Clients, Seen};
use Field::{Flag, List, Number, Object, Text};

const API: Api = Api { service: &RDS, version: "2014-10-31", token: "Marker" };

const INSTANCES: Listing = Listing {
    api: &API,
    operation: "DescribeDBInstances",
    action: "rds:DescribeDBInstances",
    in_xml: "DBInstances",
    fields: &[
        Text("DBInstanceIdentifier"),
        Text("DBInstanceStatus"),
        // It has none before it is made.
        Object("Endpoint", &[Text("Address"), Number("Port")]),
        Text("EngineVersion"),
        Flag("PubliclyAccessible"),
        Object("DBSubnetGroup", &[Text("VpcId")]),
        List("VpcSecurityGroups", "VpcSecurityGroups", &[Text("VpcSecurityGroupId"), Text("Status")]),
    ],
};

impl Clients {
    /// One instance, or all where `id` is empty.
    pub(super) async fn database_instances(&self, id: &str) -> Seen {
        let one = Some(id).filter(|id| !id.is_empty());
        let words = one.map_or("the database instances".to_owned(), |id| format!("the database instance {id}"));
        let subject = Subject::new(words, self.place.arn("rds", &format!("db:{}", one.unwrap_or("*"))));
        let parameters = one.map(|id| ("DBInstanceIdentifier".to_owned(), id.to_owned())).into_iter().collect();
        INSTANCES.ask(&self.signed, &parameters, &subject).await.map(Value::Array)
    }
}
