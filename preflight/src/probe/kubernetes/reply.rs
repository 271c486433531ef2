//! What an answer of the Kubernetes API means. Pure: by status and fields, never by a message.

use platform::termination::without_retry_phrases;
use serde_json::Value;

use super::asked::Asked;
use crate::verdict::CannotLook;

/// A message of the server is a sentence; what is longer is a page.
const MESSAGE: usize = 300;
/// What the API server says of a path that it does not serve, where it says nothing in JSON.
const NO_PATH: &[u8] = b"404 page not found";

/// An answer, as it came.
#[derive(Debug)]
pub(super) struct Reply {
    /// HTTP's status.
    pub(super) status: u16,
    /// Its body.
    pub(super) body: Vec<u8>,
}

/// Why there is no document.
#[derive(Debug, PartialEq)]
pub(super) enum Fault {
    /// The kind is not served.
    NoKind,
    /// The object, or the namespace that it would be in, is not there; the server's words.
    NoObject(String),
    /// The path is not served: not this resource, or not in this version.
    NoPath,
    /// The list that is read page by page has grown too old.
    Expired,
    /// It is not allowed; nor is it told, then, whether it is there.
    Forbidden(CannotLook),
    /// Anything else.
    Cannot(CannotLook),
}

impl From<CannotLook> for Fault {
    fn from(cannot: CannotLook) -> Self {
        Self::Cannot(cannot)
    }
}

impl Fault {
    /// Where no kind of absence is an answer.
    pub(super) fn cannot(self, asked: &Asked<'_>) -> CannotLook {
        match self {
            Self::Forbidden(cannot) | Self::Cannot(cannot) => cannot,
            Self::NoObject(message) => CannotLook::new("absent", format!("cannot {asked}: {message}")),
            Self::NoKind => CannotLook::new("absent", format!("cannot {asked}: the cluster does not serve this kind")),
            Self::NoPath => CannotLook::new("protocol", format!("cannot {asked}: the API server has no such path")),
            Self::Expired => {
                CannotLook::new("unavailable", format!("cannot {asked}: the list changes too fast")).passing()
            }
        }
    }
}

/// The document, or why there is none.
pub(super) fn read(reply: &Reply, asked: &Asked<'_>) -> Result<Value, Fault> {
    let document = serde_json::from_slice::<Value>(&reply.body).ok();
    if matches!(reply.status, 200..=299) {
        let foreign =
            || CannotLook::new("protocol", format!("cannot {asked}: the answer is no JSON (a proxy's page?)"));
        return document.ok_or_else(|| Fault::Cannot(foreign()));
    }
    let status = document.filter(|document| document["kind"] == "Status");
    Err(fault(reply, status.as_ref(), asked))
}

fn fault(reply: &Reply, status: Option<&Value>, asked: &Asked<'_>) -> Fault {
    let message = status
        .and_then(|status| status["message"].as_str())
        .map_or_else(|| format!("HTTP {}, and no word of the API server's (a proxy's page?)", reply.status), sentence);
    let named = status.is_some_and(|status| status["details"]["name"].as_str().is_some_and(|name| !name.is_empty()));
    match (reply.status, status) {
        (401, _) => Fault::Cannot(unauthorized(asked, &message)),
        (403, Some(_)) => Fault::Forbidden(forbidden(asked, &message, named)),
        (404, Some(_)) if named => Fault::NoObject(message),
        (404, Some(_)) => Fault::NoPath,
        (404, None) if reply.body.starts_with(NO_PATH) => Fault::NoPath,
        (410, Some(_)) => Fault::Expired,
        (429, _) => {
            let summary = format!("cannot {asked}: the API server has too many requests: {message}");
            Fault::Cannot(CannotLook::new("throttled", summary).passing())
        }
        (500.., _) => {
            let summary = format!("cannot {asked}: the API server fails (HTTP {}): {message}", reply.status);
            Fault::Cannot(CannotLook::new("unavailable", summary).passing())
        }
        _ => {
            let summary = format!("cannot {asked}: the API server takes the request for wrong: {message}");
            Fault::Cannot(CannotLook::new("protocol", without_retry_phrases(&summary)))
        }
    }
}

fn unauthorized(asked: &Asked<'_>, message: &str) -> CannotLook {
    let summary = format!("cannot {asked}: the API server does not accept the run's credentials: {message}");
    CannotLook::new("unauthorized", without_retry_phrases(&summary)).fix(
        "renew the credentials (aws eks update-kubeconfig --name CLUSTER), or let the IAM principal in \
         (aws eks create-access-entry)",
    )
}

/// Refused by the access control, or (`named`: it has seen the object that was to be made) by the admission.
fn forbidden(asked: &Asked<'_>, message: &str, named: bool) -> CannotLook {
    if asked.is_creation() && named {
        let summary = format!("the cluster's admission refuses to {asked}: {message}");
        return CannotLook::new("forbidden", without_retry_phrases(&summary)).fix(
            "choose another namespace for it, or relax the quota, pod security level or admission policy that the \
             message names",
        );
    }
    // The message says once more what was asked for; but only there stands who asked.
    let summary = match message.split_once("User \"").and_then(|(_, rest)| rest.split_once('"')) {
        Some((user, _)) => format!("{user} may not {asked}"),
        None => format!("the run's account may not {asked}: {message}"),
    };
    CannotLook::new("forbidden", without_retry_phrases(&summary)).fix(asked.permission())
}

/// One line, and not a page.
pub(super) fn sentence(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MESSAGE).collect()
}

#[cfg(test)]
mod tests;
