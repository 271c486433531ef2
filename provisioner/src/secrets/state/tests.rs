use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use platform::aws::{CredentialsFault, Fault, NetworkFault};
use platform::credentials::ContentError;
use platform::exit::Exit;
use platform::names::SecretPath;
use platform::termination::{has_retry_phrase, headline};

use super::{Place, SecretState};

const USABLE: &str = r#"{"username":"u","password":"S3cret","host":"db.example.com","port":5432,"dbname":"d","dbInstanceIdentifier":"i"}"#;

fn of(text: &str) -> SecretState {
    SecretState::of_content(text, "v1".to_owned(), None, &["PLACEHOLDER".to_owned()])
}

/// Every state but the usable one, with its exit code and its name.
fn unusable() -> Vec<(SecretState, Exit, &'static str)> {
    let date = Some(SystemTime::UNIX_EPOCH + Duration::from_hours(24));
    let denied = |message: &str| SecretState::Denied { action: "x:Y".to_owned(), message: message.to_owned() };
    let unread = |network| SecretState::Unread(Fault::Unreachable(network));
    vec![
        (SecretState::Missing, Exit::Invalid, "missing"),
        (SecretState::PendingDeletion { date }, Exit::Invalid, "pending_deletion"),
        (SecretState::NoCurrentValue, Exit::Invalid, "no_current_value"),
        (of("PLACEHOLDER"), Exit::Invalid, "placeholder"),
        (of("S3cret"), Exit::Invalid, "malformed"),
        (SecretState::Malformed(ContentError::Missing { key: "port" }), Exit::Invalid, "malformed"),
        (denied("said the proxy: i/o timeout"), Exit::Failed, "denied"),
        (SecretState::Unread(Fault::Throttled { code: "Throttling".to_owned() }), Exit::Unavailable, "throttled"),
        (SecretState::Unread(Fault::Unavailable { code: "HTTP 503".to_owned() }), Exit::Unavailable, "unavailable"),
        (unread(NetworkFault::Refused), Exit::Unavailable, "unreachable"),
        (unread(NetworkFault::ResolverSilent), Exit::Unavailable, "unreachable"),
        (unread(NetworkFault::NoSuchHost), Exit::Failed, "no_such_host"),
        (SecretState::Unread(Fault::Credentials(CredentialsFault::Missing)), Exit::Failed, "no_credentials"),
    ]
}

fn path() -> SecretPath {
    "goldenpath/dev/backstage/postgres".parse().unwrap()
}

#[test]
fn each_state_has_its_name_and_exit_code() {
    for (state, exit, name) in unusable() {
        assert_eq!((state.exit(), state.name()), (Some(exit), name));
    }
    assert_eq!((of(USABLE).exit(), of(USABLE).name()), (None, "usable"));
}

#[test]
fn each_message_fits_one_line_and_may_be_retried_exactly_with_75() {
    for place in [Place::SecretsManager, Place::Folder(PathBuf::from("secrets"))] {
        for (state, exit, name) in unusable() {
            let message = state.message(&path(), &place);
            assert_eq!(headline(&message), message, "{name}");
            assert!(message.contains(path().as_str()), "{name}");
            assert_eq!(has_retry_phrase(&message), exit == Exit::Unavailable, "{message}");
            let detail = state.detail(&path(), &place).unwrap_or_default();
            assert!(!has_retry_phrase(&detail) && !detail.contains("S3cret"), "{detail}");
        }
    }
}

#[test]
fn a_secret_that_is_being_deleted_is_named_with_the_command_that_restores_it() {
    let (state, ..) = unusable().swap_remove(1);
    assert_eq!(
        state.message(&path(), &Place::SecretsManager),
        "secret goldenpath/dev/backstage/postgres is scheduled for deletion (1970-01-02T00:00:00.000Z): \
         aws secretsmanager restore-secret --secret-id goldenpath/dev/backstage/postgres"
    );
}

#[test]
fn only_what_holds_no_password_may_be_given_one() {
    let creatable: Vec<_> = unusable().into_iter().filter(|(state, ..)| state.may_be_created()).collect();
    let names: Vec<_> = creatable.iter().map(|(.., name)| *name).collect();
    assert_eq!(names, ["missing", "no_current_value", "placeholder"]);
    assert!(!of(USABLE).may_be_created());
}

#[test]
fn nothing_of_the_content_is_printed() {
    let printed = format!("{:?} {:?}", of(USABLE), of(r#"{"password":"PLACEHOLDER_S3cret"}"#));
    assert!(!printed.contains("S3cret") && !printed.contains("example"), "{printed}");
}

#[test]
fn a_place_is_aws_or_a_folder() {
    assert_eq!("aws".parse(), Ok(Place::SecretsManager));
    assert_eq!("file:/tmp/x".parse(), Ok(Place::Folder(PathBuf::from("/tmp/x"))));
    for text in ["", "file:", "/tmp/x", "AWS"] {
        assert!(text.parse::<Place>().is_err(), "{text}");
    }
}
