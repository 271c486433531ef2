//! Secrets in AWS Secrets Manager.
//!
//! The SDK's `Debug` and logs leave out the values that it reads.

mod write;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::batch_get_secret_value::BatchGetSecretValueOutput;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::primitives::DateTime;
use aws_sdk_secretsmanager::types::ApiErrorType;
use futures_util::stream::{self, StreamExt};
use platform::aws::Fault;
use platform::credentials::ContentError;
use platform::names::SecretPath;

use super::SecretState;

/// What `BatchGetSecretValue` takes at once.
const BATCH: usize = 20;
/// Batches read side by side, and within each secrets that have to be asked for one by one: Secrets Manager allows 100
/// batches a second, and far more of the rest.
const SIDE_BY_SIDE: usize = 4;
const CURRENT: &str = "AWSCURRENT";
const PENDING: &str = "AWSPENDING";

/// Secrets Manager in one region.
#[derive(Debug)]
pub struct AwsSecrets {
    client: Client,
    placeholders: Vec<String>,
    calls: AtomicU64,
    batch_denied: AtomicBool,
}

impl AwsSecrets {
    pub(super) fn new(config: &SdkConfig, placeholders: Vec<String>) -> Self {
        let (calls, batch_denied) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { client: Client::new(config), placeholders, calls, batch_denied }
    }

    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    fn count(&self) -> &Client {
        self.calls.fetch_add(1, Ordering::Relaxed);
        &self.client
    }

    /// The first batch goes ahead: where batches are denied, the others need not ask.
    pub(super) async fn read(&self, paths: &[&SecretPath]) -> BTreeMap<SecretPath, SecretState> {
        let (first, others) = paths.split_at(paths.len().min(BATCH));
        let mut states = self.read_batch(first).await;
        let others = stream::iter(others.chunks(BATCH)).map(|batch| self.read_batch(batch));
        states.extend(others.buffer_unordered(SIDE_BY_SIDE).collect::<Vec<_>>().await.into_iter().flatten());
        states.into_iter().collect()
    }

    async fn read_batch(&self, paths: &[&SecretPath]) -> Vec<(SecretPath, SecretState)> {
        // A batch of one saves nothing, and GetSecretValue needs no permission on every secret of the account.
        if paths.len() < 2 || self.batch_denied.load(Ordering::Relaxed) {
            return self.read_each(paths).await;
        }
        match self.batch(paths).await {
            Ok(answers) => self.settle(paths, &answers).await,
            Err(fault @ Fault::Denied { .. }) => {
                tracing::info!(%fault, "reading secrets one by one");
                self.batch_denied.store(true, Ordering::Relaxed);
                self.read_each(paths).await
            }
            Err(fault) if fault.is_transient() || matches!(fault, Fault::Credentials(_)) => {
                paths.iter().map(|path| ((*path).clone(), SecretState::Unread(fault.clone()))).collect()
            }
            // Whatever it is, the calls for one secret will tell which it concerns.
            Err(_) => self.read_each(paths).await,
        }
    }

    async fn read_each(&self, paths: &[&SecretPath]) -> Vec<(SecretPath, SecretState)> {
        let each = stream::iter(paths).map(|path| async move { ((*path).clone(), self.read_one(path).await) });
        each.buffer_unordered(SIDE_BY_SIDE).collect().await
    }

    async fn batch(&self, paths: &[&SecretPath]) -> Result<Vec<BatchGetSecretValueOutput>, Fault> {
        let ids: Vec<String> = paths.iter().map(ToString::to_string).collect();
        let (mut answers, mut next) = (Vec::new(), None);
        loop {
            let call = self.count().batch_get_secret_value().set_secret_id_list(Some(ids.clone())).set_next_token(next);
            let answer = call.send().await.map_err(|error| Fault::of(&error))?;
            next = answer.next_token().filter(|token| !token.is_empty()).map(ToOwned::to_owned);
            answers.push(answer);
            if next.is_none() {
                return Ok(answers);
            }
        }
    }

    /// What the batch said of each secret, and what has to be asked for because it left that open.
    async fn settle(
        &self,
        paths: &[&SecretPath],
        answers: &[BatchGetSecretValueOutput],
    ) -> Vec<(SecretPath, SecretState)> {
        let values = answers.iter().flat_map(BatchGetSecretValueOutput::secret_values);
        let values: BTreeMap<_, _> = values.filter_map(|value| Some((value.name()?, value))).collect();
        let errors = answers.iter().flat_map(BatchGetSecretValueOutput::errors);
        let errors: BTreeMap<_, _> = errors.filter_map(|error| Some((error.secret_id()?, error))).collect();
        let settled = paths.iter().map(|path| async {
            let state = match (values.get(path.as_str()), errors.get(path.as_str())) {
                (Some(value), _) => self.content(value.secret_string(), value.version_id(), value.created_date()),
                (None, Some(error)) => self.of_batch_error(path, error).await,
                (None, None) => self.read_one(path).await,
            };
            ((*path).clone(), state)
        });
        stream::iter(settled).buffer_unordered(SIDE_BY_SIDE).collect().await
    }

