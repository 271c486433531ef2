//! `--missing-secrets create`: secrets get a value of their own, once, whatever happens meanwhile.

use std::time::Duration;

use acceptance::{App, AwsFault, Rule, Secret, Workspace, assert_no_leak, on_newest_major};
use serde_json::{Value, json};

use super::{MASTER, Site, is_refused};
use crate::PROVISIONER;

fn app() -> App {
    App::owner("backstage")
}

async fn alone(server: &acceptance::Lease) -> Site<'_> {
    Site::new(server, &[app()]).await
}

#[test]
fn a_new_secret_says_everything_and_carries_tags() {
    on_newest_major(async |server| {
        let site = alone(server).await;
        let mut master = server.master().json();
        master["dbInstanceIdentifier"] = json!("dev-rds");
        site.secrets.must("PutSecretValue", &json!({"SecretId": MASTER, "SecretString": master.to_string()})).await;
        let planned = site.creating("plan").expect(0);
        assert_eq!(site.secrets.describe(&app().secret_path()).await, None, "a plan makes nothing: {planned}");
        let run = site.creating("apply").flag("--build-id", "build-7").expect(0);
        assert_eq!(run.changes(), planned.changes());
        assert_eq!(run.app("backstage")["steps"][0]["action"], "create_secret");
        assert_eq!(run.app("backstage")["steps"][0]["database"], Value::Null, "a secret is in no database");

        let content = site.secrets.content(&app().secret_path()).await.unwrap();
        let password = content["password"].as_str().unwrap();
        assert!(password.len() == 32 && password.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let expected = json!({
            "username": "backstage_user", "password": password, "host": server.host(), "port": server.port(),
            "dbname": "backstage", "engine": "postgres", "dbInstanceIdentifier": "dev-rds",
            "postgres-password": password, "admin-password": password,
        });
        assert_eq!(content, expected);
        let mut tags = site.secrets.describe(&app().secret_path()).await.unwrap()["Tags"].clone();
        tags.as_array_mut().unwrap().sort_by_key(|tag| tag["Key"].to_string());
        let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
        let expected = [tag("BuildId", "build-7"), tag("Environment", "dev"), tag("ManagedBy", "provisioner")];
        assert_eq!(tags, json!(expected));
        server.login(&Secret::from_json(&content)).await.unwrap();
        assert_no_leak(&[password.to_owned()], &run, &server.log().await);
    });
}

#[test]
fn a_placeholder_is_written_over_and_what_else_it_says_stays() {
    on_newest_major(async |server| {
        let site = alone(server).await;
        let document = json!({
            "username": "PLACEHOLDER", "password": "PLACEHOLDER", "host": "PLACEHOLDER", "port": "5432", "dbname": "x",
            "admin-password": "older", "owner": {"team": "portal"}, "note": "made by Terraform",
        });
        site.secrets.create_text(&app().secret_path(), &document.to_string()).await;
        let run = site.creating("apply").expect(0);
        assert_eq!(run.app("backstage")["steps"][0]["action"], "update_secret", "{run}");
        let content = site.secrets.content(&app().secret_path()).await.unwrap();
        assert_eq!(content["admin-password"], content["password"], "an alias is kept equal");
        assert_eq!(content.get("postgres-password"), None, "and none is added to what others made");
        assert_eq!((&content["owner"]["team"], &content["note"]), (&json!("portal"), &json!("made by Terraform")));
        assert_eq!(content["port"], json!(server.port().to_string()), "a number that was text stays text");
        server.login(&Secret::from_json(&content)).await.unwrap();
        assert_eq!(site.secrets.versions(&app().secret_path()).await, 2);
        let versions = site.versions().await;
        assert_eq!(site.creating("apply").expect(0).changes(), 0);
        assert_eq!(site.versions().await, versions, "a second run writes no version");
    });
}

#[test]
fn a_secret_without_a_value_gets_one() {
    on_newest_major(async |server| {
        let site = alone(server).await;
        site.secrets.must("CreateSecret", &json!({"Name": app().secret_path()})).await;
        site.creating("apply").expect(0);
        server.login(&site.secret(&app()).await).await.unwrap();

        let workspace = Workspace::with_apps(PROVISIONER, server, &[App::owner("keycloak")]);
        let path = App::owner("keycloak").secret_path();
        for text in ["", "CHANGEME", r#"{"password":"placeholder","postgres-password":"x"}"#] {
            workspace.put_secret_text(&path, text);
            let run = workspace.run("apply").flag("--missing-secrets", "create").expect(0);
            server.login(&workspace.secret(&path)).await.unwrap();
            assert_no_leak(&workspace.passwords(), &run, "");
        }
        let content = workspace.secret_json(&path).unwrap();
        assert_eq!(content["postgres-password"], content["password"]);
        std::fs::remove_file(workspace.secret_file(&path)).unwrap();
        workspace.run("apply").flag("--missing-secrets", "create").expect(0);
        server.login(&workspace.secret(&path)).await.unwrap();
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&workspace.secret_file(&path).metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    });
}

#[test]
fn an_answer_that_gets_lost_makes_no_second_password() {
    on_newest_major(async |server| {
        for (action, fault, times) in [
            ("CreateSecret", AwsFault::Lose, 1),
            ("CreateSecret", AwsFault::Truncate, 1),
            ("CreateSecret", AwsFault::Lose, 9),
            ("PutSecretValue", AwsFault::Lose, 1),
        ] {
            let apps = [App::owner(&format!("app{}", rand::random::<u32>()))];
            let site = Site::new(server, &apps).await;
            let path = apps[0].secret_path();
            if action == "PutSecretValue" {
                site.secrets.create_text(&path, "PLACEHOLDER").await;
            }
            site.proxy.fault(Rule::on(action, fault).times(times));
            let run = site.creating("apply").expect(0);
            let versions = if action == "PutSecretValue" { 2 } else { 1 };
            assert_eq!(site.secrets.versions(&path).await, versions, "{action} {fault:?}: {run}");
            server.login(&site.secret(&apps[0]).await).await.unwrap();
        }
    });
}

#[test]
fn a_run_that_dies_between_secret_and_role_is_taken_up_with_the_same_password() {
    on_newest_major(async |server| {
        let site = alone(server).await;
        site.proxy.fault(Rule::on("CreateSecret", AwsFault::Lose));
        let mut running = site.creating("apply").spawn();
        let path = app().secret_path();
        running.until("it made the secret", async || site.secrets.content(&path).await.is_some()).await;
        let killed = running.kill();
        assert_eq!(killed.signal, Some(9));
        let secret = site.secret(&app()).await;
        assert!(is_refused(server, &secret).await, "there is no role yet");

        site.proxy.heal();
        // It is there now: nothing needs to be created, and nobody needs to be allowed to.
        let run = site.run("apply").expect(0);
        assert_eq!(site.secret(&app()).await, secret, "{run}");
        assert_eq!(site.secrets.versions(&app().secret_path()).await, 1);
        server.login(&secret).await.unwrap();
        assert_no_leak(&[secret.password], &killed, &server.log().await);
    });
}

#[test]
fn of_two_runs_one_makes_the_secret() {
    on_newest_major(async |server| {
        let site = alone(server).await;
        // Both see that it is missing before one of them holds the lock.
        site.proxy.fault(Rule::on("Batch", AwsFault::None).delay(Duration::from_millis(700)));
        let runs = [site.creating("apply").spawn(), site.creating("apply").spawn()];
        let [one, other] = runs.map(|run| run.wait().expect(0));
        server.login(&site.secret(&app()).await).await.unwrap();
        assert_eq!(site.secrets.versions(&app().secret_path()).await, 1, "{one}{other}");
        let changes = [one.changes(), other.changes()];
        assert!(changes.contains(&0), "the second finds nothing to do, {changes:?}: {one}{other}");
    });
}

#[test]
fn what_somebody_else_wrote_in_the_meantime_counts_if_it_fits() {
    on_newest_major(async |server| {
        for fits in [true, false] {
            let apps = [App::owner(if fits { "fitting" } else { "other" })];
            let site = Site::new(server, &apps).await;
            site.proxy.fault(Rule::on("CreateSecret", AwsFault::None).delay(Duration::from_millis(500)));
            let mut running = site.creating("apply").spawn();
            running.until("it asked for the secret", async || site.proxy.count("CreateSecret") > 0).await;
            let mut theirs = site.good(&apps[0]);
            if !fits {
                "elsewhere".clone_into(&mut theirs.dbname);
            }
            site.secrets.create(&apps[0].secret_path(), &theirs).await;
            let run = running.wait().expect(i32::from(!fits));
            assert_eq!(server.login(&theirs).await.is_ok(), fits, "{run}");
            assert_eq!(site.secret(&apps[0]).await, theirs, "nobody's value is written over: {run}");
            if !fits {
                assert!(run.termination_line().contains("written by somebody else in the meantime"), "{run}");
            }
        }
    });
}

#[test]
fn who_may_not_write_is_told_which_permission_is_missing() {
    on_newest_major(async |server| {
        let site = alone(server).await;
        site.proxy.fault(Rule::on("CreateSecret", AwsFault::Error("AccessDeniedException", 400)));
        let run = site.creating("apply").expect(1);
        let line = run.termination_line();
        assert!(line.starts_with("app backstage: ") && line.contains("allow secretsmanager:CreateSecret"), "{run}");
        assert_eq!(run.app("backstage")["status"], "failed");
        let steps = run.app("backstage")["steps"].as_array().unwrap();
        assert!(steps[1..].iter().all(|step| step["status"] == "not_reached"), "{run}");
        assert_eq!(run.changes(), 0, "{run}");

        site.secrets.create_text(&app().secret_path(), "PLACEHOLDER").await;
        site.proxy.fault(Rule::on("PutSecretValue", AwsFault::Error("AccessDeniedException", 400)));
        let run = site.creating("apply").expect(1);
        assert!(run.termination_line().contains("allow secretsmanager:PutSecretValue"), "{run}");
    });
}
