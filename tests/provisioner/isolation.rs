//! Apps that get into each other's databases by a way that no plan closes: a stranger's role that may connect.

use acceptance::{App, Proxy, Workspace, on_newest_major, on_oldest_and_newest};

use crate::PROVISIONER;

#[test]
fn a_way_in_through_a_role_of_nobodys_is_found_where_nothing_is_to_be_done() {
    on_oldest_and_newest(13..=18, async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &[App::owner("shop"), App::owner("other")]);
        if server.major() < 15 {
            server.let_master_own_public_schema().await;
        }
        assert!(workspace.run("apply").expect(0).changes() > 0);
        let stranger = server.superuser().await;
        let open = "CREATE ROLE readonly; GRANT CONNECT ON DATABASE shop TO readonly; GRANT readonly TO other_user";
        stranger.batch_execute(open).await.unwrap();
        for (command, probe) in [("apply", "all"), ("apply", "changed"), ("verify", "all")] {
            let run = workspace.run(command).flag("--probe", probe).expect(1);
            let line = run.termination_line();
            assert!(
                line.starts_with("app other: other_user ") && line.ends_with("shop, which is another app's"),
                "{run}"
            );
            assert_eq!((run.changes(), &run.app("shop")["status"]), (0, &"unchanged".into()), "{run}");
        }
        stranger.batch_execute("REVOKE readonly FROM other_user").await.unwrap();
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);
    });
}

/// One query for all apps, beside their logins.
#[test]
fn the_proof_of_an_unchanged_run_is_one_query() {
    on_newest_major(async |server| {
        let apps = [App::owner("shop"), App::owner("other")];
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps);
        let proxy = Proxy::in_front_of(server).await;
        workspace.put_master(&proxy.route(server.master()));
        for app in &apps {
            workspace.put_secret(&app.secret_path(), &proxy.route(&workspace.secret(&app.secret_path())));
        }
        assert!(workspace.run("apply").expect(0).changes() > 0);
        proxy.forget();
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);
        let units = proxy.units();
        let pairs = units.iter().filter(|unit| unit.sql.contains("has_database_privilege(r.oid, d.oid")).count();
        assert_eq!((pairs, proxy.counts().connections), (1, 3), "{units:?}");
    });
}

/// Until a run about its maker, what an app has just made is open to all.
#[test]
fn a_run_of_one_app_does_not_fail_for_what_another_has_just_made() {
    on_newest_major(async |server| {
        let shop = App::owner("shop");
        let workspace = Workspace::with_apps(PROVISIONER, server, &[shop.clone(), App::owner("other")]);
        assert!(workspace.run("apply").expect(0).changes() > 0);
        let made = server.login(&workspace.secret(&shop.secret_path())).await.unwrap();
        made.batch_execute("CREATE DATABASE plugin").await.unwrap();
        assert_eq!(workspace.run("apply").flag("--only", "other").expect(0).changes(), 0);
        let _open = workspace.run("verify").expect(1);
        assert_eq!(workspace.run("apply").expect(0).changes(), 1);
        let _closed = workspace.run("verify").expect(0);
    });
}
