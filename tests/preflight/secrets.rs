//! What can be wrong with a secret: each state is one check's, and what stands on the secret is blocked and not failed.

use acceptance::world::path;
use acceptance::{AwsFault, Finished, Rule, Workspace, World, on_newest_major};
use serde_json::{Value, json};

use crate::{PREFLIGHT, assert_found, check, of, text};

/// What no world of these tests has.
const NO_WILDCARD: &str = "dns.wildcard-present warn not_found";
/// What stands on the login.
const ON_LOGIN: [&str; 4] = [
    "rds.auth.backstage blocked needs",
    "rds.privs.backstage blocked needs",
    "rds.version blocked needs",
    "rds.headroom blocked needs",
];

async fn run(world: &World) -> Finished {
    check(world, &Workspace::new(PREFLIGHT)).flag("--tier", "2").run()
}

/// Writes anything as the current value of a secret.
async fn put(world: &World, name: &str, content: &str) {
    let input = json!({"SecretId": path(name), "SecretString": content});
    world.secrets().must("PutSecretValue", &input).await;
}

async fn remove(world: &World, name: &str) {
    let input = json!({"SecretId": path(name), "ForceDeleteWithoutRecovery": true});
    world.secrets().must("DeleteSecret", &input).await;
}

/// A secret as an app's, with something changed in it.
async fn changed(world: &World, key: &str, value: Option<Value>) -> String {
    let mut content = world.login("backstage").await.json();
    let object = content.as_object_mut().expect("an object");
    match value {
        Some(value) => object.insert(key.to_owned(), value),
        None => object.remove(key),
    };
    content.to_string()
}

#[track_caller]
fn assert_bad(run: &Finished, code: i32, found: &[&str], cause: &str) {
    let all: Vec<&str> = std::iter::once(NO_WILDCARD).chain(found.iter().copied()).collect();
    assert_found(run, code, &all, cause);
}

fn with_login(found: &str) -> Vec<&str> {
    std::iter::once(found).chain(ON_LOGIN).collect()
}

#[test]
fn a_secret_that_is_not_there() {
    on_newest_major(async |server| {
        let world = World::with_database(server).await;
        remove(&world, "backstage/secrets").await;
        let absent = "secrets.exists.backstage/secrets fail not_found";
        assert_bad(&run(&world).await, 1, &[absent], "secret goldenpath/dev/backstage/secrets does not exist");

        world.secrets().create_text(&path("backstage/secrets"), "{\"token\": \"x\"}").await;
        remove(&world, "backstage/postgres").await;
        let run = run(&world).await;
        let absent = with_login("secrets.exists.backstage/postgres fail not_found");
        assert_bad(&run, 1, &absent, "secret goldenpath/dev/backstage/postgres does not exist");
        let fix = text(of(&run, "secrets.exists.backstage/postgres"), "remediation");
        assert!(fix.contains("make rds-apply ENV=dev"), "{fix}");
        assert_eq!(of(&run, "rds.tcp")["status"], "pass", "the master's secret tells where the database is: {run}");
    });
}

#[test]
fn a_secret_that_is_being_deleted_or_has_no_value() {
    on_newest_major(async |server| {
        let world = World::with_database(server).await;
        world.secrets().delete(&path("backstage/secrets")).await;
        let run_of_deleted = run(&world).await;
        let cause = "secret goldenpath/dev/backstage/secrets is scheduled for deletion";
        assert_bad(&run_of_deleted, 1, &["secrets.not-deleted fail being_deleted"], cause);
        assert_eq!(
            of(&run_of_deleted, "secrets.not-deleted")["remediation"],
            "aws secretsmanager restore-secret --secret-id goldenpath/dev/backstage/secrets"
        );

        remove(&world, "backstage/secrets").await;
        world.secrets().must("CreateSecret", &json!({"Name": path("backstage/secrets")})).await;
        let cause = "secret goldenpath/dev/backstage/secrets has no current value";
        assert_bad(&run(&world).await, 1, &["secrets.current fail no_current_value"], cause);
    });
}

#[test]
fn a_value_that_is_no_value() {
    on_newest_major(async |server| {
        let world = World::with_database(server).await;
        let good = world.login("backstage").await;
        for (value, reason, cause) in [
            (json!("PLACEHOLDER_REPLACE_ME"), "placeholder", "key 'password' is still a placeholder"),
            (json!("please-ChangeMe-soon"), "placeholder", "key 'password' is still a placeholder"),
            (json!(""), "empty", "key 'password' is empty"),
        ] {
            put(&world, "backstage/postgres", &changed(&world, "password", Some(value)).await).await;
            let found = format!("secrets.not-placeholder fail {reason}");
            assert_bad(&run(&world).await, 1, &with_login(&found), cause);
            world.put_login("backstage", &good).await;
        }
        put(&world, "backstage/secrets", &json!({"token": "x", "other": "PLACEHOLDER"}).to_string()).await;
        let cause = "secret goldenpath/dev/backstage/secrets: key 'other' is still a placeholder";
        assert_bad(&run(&world).await, 1, &["secrets.not-placeholder fail placeholder"], cause);
    });
}

#[test]
fn a_secret_that_does_not_say_who_logs_in_where() {
    on_newest_major(async |server| {
        let world = World::with_database(server).await;
        let good = world.login("backstage").await;
        put(&world, "backstage/postgres", "a password and nothing else").await;
        let cause = "secret goldenpath/dev/backstage/postgres is no JSON object";
        assert_bad(&run(&world).await, 1, &with_login("secrets.keys fail not_json"), cause);
        world.put_login("backstage", &good).await;
        put(&world, "backstage/postgres", &changed(&world, "dbname", None).await).await;
        let cause = "secret goldenpath/dev/backstage/postgres lacks 'dbname' (the app's login)";
        assert_bad(&run(&world).await, 1, &with_login("secrets.keys fail missing_key"), cause);
        world.put_login("backstage", &good).await;
        put(&world, "backstage/postgres", &changed(&world, "port", Some(json!("many"))).await).await;
        let cause = "does not say who logs in where";
        assert_bad(&run(&world).await, 1, &with_login("secrets.keys fail malformed"), cause);
        // As a text or as a number: both are.
        world.put_login("backstage", &good).await;
        let port = json!(good.port.to_string());
        put(&world, "backstage/postgres", &changed(&world, "port", Some(port)).await).await;
        assert_bad(&run(&world).await, 0, &[], "");
    });
}

#[test]
fn a_secret_that_nobody_changed_for_long() {
    on_newest_major(async |server| {
        let world = World::with_database(server).await;
        world.age_secrets(31);
        let run_of_old = run(&world).await;
        assert_bad(&run_of_old, 0, &["secrets.age warn old"], "");
        let summary = text(of(&run_of_old, "secrets.age"), "summary");
        assert!(summary.contains("was last changed 31 days ago, more than 30"), "{summary}");
        world.age_secrets(30);
        assert_bad(&run(&world).await, 0, &[], "");
    });
}

#[test]
fn a_secret_that_may_not_be_read() {
    on_newest_major(async |server| {
        let world = World::with_database(server).await;
        world.fault(Rule::only("GetSecretValue", AwsFault::Deny));
        let run = run(&world).await;
        assert_eq!(run.code, Some(4), "{run}");
        assert!(run.termination_line().contains("(secretsmanager:GetSecretValue)"), "{run}");
        for id in ["secrets.not-placeholder", "secrets.keys", "rds.dns"] {
            assert_eq!(of(&run, id)["reason"], "denied", "{id}: {run}");
        }
        assert_eq!(of(&run, "secrets.current")["status"], "pass", "that needs no value: {run}");
    });
}
