//! `report.json`: every field, in the order and with the words that the contract fixes.

use std::collections::BTreeSet;

use acceptance::{Finished, on_newest_major};
use serde_json::{Value, json};

use super::workspace;

const ACTIONS: [&str; 11] = [
    "create_secret",
    "update_secret",
    "adopt",
    "create_role",
    "alter_role",
    "set_password",
    "create_database",
    "alter_database",
    "create_extension",
    "apply_grants",
    "verify_login",
];

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap_or_else(|| panic!("an object is expected: {value}")).keys().map(String::as_str).collect()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().collect()
}

/// What every report has, whatever the run did.
fn assert_form(run: &Finished) {
    let report = run.report();
    let all = "schema command outcome exit_code environment build_id run_id tool server tfvars plan_digest started_at \
               duration_ms counts apps orphans notes error";
    assert_eq!(keys(report), words(all), "{run}");
    assert_eq!(keys(&report["tool"]), words("name version"));
    assert_eq!(keys(&report["server"]), words("host port version user"));
    assert_eq!(keys(&report["tfvars"][0]), words("path sha256"));
    let counted = "created changed unchanged pending refused failed not_reached skipped";
    assert_eq!(keys(&report["counts"]["apps"]), words(counted));
    assert_eq!(keys(&report["counts"]["steps"]), words("success no_change pending error refused not_reached"));
    assert_eq!(report["schema"], "provision-report/v1");
    assert_eq!(report["exit_code"], run.code.unwrap());
    let started = report["started_at"].as_str().unwrap();
    assert!(started.len() == 24 && started.ends_with('Z') && started.starts_with("20"), "{started}");
    assert!(report["duration_ms"].as_u64().is_some_and(|took| u128::from(took) <= run.took.as_millis()), "{run}");
    for app in report["apps"].as_array().unwrap() {
        assert_eq!(keys(app), words("app database role access secret secret_version status steps"));
        for step in app["steps"].as_array().unwrap() {
            assert_eq!(keys(step), words("action target database status sql sqlstate duration_ms message"));
            assert!(ACTIONS.contains(&step["action"].as_str().unwrap()), "{step}");
        }
    }
    assert_counts(run);
}

/// The counts are those of what is listed, and `changes` is the number of steps that wrote, or would.
fn assert_counts(run: &Finished) {
    let report = run.report();
    let apps = report["apps"].as_array().unwrap();
    let steps: Vec<&Value> = apps.iter().flat_map(|app| app["steps"].as_array().unwrap()).collect();
    let with = |list: &[&Value], status: &str| list.iter().filter(|it| it["status"] == status).count();
    for (status, count) in
        report["counts"]["apps"].as_object().unwrap().iter().filter(|(status, _)| *status != "skipped")
    {
        assert_eq!(*count, json!(with(&apps.iter().collect::<Vec<_>>(), status)), "apps {status}: {run}");
    }
    for (status, count) in report["counts"]["steps"].as_object().unwrap() {
        assert_eq!(*count, json!(with(&steps, status)), "steps {status}: {run}");
    }
    let writing = |step: &&&Value| step["action"] != "verify_login";
    let changes =
        steps.iter().filter(writing).filter(|step| step["status"] == "success" || step["status"] == "pending");
    assert_eq!(run.changes(), changes.count() as u64, "{run}");
}

#[test]
fn a_report_says_what_was_done() {
    on_newest_major(async |server| {
        let workspace = workspace(server);
        let plan = workspace.run("plan").expect(0);
        let apply = workspace.run("apply").flag("--build-id", "build-7").flag("--run-id", "wf-1").expect(0);
        let again = workspace.run("apply").expect(0);
        let verify = workspace.run("verify").expect(0);
        let dry = workspace.run("apply").args(&["--dry-run"]).expect(0);
        for (run, command, outcome) in [
            (&plan, "plan", "pending"),
            (&apply, "apply", "changed"),
            (&again, "apply", "in_sync"),
            (&verify, "verify", "in_sync"),
            (&dry, "apply", "in_sync"),
        ] {
            assert_form(run);
            let report = run.report();
            assert_eq!((&report["command"], &report["outcome"]), (&json!(command), &json!(outcome)), "{run}");
            let order: Vec<&Value> = report["apps"].as_array().unwrap().iter().map(|app| &app["app"]).collect();
            assert_eq!(order, ["keycloak", "backstage", "analytics"], "as in the tfvars");
            assert_eq!(report["error"], Value::Null);
            assert_eq!(report["environment"], "dev");
            assert_eq!(report["tool"]["name"], "provisioner");
            assert_eq!(report["server"]["host"], server.host());
            assert_eq!(report["server"]["port"], server.port());
            assert_eq!(report["server"]["user"], server.master().username);
            assert!(report["server"]["version"].as_str().unwrap().starts_with(server.version()), "{run}");
            assert_eq!(report["plan_digest"].as_str(), Some(run.output("digest")), "{run}");
            assert!(run.output("digest").starts_with("sha256:"));
            assert_eq!(run.output("summary").lines().count(), 1);
        }
        let ids = |run: &Finished| (run.report()["build_id"].clone(), run.report()["run_id"].clone());
        assert_eq!(ids(&apply), (json!("build-7"), json!("wf-1")));
        assert_eq!(ids(&plan), (json!("manual"), json!("local")));
        assert_eq!(apply.output("summary"), "apply dev changed: apps 3 created");
        assert_eq!(again.output("summary"), "apply dev in sync: apps 3 unchanged");
    });
}

