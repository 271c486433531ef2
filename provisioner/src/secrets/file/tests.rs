use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use platform::credentials::{ContentError, Credentials, Login};
use platform::names::SecretPath;
use platform::password::Password;
use tempfile::TempDir;

use super::super::{NewSecret, SecretState, Written};
use super::FileSecrets;

fn secrets() -> (TempDir, FileSecrets) {
    let folder = tempfile::tempdir().unwrap();
    let files = FileSecrets::new(folder.path().to_owned(), vec!["PLACEHOLDER".to_owned()]);
    (folder, files)
}

fn path() -> SecretPath {
    "goldenpath/dev/app/postgres".parse().unwrap()
}

fn new(password: &str, seen: &SecretState) -> NewSecret {
    let login = Login {
        username: "app_user".to_owned(),
        host: "127.0.0.1".to_owned(),
        port: 5432,
        dbname: "app".to_owned(),
        instance: None,
    };
    let old = if let SecretState::Placeholder { document, .. } = seen { document.as_ref() } else { None };
    let credentials = Credentials::new(&login, &Password::new(password), old);
    NewSecret::new(credentials, BTreeMap::new(), &mut rand::make_rng::<rand::rngs::StdRng>())
}

fn put(folder: &TempDir, text: &str) {
    let file = folder.path().join("goldenpath/dev/app/postgres.json");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let mut open = fs::File::create(file).unwrap();
    std::io::Write::write_all(&mut open, text.as_bytes()).unwrap();
}

fn mode(folder: &TempDir, below: &str) -> u32 {
    fs::metadata(folder.path().join(below)).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_new_secret_is_written_for_nobody_else() {
    let (folder, files) = secrets();
    let missing = files.read(&path());
    assert_eq!(missing, SecretState::Missing);
    let written = files.write(&path(), &missing, &new("n3w", &missing)).unwrap();
    let SecretState::Usable { credentials, version, created } = files.read(&path()) else { panic!("not usable") };
    assert_eq!(written, Written::Version(version));
    assert!(created.is_some() && credentials.password.expose() == "n3w");
    assert_eq!(mode(&folder, "goldenpath/dev/app/postgres.json"), 0o600);
    assert_eq!(mode(&folder, "goldenpath/dev"), 0o700);
    assert_eq!(fs::read_dir(folder.path().join("goldenpath/dev/app")).unwrap().count(), 1);
}

#[test]
fn of_two_runs_one_loses() {
    let (_folder, files) = secrets();
    let missing = files.read(&path());
    files.write(&path(), &missing, &new("first", &missing)).unwrap();
    assert_eq!(files.write(&path(), &missing, &new("second", &missing)).unwrap(), Written::LostRace);
    let SecretState::Usable { credentials, .. } = files.read(&path()) else { panic!("not usable") };
    assert_eq!(credentials.password.expose(), "first");
}

#[test]
fn a_placeholder_is_replaced_once_and_its_other_keys_stay() {
    let (folder, files) = secrets();
    put(&folder, r#"{"password":"PLACEHOLDER_x","team":"identity"}"#);
    let seen = files.read(&path());
    assert_eq!(seen.name(), "placeholder");
    assert!(matches!(files.write(&path(), &seen, &new("n3w", &seen)).unwrap(), Written::Version(_)));
    assert_eq!(files.write(&path(), &seen, &new("other", &seen)).unwrap(), Written::LostRace);
    let text = fs::read_to_string(folder.path().join("goldenpath/dev/app/postgres.json")).unwrap();
    assert!(text.contains("identity") && text.contains("n3w") && !text.contains("PLACEHOLDER"), "{text}");
}

#[test]
fn files_that_are_no_secret_are_named() {
    let (folder, files) = secrets();
    put(&folder, "\n");
    assert_eq!(files.read(&path()), SecretState::NoCurrentValue);
    put(&folder, "S3cret");
    assert_eq!(files.read(&path()), SecretState::Malformed(ContentError::NotJson));
    fs::remove_file(folder.path().join("goldenpath/dev/app/postgres.json")).unwrap();
    fs::create_dir(folder.path().join("goldenpath/dev/app/postgres.json")).unwrap();
    assert_eq!(files.read(&path()).name(), "unread");
}
