//! Secrets Manager.

use serde_json::{Value, json};

use super::stage::{Said, said, stage};
use crate::look::{Absent, Answer, Aws, SecretContent, ValueState};

const VALUE: &str = r#"{"username":"u","password":"hunter2","host":"h","port":5432,"dbname":"d"}"#;

fn refused(code: &str, message: &str) -> Said {
    said(400, json!({"__type": code, "message": message}).to_string())
}

fn described(deleted: Option<f64>, stages: &Value) -> Said {
    said(
        200,
        json!({"ARN": "a", "Name": "p", "DeletedDate": deleted, "CreatedDate": 1.5, "LastChangedDate": 2.25,
        "VersionIdsToStages": stages})
        .to_string(),
    )
}

fn value(text: &str) -> Said {
    said(200, json!({"ARN": "a", "Name": "p", "VersionId": "v1", "SecretString": text}).to_string())
}

#[tokio::test]
async fn one_call_serves_the_content_and_the_login() {
    let stage = stage(|_| value(VALUE));
    let (content, login) = tokio::join!(stage.probe.secret_content("p", &[]), stage.probe.login("p", &[]));
    let Ok(Answer::Secret(content)) = content else { panic!("{content:?}") };
    assert_eq!(content.keys.get("password"), Some(&ValueState::Present));
    assert_eq!(content.login.as_ref().unwrap().host, "h");
    assert_eq!(login.as_ref().unwrap().password.expose(), "hunter2");
    assert_eq!(stage.probe.secret_value("p", "dbname").await.unwrap().expose(), "d");
    assert_eq!(stage.asked().len(), 1);
    assert!(!format!("{content:?} {login:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_failure_is_not_held() {
    let stage = stage(|_| refused("AccessDeniedException", "no"));
    assert!(stage.probe.secret_content("p", &[]).await.is_err());
    assert!(stage.probe.login("p", &[]).await.is_err());
    assert_eq!(stage.asked().len(), 2);
}

#[tokio::test]
async fn a_secret_without_a_value_is_there() {
    let previous = json!({"v1": ["AWSPREVIOUS"]});
    for (deleted, stages) in [(None, json!({})), (None, previous), (Some(3.0), json!({"v1": ["AWSCURRENT"]}))] {
        let code = if deleted.is_some() { "InvalidRequestException" } else { "ResourceNotFoundException" };
        let stage = stage(move |asked| match asked.is("GetSecretValue") {
            true => refused(code, "no value"),
            false => described(deleted, &stages),
        });
        let expected = Answer::Secret(SecretContent::default());
        assert_eq!(stage.probe.secret_content("p", &[]).await, Ok(expected));
        let login = stage.probe.login("p", &[]).await.unwrap_err();
        assert_eq!((login.reason, login.summary.as_str()), ("secret", "the secret p has no current value"));
    }
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_absent() {
    let stage = stage(|_| refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret."));
    assert_eq!(stage.probe.secret_content("p", &[]).await, Ok(Answer::Absent(Absent::Object)));
    let description = Aws::SecretDescription { path: "p".to_owned() };
    assert_eq!(stage.probe.look(&description).await, Ok(Answer::Absent(Absent::Object)));
    assert_eq!(stage.probe.login("p", &[]).await.unwrap_err().summary, "the secret p does not exist");
}

#[tokio::test]
async fn a_value_that_is_there_and_not_given_is_not_missing() {
    let stage = stage(|asked| match asked.is("GetSecretValue") {
        true => refused("InvalidRequestException", "something else"),
        false => described(None, &json!({"v1": ["AWSCURRENT"]})),
    });
    let seen = stage.probe.secret_content("p", &[]).await.unwrap_err();
    assert_eq!(seen.reason, "protocol");
}

#[tokio::test]
async fn a_key_of_kms_that_may_not_be_used_is_named() {
    for (code, message) in [
        ("AccessDeniedException", "Access to KMS is not allowed"),
        ("DecryptionFailure", "Secrets Manager can't decrypt the protected secret text using the provided KMS key."),
    ] {
        let stage = stage(move |_| refused(code, message));
        let seen = stage.probe.secret_content("p", &[]).await.unwrap_err();
        assert_eq!(seen.reason, "denied");
        assert!(
            seen.summary.starts_with("cannot look at the secret p (kms:Decrypt): access denied"),
            "{}",
            seen.summary
        );
        assert!(seen.remedy.unwrap().contains("\"Action\":\"kms:Decrypt\""));
    }
}

#[tokio::test]
async fn a_placeholder_cannot_log_in() {
    let text = VALUE.replace("hunter2", "PLACEHOLDER_x");
    let stage = stage(move |_| value(&text));
    let login = stage.probe.login("p", &["placeholder".to_owned()]).await.unwrap_err();
    assert!(login.summary.ends_with("it still holds a placeholder instead of a password"), "{}", login.summary);
    assert!(!login.summary.contains("PLACEHOLDER_x"));
}

#[tokio::test]
async fn times_are_seconds() {
    let stage = stage(|_| described(Some(3.5), &json!({"v1": ["AWSCURRENT"]})));
    let expected = json!({"ARN": "a", "Name": "p", "DeletedDate": 3, "CreatedDate": 1, "LastChangedDate": 2,
        "VersionIdsToStages": {"v1": ["AWSCURRENT"]}});
    let description = Aws::SecretDescription { path: "p".to_owned() };
    assert_eq!(stage.probe.look(&description).await, Ok(Answer::Json(expected)));
}
