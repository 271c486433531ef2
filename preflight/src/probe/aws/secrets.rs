//! Secrets Manager: secrets, and what is in them.
//!
//! A value stays in here: what leaves is what is said of it, and the credentials of a login.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use platform::aws::Fault;
use platform::credentials::Credentials;
use platform::password::Password;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::content::content;
use super::endpoint::Place;
use super::missed::{Missed, Subject};
use super::{AwsProbe, Seen, object};
use crate::look::{Absent, Answer, SecretContent};
use crate::verdict::CannotLook;

const CURRENT: &str = "AWSCURRENT";
const GET: &str = "secretsmanager:GetSecretValue";
const DESCRIBE: &str = "secretsmanager:DescribeSecret";
/// For as long a value serves those who ask side by side; whoever looks again later sees what is there then.
const FRESH: Duration = Duration::from_secs(10);

/// Secrets Manager in one region.
pub(super) struct Secrets {
    client: Client,
    place: Place,
    held: Mutex<HashMap<String, Arc<Mutex<Option<Held>>>>>,
}

/// A value, and since when it is held.
struct Held {
    value: Arc<Current>,
    since: Instant,
}

/// A secret's current value, which does not print itself.
enum Current {
    Text { text: Password, version: String },
    Binary { version: String },
    None,
}

impl AwsProbe {
    /// What is in a secret: its keys, and what is behind each; never a value. What contains one of `placeholders`, in
    /// capitals or not, stands for something yet to come.
    pub async fn secret_content(&self, path: &str, placeholders: &[String]) -> Result<Answer, CannotLook> {
        let current = match self.secrets().await?.current(path).await {
            Ok(current) => current,
            Err(Missed::Absent) => return Ok(Answer::Absent(Absent::Object)),
            Err(Missed::Cannot(cannot)) => return Err(cannot),
        };
        Ok(Answer::Secret(match &*current {
            Current::Text { text, version } => content(Some(text.expose()), version, placeholders),
            Current::Binary { version } => content(None, version, placeholders),
            Current::None => SecretContent::default(),
        }))
    }

    /// The credentials in a secret. A secret that has none cannot be logged in with; what is wrong with it is for
    /// [`Self::secret_content`] to say.
    pub async fn login(&self, path: &str, placeholders: &[String]) -> Result<Credentials, CannotLook> {
        let text = self.text(path).await?;
        Credentials::parse(text.expose(), placeholders)
            .map_err(|error| CannotLook::new("secret", format!("nobody can log in with the secret {path}: it {error}")))
    }

    /// The text under a key of a secret.
    pub async fn secret_value(&self, path: &str, key: &str) -> Result<Password, CannotLook> {
        let text = self.text(path).await?;
        let content: Value = serde_json::from_str(text.expose()).unwrap_or_default();
        let value = content.get(key).and_then(Value::as_str).filter(|value| !value.is_empty()).map(Password::new);
        value.ok_or_else(|| CannotLook::new("secret", format!("the secret {path} has no text under the key {key}")))
    }

    async fn text(&self, path: &str) -> Result<Password, CannotLook> {
        let missing = |what| Err(CannotLook::new("secret", format!("the secret {path} {what}")));
        match self.secrets().await?.current(path).await.as_deref() {
            Ok(Current::Text { text, .. }) => Ok(text.clone()),
            Ok(Current::Binary { .. }) => missing("is binary, not JSON text"),
            Ok(Current::None) => missing("has no current value"),
            Err(Missed::Absent) => missing("does not exist"),
            Err(Missed::Cannot(cannot)) => Err(cannot.clone()),
        }
    }
}

impl Secrets {
    pub(super) fn new(config: &SdkConfig, place: Place) -> Self {
        Self { client: Client::new(config), place, held: Mutex::default() }
    }

    fn subject(&self, path: &str) -> Subject {
        // Secrets Manager puts six letters of its own behind a name.
        Subject::new(format!("the secret {path}"), self.place.arn("secretsmanager", &format!("secret:{path}-??????")))
    }

