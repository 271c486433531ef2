//! `validate` and `access`, for people and for programs; and where TLS may be left out.

use acceptance::workspace::application_databases;
use acceptance::{App, Workspace, on_newest_major};
use serde_json::{Value, json};

use super::offline;
use crate::PROVISIONER;

#[test]
fn validate_prints_the_apps_or_every_problem() {
    let workspace = Workspace::new(PROVISIONER);
    let apps = [App::owner("keycloak"), App::guest("reporting", "keycloak", "reader")];
    workspace.write_tfvars(&application_databases(&apps));
    let human = workspace.run("validate").expect(0);
    assert_eq!(
        human.stdout,
        "keycloak: owner of keycloak as keycloak_user, secret goldenpath/dev/keycloak/postgres\n\
         reporting: reader of keycloak as reporting_user, secret goldenpath/dev/reporting/postgres\n"
    );
    assert_eq!(human.stderr, "");
    let json: Value =
        serde_json::from_str(&workspace.run("validate").flag("--output", "json").expect(0).stdout).unwrap();
    let file = workspace.tfvars().display().to_string();
    let app = json!({
        "app": "keycloak", "database": "keycloak", "role": "keycloak_user", "access": "owner",
        "secret": "goldenpath/dev/keycloak/postgres", "file": file, "line": 2,
    });
    assert_eq!(
        (&json["schema"], &json["apps"][0], &json["problems"]),
        (&json!("provision-input/v1"), &app, &json!([]))
    );

    workspace.write_tfvars(
        "application_databases = {\n  a = {\n    database_name = \"a\"\n    usrname = \"b\"\n  }\n  b = {}\n}\n",
    );
    let bad = workspace.run("validate").flag("--output", "json").expect(2);
    let json: Value = serde_json::from_str(&bad.stdout).unwrap();
    let problems = json["problems"].as_array().unwrap();
    assert!(problems.len() >= 3, "each is told: {bad}");
    let misspelt = problems.iter().find(|problem| problem["message"].as_str().unwrap().contains("usrname")).unwrap();
    let place = json!([misspelt["file"], misspelt["line"], misspelt["column"]]);
    assert_eq!(place, json!([file, 4, 5]), "{bad}");
    let human = workspace.run("validate").expect(2);
    assert!(
        human.stderr.contains("4 |     usrname") && human.stderr.contains("username"),
        "the line is shown: {human}"
    );
    assert_eq!(human.stdout, "");
}

#[test]
fn access_prints_the_least_that_is_needed() {
    let workspace = offline();
    let access = |arguments: &[&str]| {
        let run =
            workspace.run("access").flag("--output", "json").flag("--region", "eu-west-2").args(arguments).expect(0);
        serde_json::from_str::<Value>(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"))
    };
    let reading = access(&[]);
    assert_eq!(reading["schema"], "provision-access/v1");
    let text = reading["iam_policy"].to_string();
    assert!(
        text.contains("arn:aws:secretsmanager:eu-west-2:ACCOUNT:secret:goldenpath/dev/*/postgres-??????"),
        "{text}"
    );
    assert!(!text.contains("Put") && !text.contains("Create"), "{text}");
    assert!(reading["sql"].as_str().unwrap().contains("CREATEROLE CREATEDB"), "{reading}");
    let creating = access(&["--missing-secrets", "create"])["iam_policy"].to_string();
    assert!(creating.contains("secretsmanager:CreateSecret") && creating.contains("secretsmanager:PutSecretValue"));
    let ephemeral = access(&["--lifecycle=ephemeral", "--build-id=7"])["iam_policy"].to_string();
    assert!(ephemeral.contains("secret:goldenpath/dev/builds/*/*/postgres-??????"), "{ephemeral}");
    let human = workspace.bare("access").args(&["--env", "dev"]).expect(0);
    assert!(
        human.stdout.contains("\"Version\": \"2012-10-17\"") && human.stdout.contains("-- On the server"),
        "{human}"
    );
}

#[test]
fn tls_may_be_left_out_on_this_machine_alone() {
    on_newest_major(async |server| {
        let app = App::owner("backstage");
        let workspace = Workspace::with_apps(PROVISIONER, server, std::slice::from_ref(&app));
        let here = workspace.run("plan").flag("--tls", "disable").expect(1);
        assert!(here.termination_line().contains("no encryption"), "this server insists on it: {here}");
        for host in ["db.example.com", "10.0.0.1", "localhost.example.com", "0.0.0.0"] {
            workspace.put_master(&server.master().clone().at(host, 5432));
            workspace.put_secret(&app.secret_path(), &server.secret(&app.role, &app.database).at(host, 5432));
            let run = workspace.run("apply").flag("--tls", "disable").expect(3);
            let line = format!("--tls disable is only for this machine, and {host} is not: use verify-full");
            assert_eq!(run.termination_line(), line);
            assert_eq!(run.report()["outcome"], "refused");
        }
    });
}

#[test]
fn an_unknown_app_of_only_is_named() {
    let workspace = offline();
    let run = workspace.run("plan").flag("--only", "backstage,nobody").expect(2);
    assert_eq!(run.termination_line(), "--only nobody: no such app in the tfvars; there are backstage");
}
