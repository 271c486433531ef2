//! Giving a secret a value.
//!
//! The SDK redacts a secret in `Debug`, and what it logs of a request at `trace` shows no body today. Nothing promises
//! that it stays so (a body in memory would print itself): the calls that carry a password stay out of the logs.

use aws_sdk_secretsmanager::types::Tag;
use platform::aws::Fault;
use platform::names::SecretPath;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::super::{NewSecret, SecretState, WriteError, Written};
use super::{AwsSecrets, named_action};

impl AwsSecrets {
    pub(in crate::secrets) async fn create(&self, path: &SecretPath, new: &NewSecret) -> Result<Written, WriteError> {
        let tags = new.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        let call = self.count().create_secret().name(path.as_str()).client_request_token(&new.token);
        let call = call.set_tags(Some(tags.collect())).secret_string(new.credentials.expose_json());
        let made = call.send().with_subscriber(NoSubscriber::default()).await;
        let made = made.map(|answer| answer.version_id).map_err(|error| Fault::of(&error));
        self.written(path, new, made, "secretsmanager:CreateSecret").await
    }

    pub(in crate::secrets) async fn put(
        &self,
        path: &SecretPath,
        seen: &SecretState,
        new: &NewSecret,
    ) -> Result<Written, WriteError> {
        match self.read_one(path).await {
            SecretState::Unread(fault) => return Err(WriteError::Call { path: path.clone(), fault }),
            now if now != *seen => return Ok(Written::LostRace),
            _ => {}
        }
        let call = self.count().put_secret_value().secret_id(path.as_str()).client_request_token(&new.token);
        let call = call.secret_string(new.credentials.expose_json());
        let made = call.send().with_subscriber(NoSubscriber::default()).await;
        let made = made.map(|answer| answer.version_id).map_err(|error| Fault::of(&error));
        self.written(path, new, made, "secretsmanager:PutSecretValue").await
    }

    /// What became of a write. After an error that leaves it open, or that a repetition of a write that was carried out
    /// may have met, the version that is there tells.
    async fn written(
        &self,
        path: &SecretPath,
        new: &NewSecret,
        made: Result<Option<String>, Fault>,
        action: &str,
    ) -> Result<Written, WriteError> {
        let fault = match made {
            Ok(version) => return Ok(Written::Version(version.unwrap_or_else(|| new.token.clone()))),
            Err(fault) => fault,
        };
        let changed = match &fault {
            Fault::Denied { message, .. } => {
                return Err(WriteError::Denied { path: path.clone(), action: named_action(message, action) });
            }
            Fault::Other { code, .. } if code == "EncryptionFailure" || code == "DecryptionFailure" => {
                let action = "kms:GenerateDataKey and kms:Decrypt".to_owned();
                return Err(WriteError::Denied { path: path.clone(), action });
            }
            // Somebody made, deleted or is deleting it.
            Fault::NotFound { .. } => true,
            Fault::Other { code, .. } => code == "ResourceExistsException" || code == "InvalidRequestException",
            fault if fault.is_transient() => false,
            _ => return Err(WriteError::Call { path: path.clone(), fault }),
        };
        match self.read_one(path).await {
            SecretState::Usable { version, .. } if version == new.token => Ok(Written::Version(version)),
            _ if changed => Ok(Written::LostRace),
            _ => Err(WriteError::Call { path: path.clone(), fault }),
        }
    }
}
