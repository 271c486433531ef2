//! Files for the next step of a workflow: each written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("write {path}")]
pub struct WriteError {
    path: String,
    #[source]
    source: io::Error,
}

/// Writes `content` to `path`, through a temporary file beside it that then takes its name: a reader sees the old file
/// or the new one, also when the process is killed. Folders are made.
pub fn write(path: &Path, content: &[u8]) -> Result<(), WriteError> {
    write_whole(path, content).map_err(|source| WriteError { path: path.display().to_string(), source })
}

fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::IsADirectory))?;
    let temporary = folder.join(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    let written = File::create(&temporary)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_data()))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The error that counts is the first one; what is left is a hidden file.
        drop(fs::remove_file(&temporary));
    }
    written
}

#[cfg(test)]
mod tests {
    #[test]
    fn replaces_a_file_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/changes");
        super::write(&path, b"1").unwrap();
        super::write(&path, b"0").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"0");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn an_unwritable_place_is_named() {
        let error = super::write(std::path::Path::new("/proc/none/changes"), b"1").unwrap_err();
        assert_eq!(error.to_string(), "write /proc/none/changes");
    }
}
