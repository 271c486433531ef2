//! What a failed call means: who must do what, and whether trying again may help.

use std::error::Error;
use std::fmt;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::network::{NetworkFault, chain};
use crate::exit::Exit;
use crate::termination::without_retry_phrases;

/// Codes by which the services say that there were too many calls. (`LimitExceededException` is a quota: it stays.)
const THROTTLED: [&str; 12] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];
const DENIED: [&str; 5] =
    ["AccessDenied", "AccessDeniedException", "AuthorizationError", "NotAuthorized", "UnauthorizedOperation"];
const EXPIRED: [&str; 3] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired"];
const REJECTED: [&str; 12] = [
    "AuthFailure",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidIdentityToken",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];
/// What the services answer where they fail themselves; over HTTP the status says it too, within an answer it does not.
const UNAVAILABLE: [&str; 7] = [
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServiceError",
    "InternalServiceErrorException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
];
/// A message of a service is a sentence; what is longer is a page.
const MESSAGE: usize = 300;

/// What is wrong with the caller's credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsFault {
    /// No link of the chain has any.
    #[error("no AWS credentials: give the service account a role (IRSA or Pod Identity), or set AWS_PROFILE")]
    Missing,
    /// Their time is over.
    #[error("the AWS credentials have expired ({code}): fetch new ones, and check the clock")]
    Expired {
        /// The service's code.
        code: String,
    },
    /// AWS does not know or accept them.
    #[error("AWS does not accept the credentials ({code}): check the keys, the account and the clock")]
    Rejected {
        /// The service's code.
        code: String,
    },
    /// They are configured, and could not be fetched.
    #[error("the AWS credentials could not be fetched: {reason}")]
    Broken {
        /// What the link of the chain says.
        reason: String,
    },
}

/// What a failed call means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The caller may not do this.
    Denied {
        /// The service's code.
        code: String,
        /// The service's message; it names the caller, the action and the resource.
        message: String,
    },
    /// What was asked for is not there.
    NotFound {
        /// The service's code.
        code: String,
        /// The service's message.
        message: String,
    },
    /// Still too many calls after all attempts.
    Throttled {
        /// The service's code.
        code: String,
    },
    /// Still an error of the service's own (5xx) after all attempts.
    Unavailable {
        /// The service's code, or HTTP's status.
        code: String,
    },
    /// There was no answer.
    Unreachable(NetworkFault),
    /// The caller could not show who it is.
    Credentials(CredentialsFault),
    /// Anything else.
    Other {
        /// The service's code, or a few words where there is none.
        code: String,
        /// The service's message.
        message: String,
    },
}