#[test]
fn an_app_is_told_with_its_steps() {
    on_newest_major(async |server| {
        let workspace = workspace(server);
        let apply = workspace.run("apply").expect(0);
        let app = apply.app("keycloak");
        let head = json!([app["database"], app["role"], app["access"], app["secret"], app["status"]]);
        let secret = "goldenpath/dev/keycloak/postgres";
        assert_eq!(head, json!(["keycloak", "keycloak_user", "owner", secret, "created"]));
        assert!(app["secret_version"].as_str().is_some_and(|version| version.starts_with("20")), "{app}");
        let steps = app["steps"].as_array().unwrap();
        let actions: Vec<&Value> = steps.iter().map(|step| &step["action"]).collect();
        assert_eq!(actions[..2], ["create_role", "create_database"]);
        assert_eq!(actions[actions.len() - 1], "verify_login");
        assert_eq!(steps[0]["target"], "keycloak_user");
        assert_eq!(steps[0]["message"], "create role keycloak_user, may create databases");
        assert!(steps[0]["sql"].as_str().unwrap().contains("CREATE ROLE \"keycloak_user\""), "{}", steps[0]);
        assert!(steps.iter().all(|step| step["status"] == "success" && step["sqlstate"] == Value::Null), "{app}");
        let again = workspace.run("apply").expect(0);
        assert_eq!(again.app("keycloak")["status"], "unchanged");
        assert_eq!(again.app("keycloak")["steps"][0]["status"], "no_change");

        // The digest of the file is the one that a review states.
        let sha256 = apply.report()["tfvars"][0]["sha256"].as_str().unwrap();
        assert_eq!(workspace.run("plan").flag("--tfvars-sha256", sha256).expect(0).changes(), 0);

        let only = workspace.run("plan").flag("--only", "analytics").expect(0);
        assert_eq!(only.report()["counts"]["apps"]["skipped"], 1, "the guest and its owner: {only}");
        let listed: Vec<&Value> = only.report()["apps"].as_array().unwrap().iter().map(|app| &app["app"]).collect();
        assert_eq!(listed, ["backstage", "analytics"]);
    });
}

#[test]
fn a_statement_that_fails_is_told_with_its_sqlstate_and_the_others_go_on() {
    on_newest_major(async |server| {
        let workspace = workspace(server);
        workspace.run("apply").expect(0);
        let judge = server.superuser_in("backstage").await;
        let refuse = "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS
                          $$ BEGIN RAISE 'not today' USING ERRCODE = 'ZZ123'; END $$;
                      CREATE TABLE stock (); ALTER TABLE stock OWNER TO backstage_user;
                      CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('GRANT') EXECUTE FUNCTION refuse();
                      ALTER ROLE keycloak_user NOCREATEDB";
        judge.batch_execute(refuse).await.unwrap();

        let run = workspace.run("apply").expect(1);
        assert_form(&run);
        assert_eq!((&run.report()["outcome"], &run.report()["error"]["app"]), (&json!("failed"), &json!("analytics")));
        let line = "app analytics: in database backstage: grant to analytics_user SELECT on table public.stock: not today (SQLSTATE ZZ123)";
        assert_eq!(run.termination_line(), line);
        let step = &run.app("analytics")["steps"][0];
        assert_eq!((&step["status"], &step["sqlstate"]), (&json!("error"), &json!("ZZ123")), "{step}");
        assert_eq!(step["database"], "backstage");
        let status = |app: &str| run.app(app)["status"].clone();
        assert_eq!((status("analytics"), status("keycloak")), (json!("failed"), json!("changed")), "{run}");
        assert!(run.audit_rows().iter().any(|row| row["status"] == "error" && row["message"].contains("not today")));
    });
}
