//! `GRANT` and `REVOKE` that report success and did nothing: the server only warns (01007, 01006).

use std::time::Duration;

use acceptance::wire::Unit;
use acceptance::workspace::application_databases;
use acceptance::{App, Proxy, TestServer, Workspace, on_newest_major};

use crate::PROVISIONER;

/// An owner, and a guest who comes later.
fn pair(name: &str) -> [App; 2] {
    [App::owner(name), App::guest(&format!("{name}-reader"), name, "reader")]
}

#[test]
fn a_schema_that_changes_hands_between_the_look_and_the_grant() {
    on_newest_major(async |server| {
        let proxy = Proxy::in_front_of(server).await;
        // The same thing undisturbed, to know where its grants begin.
        let workspace = with_an_owner(server, &proxy, &pair("first")).await;
        proxy.forget();
        let _ = workspace.run("apply").flag("--concurrency", 1).expect(0);
        let units = proxy.units();
        let on_schema =
            units.iter().position(|unit| unit.sql.contains("ON SCHEMA \"public\"")).expect("a grant on a schema");
        let begin = units[..on_schema].iter().rposition(|unit| unit.sql == "BEGIN").expect("a transaction");

        let workspace = with_an_owner(server, &proxy, &pair("second")).await;
        proxy.forget();
        proxy.hold_at(units[begin].number);
        let running = workspace.run("apply").flag("--concurrency", 1).spawn();
        proxy.until_unit(units[begin].number).await;
        assert_eq!(proxy.units().last().map(|unit: &Unit| unit.sql.as_str()), Some("BEGIN"), "{:?}", proxy.units());
        tokio::time::sleep(Duration::from_millis(100)).await;
        let inside = server.superuser_in("second").await;
        // Who has no right at all on a schema gets an error; who has one that cannot be passed on gets a warning.
        let taken = "ALTER SCHEMA public OWNER TO rdsadmin; GRANT USAGE ON SCHEMA public TO second_user";
        inside.batch_execute(taken).await.unwrap();
        proxy.release();

        let run = running.wait();
        assert_eq!(run.code, Some(1), "{run}");
        let steps = run.app("second-reader")["steps"].as_array().cloned().unwrap_or_default();
        let failed: Vec<_> = steps.iter().filter(|step| step["status"] == "error").collect();
        assert_eq!(failed.len(), 1, "{run}");
        assert_eq!((&failed[0]["action"], &failed[0]["sqlstate"]), (&"apply_grants".into(), &"01007".into()), "{run}");
        assert!(run.termination_line().contains("no privileges were granted for \"public\""), "{run}");
        let right = "SELECT nspacl::text LIKE '%second_reader_user%' FROM pg_namespace WHERE nspname = 'public'";
        assert!(!inside.query_one(right, &[]).await.unwrap().get::<_, bool>(0), "what was said is so");

        inside.batch_execute("ALTER SCHEMA public OWNER TO pg_database_owner").await.unwrap();
        assert!(workspace.run("apply").expect(0).changes() > 0);
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);
    });
}

/// A workspace for both, of whom the owner is there already.
async fn with_an_owner(server: &TestServer, proxy: &Proxy, apps: &[App; 2]) -> Workspace {
    let workspace = Workspace::with_apps(PROVISIONER, server, apps);
    workspace.put_master(&proxy.route(server.master()));
    for app in apps {
        workspace.put_secret(&app.secret_path(), &proxy.route(&workspace.secret(&app.secret_path())));
    }
    workspace.write_tfvars(&application_databases(&apps[..1]));
    let _ = workspace.run("apply").expect(0);
    // So that a guest needs a grant of its own.
    let inside = server.superuser_in(&apps[0].database).await;
    inside.batch_execute("REVOKE USAGE ON SCHEMA public FROM PUBLIC").await.expect("close a schema");
    workspace.write_tfvars(&application_databases(apps));
    workspace
}
