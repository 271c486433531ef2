//! Route 53: zones and their records.

use aws_sdk_route53::operation::list_resource_record_sets::ListResourceRecordSetsOutput;
use aws_sdk_route53::types::{HostedZone, HostedZoneConfig, ResourceRecordSet, RrType};
use serde_json::{Value, json};

use super::failure::nonsense;
use super::missed::{Missed, Subject};
use super::{Clients, Seen, object};

impl Clients {
    pub(super) async fn hosted_zones(&self) -> Seen {
        let pages = self.route53.list_hosted_zones().into_paginator().items().send();
        let subject = Subject::new("the hosted zones", "*");
        let zones = pages.try_collect().await.map_err(subject.missed("route53:ListHostedZones"))?;
        Ok(Value::Array(zones.iter().map(zone).collect()))
    }

    fn zone_subject(&self, id: &str) -> Subject {
        Subject::new(format!("the hosted zone {id}"), self.place.global_arn("route53", &format!("hostedzone/{id}")))
    }

    pub(super) async fn hosted_zone(&self, id: &str) -> Seen {
        let call = self.route53.get_hosted_zone().id(id).send().await;
        let answer = call.map_err(self.zone_subject(id).missed("route53:GetHostedZone"))?;
        let found = answer.hosted_zone().ok_or(Missed::Absent)?;
        // A private zone has none.
        let servers = answer.delegation_set().map_or(Value::Null, |set| json!({"NameServers": set.name_servers()}));
        let networks = answer.vpcs().iter().map(|vpc| {
            let region = vpc.vpc_region().map_or(Value::Null, |region| Value::from(region.as_str()));
            object([("VPCRegion", region), ("VPCId", vpc.vpc_id().map_or(Value::Null, Value::from))])
        });
        let networks = Value::Array(networks.collect());
        Ok(object([("HostedZone", zone(found)), ("DelegationSet", servers), ("VPCs", networks)]))
    }

    pub(super) async fn records(&self, zone: &str) -> Seen {
        let subject = self.zone_subject(zone);
        let (mut records, mut start) = (Vec::new(), Start::default());
        loop {
            let call = self.route53.list_resource_record_sets().hosted_zone_id(zone);
            let call = call.set_start_record_name(start.name.clone()).set_start_record_type(start.kind.clone());
            let call = call.set_start_record_identifier(start.identifier.clone());
            let page = call.send().await.map_err(subject.missed("route53:ListResourceRecordSets"))?;
            records.extend(page.resource_record_sets().iter().map(record));
            let next = Start::after(&page);
            if !page.is_truncated() {
                return Ok(Value::Array(records));
            }
            if next == start {
                let again = nonsense("one page follows upon itself");
                return Err(subject.fault("route53:ListResourceRecordSets")(again));
            }
            start = next;
        }
    }
}

/// Where a page of records begins; nowhere for the first.
#[derive(Default, PartialEq)]
struct Start {
    name: Option<String>,
    kind: Option<RrType>,
    identifier: Option<String>,
}

impl Start {
    fn after(page: &ListResourceRecordSetsOutput) -> Self {
        let (name, kind) = (page.next_record_name.clone(), page.next_record_type.clone());
        Self { name, kind, identifier: page.next_record_identifier.clone() }
    }
}

fn zone(zone: &HostedZone) -> Value {
    let private = zone.config().is_some_and(HostedZoneConfig::private_zone);
    json!({"Id": zone.id(), "Name": zone.name(), "Config": {"PrivateZone": private}})
}

fn record(set: &ResourceRecordSet) -> Value {
    let values: Vec<Value> = set.resource_records().iter().map(|record| json!({"Value": record.value()})).collect();
    let alias =
        set.alias_target().map(|target| json!({"DNSName": target.dns_name(), "HostedZoneId": target.hosted_zone_id()}));
    object([
        ("Name", Value::from(set.name())),
        ("Type", Value::from(set.r#type().as_str())),
        ("SetIdentifier", set.set_identifier().map_or(Value::Null, Value::from)),
        ("TTL", set.ttl().map_or(Value::Null, Value::from)),
        ("ResourceRecords", if values.is_empty() { Value::Null } else { Value::Array(values) }),
        ("AliasTarget", alias.unwrap_or_default()),
    ])
}
