//! Judges of the cluster itself.

pub mod addons;
pub mod network;
pub mod nodes;

use crate::judge::objects::text;
use crate::look::Kubernetes;
use crate::verdict::{Finding, Judged, Verdict};
use crate::view::View;

/// `cluster.api`
pub fn api(view: &View<'_>) -> Judged {
    let Ok(answer) = view.kubernetes(Kubernetes::Ready)? else {
        let finding =
            Finding::new("not_ready", "the API server has neither /readyz nor /version: this is no Kubernetes API");
        return Ok(Verdict::Fail(finding.for_good()));
    };
    match answer.as_str().unwrap_or_default() {
        "ok" => Ok(Verdict::Pass("the API server is ready".to_owned())),
        said => {
            let summary = format!("the API server answers, but is not ready: {said}");
            Ok(Verdict::Fail(Finding::new("not_ready", summary).passing()))
        }
    }
}

/// `cluster.version`
pub fn version(view: &View<'_>) -> Judged {
    let pinned = view.scope.profile.cluster.version.as_str();
    if pinned.is_empty() {
        return Ok(Verdict::Skip("the profile pins no version (cluster.version)".to_owned()));
    }
    let Ok(answer) = view.kubernetes(Kubernetes::Version)? else {
        return Ok(Verdict::Fail(Finding::new("unknown_version", "the API server does not tell its version")));
    };
    // EKS has written the minor version as "29+".
    let minor = text(answer, "/minor").trim_end_matches('+');
    let served = format!("{}.{minor}", text(answer, "/major"));
    let full = text(answer, "/gitVersion");
    if served == pinned {
        return Ok(Verdict::Pass(format!("the cluster runs {full}")));
    }
    let summary = format!("the cluster runs Kubernetes {served} ({full}); the platform pins {pinned}");
    Ok(Verdict::Fail(Finding::new("drift", summary)))
}

#[cfg(test)]
mod tests;
