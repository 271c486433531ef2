//! ECR: images.

use platform::aws::Fault;
use serde_json::{Value, json};

use super::endpoint::ECR;
use super::failure::nonsense;
use super::missed::{Missed, Subject};
use super::signed::Request;
use super::{Clients, Seen};

/// Manifests that list the images of several architectures.
const LISTS: [&str; 2] =
    ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];

impl Clients {
    pub(super) async fn image(&self, repository: &str, tag: &str) -> Seen {
        let arn = self.place.arn("ecr", &format!("repository/{repository}"));
        let subject = Subject::new(format!("the image {repository}:{tag}"), arn);
        let question = json!({"repositoryName": repository, "imageIds": [{"imageTag": tag}]});
        let described = self.ecr("DescribeImages", &question).await.map_err(subject.fault("ecr:DescribeImages"))?;
        let detail = described.pointer("/imageDetails/0").ok_or(Missed::Absent)?;
        let text = |name: &str| detail.get(name).and_then(Value::as_str);
        let digest = text("imageDigest").ok_or_else(|| Missed::protocol("ECR describes an image without a digest"))?;
        let mut architectures = Vec::new();
        // What one image alone is for stands in its configuration, which only a pull would fetch.
        if text("imageManifestMediaType").is_none_or(|kind| LISTS.contains(&kind)) {
            let question = json!({
                "repositoryName": repository, "imageIds": [{"imageDigest": digest}], "acceptedMediaTypes": LISTS,
            });
            let fetched = self.ecr("BatchGetImage", &question).await.map_err(subject.fault("ecr:BatchGetImage"))?;
            architectures = architectures_in(&fetched).map_err(subject.fault("ecr:BatchGetImage"))?;
        }
        Ok(json!({"imageDigest": digest, "architectures": architectures}))
    }

    async fn ecr(&self, operation: &'static str, question: &Value) -> Result<Value, Fault> {
        let headers = vec![
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target", format!("AmazonEC2ContainerRegistry_V20150921.{operation}")),
        ];
        let (method, path, body) = ("POST", "/".to_owned(), question.to_string());
        self.signed.call(Request { service: &ECR, operation, method, path, headers, body }).await?.json()
    }
}

/// The architectures that a manifest lists; none of a manifest that lists none. What is attached to an image (its
/// provenance, say) is listed under an unknown one.
fn architectures_in(fetched: &Value) -> Result<Vec<String>, Fault> {
    let Some(manifest) = fetched.pointer("/images/0/imageManifest").and_then(Value::as_str) else {
        return Ok(Vec::new());
    };
    let manifest: Value = serde_json::from_str(manifest).map_err(|error| nonsense(error.to_string()))?;
    let listed = manifest.get("manifests").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let named = listed.iter().filter_map(|image| image.pointer("/platform/architecture")?.as_str());
    let mut architectures: Vec<String> = named.filter(|name| *name != "unknown").map(ToOwned::to_owned).collect();
    architectures.sort();
    architectures.dedup();
    Ok(architectures)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::architectures_in;

    fn fetched(manifest: &Value) -> Value {
        json!({"images": [{"imageId": {"imageTag": "1"}, "imageManifest": manifest.to_string()}], "failures": []})
    }

    #[test]
    fn a_list_names_its_architectures() {
        let image = |architecture: &str| json!({"digest": "sha256:1", "platform": {"architecture": architecture, "os": "linux"}});
        let list = json!({"schemaVersion": 2, "manifests": [image("arm64"), image("amd64"), image("unknown"), image("amd64")]});
        assert_eq!(architectures_in(&fetched(&list)).unwrap(), ["amd64", "arm64"]);
    }

    #[test]
    fn one_image_names_none() {
        assert!(architectures_in(&fetched(&json!({"schemaVersion": 2, "layers": []}))).unwrap().is_empty());
        assert!(
            architectures_in(&json!({"images": [], "failures": [{"failureCode": "ImageNotFound"}]}))
                .unwrap()
                .is_empty()
        );
        assert!(architectures_in(&json!({"images": [{"imageManifest": "no JSON"}]})).is_err());
    }
}
