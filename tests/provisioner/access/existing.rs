//! Readers of databases that are there already and that no entry owns.

use acceptance::snapshot::{difference, snapshot};
use acceptance::workspace::application_databases;
use acceptance::{App, Secret, Workspace, on_oldest_and_newest};
use tokio_postgres::error::SqlState;

use super::{refusal, run_sql};
use crate::PROVISIONER;

#[test]
fn a_reader_of_the_masters_database() {
    on_oldest_and_newest(15..=18, async |server| {
        server.as_master().await.batch_execute("CREATE DATABASE warehouse").await.unwrap();
        let master = server.login(&acceptance::Secret { dbname: "warehouse".into(), ..server.master().clone() }).await;
        let master = master.unwrap();
        master.batch_execute("CREATE TABLE fact (id int)").await.unwrap();
        let reader = App::guest("report", "warehouse", "reader");
        let workspace = Workspace::with_apps(PROVISIONER, server, std::slice::from_ref(&reader));
        let _made = workspace.run("apply").expect(0);
        master.batch_execute("CREATE TABLE later (id int)").await.unwrap();
        let reader = server.login(&workspace.secret(&reader.secret_path())).await.unwrap();
        reader.batch_execute("SELECT * FROM fact, later").await.unwrap();
        reader.batch_execute("INSERT INTO fact VALUES (1)").await.unwrap_err();
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);
    });
}

#[test]
fn a_reader_of_the_masters_database_beside_an_owner_of_another() {
    on_oldest_and_newest(15..=18, async |server| {
        server.as_master().await.batch_execute("CREATE DATABASE warehouse").await.unwrap();
        let apps = [App::guest("report", "warehouse", "reader"), App::owner("other")];
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps);
        let made = workspace.run("apply").expect(0);
        let notes = made.report()["notes"].to_string();
        assert!(notes.contains("no app owns database warehouse, and every app can connect to it"), "{notes}");
        let _verified = workspace.run("verify").expect(0);
        let close = notes.split_once("platform_admin can close it: ").expect("SQL to run").1;
        let close = close.split_once(" FROM PUBLIC").unwrap().0.replace('\\', "");
        server.as_master().await.batch_execute(&format!("{close} FROM PUBLIC")).await.unwrap();
        let closed = workspace.run("apply").expect(0);
        assert_eq!((closed.changes(), closed.report()["notes"].to_string().as_str()), (0, "[]"), "{closed}");
        let _verified = workspace.run("verify").expect(0);
    });
}

#[test]
fn a_reader_of_a_strangers_database() {
    on_oldest_and_newest(15..=18, async |server| {
        let master = server.as_master().await;
        master.batch_execute("CREATE ROLE legacy LOGIN").await.unwrap();
        run_sql(server, "postgres", "CREATE DATABASE warehouse OWNER legacy").await;
        run_sql(server, "warehouse", "SET ROLE legacy; CREATE TABLE public.fact (id int)").await;
        let reader = App::guest("report", "warehouse", "reader");
        let workspace = Workspace::with_apps(PROVISIONER, server, std::slice::from_ref(&reader));
        let said = refusal(&workspace.run("apply").expect(3));
        assert!(said.contains("database warehouse is owned by legacy"), "{said}");
        assert!(said.contains("--adopt warehouse"), "{said}");
        let _granted = workspace.run("apply").flag("--adopt", "warehouse").expect(0);
        let reader = server.login(&workspace.secret(&reader.secret_path())).await.unwrap();
        reader.batch_execute("SELECT * FROM public.fact").await.unwrap();
        assert_eq!(workspace.run("apply").flag("--adopt", "warehouse").expect(0).changes(), 0);
    });
}

#[test]
fn a_reader_of_the_database_of_a_role_that_the_master_is_a_member_of() {
    on_oldest_and_newest(15..=18, async |server| {
        server
            .as_master()
            .await
            .batch_execute("CREATE ROLE legacy LOGIN; GRANT legacy TO platform_admin")
            .await
            .unwrap();
        run_sql(server, "postgres", "CREATE DATABASE warehouse OWNER legacy").await;
        run_sql(server, "warehouse", "SET ROLE legacy; CREATE TABLE public.fact (id int)").await;
        let reader = App::guest("report", "warehouse", "reader");
        let workspace = Workspace::with_apps(PROVISIONER, server, std::slice::from_ref(&reader));
        let session = server.superuser().await;
        let before = snapshot(&[&session]).await;
        let run = workspace.run("apply").flag("--adopt", "warehouse").expect(0);
        let lost = difference(&before, &snapshot(&[&session]).await);
        assert!(!lost.iter().any(|line| line.contains("of legacy")), "{lost:#?} after {run}");
        assert!(before.iter().any(|line| line.contains("platform_admin of legacy")), "{before:#?}");
        let reader = server.login(&workspace.secret(&reader.secret_path())).await.unwrap();
        reader.batch_execute("SELECT * FROM public.fact").await.unwrap();
        assert_eq!(workspace.run("apply").flag("--adopt", "warehouse").expect(0).changes(), 0);
    });
}

