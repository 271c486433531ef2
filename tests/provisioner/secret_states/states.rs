//! Each state of an app's secret, in Secrets Manager and as a file.

use acceptance::{App, Lease, Secret, Workspace, assert_no_leak, on_newest_major};
use serde_json::{Value, json};

use super::Site;
use crate::PROVISIONER;

/// What is in an app's secret.
#[derive(Clone, Copy, Debug)]
enum State {
    Missing,
    NoValue,
    Binary,
    /// This text.
    Text(&'static str),
    /// All is good, but what this key holds.
    With(&'static str, Given),
    /// All is good, but for this key, which is not there.
    Without(&'static str),
}

/// What a key holds.
#[derive(Clone, Copy, Debug)]
enum Given {
    Text(&'static str),
    Number(u32),
}

impl State {
    fn content(self, good: &Secret) -> Option<String> {
        let mut content = good.json();
        match self {
            Self::Missing | Self::NoValue | Self::Binary => return None,
            Self::Text(text) => return Some(text.to_owned()),
            Self::With(key, Given::Text(text)) => content[key] = Value::from(text),
            Self::With(key, Given::Number(number)) => content[key] = Value::from(number),
            Self::Without(key) => drop(content.as_object_mut().expect("an object").remove(key)),
        }
        Some(content.to_string())
    }

    /// Whether a run may make a value of it.
    fn may_be_created(self) -> bool {
        matches!(
            self,
            Self::Missing
                | Self::NoValue
                | Self::Text("CHANGEME")
                | Self::With("password", Given::Text("PLACEHOLDER-x"))
        )
    }
}

const GIVE_JSON: &str = ": give it JSON with username, password, host, port and dbname";
const PORT: &str = "holds under the key port something that is not a port number from 1 to 65535";

/// Each state with what the line says of it, behind the secret's name.
fn states() -> Vec<(State, String)> {
    use State::{Binary, Missing, NoValue, Text, With, Without};
    let (text, number) = (Given::Text, Given::Number);
    let malformed = |what: &str| format!("{what}{GIVE_JSON}");
    let disagrees = |what: &str| format!("disagrees: {what}; correct the one that is wrong");
    let placeholder = "still holds a placeholder: give it a value, or run with --missing-secrets create".to_owned();
    vec![
        (
            Missing,
            "does not exist: let Terraform make it (terraform apply), or run with --missing-secrets create".to_owned(),
        ),
        (NoValue, "has no current value: give it one, or run with --missing-secrets create".to_owned()),
        (Text("CHANGEME"), placeholder.clone()),
        (With("password", text("PLACEHOLDER-x")), placeholder),
        (Binary, malformed("is binary, not JSON text")),
        (Text("hunter2-not-json"), malformed("is not JSON")),
        (Text("[\"hunter2\"]"), malformed("is JSON, but not an object")),
        (Without("username"), malformed("has no key username")),
        (Without("password"), malformed("has no key password")),
        (Without("host"), malformed("has no key host")),
        (Without("port"), malformed("has no key port")),
        (Without("dbname"), malformed("has no key dbname")),
        (With("password", text("")), malformed("has nothing under the key password")),
        (With("password", number(12_345)), malformed("holds under the key password something that is not a text")),
        (With("username", number(7)), malformed("holds under the key username something that is not a text")),
        (With("port", text("hunter2")), malformed(PORT)),
        (With("port", number(65_536)), malformed(PORT)),
        (With("username", text("keycloak_user")), disagrees("username is not backstage_user, as the tfvars say")),
        (With("dbname", text("other")), disagrees("dbname is not backstage, as the tfvars say")),
        (With("host", text("db.example.com")), disagrees("host is not 127.0.0.1, as the master's secret says")),
        (With("port", number(1)), disagrees("port is not {port}, as the master's secret says")),
    ]
}

fn apps() -> [App; 2] {
    [App::owner("keycloak"), App::owner("backstage")]
}

fn line(rest: &str, server: &Lease) -> String {
    let rest = rest.replace("{port}", &server.port().to_string());
    format!("app backstage: secret goldenpath/dev/backstage/postgres {rest}")
}

#[test]
fn each_state_in_secrets_manager_is_told_and_nothing_is_touched() {
    on_newest_major(async |server| {
        let mark = server.log_mark().await;
        for (state, rest) in states() {
            let site = Site::new(server, &apps()).await;
            let [good, bad] = &apps();
            site.secrets.create(&good.secret_path(), &site.good(good)).await;
            let put = json!({"Name": bad.secret_path()});
            match (state, state.content(&site.good(bad))) {
                (_, Some(content)) => drop(site.secrets.create_text(&bad.secret_path(), &content).await),
                (State::NoValue, _) => drop(site.secrets.must("CreateSecret", &put).await),
                (State::Binary, _) => {
                    let binary = json!({"Name": bad.secret_path(), "SecretBinary": "3q2+7w=="});
                    site.secrets.must("CreateSecret", &binary).await;
                }
                _ => {}
            }
            let run = site.expect_untouched(site.run("apply"), 2).await;
            assert_eq!(run.termination_line(), line(&rest, server), "{state:?}");
            assert_eq!(run.report()["outcome"], "invalid");
            assert!(!format!("{run}").contains("hunter2"), "nothing of a secret is quoted: {run}");
            assert_no_leak(&[server.master().password.clone()], &run, "");
            if !state.may_be_created() {
                let run = site.expect_untouched(site.creating("apply"), 2).await;
                assert_eq!(run.termination_line(), line(&rest, server), "{state:?}, though missing ones are created");
            }
        }
        assert_eq!(server.ddl_since(&mark).await, Vec::<String>::new());
    });
}

#[test]
fn a_secret_that_is_being_deleted_is_never_written_over() {
    on_newest_major(async |server| {
        let [keycloak, backstage] = &apps();
        let site = Site::furnished(server, &apps()).await;
        site.secrets.delete(&backstage.secret_path()).await;
        for run in [site.run("apply"), site.creating("apply"), site.run("plan"), site.run("verify")] {
            let run = site.expect_untouched(run, 2).await;
            let path = backstage.secret_path();
            let line = run.termination_line();
            assert!(line.starts_with(&format!("app backstage: secret {path} is scheduled for deletion")), "{run}");
            let command = format!("aws secretsmanager restore-secret --secret-id {path}");
            assert!(line.contains(&command), "{run}");
        }
        site.secrets.must("RestoreSecret", &json!({"SecretId": backstage.secret_path()})).await;
        let run = site.run("apply").expect(0);
        assert_eq!(run.app(&keycloak.name)["status"], "created");
    });
}

#[test]
fn each_state_of_a_file_is_told_and_nothing_is_touched() {
    on_newest_major(async |server| {
        let mark = server.log_mark().await;
        for (state, rest) in states() {
            let workspace = Workspace::with_apps(PROVISIONER, server, &apps());
            let path = apps()[1].secret_path();
            let file = workspace.secret_file(&path);
            match (state, state.content(&workspace.secret(&path))) {
                (_, Some(content)) => workspace.put_secret_text(&path, &content),
                (State::NoValue, _) => workspace.put_secret_text(&path, ""),
                (State::Binary, _) => std::fs::write(&file, [0xDE, 0xAD, 0xBE, 0xEF]).unwrap(),
                _ => std::fs::remove_file(&file).unwrap(),
            }
            let before = std::fs::read(&file).ok();
            let run = workspace.run("apply").expect(2);
            assert_eq!(run.termination_line(), line(&rest, server), "{state:?}");
            super::assert_line(&run, 2);
            assert_eq!(run.changes(), 0);
            assert!(!format!("{run}").contains("hunter2"), "nothing of a secret is quoted: {run}");
            assert_eq!(std::fs::read(&file).ok(), before);
        }
        assert_eq!(server.ddl_since(&mark).await, Vec::<String>::new());
    });
}

#[test]
fn every_bad_secret_is_told_at_once_and_the_worst_decides() {
    on_newest_major(async |server| {
        let apps = [App::owner("a"), App::owner("b"), App::owner("c")];
        let site = Site::new(server, &apps).await;
        site.secrets.create_text(&apps[1].secret_path(), "{}").await;
        let run = site.expect_untouched(site.run("apply"), 2).await;
        let detail = run.report()["error"]["detail"].as_str().unwrap();
        for line in ["app a: secret", "app b: secret", "app c: secret", "create-secret --name", "put-secret-value"] {
            assert!(detail.contains(line), "{line}: {run}");
        }
        assert_eq!(run.report()["counts"]["apps"]["not_reached"], 3, "{run}");
    });
}
