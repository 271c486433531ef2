//! What the programs print. A reader that went away has no use for it, and that is no error.

use std::io::{self, Write};

/// Writes data.
pub fn stdout(text: &str) {
    let mut out = io::stdout().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// Writes a last word.
pub fn stderr(text: &str) {
    drop(io::stderr().lock().write_all(text.as_bytes()));
}
