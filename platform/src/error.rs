//! Errors as people read them: each says what it was doing, and its source why that failed.

use std::error::Error;

/// The error and its sources, one after the other: `read tfvars x: permission denied`.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
