//! The cluster, as EKS tells of it.

use serde_json::Value;

use super::input::needed;
use crate::inputs::Name;
use crate::look::Aws;
use crate::verdict::Short;
use crate::view::View;

/// What EKS says of the cluster.
#[derive(Clone, Debug, PartialEq)]
pub enum Eks<'a> {
    /// It is there.
    There(&'a Value),
    /// It is not there, which is no fault before there is one (`--cluster none`); why, for a skip.
    NotYet(String),
    /// It is not there; one sentence.
    Absent(String),
}

/// What EKS says of the cluster of the run.
pub fn eks<'a>(view: &View<'a>) -> Result<Eks<'a>, Short> {
    let may_be_absent = !view.scope.asked.cluster;
    if may_be_absent && view.scope.text(Name::ClusterName).is_none() {
        return Ok(Eks::NotYet("clusterName is not given (--cluster none)".to_owned()));
    }
    let name = needed(view, Name::ClusterName)?;
    match view.aws(Aws::Cluster { name: name.to_owned() })? {
        Some(cluster) => Ok(Eks::There(cluster)),
        None if may_be_absent => Ok(Eks::NotYet(format!("the cluster {name} is not there yet (--cluster none)"))),
        None => {
            let place = view.scope.text(Name::Region).map(|region| format!(" in {region}")).unwrap_or_default();
            let told = view.scope.told(Name::ClusterName);
            Ok(Eks::Absent(format!("EKS has no cluster {told}{place}")))
        }
    }
}
