//! The rows of the fault table that need no server, and the exit code of what was done and could not be proven.
//!
//! The others stand where their faults are: `secret_states`, `reaching`, `approval`, `adoption`, `together`, `stopping`.

use acceptance::workspace::application_databases;
use acceptance::{App, Proxy, TestServer, Workspace, majors};

use crate::PROVISIONER;

/// A file's whole text, with what the line says of it.
const INVALID: [(&str, &str); 17] = [
    ("application_databases = {\n", ":1:25: `{` is not closed"),
    ("application_databases = [1]\n", "application_databases"),
    ("a = 1\na = 2\napplication_databases = {}\n", "a"),
    ("", ":1:1: no application found"),
    ("application_databases = {}\n", "no application found"),
    ("application_databases = { a = { username = \"a_user\" } }\n", "has no `database_name`"),
    (
        "application_databases = { a = { database_name = \"a\", username = \"a_user\", acces_level = \"reader\" } }\n",
        "did you mean `access_level`?",
    ),
    (
        "application_databases = { a = { database_name = \"a\", username = \"a_user\", access_level = \"raeder\" } }\n",
        "raeder",
    ),
    ("application_databases = { a = { database_name = \"A\", username = \"a_user\" } }\n", "`A`"),
    ("application_databases = { a = { database_name = \"a-b\", username = \"a_user\" } }\n", "`a-b`"),
    ("application_databases = { a = { database_name = \"template1\", username = \"a_user\" } }\n", "reserved"),
    ("application_databases = { a = { database_name = \"a\", username = \"pg_a\" } }\n", "reserved"),
    ("application_databases = { a = { database_name = \"a\", username = \"rds_a\" } }\n", "reserved"),
    ("application_databases = { a = { database_name = \"a\", username = \"postgres\" } }\n", "reserved"),
    ("application_databases = { \"a/b\" = { database_name = \"a\", username = \"a_user\" } }\n", "a/b"),
    (
        "application_databases = {\n  a = { database_name = \"a\", username = \"x\" }\n  b = { database_name = \"b\", username = \"x\" }\n}\n",
        "`x`",
    ),
    (
        "application_databases = {\n  a = { database_name = \"a\", username = \"x\" }\n  b = { database_name = \"a\", username = \"y\" }\n}\n",
        "own",
    ),
];

#[test]
fn tfvars_that_are_not_valid_are_2_with_their_place() {
    let workspace = Workspace::new(PROVISIONER);
    for (text, what) in INVALID {
        workspace.write_tfvars(text);
        for command in ["validate", "plan", "apply", "verify"] {
            let run = workspace.run(command).expect(2);
            let line = run.termination_line();
            assert!(line.starts_with(&format!("{}:", workspace.tfvars().display())), "{text}: {run}");
            assert!(line.contains(what), "{text}: {run}");
        }
    }
}

#[test]
fn a_name_is_measured_in_bytes() {
    let workspace = Workspace::new(PROVISIONER);
    for (length, code) in [(63, 0), (64, 2)] {
        let app = App { database: "d".repeat(length), role: "r".repeat(length), ..App::owner("a") };
        workspace.write_tfvars(&application_databases(&[app]));
        let run = workspace.run("validate").expect(code);
        assert_eq!(run.stderr.contains("63"), code == 2, "{run}");
    }
}

/// Everything was carried out, and then the server does not let us look: nobody knows whether it is right.
#[test]
fn what_could_not_be_proven_is_4() {
    let newest = *majors().last().expect("a version under test");
    acceptance::engine::block_on(async {
        let learned = TestServer::shared(newest).await;
        let (workspace, proxy) = behind_proxy(&learned).await;
        workspace.run("apply").expect(0);
        let units = proxy.units();
        let written = units.iter().rfind(|unit| unit.sql == "COMMIT").expect("something was written").number;
        let looks = units.iter().filter(|unit| unit.number > written && unit.sql.contains("pg_roles"));
        let looks: Vec<u64> = looks.map(|unit| unit.number).collect();
        assert!(looks.len() > 1, "at the server, and at each pair of app and database: {units:?}");
        drop((workspace, learned));
        for look in looks {
            let server = TestServer::shared(newest).await;
            let (workspace, proxy) = behind_proxy(&server).await;
            proxy.hold_at(look);
            let running = workspace.run("apply").spawn();
            proxy.until_unit(look).await;
            server.superuser().await.batch_execute("REVOKE SELECT ON pg_catalog.pg_roles FROM PUBLIC").await.unwrap();
            proxy.release();
            let run = running.wait().expect(4);
            assert_eq!(run.report()["outcome"], "unverified", "{run}");
            let line = run.termination_line();
            assert!(line.starts_with("everything was carried out, but not verified: "), "{run}");
            assert!(run.changes() > 0, "what was done is told: {run}");
        }
    });
}

async fn behind_proxy(server: &TestServer) -> (Workspace, Proxy) {
    let app = App::owner("backstage");
    let workspace = Workspace::with_apps(PROVISIONER, server, std::slice::from_ref(&app));
    let proxy = Proxy::in_front_of(server).await;
    for path in [app.secret_path(), "goldenpath/dev/rds/master".to_owned()] {
        workspace.put_secret(&path, &proxy.route(&workspace.secret(&path)));
    }
    (workspace, proxy)
}
