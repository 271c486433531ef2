//! The operators whose word the conditions of custom resources are: a condition is written when it changes, and stays when
//! nobody looks any more.

use serde_json::Value;

use crate::judge::objects::workloads::trouble;
use crate::judge::objects::{items, names};
use crate::kinds::DEPLOYMENTS;
use crate::look::Kubernetes;
use crate::verdict::{Finding, Short};
use crate::view::View;

/// The Deployments that are labelled so, in all namespaces; without labels nobody looks, and there is none.
pub fn deployments<'a>(view: &View<'a>, labels: &str) -> Result<&'a [Value], Short> {
    if labels.is_empty() {
        return Ok(&[]);
    }
    let question = Kubernetes::List { kind: DEPLOYMENTS, namespace: String::new(), labels: labels.to_owned() };
    Ok(view.kubernetes(question)?.map_or(&[][..], |found| items(found, "")))
}

/// What is wrong where not one of an operator's Deployments, found by these labels, does its work; `stale` is what nobody
/// keeps true then.
pub fn down(deployments: &[Value], labels: &str, stale: &str) -> Option<Finding> {
    let trouble = deployments.iter().map(|one| trouble(DEPLOYMENTS, one)).reduce(Option::and).flatten()?;
    let finding = Finding::new("operator_down", format!("{}: {stale} is of the past", trouble.words));
    let fix = format!("See why it does not run: kubectl describe deployments -A -l {labels}");
    Some(finding.seen([format!("there: {}", names(deployments))]).fix(fix))
}
