//! Who the run is for AWS.

use super::input::protocol;
use crate::look::Aws;
use crate::verdict::Short;
use crate::view::View;

/// Who the run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller<'a> {
    /// The account that calls are made in.
    pub account: &'a str,
    /// Its ARN.
    pub arn: &'a str,
}

impl<'a> Caller<'a> {
    /// The partition of AWS: `aws`, `aws-cn` or the like.
    pub fn partition(&self) -> &'a str {
        self.arn.split(':').nth(1).filter(|partition| !partition.is_empty()).unwrap_or("aws")
    }

    /// The role and the session, where it is a role that was assumed.
    pub fn assumed_role(&self) -> Option<(&'a str, &'a str)> {
        self.arn.rsplit(':').next()?.strip_prefix("assumed-role/")?.split_once('/')
    }
}

/// Who the run is, as AWS says.
pub fn caller<'a>(view: &View<'a>) -> Result<Caller<'a>, Short> {
    let seen = view.aws(Aws::CallerIdentity)?.ok_or_else(|| protocol("the caller's identity"))?;
    let text = |name: &str| seen.get(name).and_then(serde_json::Value::as_str).filter(|text| !text.is_empty());
    match (text("Account"), text("Arn")) {
        (Some(account), Some(arn)) => Ok(Caller { account, arn }),
        _ => Err(protocol("the caller's account and ARN")),
    }
}
