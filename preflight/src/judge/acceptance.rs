//! What is asked once a tier is there: each part by what it says of itself.

mod access;
mod delivery;
mod observability;

pub use access::{backstage, token, unauthorised};
pub use delivery::{external_secrets, kong, root_application};
pub use observability::{alertmanager, grafana, prometheus_targets};

use crate::judge::foundation::input::filled;
use crate::verdict::Short;
use crate::view::View;

/// A URL of the profile, with a path behind it.
fn url(view: &View<'_>, base: &str, path: &str) -> Result<String, Short> {
    Ok(format!("{}{path}", filled(view, base)?.trim_end_matches('/')))
}

#[cfg(test)]
mod tests;