impl Fault {
    /// Classifies the error of a call. By type, code and status; no body of an answer is looked at or kept.
    pub fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        match error {
            SdkError::ServiceError(_) => {
                Self::of_code(error.code().unwrap_or_default(), error.message().unwrap_or_default(), status)
            }
            SdkError::TimeoutError(_) => Self::Unreachable(NetworkFault::Slow),
            SdkError::DispatchFailure(_) => of_dispatch(error),
            // The head of the answer was there; its body was cut, or is no answer of AWS'.
            SdkError::ResponseError(_) => match status {
                Some(status) if status >= 500 => Self::Unavailable { code: format!("HTTP {status}") },
                _ if NetworkFault::of(error).is_some() => Self::Unreachable(NetworkFault::Reset),
                _ => Self::Other { code: "the answer is not one of AWS'".to_owned(), message: reason(error) },
            },
            _ => Self::Other { code: "the request could not be made".to_owned(), message: reason(error) },
        }
    }

    /// Classifies a code that a service gave, as it stands in an answer about many items. A status without a code is
    /// nobody's word: a proxy's 404 must not look like something that is missing.
    pub fn of_code(code: &str, message: &str, status: Option<u16>) -> Self {
        let (owned, message) = match (code, status) {
            ("", Some(status)) => {
                (format!("HTTP {status}"), "the answer is not one of AWS', but a proxy's page?".to_owned())
            }
            _ => (code.to_owned(), cut(message)),
        };
        if THROTTLED.contains(&code) || status == Some(429) {
            Self::Throttled { code: owned }
        } else if DENIED.contains(&code) {
            Self::Denied { code: owned, message }
        } else if EXPIRED.contains(&code) {
            Self::Credentials(CredentialsFault::Expired { code: owned })
        } else if REJECTED.contains(&code) {
            Self::Credentials(CredentialsFault::Rejected { code: owned })
        } else if UNAVAILABLE.contains(&code) || status.is_some_and(|status| status >= 500) {
            Self::Unavailable { code: owned }
        } else if is_not_found(code) {
            Self::NotFound { code: owned, message }
        } else {
            Self::Other { code: owned, message }
        }
    }

    /// Whether the same call may succeed later by itself.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Throttled { .. } | Self::Unavailable { .. } => true,
            Self::Unreachable(network) => network.may_pass(),
            _ => false,
        }
    }

    /// How a run ends that cannot go on without this call.
    pub const fn exit(&self) -> Exit {
        if self.is_transient() { Exit::Unavailable } else { Exit::Failed }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Throttled { code } => {
                return write!(
                    formatter,
                    "i/o timeout: AWS still throttles ({code}) after every attempt; run it again later"
                );
            }
            Self::Unavailable { code } => {
                return write!(
                    formatter,
                    "i/o timeout: AWS still fails ({code}) after every attempt; run it again later"
                );
            }
            Self::Unreachable(network) => return network.fmt(formatter),
            Self::Credentials(credentials) => credentials.to_string(),
            Self::Denied { code, message } => format!("access denied ({code}): {message}"),
            Self::NotFound { code, message } => format!("not found ({code}): {message}"),
            Self::Other { code, message } => format!("{code}: {message}"),
        };
        // A message of a service's may hold one of the phrases for which a step is tried again.
        formatter.write_str(&without_retry_phrases(&text))
    }
}

impl Error for Fault {}

/// The call was not sent, or nothing came back. Fetching credentials is part of a call.
fn of_dispatch(error: &(dyn Error + 'static)) -> Fault {
    let credentials = chain(error).find_map(|error| error.downcast_ref::<CredentialsError>());
    match (NetworkFault::of(error), credentials) {
        (Some(network), _) => Fault::Unreachable(network),
        (None, Some(CredentialsError::CredentialsNotLoaded(_))) => Fault::Credentials(CredentialsFault::Missing),
        (None, Some(CredentialsError::ProviderTimedOut(_))) => Fault::Unreachable(NetworkFault::Slow),
        (None, Some(broken)) => of_broken_credentials(broken),
        (None, None) => Fault::Other { code: "the call failed".to_owned(), message: reason(error) },
    }
}

fn of_broken_credentials(error: &CredentialsError) -> Fault {
    let answer = chain(error).find_map(|error| error.downcast_ref::<ErrorMetadata>());
    let (code, message) =
        answer.map_or(("", ""), |it| (it.code().unwrap_or_default(), it.message().unwrap_or_default()));
    let fault = Fault::of_code(code, message, None);
    if fault.is_transient() {
        return fault;
    }
    let no_file = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    let reason = if answer.is_some() {
        cut(&format!("{code}: {message}"))
    } else if chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).any(no_file) {
        // The SDK does not say which.
        "a file of theirs is not there (AWS_WEB_IDENTITY_TOKEN_FILE, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)".to_owned()
    } else {
        reason(error)
    };
    Fault::Credentials(CredentialsFault::Broken { reason })
}

/// `ResourceNotFoundException` of one service, `NoSuchBucket` and `DBInstanceNotFound` of others.
fn is_not_found(code: &str) -> bool {
    code.starts_with("NoSuch")
        || ["NotFound", "NotFoundException", "NotFoundFault"].iter().any(|end| code.ends_with(end))
}

/// The texts of the chain below its head, each once. They are the SDK's own: none quotes an answer.
fn reason(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    for text in chain(error).skip(1).map(ToString::to_string) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    cut(&texts.join(": "))
}

/// One line, and not a page.
fn cut(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MESSAGE).collect()
}

#[cfg(test)]
mod tests;