    pub(super) async fn description(&self, path: &str) -> Seen {
        let call = self.describe(path).await;
        let secret = call.map_err(self.subject(path).fault(DESCRIBE))?;
        let seconds = |date: Option<&aws_sdk_secretsmanager::primitives::DateTime>| {
            date.map_or(Value::Null, |date| Value::from(date.secs()))
        };
        Ok(object([
            ("ARN", Value::from(secret.arn())),
            ("Name", Value::from(secret.name())),
            ("DeletedDate", seconds(secret.deleted_date())),
            ("LastChangedDate", seconds(secret.last_changed_date())),
            ("CreatedDate", seconds(secret.created_date())),
            ("VersionIdsToStages", json!(secret.version_ids_to_stages().cloned().unwrap_or_default())),
        ]))
    }

    async fn describe(&self, path: &str) -> Result<DescribeSecretOutput, Fault> {
        self.client.describe_secret().secret_id(path).send().await.map_err(|error| Fault::of(&error))
    }

    /// The current value, from one call for all who ask at the same time. A failure is not held.
    async fn current(&self, path: &str) -> Result<Arc<Current>, Missed> {
        let of_path = Arc::clone(self.held.lock().await.entry(path.to_owned()).or_default());
        let mut held = of_path.lock().await;
        if let Some(held) = held.as_ref().filter(|held| held.since.elapsed() < FRESH) {
            return Ok(Arc::clone(&held.value));
        }
        let value = Arc::new(self.fetch(path).await?);
        *held = Some(Held { value: Arc::clone(&value), since: Instant::now() });
        Ok(value)
    }

    /// The value stays out of the logs, whatever the SDK may print one day.
    async fn fetch(&self, path: &str) -> Result<Current, Missed> {
        let call = self.client.get_secret_value().secret_id(path).version_stage(CURRENT).send();
        let fault = match call.with_subscriber(NoSubscriber::default()).await {
            Ok(value) => {
                let version = value.version_id.unwrap_or_default();
                return Ok(match value.secret_string {
                    Some(text) => Current::Text { text: Password::new(text), version },
                    None => Current::Binary { version },
                });
            }
            Err(error) => Fault::of(&error),
        };
        match &fault {
            // A secret without a current value is "not found" too, and one that is being deleted an "invalid request".
            Fault::NotFound { .. } => self.why_without_value(path, &fault).await,
            Fault::Other { code, .. } if code == "InvalidRequestException" => {
                self.why_without_value(path, &fault).await
            }
            Fault::Denied { code, message } if message.contains("Access to KMS") => self.no_key(path, code, message),
            Fault::Other { code, message } if code == "DecryptionFailure" => self.no_key(path, code, message),
            fault => Err(Missed::Cannot(self.subject(path).cannot(GET, fault))),
        }
    }

    /// AWS does not always say which key it is.
    fn no_key(&self, path: &str, code: &str, message: &str) -> Result<Current, Missed> {
        let denied = Fault::Denied { code: code.to_owned(), message: message.to_owned() };
        let key = Subject::new(format!("the secret {path}"), self.place.arn("kms", "key/<the secret's key>"));
        Err(Missed::Cannot(key.cannot("kms:Decrypt", &denied)))
    }

    async fn why_without_value(&self, path: &str, fault: &Fault) -> Result<Current, Missed> {
        let secret = self.describe(path).await.map_err(self.subject(path).fault(DESCRIBE))?;
        let current = secret.version_ids_to_stages().into_iter().flatten();
        let has_current = current.flat_map(|(_, stages)| stages).any(|stage| stage == CURRENT);
        if secret.deleted_date().is_some() || !has_current {
            return Ok(Current::None);
        }
        // It has a value, and that is not what the call complained about.
        let odd = Fault::Other { code: "unclear".to_owned(), message: fault.to_string() };
        Err(Missed::Cannot(self.subject(path).cannot(GET, &odd)))
    }
}
