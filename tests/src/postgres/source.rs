//! Where a server of a major version comes from.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::installed::setup_folder;

/// The folder with the binaries of that major version that the environment names, if it does.
pub(super) fn named_binaries(major: u8) -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os(format!("TEST_POSTGRES_{major}_BIN"))?);
    assert!(has_binaries(&folder), "TEST_POSTGRES_{major}_BIN: no initdb and postgres in {}", folder.display());
    Some(folder)
}

/// The first ordinary place that holds binaries of that major version.
pub(super) fn found_binaries(major: u8) -> Option<PathBuf> {
    let named = std::env::var_os("POSTGRES_BINARIES").map(PathBuf::from);
    let set_up = setup_folder().join("postgres");
    let unpacked = named.into_iter().chain([set_up]).map(|root| root.join(major.to_string()).join("bin"));
    let installed = [
        format!("/usr/lib/postgresql/{major}/bin"),          // Debian, Ubuntu
        format!("/usr/pgsql-{major}/bin"),                   // PGDG on Red Hat
        format!("/usr/libexec/postgresql{major}"),           // Alpine
        format!("/opt/homebrew/opt/postgresql@{major}/bin"), // Homebrew
        format!("/usr/local/opt/postgresql@{major}/bin"),
    ];
    unpacked
        .chain(installed.into_iter().map(PathBuf::from))
        .chain(configured_binaries(major))
        .find(|folder| has_binaries(folder))
        .map(really)
}

/// Where a folder really is: the server's account may not enter every folder that a link to it is in.
fn really(folder: PathBuf) -> PathBuf {
    folder.canonicalize().unwrap_or(folder)
}

/// The newest major version that binaries on this machine have.
pub(super) fn newest_found() -> Option<u8> {
    (13..=18).rev().find(|major| named_binaries(*major).is_some() || found_binaries(*major).is_some())
}

/// What to do on a machine with neither.
pub(super) fn instructions(major: u8, docker: &str) -> String {
    format!(
        "no PostgreSQL {major} to test against. Any one of these gives one:\n\
         - a Docker daemon that has, or can pull, postgres:{major} (it said: {docker})\n\
         - the distribution's server package, e.g. `apt-get install postgresql-{major}`\n\
         - TEST_POSTGRES_{major}_BIN=<folder with initdb and postgres>, or POSTGRES_BINARIES=<folder with {major}/bin>\n\
         `tests/setup` does what it can of this; TEST_POSTGRES_MAJORS=15,17 limits a run to these versions."
    )
}

fn has_binaries(folder: &Path) -> bool {
    folder.join("initdb").is_file() && folder.join("postgres").is_file()
}

/// Where the `pg_config` on the PATH says that the binaries are, if it is of that major version.
fn configured_binaries(major: u8) -> Option<PathBuf> {
    let ask = |what: &str| {
        let answer = Command::new("pg_config").arg(what).output().ok()?;
        answer.status.success().then(|| String::from_utf8_lossy(&answer.stdout).trim().to_owned())
    };
    ask("--version")?.starts_with(&format!("PostgreSQL {major}.")).then(|| ask("--bindir").map(PathBuf::from))?
}
