//! An app that fails for good: the others go on, and the report tells them apart.

use acceptance::workspace::application_databases;
use acceptance::{App, Proxy, TestServer, Workspace, on_each_major, on_newest_major};

use crate::PROVISIONER;

#[test]
fn one_app_fails_for_good_and_the_others_go_on() {
    on_each_major(async |server| {
        let (workspace, apps) = with_a_broken_database(server).await;
        let run = workspace.run("apply").expect(1);
        assert_eq!(run.report()["outcome"], "failed", "{run}");
        let statuses = apps.each_ref().map(|app| run.app(&app.name)["status"].as_str().unwrap_or_default().to_owned());
        assert_eq!(statuses, ["failed", "created", "created"], "the guest needs no extension: {run}");
        let line = run.termination_line();
        assert!(line.starts_with("app archive: ") && line.contains("no extensions here"), "{run}");
        let step = &run.app("archive")["steps"][0];
        assert_eq!((&step["action"], &step["sqlstate"]), (&"create_extension".into(), &"P0001".into()), "{run}");
        server.login(&workspace.secret(&apps[2].secret_path())).await.unwrap();

        // The cause goes away, and what was left is done.
        let inside = server.superuser_in("archive").await;
        inside.batch_execute("DROP EVENT TRIGGER no_extensions").await.unwrap();
        assert!(workspace.run("apply").expect(0).changes() > 0);
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);
    });
}

#[test]
fn failing_fast_stops_at_the_first() {
    on_newest_major(async |server| {
        let (workspace, apps) = with_a_broken_database(server).await;
        let run = workspace.run("apply").flag("--fail-fast", true).flag("--concurrency", 1).expect(1);
        let statuses = apps.each_ref().map(|app| run.app(&app.name)["status"].as_str().unwrap_or_default().to_owned());
        assert_eq!(statuses, ["failed", "not_reached", "not_reached"], "{run}");
        let messages = run.audit_rows().iter().map(|row| row["message"].clone()).collect::<Vec<_>>().join("\n");
        assert!(messages.contains("another app failed, and --fail-fast was given"), "{run}");
    });
}

/// An app whose database refuses the extension that it now asks for, a guest in it, and a new app.
async fn with_a_broken_database(server: &TestServer) -> (Workspace, [App; 3]) {
    let broken = App::owner("archive").with("extensions", r#"["citext"]"#);
    let apps = [broken, App::guest("reporting", "archive", "reader"), App::owner("newcomer")];
    let workspace = Workspace::with_apps(PROVISIONER, server, &apps);
    if server.major() < 15 {
        server.let_master_own_public_schema().await;
    }
    workspace.write_tfvars(&application_databases(&[App::owner("archive")]));
    assert!(workspace.run("apply").expect(0).changes() > 0);
    workspace.write_tfvars(&application_databases(&apps));
    let inside = server.superuser_in("archive").await;
    let refuse = "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS
                  $$ BEGIN RAISE EXCEPTION 'no extensions here'; END $$;
                  CREATE EVENT TRIGGER no_extensions ON ddl_command_start WHEN TAG IN ('CREATE EXTENSION')
                  EXECUTE FUNCTION refuse()";
    inside.batch_execute(refuse).await.expect("make an event trigger");
    (workspace, apps)
}

#[test]
fn a_guest_is_not_reached_where_its_database_was_not_made() {
    on_newest_major(async |server| {
        let proxy = Proxy::in_front_of(server).await;
        let pair = |name: &str| [App::owner(name), App::guest(&format!("{name}-reader"), name, "reader")];
        let workspace_of = |apps: &[App; 2]| {
            let workspace = Workspace::with_apps(PROVISIONER, server, apps);
            workspace.put_master(&proxy.route(server.master()));
            for app in apps {
                workspace.put_secret(&app.secret_path(), &proxy.route(&workspace.secret(&app.secret_path())));
            }
            workspace
        };
        // The same thing undisturbed, to know where its database is made.
        let _ = workspace_of(&pair("first")).run("apply").flag("--concurrency", 1).expect(0);
        let create =
            proxy.units().into_iter().find(|unit| unit.sql.starts_with("CREATE DATABASE")).expect("a database");

        proxy.forget();
        proxy.hold_at(create.number);
        let workspace = workspace_of(&pair("second"));
        let running = workspace.run("apply").flag("--concurrency", 1).spawn();
        proxy.until_unit(create.number).await;
        let judge = server.superuser().await;
        judge.batch_execute("ALTER ROLE platform_admin NOCREATEDB").await.unwrap();
        proxy.release();
        let run = running.wait().expect(1);
        assert_eq!(
            (&run.app("second")["status"], &run.app("second-reader")["status"]),
            (&"failed".into(), &"not_reached".into()),
            "{run}"
        );
        assert!(run.termination_line().contains("permission denied to create database"), "{run}");

        judge.batch_execute("ALTER ROLE platform_admin CREATEDB").await.unwrap();
        assert!(workspace.run("apply").expect(0).changes() > 0);
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);
    });
}
