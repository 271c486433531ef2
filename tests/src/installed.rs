//! What `tests/setup` has put in place.

use std::path::{Path, PathBuf};

/// The folder that it fills: server binaries by major version, moto's server; and that logs of stand-ins go to.
pub(crate) fn setup_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/acceptance")
}
