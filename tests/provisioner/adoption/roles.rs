//! Roles that were there before.

use acceptance::snapshot::{difference, snapshot};
use acceptance::{App, Workspace, on_each_major, on_newest_major, on_oldest_and_newest};

use super::{refusal, role_by_hand, run_sql, steps};
use crate::PROVISIONER;

#[test]
fn a_role_is_ours_if_its_secret_logs_in() {
    on_each_major(async |server| {
        let app = App::owner("shop");
        let workspace = Workspace::with_apps(PROVISIONER, server, std::slice::from_ref(&app));
        role_by_hand(server, &workspace.secret(&app.secret_path()), "CREATEDB").await;
        run_sql(server, "postgres", "CREATE DATABASE shop OWNER shop_user").await;
        run_sql(server, "postgres", "REVOKE ALL ON DATABASE shop FROM PUBLIC").await;
        run_sql(server, "postgres", "GRANT CONNECT ON DATABASE shop TO platform_admin").await;
        let session = server.superuser().await;
        if server.major() < 15 {
            // Nobody but the superuser could close it, and nobody else gets in.
            run_sql(server, "shop", "REVOKE CREATE ON SCHEMA public FROM PUBLIC").await;
            run_sql(server, "shop", "GRANT CREATE ON SCHEMA public TO shop_user").await;
        }
        let before = snapshot(&[&session]).await;
        let run = workspace.run("apply").expect(0);
        assert_eq!(steps(&run), ["adopt shop_user"], "{run}");
        let changed = difference(&before, &snapshot(&[&session]).await);
        let marker = |line: &String| line.contains("role shop_user: ");
        assert!(changed.len() == 2 && changed.iter().all(marker), "the comment alone: {changed:#?}");
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);
    });
}

#[test]
fn a_role_with_another_password_is_not_ours() {
    on_oldest_and_newest(13..=18, async |server| {
        let app = App::owner("shop");
        let workspace = Workspace::with_apps(PROVISIONER, server, std::slice::from_ref(&app));
        role_by_hand(server, &server.secret("shop_user", "shop"), "").await;
        let session = server.superuser().await;
        let before = snapshot(&[&session]).await;
        let said = refusal(&workspace.run("apply").expect(3));
        assert!(said.contains("role shop_user is not provably ours"), "{said}");
        assert!(said.contains("--adopt shop_user"), "{said}");
        assert_eq!(difference(&before, &snapshot(&[&session]).await), Vec::<String>::new());

        let run = workspace.run("apply").flag("--adopt", "shop_user").expect(0);
        assert_eq!(steps(&run), ["set_password shop_user", "create_database shop"], "{run}");
        server.login(&workspace.secret(&app.secret_path())).await.unwrap();
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);
    });
}

#[test]
fn a_role_with_power_is_never_an_apps() {
    on_oldest_and_newest(13..=18, async |server| {
        let powers = ["SUPERUSER", "CREATEROLE", "REPLICATION", "BYPASSRLS"];
        let app = |power: &str| App::owner(&power.to_lowercase());
        let mut apps: Vec<App> = powers.iter().map(|power| app(power)).collect();
        apps.extend([App::owner("heir"), App::owner("cousin")]);
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps);
        // From 16 on the master is a member of what it makes, and nothing of that can be a member of it.
        run_sql(server, "postgres", "CREATE ROLE heir_user LOGIN").await;
        for app in apps.iter().filter(|app| app.name != "heir") {
            role_by_hand(server, &workspace.secret(&app.secret_path()), "").await;
        }
        for power in powers {
            run_sql(server, "postgres", &format!("ALTER ROLE {} {power}", app(power).role)).await;
        }
        run_sql(server, "postgres", "GRANT platform_admin TO heir_user").await;
        run_sql(server, "postgres", "CREATE ROLE between; GRANT rds_superuser TO between").await;
        run_sql(server, "postgres", "GRANT between TO cousin_user").await;
        let session = server.superuser().await;
        let before = snapshot(&[&session]).await;
        let run = workspace
            .run("apply")
            .flag("--adopt", apps.iter().map(|app| app.role.clone()).collect::<Vec<_>>().join(","));
        let said = refusal(&run.expect(3));
        for power in powers {
            let role = app(power).role;
            assert!(said.contains(&format!("role {role} has {power}, which no app's role may have")), "{said}");
            assert!(said.contains(&format!("ALTER ROLE \"{role}\" NO{power}")), "{said}");
        }
        assert!(said.contains("REVOKE \"platform_admin\" FROM \"heir_user\""), "{said}");
        assert!(said.contains("role cousin_user is a member of between through rds_superuser"), "{said}");
        assert_eq!(difference(&before, &snapshot(&[&session]).await), Vec::<String>::new());
    });
}

#[test]
fn a_role_that_the_master_does_not_administer() {
    on_oldest_and_newest(16..=18, async |server| {
        let apps = [App::owner("shop"), App::owner("other")];
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps);
        let secret = workspace.secret(&apps[0].secret_path());
        let session = server.superuser().await;
        session.batch_execute("SET log_statement = 'none'").await.unwrap();
        let create = format!("CREATE ROLE shop_user LOGIN CREATEDB PASSWORD '{}'", secret.password);
        session.batch_execute(&create).await.unwrap();

        // On RDS its members are exempt, so it is tried; here the server refuses. Others go on.
        let failed = workspace.run("apply").expect(1);
        assert!(failed.termination_line().contains("app shop: "), "{failed}");
        assert!(failed.termination_line().contains("42501"), "{failed}");
        assert_eq!(failed.app("other")["status"], "created", "{failed}");

        session.batch_execute("REVOKE rds_superuser FROM platform_admin").await.unwrap();
        let said = refusal(&workspace.run("apply").expect(3));
        let (_, sql) = said.split_once("an administrator run: ").expect("SQL to run");
        session.batch_execute(sql.lines().next().unwrap()).await.unwrap();
        let _done = workspace.run("apply").expect(0);
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);
    });
}

#[test]
fn a_role_that_is_declared_no_more_is_told_and_left_alone() {
    on_newest_major(async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &[App::owner("shop"), App::owner("gone")]);
        let _made = workspace.run("apply").expect(0);
        workspace.write_tfvars(&acceptance::workspace::application_databases(&[App::owner("shop")]));
        let session = server.superuser().await;
        let before = snapshot(&[&session]).await;
        let run = workspace.run("apply").expect(0);
        assert_eq!(run.changes(), 0);
        let orphans = serde_json::json!([{"kind": "role", "name": "gone_user"}, {"kind": "database", "name": "gone"}]);
        assert_eq!(run.report()["orphans"], orphans, "{run}");
        assert_eq!(difference(&before, &snapshot(&[&session]).await), Vec::<String>::new());
    });
}
