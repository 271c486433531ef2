//! RDS: database instances.

use aws_sdk_rds::types::DbInstance;
use serde_json::{Value, json};

use super::missed::Subject;
use super::{Clients, Seen, object};

impl Clients {
    pub(super) async fn database_instances(&self, id: &str) -> Seen {
        let one = Some(id).filter(|id| !id.is_empty());
        let words = one.map_or("the database instances".to_owned(), |id| format!("the database instance {id}"));
        let subject = Subject::new(words, self.place.arn("rds", &format!("db:{}", one.unwrap_or("*"))));
        let call = self.rds.describe_db_instances().set_db_instance_identifier(one.map(ToOwned::to_owned));
        let instances = call.into_paginator().items().send().try_collect().await;
        let instances = instances.map_err(subject.missed("rds:DescribeDBInstances"))?;
        Ok(Value::Array(instances.iter().map(instance).collect()))
    }
}

fn instance(instance: &DbInstance) -> Value {
    let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
    // It has none before it is made.
    let endpoint = instance.endpoint().map(|endpoint| json!({"Address": endpoint.address(), "Port": endpoint.port()}));
    let groups = instance.vpc_security_groups().iter().map(|group| {
        object([("VpcSecurityGroupId", text(group.vpc_security_group_id())), ("Status", text(group.status()))])
    });
    let network = instance.db_subnet_group().map(|group| object([("VpcId", text(group.vpc_id()))]));
    object([
        ("DBInstanceIdentifier", text(instance.db_instance_identifier())),
        ("DBInstanceStatus", text(instance.db_instance_status())),
        ("Endpoint", endpoint.unwrap_or_default()),
        ("EngineVersion", text(instance.engine_version())),
        ("PubliclyAccessible", instance.publicly_accessible().map_or(Value::Null, Value::from)),
        ("DBSubnetGroup", network.unwrap_or_default()),
        ("VpcSecurityGroups", Value::Array(groups.collect())),
    ])
}