    async fn of_batch_error(&self, path: &SecretPath, error: &ApiErrorType) -> SecretState {
        let (code, message) = (error.error_code().unwrap_or_default(), error.message().unwrap_or_default());
        match Fault::of_code(code, message, None) {
            fault @ (Fault::Denied { .. } | Fault::NotFound { .. }) => self.of_fault(path, fault).await,
            // Asked for alone it is repeated as often as any call.
            _ => self.read_one(path).await,
        }
    }

    pub(super) async fn read_one(&self, path: &SecretPath) -> SecretState {
        let call = self.count().get_secret_value().secret_id(path.as_str()).version_stage(CURRENT);
        match call.send().await {
            Ok(value) => self.content(value.secret_string(), value.version_id(), value.created_date()),
            Err(error) => self.of_fault(path, Fault::of(&error)).await,
        }
    }

    fn content(&self, text: Option<&str>, version: Option<&str>, created: Option<&DateTime>) -> SecretState {
        let version = version.unwrap_or_default().to_owned();
        match text {
            Some(text) => SecretState::of_content(text, version, created.and_then(time), &self.placeholders),
            None => SecretState::Malformed(ContentError::Binary),
        }
    }

    async fn of_fault(&self, path: &SecretPath, fault: Fault) -> SecretState {
        match &fault {
            Fault::Denied { message, .. } => denied("secretsmanager:GetSecretValue", message),
            Fault::Other { code, message } if code == "DecryptionFailure" => denied("kms:Decrypt", message),
            // A secret without a current value is "not found" too, and a deleted one is an "invalid request".
            Fault::NotFound { .. } => self.why_without_value(path, fault).await,
            Fault::Other { code, .. } if code == "InvalidRequestException" => self.why_without_value(path, fault).await,
            _ => SecretState::Unread(fault),
        }
    }

    async fn why_without_value(&self, path: &SecretPath, fault: Fault) -> SecretState {
        match self.describe(path).await {
            Ok(secret) if secret.deleted_date().is_some() => {
                SecretState::PendingDeletion { date: secret.deleted_date().and_then(time) }
            }
            // It has a value, and that is not what the call complained about.
            Ok(secret) if version_of(&secret, CURRENT).is_some() => SecretState::Unread(fault),
            Ok(_) => SecretState::NoCurrentValue,
            Err(Fault::NotFound { .. }) => SecretState::Missing,
            Err(Fault::Denied { message, .. }) => {
                let unclear = "it is missing, has no current value or is being deleted; to tell which";
                let action = named_action(&message, "secretsmanager:DescribeSecret");
                SecretState::Denied { action, message: format!("{unclear}: {message}") }
            }
            Err(other) => SecretState::Unread(other),
        }
    }

    async fn describe(&self, path: &SecretPath) -> Result<DescribeSecretOutput, Fault> {
        self.count().describe_secret().secret_id(path.as_str()).send().await.map_err(|error| Fault::of(&error))
    }

    pub(super) async fn rotation_in_flight(&self, path: &SecretPath) -> Result<bool, Fault> {
        let secret = self.describe(path).await?;
        let pending = version_of(&secret, PENDING);
        // A finished rotation may leave both labels on one version.
        Ok(pending.is_some() && pending != version_of(&secret, CURRENT))
    }
}

fn version_of<'a>(secret: &'a DescribeSecretOutput, stage: &str) -> Option<&'a str> {
    let stages = secret.version_ids_to_stages()?;
    stages.iter().find(|(_, stages)| stages.iter().any(|found| found == stage)).map(|(version, _)| version.as_str())
}

fn time(date: &DateTime) -> Option<SystemTime> {
    SystemTime::try_from(*date).ok()
}

fn denied(action: &str, message: &str) -> SecretState {
    SecretState::Denied { action: named_action(message, action), message: message.to_owned() }
}

/// The permission that IAM says is missing, for the message alone: `… is not authorized to perform: x:Y on resource …`.
/// Of a customer's key it says less.
fn named_action(message: &str, default: &str) -> String {
    let named = message.split_once("perform: ").and_then(|(_, rest)| rest.split_whitespace().next());
    match named.filter(|action| action.contains(':')) {
        Some(action) => action.to_owned(),
        None if message.contains("KMS") => "kms:Decrypt on its key".to_owned(),
        None => default.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::named_action;

    #[test]
    fn the_missing_permission_is_read_from_the_answer() {
        let message = "User: arn:aws:sts::1:assumed-role/x/y is not authorized to perform: kms:Decrypt on resource: z";
        assert_eq!(named_action(message, "a:B"), "kms:Decrypt");
        assert_eq!(named_action("Access to KMS is not allowed", "a:B"), "kms:Decrypt on its key");
        assert_eq!(named_action("injected", "a:B"), "a:B");
    }
}
