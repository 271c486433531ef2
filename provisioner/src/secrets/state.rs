//! What can be the matter with a secret, in words: what, why, and what to do. Pure.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::SystemTime;

use platform::aws::{CredentialsFault, Fault, NetworkFault};
use platform::clock::rfc3339;
use platform::credentials::{ContentError, Credentials, Document};
use platform::exit::Exit;
use platform::names::SecretPath;
use platform::termination::without_retry_phrases;

/// Where the secrets are: the value of `--secrets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// AWS Secrets Manager: `aws`.
    SecretsManager,
    /// A folder of JSON files: `file:DIR`.
    Folder(PathBuf),
}

impl Place {
    /// The file of a secret, where it is one.
    pub fn file(&self, path: &SecretPath) -> Option<PathBuf> {
        match self {
            Self::SecretsManager => None,
            Self::Folder(folder) => Some(folder.join(format!("{path}.json"))),
        }
    }

    /// The command that gives a secret the value that stands in a file.
    fn put_command(&self, path: &SecretPath) -> String {
        self.file(path).map_or_else(
            || format!("aws secretsmanager put-secret-value --secret-id {path} --secret-string file://secret.json"),
            |file| format!("install -m 600 secret.json {}", file.display()),
        )
    }

    fn create_command(&self, path: &SecretPath) -> String {
        self.file(path).map_or_else(
            || format!("aws secretsmanager create-secret --name {path} --secret-string file://secret.json"),
            |file| format!("install -D -m 600 secret.json {}", file.display()),
        )
    }
}

impl FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.strip_prefix("file:")) {
            ("aws", _) => Ok(Self::SecretsManager),
            (_, Some(folder)) if !folder.is_empty() => Ok(Self::Folder(PathBuf::from(folder))),
            _ => Err("must be aws or file:DIR"),
        }
    }
}

/// What reading a secret yielded. `Debug` shows nothing of its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretState {
    /// It says who logs in where.
    Usable {
        /// What it says.
        credentials: Credentials,
        /// The version that was read: Secrets Manager's id, or the file's time.
        version: String,
        /// Since when it is the current one.
        created: Option<SystemTime>,
    },
    /// There is no such secret.
    Missing,
    /// Its owner deleted it; it can be restored until Secrets Manager carries that out.
    PendingDeletion {
        /// The date that Secrets Manager gives.
        date: Option<SystemTime>,
    },
    /// It is there, and has never been given a value, or no version is `AWSCURRENT`.
    NoCurrentValue,
    /// It waits for a value.
    Placeholder {
        /// The rest of its content, where that is an object.
        document: Option<Document>,
        /// The version that was read.
        version: String,
    },
    /// It does not hold what a secret of a database must hold.
    Malformed(ContentError),
    /// The caller may not read it.
    Denied {
        /// The permission that is missing.
        action: String,
        /// What the other side says of it.
        message: String,
    },
    /// The question got no answer: throttled, unreachable, without credentials.
    Unread(Fault),
}

impl SecretState {
    /// The state of a secret with this content.
    pub fn of_content(text: &str, version: String, created: Option<SystemTime>, placeholders: &[String]) -> Self {
        match Credentials::parse(text, placeholders) {
            Ok(credentials) => Self::Usable { credentials, version, created },
            Err(ContentError::Placeholder) => Self::Placeholder { document: Document::parse(text).ok(), version },
            Err(error) => Self::Malformed(error),
        }
    }

    /// Its name in reports.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Usable { .. } => "usable",
            Self::Missing => "missing",
            Self::PendingDeletion { .. } => "pending_deletion",
            Self::NoCurrentValue => "no_current_value",
            Self::Placeholder { .. } => "placeholder",
            Self::Malformed(_) => "malformed",
            Self::Denied { .. } => "denied",
            Self::Unread(Fault::Throttled { .. }) => "throttled",
            Self::Unread(Fault::Unreachable(network)) if network.may_pass() => "unreachable",
            Self::Unread(Fault::Unavailable { .. }) => "unavailable",
            Self::Unread(Fault::Credentials(CredentialsFault::Missing)) => "no_credentials",
            Self::Unread(Fault::Unreachable(NetworkFault::NoSuchHost)) => "no_such_host",
            Self::Unread(_) => "unread",
        }
    }

    /// Whether `--missing-secrets create` may give it a value.
    pub const fn may_be_created(&self) -> bool {
        matches!(self, Self::Missing | Self::NoCurrentValue | Self::Placeholder { .. })
    }

    /// How a run ends that cannot go on without this secret; `None` where it can.
    pub const fn exit(&self) -> Option<Exit> {
        match self {
            Self::Usable { .. } => None,
            Self::Denied { .. } => Some(Exit::Failed),
            Self::Unread(fault) => Some(fault.exit()),
            _ => Some(Exit::Invalid),
        }
    }

    /// One line: what is the matter, and what to do. It holds one of Argo's phrases exactly where the exit code is 75.
    pub fn message(&self, path: &SecretPath, place: &Place) -> String {
        let or_create = "or run with --missing-secrets create";
        match self {
            Self::Usable { .. } => format!("secret {path} is usable"),
            Self::Missing => {
                format!("secret {path} does not exist: let Terraform make it (terraform apply), {or_create}")
            }
            Self::PendingDeletion { date } => {
                let date = date.map(|date| format!(" ({})", rfc3339(date))).unwrap_or_default();
                format!(
                    "secret {path} is scheduled for deletion{date}: aws secretsmanager restore-secret --secret-id {path}"
                )
            }
            Self::NoCurrentValue => format!("secret {path} has no current value: give it one, {or_create}"),
            Self::Placeholder { .. } => {
                format!("secret {path} still holds a placeholder: give it a value, {or_create}")
            }
            Self::Malformed(error) => {
                format!("secret {path} {error}: give it JSON with username, password, host, port and dbname")
            }
            Self::Denied { action, .. } => match place {
                Place::SecretsManager => format!(
                    "access to secret {path} denied: allow {action} for this program's role (provisioner access prints the policy)"
                ),
                Place::Folder(_) => format!("access to secret {path} denied: make its file readable for this user"),
            },
            Self::Unread(fault) => format!("secret {path} could not be read: {fault}"),
        }
    }

    /// The command to run, or what the other side says: for the detail below the line.
    pub fn detail(&self, path: &SecretPath, place: &Place) -> Option<String> {
        match self {
            Self::Missing => Some(place.create_command(path)),
            Self::NoCurrentValue | Self::Placeholder { .. } | Self::Malformed(_) => Some(place.put_command(path)),
            Self::Denied { message, .. } => Some(without_retry_phrases(message)),
            Self::Usable { .. } | Self::PendingDeletion { .. } | Self::Unread(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