#[test]
fn a_reader_of_a_strangers_database_that_is_closed() {
    on_oldest_and_newest(15..=18, async |server| {
        server.as_master().await.batch_execute("CREATE ROLE legacy LOGIN").await.unwrap();
        run_sql(server, "postgres", "CREATE DATABASE warehouse OWNER legacy").await;
        run_sql(server, "warehouse", "SET ROLE legacy; CREATE TABLE public.fact (id int)").await;
        run_sql(server, "postgres", "REVOKE ALL ON DATABASE warehouse FROM PUBLIC").await;
        let reader = App::guest("report", "warehouse", "reader");
        let workspace = Workspace::with_apps(PROVISIONER, server, std::slice::from_ref(&reader));
        let _granted = workspace.run("apply").flag("--adopt", "warehouse").expect(0);
        let reader = server.login(&workspace.secret(&reader.secret_path())).await.unwrap();
        reader.batch_execute("SELECT * FROM public.fact").await.unwrap();
        assert_eq!(workspace.run("apply").flag("--adopt", "warehouse").expect(0).changes(), 0);
    });
}

#[test]
fn a_reader_of_a_database_that_an_app_made() {
    // Open to everybody, as PostgreSQL makes it, and after a run that closed it.
    for is_closed in [false, true] {
        on_oldest_and_newest(15..=18, async |server| {
            let apps =
                [App::owner("backstage"), App::owner("other"), App::guest("report", "backstage_plugin", "reader")];
            let workspace = Workspace::with_apps(PROVISIONER, server, &apps);
            let declare = |apps: &[App]| workspace.write_tfvars(&application_databases(apps));
            declare(&apps[..2]);
            let _made = workspace.run("apply").expect(0);
            let [maker, other, reader] = [0, 1, 2].map(|app: usize| workspace.secret(&apps[app].secret_path()));
            let maker = server.login(&maker).await.unwrap();
            maker.batch_execute("CREATE DATABASE backstage_plugin").await.unwrap();
            run_sql(server, "backstage_plugin", "SET ROLE backstage_user; CREATE TABLE public.fact (id int)").await;
            if is_closed {
                assert_eq!(workspace.run("apply").expect(0).changes(), 1);
            }
            declare(&apps);
            let run = workspace.run("apply").expect(0);
            let reader = server.login(&reader).await.unwrap();
            reader.batch_execute("SELECT * FROM public.fact").await.unwrap();
            let intruder = Secret { dbname: "backstage_plugin".into(), ..other };
            let refused = server.login(&intruder).await.map(drop).unwrap_err();
            assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{refused:?} after {run}");
            assert_eq!(workspace.run("apply").expect(0).changes(), 0);
            let _verified = workspace.run("verify").expect(0);
        });
    }
}

#[test]
fn a_reader_of_no_database() {
    acceptance::on_newest_major(async |server| {
        let reader = App::guest("report", "nowhere", "reader");
        let workspace = Workspace::with_apps(PROVISIONER, server, std::slice::from_ref(&reader));
        let mark = server.log_mark().await;
        let said = refusal(&workspace.run("apply").expect(3));
        assert!(said.contains("database nowhere does not exist, and no entry owns it"), "{said}");
        assert_eq!(server.ddl_since(&mark).await, Vec::<String>::new());
    });
}

#[test]
fn a_reader_that_could_create_in_a_database_that_is_there() {
    on_oldest_and_newest(13..=18, async |server| {
        server.as_master().await.batch_execute("CREATE DATABASE warehouse").await.unwrap();
        run_sql(server, "warehouse", "GRANT CREATE ON SCHEMA public TO PUBLIC").await;
        let reader = App::guest("report", "warehouse", "reader");
        let workspace = Workspace::with_apps(PROVISIONER, server, std::slice::from_ref(&reader));
        let said = refusal(&workspace.run("apply").expect(3));
        assert!(said.contains("REVOKE CREATE ON SCHEMA public FROM PUBLIC"), "{said}");
        run_sql(server, "warehouse", "REVOKE CREATE ON SCHEMA public FROM PUBLIC").await;
        let _made = workspace.run("apply").expect(0);
    });
}
