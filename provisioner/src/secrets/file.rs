//! Secrets as files `DIR/<secret path>.json`, for a laptop and for tests.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use platform::aws::Fault;
use platform::credentials::ContentError;
use platform::names::SecretPath;

use super::{NewSecret, SecretState, Written};

/// A folder of secrets.
#[derive(Debug)]
pub struct FileSecrets {
    folder: PathBuf,
    placeholders: Vec<String>,
}

impl FileSecrets {
    pub(super) const fn new(folder: PathBuf, placeholders: Vec<String>) -> Self {
        Self { folder, placeholders }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn file(&self, path: &SecretPath) -> PathBuf {
        self.folder.join(format!("{path}.json"))
    }

    pub(super) fn read(&self, path: &SecretPath) -> SecretState {
        self.read_file(&self.file(path)).unwrap_or_else(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => SecretState::Missing,
            io::ErrorKind::InvalidData => SecretState::Malformed(ContentError::Binary),
            io::ErrorKind::PermissionDenied => {
                SecretState::Denied { action: "reading the file".to_owned(), message: error.to_string() }
            }
            _ => SecretState::Unread(Fault::Other {
                code: "the file cannot be read".to_owned(),
                message: error.to_string(),
            }),
        })
    }

    /// Content and version are those of one file, also while another takes its place.
    fn read_file(&self, file: &Path) -> io::Result<SecretState> {
        let mut open = File::open(file)?;
        let metadata = open.metadata()?;
        let mut text = String::new();
        open.read_to_string(&mut text)?;
        if metadata.mode() & 0o077 != 0 {
            tracing::warn!(file = %file.display(), "others may read this secret: chmod 600");
        }
        if text.trim().is_empty() {
            return Ok(SecretState::NoCurrentValue);
        }
        let modified = metadata.modified()?;
        // Never a digest of the content: the marker on a role is readable by everyone.
        let version = humantime::format_rfc3339_nanos(modified).to_string();
        Ok(SecretState::of_content(&text, version, Some(modified), &self.placeholders))
    }

    pub(super) fn write(&self, path: &SecretPath, seen: &SecretState, new: &NewSecret) -> io::Result<Written> {
        let file = self.file(path);
        let folder = file.parent().unwrap_or(&self.folder);
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let temporary = folder.join(format!(".{}", new.token));
        let written = write_private(&temporary, &new.credentials.expose_json())
            .and_then(|()| self.take_place(path, seen, &temporary, &file));
        let removed = fs::remove_file(&temporary);
        match (&written, removed) {
            // A rename took it away.
            (Ok(_), Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => written,
        }
    }

    /// A link is made only where nothing is, so that of two runs one loses; a file that is there is replaced whole.
    fn take_place(&self, path: &SecretPath, seen: &SecretState, temporary: &Path, file: &Path) -> io::Result<Written> {
        if *seen == SecretState::Missing {
            match fs::hard_link(temporary, file) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(Written::LostRace),
                linked => linked?,
            }
        } else if self.read(path) == *seen {
            fs::rename(temporary, file)?;
        } else {
            return Ok(Written::LostRace);
        }
        Ok(Written::Version(humantime::format_rfc3339_nanos(fs::metadata(file)?.modified()?).to_string()))
    }
}

fn write_private(file: &Path, text: &str) -> io::Result<()> {
    let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    open.write_all(text.as_bytes())?;
    open.sync_all()
}

#[cfg(test)]
mod tests;
