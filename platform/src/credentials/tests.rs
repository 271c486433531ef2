use serde_json::{Value, json};

use super::{ContentError, Credentials, Document, Login};
use crate::password::Password;

fn placeholders() -> Vec<String> {
    ["PLACEHOLDER", "CHANGEME"].map(str::to_owned).to_vec()
}

fn valid() -> Value {
    json!({
        "username": "keycloak_user", "password": "S3cret", "host": "db.example.com", "port": 5432, "dbname": "keycloak",
        "dbInstanceIdentifier": "dev", "team": "identity"
    })
}

/// The valid content with one key changed, or without it.
fn with(key: &str, value: Option<Value>) -> Result<Credentials, ContentError> {
    let mut content = valid();
    let keys = content.as_object_mut().unwrap();
    match value {
        Some(value) => drop(keys.insert(key.to_owned(), value)),
        None => drop(keys.remove(key)),
    }
    Credentials::parse(&content.to_string(), &placeholders())
}

fn login() -> Login {
    Login {
        username: "keycloak_user".to_owned(),
        host: "db.example.com".to_owned(),
        port: 5433,
        dbname: "keycloak".to_owned(),
        instance: Some("dev".to_owned()),
    }
}

fn written(credentials: &Credentials) -> Value {
    serde_json::from_str(&credentials.expose_json()).unwrap()
}

#[test]
fn a_port_is_a_number_or_a_text() {
    assert_eq!(with("port", Some(json!(5433))).unwrap().port, 5433);
    assert_eq!(with("port", Some(json!("5433"))).unwrap().port, 5433);
    for port in [json!(0), json!(65536), json!(-1), json!(5432.5), json!("five"), json!([5432]), json!("")] {
        assert!(matches!(with("port", Some(port)), Err(ContentError::Kind { key: "port", .. })));
    }
}

#[test]
fn every_key_is_wanted_and_not_empty() {
    for key in ["username", "password", "host", "port", "dbname"] {
        assert_eq!(with(key, None), Err(ContentError::Missing { key }));
        assert_eq!(with(key, Some(Value::Null)), Err(ContentError::Missing { key }));
    }
    for key in ["username", "password", "host", "dbname"] {
        assert_eq!(with(key, Some(json!(""))), Err(ContentError::Empty { key }));
        assert_eq!(with(key, Some(json!(7))), Err(ContentError::Kind { key, wanted: "a text" }));
    }
}

#[test]
fn a_placeholder_is_found_whatever_else_is_missing() {
    for text in ["PLACEHOLDER_SET_ME", "placeholder", "ChangeMe123"] {
        assert_eq!(with("password", Some(json!(text))), Err(ContentError::Placeholder), "{text}");
    }
    let seeded = Credentials::parse(r#"{"password":"PLACEHOLDER_x"}"#, &placeholders());
    assert_eq!(seeded, Err(ContentError::Placeholder));
    assert_eq!(Credentials::parse(" CHANGEME\n", &placeholders()), Err(ContentError::Placeholder));
    assert!(with("password", Some(json!("my-PLACEHOLDER"))).is_ok());
    assert!(with("password", Some(json!("Plätze"))).is_ok());
    assert!(Credentials::parse(&valid().to_string(), &[String::new()]).is_ok());
}

#[test]
fn what_is_no_object_is_named() {
    assert_eq!(Credentials::parse("S3cret", &placeholders()), Err(ContentError::NotJson));
    assert_eq!(Credentials::parse("", &placeholders()), Err(ContentError::NotJson));
    assert_eq!(Credentials::parse(r#"["S3cret"]"#, &placeholders()), Err(ContentError::NotAnObject));
    assert_eq!(Credentials::parse(r#""PLACEHOLDER""#, &placeholders()), Err(ContentError::NotAnObject));
}

#[test]
fn nothing_of_the_content_is_printed() {
    let credentials = with("team", None).unwrap();
    let errors = [with("port", Some(json!("S3cret"))).unwrap_err(), Document::parse("{S3cret").unwrap_err()];
    let printed = format!("{credentials:?} {:?} {errors:?} {} {}", credentials.document(), errors[0], errors[1]);
    assert!(!printed.contains("S3cret") && !printed.contains("keycloak"), "{printed}");
}

#[test]
fn a_new_secret_has_every_key_and_alias() {
    let new = Credentials::new(&login(), &Password::new("n3w"), None);
    let wanted = json!({
        "username": "keycloak_user", "password": "n3w", "host": "db.example.com", "port": 5433, "dbname": "keycloak",
        "engine": "postgres", "dbInstanceIdentifier": "dev", "postgres-password": "n3w", "admin-password": "n3w"
    });
    assert_eq!(written(&new), wanted);
    assert_eq!(Credentials::parse(&new.expose_json(), &placeholders()), Ok(new));
}

#[test]
fn a_rewrite_keeps_what_it_does_not_know() {
    let old =
        json!({"password": "PLACEHOLDER", "admin-password": "PLACEHOLDER", "port": "5432", "team": {"name": "x"}});
    let old = Document::parse(&old.to_string()).unwrap();
    let new = written(&Credentials::new(&login(), &Password::new("n3w"), Some(&old)));
    assert_eq!(new["team"], json!({"name": "x"}));
    assert_eq!(new["port"], json!("5433"), "its consumers expect a text");
    assert_eq!(new["admin-password"], json!("n3w"));
    assert!(new.get("postgres-password").is_none(), "it had no such alias");
}

#[test]
fn the_instance_is_known_where_the_secret_names_it() {
    assert_eq!(with("team", None).unwrap().instance(), Some("dev"));
    assert_eq!(with("dbInstanceIdentifier", None).unwrap().instance(), None);
}
