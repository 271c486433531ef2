//! Whether the images that the profile names are there, for the nodes that are there. Pure.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::judge::findings::together;
use crate::judge::objects::{counted, label, listed, text};
use crate::kinds::NODES;
use crate::look::{Aws, Look};
use crate::verdict::{Finding, Judged, Verdict};
use crate::view::{View, list};

/// `images.pullable`.
pub fn images(view: &View<'_>) -> Judged {
    let images: Vec<String> = view.scope.profile.images.iter().map(|image| view.scope.expand(image)).collect();
    let questions = images.iter().filter_map(|image| question(image)).map(Look::Aws);
    view.all(questions.chain([Look::Kubernetes(list(NODES))]))?;
    let of_nodes: BTreeSet<&str> =
        view.objects(NODES)?.iter().map(architecture).filter(|name| !name.is_empty()).collect();
    let mut findings = Vec::new();
    for image in &images {
        let Some(question) = question(image) else {
            let finding = Finding::new("no_tag", format!("image {image} of the profile is not repository:tag"));
            findings.push(finding.fix("Write images in the profile as repository:tag"));
            continue;
        };
        match view.aws(question)? {
            None => findings.push(
                Finding::new("not_found", format!("image {image} is not in ECR"))
                    .fix(format!("Push {image}, or correct the tag")),
            ),
            Some(found) => findings.extend(for_others(image, found, &of_nodes)),
        }
    }
    let pass = || format!("{} in ECR, for nodes of {}", counted(images.len(), "image"), listed(&of_nodes));
    Ok(together(findings).map_or_else(|| Verdict::Pass(pass()), Verdict::Fail))
}

/// The question for an image; the registry before the repository is this account's.
fn question(image: &str) -> Option<Aws> {
    let path = match image.split_once('/') {
        Some((registry, path)) if registry.contains('.') => path,
        _ => image,
    };
    let (repository, tag) = path.rsplit_once(':')?;
    let is_whole = !repository.is_empty() && !tag.is_empty() && !path.contains('@');
    is_whole.then(|| Aws::Image { repository: repository.to_owned(), tag: tag.to_owned() })
}

fn architecture(node: &Value) -> &str {
    match label(node, "kubernetes.io/arch") {
        "" => text(node, "/status/nodeInfo/architecture"),
        architecture => architecture,
    }
}

/// An image that is for none of the nodes. What one image alone is for, only a pull would tell.
fn for_others(image: &str, found: &Value, of_nodes: &BTreeSet<&str>) -> Option<Finding> {
    let listed_in = found.get("architectures").and_then(Value::as_array)?;
    let own: BTreeSet<&str> = listed_in.iter().filter_map(Value::as_str).collect();
    (!own.is_empty() && !of_nodes.is_empty() && own.is_disjoint(of_nodes)).then(|| {
        let summary = format!("image {image} is for {}, the nodes are {}", listed(&own), listed(of_nodes));
        Finding::new("wrong_architecture", summary)
            .fix(format!("Build {image} for {}: docker buildx build --platform linux/<architecture>", listed(of_nodes)))
    })
}
