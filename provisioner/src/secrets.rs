//! The secrets of an environment: reading each with what is the matter with it, and writing the ones that are missing.

mod agreement;
mod aws;
mod file;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use aws_config::SdkConfig;
use platform::aws::Fault;
use platform::credentials::Credentials;
use platform::exit::Exit;
use platform::names::SecretPath;
use rand::{CryptoRng, RngExt};

pub use agreement::disagreements;
pub use state::{Place, SecretState};

use aws::AwsSecrets;
use file::FileSecrets;

/// A value that is to be written.
#[derive(Clone, Debug)]
pub struct NewSecret {
    /// What it will say.
    pub credentials: Credentials,
    /// What marks a secret that is made for it.
    pub tags: BTreeMap<String, String>,
    /// Made once for one value: whoever finds it as a version's id knows that this very write was carried out.
    token: String,
}

impl NewSecret {
    /// A value to write, with a fresh token.
    pub fn new(credentials: Credentials, tags: BTreeMap<String, String>, random: &mut impl CryptoRng) -> Self {
        Self { credentials, tags, token: token(random.random()) }
    }
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// The value is there, as this version.
    Version(String),
    /// What is there is no longer what had been read: read it again. Nothing was written.
    LostRace,
}

/// Why a value could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The caller may not.
    #[error("write secret {path}: allow {action} for this program's role (provisioner access prints the policy)")]
    Denied {
        /// The secret.
        path: SecretPath,
        /// The permission that is missing.
        action: String,
    },
    /// The call failed. Whether it was carried out is unknown if no answer came; the next run reads what is there.
    #[error("write secret {path}")]
    Call {
        /// The secret.
        path: SecretPath,
        /// What it failed with.
        #[source]
        fault: Fault,
    },
    /// The file could not be written.
    #[error("write secret {path}")]
    File {
        /// The secret.
        path: SecretPath,
        /// What it failed with.
        #[source]
        error: io::Error,
    },
    /// A value of its own is there, or nobody knows what is.
    #[error("secret {path} is {state}: nothing may be written over it")]
    NotForUs {
        /// The secret.
        path: SecretPath,
        /// Its state's name.
        state: &'static str,
    },
}

impl WriteError {
    /// How a run ends that cannot go on without this write.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Denied { .. } | Self::File { .. } => Exit::Failed,
            Self::Call { fault, .. } => fault.exit(),
            Self::NotForUs { .. } => Exit::Invalid,
        }
    }
}

/// Where secrets are read and written.
#[derive(Debug)]
pub enum Store {
    /// AWS Secrets Manager.
    Aws(AwsSecrets),
    /// A folder of files, for local runs.
    File(FileSecrets),
}

impl Store {
    /// Secrets Manager. `placeholders` are the beginnings of passwords that are none.
    pub fn aws(config: &SdkConfig, placeholders: Vec<String>) -> Self {
        Self::Aws(AwsSecrets::new(config, placeholders))
    }

    /// A folder with one JSON file for each secret.
    pub fn folder(folder: std::path::PathBuf, placeholders: Vec<String>) -> Self {
        Self::File(FileSecrets::new(folder, placeholders))
    }

    /// Where that is, for messages.
    pub fn place(&self) -> Place {
        match self {
            Self::Aws(_) => Place::SecretsManager,
            Self::File(files) => Place::Folder(files.folder().to_owned()),
        }
    }

    /// The state of each of these secrets. One that cannot be read keeps none of the others from being read.
    pub async fn read(&self, paths: &[SecretPath]) -> BTreeMap<SecretPath, SecretState> {
        let paths: BTreeSet<&SecretPath> = paths.iter().collect();
        match self {
            Self::Aws(secrets) => secrets.read(&paths.into_iter().collect::<Vec<_>>()).await,
            Self::File(files) => paths.into_iter().map(|path| (path.clone(), files.read(path))).collect(),
        }
    }

    /// Whether a rotation has made a new password that is not the current one yet: then a login that fails is nobody's
    /// mistake, and nothing may be changed.
    pub async fn rotation_in_flight(&self, path: &SecretPath) -> Result<bool, Fault> {
        match self {
            Self::Aws(secrets) => secrets.rotation_in_flight(path).await,
            Self::File(_) => Ok(false),
        }
    }

    /// Gives a secret that was `seen` missing, without a value or with a placeholder a value of its own.
    ///
    /// It survives an answer that got lost: the call is repeated with the same token, and after the last attempt what is
    /// there is compared with what was to be written. Secrets Manager cannot be told to replace one version only, so
    /// that the current one is asked for just before; two runs on one server wait for each other anyway.
    pub async fn write(&self, path: &SecretPath, seen: &SecretState, new: &NewSecret) -> Result<Written, WriteError> {
        if !seen.may_be_created() {
            return Err(WriteError::NotForUs { path: path.clone(), state: seen.name() });
        }
        match self {
            Self::Aws(secrets) if *seen == SecretState::Missing => secrets.create(path, new).await,
            Self::Aws(secrets) => secrets.put(path, seen, new).await,
            Self::File(files) => {
                files.write(path, seen, new).map_err(|error| WriteError::File { path: path.clone(), error })
            }
        }
    }

    /// Calls to Secrets Manager so far, each with its repetitions as one.
    pub fn calls(&self) -> u64 {
        match self {
            Self::Aws(secrets) => secrets.calls(),
            Self::File(_) => 0,
        }
    }
}

/// A random UUID (version 4): Secrets Manager takes it as the id of the version that the call makes.
fn token(random: u128) -> String {
    let hex = format!("{random:032x}");
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::token;

    #[test]
    fn a_token_has_the_form_of_a_uuid() {
        assert_eq!(token(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef), "01234567-89ab-4def-a123-456789abcdef");
        assert_eq!(token(0), "00000000-0000-4000-a000-000000000000");
    }
}
