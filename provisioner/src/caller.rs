//! Who runs this, for the audit.

use aws_config::SdkConfig;
use platform::aws::Fault;

/// The ARN that AWS knows the caller by. It asks for no permission; where it cannot be told, the audit says why, and the
/// run goes on.
pub async fn arn(config: &SdkConfig) -> String {
    match aws_sdk_sts::Client::new(config).get_caller_identity().send().await {
        Ok(identity) => identity.arn.unwrap_or_else(|| "unknown: AWS named none".to_owned()),
        Err(error) => format!("unknown: {}", Fault::of(&error)),
    }
}
