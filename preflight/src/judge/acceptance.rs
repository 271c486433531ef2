//! What is asked once a tier is there: each part by what it says of itself.

mod access;
mod delivery;
mod observability;

pub use access::{backstage, token, unauthorised};
pub use delivery::{external_secrets, kong, root_application};
pub use observability::{alertmanager, grafana, prometheus_targets};

use crate::judge::foundation::input::filled;
use crate::judge::http::{Reply, reply};
use crate::verdict::{Judged, Short, Verdict};
use crate::view::View;

/// A URL of the profile, with a path behind it.
fn url(view: &View<'_>, base: &str, path: &str) -> Result<String, Short> {
    Ok(format!("{}{path}", filled(view, base)?.trim_end_matches('/')))
}

/// What answers 200 is there.
fn answers(view: &View<'_>, url: &str) -> Judged {
    Ok(match reply(view, url)? {
        Ok(Reply { status: 200, .. }) => Verdict::Pass(format!("{url} answers 200")),
        Ok(reply) => Verdict::Fail(reply.unexpected()),
        Err(finding) => Verdict::Fail(finding),
    })
}

#[cfg(test)]
mod tests;
