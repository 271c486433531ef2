//! S3: whether a bucket is there, where, and ours to use.

use platform::aws::Fault;
use serde_json::Value;

use super::endpoint::{S3, bucket};
use super::failure::BAD_REQUEST;
use super::missed::Subject;
use super::signed::Request;
use super::{Clients, Seen, object};

impl Clients {
    pub(super) async fn bucket(&self, name: &str) -> Seen {
        // HeadBucket has no permission of its own.
        let subject = Subject::new(format!("the bucket {name}"), self.place.global_arn("s3", name));
        let (endpoint, path) = bucket(&self.place, S3.configured(&self.signed.config), name);
        let (headers, body) = (Vec::new(), String::new());
        let request = Request { service: &S3, operation: "HeadBucket", method: "HEAD", path, headers, body };
        let reply = self.signed.call_at(&endpoint, request).await.map_err(subject.fault("s3:ListBucket"))?;
        // Elsewhere it would be the region that S3 complains about.
        if reply.status == 400 && reply.bucket_region.as_ref() == Some(&self.place.region) {
            let fault = Fault::Other { code: "BadRequest".to_owned(), message: BAD_REQUEST.to_owned() };
            return Err(subject.fault("s3:ListBucket")(fault));
        }
        let region = reply.bucket_region.map_or(Value::Null, Value::from);
        Ok(object([("Status", Value::from(reply.status)), ("BucketRegion", region)]))
    }
}
