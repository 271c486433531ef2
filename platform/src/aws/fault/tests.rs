use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::ErrorMetadata;

use super::{CredentialsFault, Fault, NetworkFault};
use crate::exit::Exit;
use crate::termination::has_retry_phrase;

type Failure = SdkError<ErrorMetadata, HttpResponse>;

const NETWORK: [NetworkFault; 8] = [
    NetworkFault::Refused,
    NetworkFault::Reset,
    NetworkFault::ConnectTimedOut,
    NetworkFault::NoRoute,
    NetworkFault::ResolverSilent,
    NetworkFault::Slow,
    NetworkFault::NoSuchHost,
    NetworkFault::Untrusted,
];

fn code(code: &str) -> Fault {
    Fault::of_code(code, "a message", Some(400))
}

fn not_sent(error: io::Error) -> Fault {
    Fault::of(&Failure::dispatch_failure(ConnectorError::io(error.into())))
}

fn without_credentials(error: CredentialsError) -> Fault {
    Fault::of(&Failure::dispatch_failure(ConnectorError::other(error.into(), None)))
}

#[test]
fn codes_are_told_apart() {
    assert!(matches!(code("AccessDeniedException"), Fault::Denied { .. }));
    assert!(matches!(code("ResourceNotFoundException"), Fault::NotFound { .. }));
    assert!(matches!(code("NoSuchHostedZone"), Fault::NotFound { .. }));
    assert!(matches!(code("DBInstanceNotFoundFault"), Fault::NotFound { .. }));
    assert!(matches!(code("ThrottlingException"), Fault::Throttled { .. }));
    assert!(matches!(code("ExpiredTokenException"), Fault::Credentials(CredentialsFault::Expired { .. })));
    assert!(matches!(code("UnrecognizedClientException"), Fault::Credentials(CredentialsFault::Rejected { .. })));
    assert!(matches!(code("LimitExceededException"), Fault::Other { .. }));
}

#[test]
fn a_status_alone_is_a_service_that_fails_or_nobodys_word() {
    for status in [200, 403, 404] {
        let fault = Fault::of_code("", "", Some(status));
        assert_eq!(fault.to_string(), format!("HTTP {status}: the answer is not one of AWS', but a proxy's page?"));
        assert_eq!(fault.exit(), Exit::Failed);
    }
    assert!(matches!(Fault::of_code("", "", Some(429)), Fault::Throttled { .. }));
    for (code, status) in [("", Some(502)), ("Odd", Some(500)), ("InternalServiceError", None)] {
        assert!(matches!(Fault::of_code(code, "", status), Fault::Unavailable { .. }), "{code}");
    }
}

#[test]
fn the_network_is_named_by_the_kind_of_the_error() {
    let cases = [
        (io::ErrorKind::ConnectionRefused, NetworkFault::Refused),
        (io::ErrorKind::ConnectionReset, NetworkFault::Reset),
        (io::ErrorKind::TimedOut, NetworkFault::ConnectTimedOut),
        (io::ErrorKind::NetworkUnreachable, NetworkFault::NoRoute),
        (io::ErrorKind::InvalidData, NetworkFault::Untrusted),
    ];
    for (kind, fault) in cases {
        assert_eq!(not_sent(kind.into()), Fault::Unreachable(fault), "{kind}");
        // As TLS and the credentials of the chain wrap it.
        assert_eq!(not_sent(io::Error::other(io::Error::from(kind))), Fault::Unreachable(fault), "{kind}");
        assert_eq!(
            without_credentials(CredentialsError::provider_error(io::Error::from(kind))),
            Fault::Unreachable(fault),
            "{kind}"
        );
    }
    let lookup = |text: &str| not_sent(io::Error::other(format!("failed to lookup address information: {text}")));
    assert_eq!(lookup("Temporary failure in name resolution"), Fault::Unreachable(NetworkFault::ResolverSilent));
    assert_eq!(lookup("Name or service not known"), Fault::Unreachable(NetworkFault::NoSuchHost));
}

#[test]
fn credentials_that_are_missing_are_not_credentials_that_are_broken() {
    let missing = without_credentials(CredentialsError::not_loaded_no_source());
    assert_eq!(missing, Fault::Credentials(CredentialsFault::Missing));
    let broken = without_credentials(CredentialsError::provider_error("no such file"));
    assert!(matches!(broken, Fault::Credentials(CredentialsFault::Broken { ref reason }) if reason == "no such file"));
    assert_eq!(broken.exit(), Exit::Failed);
    let answered = |code: &str| {
        let answer = ErrorMetadata::builder().code(code).message("x").build();
        without_credentials(CredentialsError::provider_error(answer))
    };
    let denied = answered("AccessDenied");
    assert!(
        matches!(denied, Fault::Credentials(CredentialsFault::Broken { ref reason }) if reason == "AccessDenied: x")
    );
    assert!(answered("Throttling").is_transient() && answered("ServiceUnavailable").is_transient());
    let no_file = without_credentials(CredentialsError::provider_error(io::Error::from(io::ErrorKind::NotFound)));
    assert!(no_file.to_string().contains("AWS_WEB_IDENTITY_TOKEN_FILE"));
}

#[test]
fn the_phrase_for_a_retry_is_there_exactly_where_a_retry_may_help() {
    let stubborn = "as the system says: connection reset by peer, i/o timeout";
    let faults = NETWORK.map(Fault::Unreachable).into_iter().chain([
        code("Throttling"),
        Fault::Unavailable { code: "HTTP 503".to_owned() },
        Fault::of_code("AccessDenied", stubborn, Some(403)),
        Fault::of_code("NoSuchBucket", stubborn, Some(404)),
        Fault::of_code("Odd", stubborn, Some(400)),
        Fault::Credentials(CredentialsFault::Missing),
        Fault::Credentials(CredentialsFault::Broken { reason: stubborn.to_owned() }),
    ]);
    for fault in faults {
        assert_eq!(has_retry_phrase(&fault.to_string()), fault.exit() == Exit::Unavailable, "{fault}");
        assert_eq!(fault.is_transient(), fault.exit() == Exit::Unavailable, "{fault}");
    }
}

#[test]
fn a_page_is_not_a_message() {
    let page = "<html> ".repeat(1000);
    assert!(Fault::of_code("Odd", &page, Some(400)).to_string().len() < 400);
}
