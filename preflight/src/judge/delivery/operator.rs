//! The operators whose word the conditions of custom resources are: a condition is written when it changes, and stays when
//! nobody looks any more.

use serde_json::Value;

use crate::judge::objects::names;
use crate::judge::objects::workloads::{labelled, trouble_of_all};
use crate::verdict::{Finding, Short};
use crate::view::View;

/// The Deployments that are labelled so, in all namespaces; without labels nobody looks, and there is none.
pub fn deployments<'a>(view: &View<'a>, labels: &str) -> Result<&'a [Value], Short> {
    if labels.is_empty() { Ok(&[]) } else { labelled(view, labels) }
}

/// What is wrong where not one of an operator's Deployments, found by these labels, does its work; `stale` is what nobody
/// keeps true then.
pub fn down(deployments: &[Value], labels: &str, stale: &str) -> Option<Finding> {
    let trouble = trouble_of_all(deployments)?;
    let finding = Finding::new("operator_down", format!("{}: {stale} is of the past", trouble.words));
    let fix = format!("See why it does not run: kubectl describe deployments -A -l {labels}");
    Some(finding.seen([format!("there: {}", names(deployments))]).fix(fix))
}
