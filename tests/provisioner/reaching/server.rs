//! A server that is there, and does not let the run do its work.

use std::time::Duration;

use acceptance::postgres::ServerOptions;
use acceptance::{TestServer, engine, majors, on_each_major, on_newest_major};

use super::{assert_ended, workspace_at};

#[test]
fn a_master_who_cannot() {
    on_each_major(async |server| {
        let judge = server.superuser().await;
        let wrong = workspace_at(&server.master().clone().with_password("not the password"));
        let run = wrong.run("apply").run();
        assert_ended(&run, 1, "password authentication failed");
        assert!(run.termination_line().contains("is the password in goldenpath/dev/rds/master the server's?"), "{run}");

        let workspace = workspace_at(server.master());
        for (lack, sql) in [
            ("CREATEDB", "ALTER ROLE platform_admin NOCREATEDB CREATEROLE"),
            ("CREATEROLE", "ALTER ROLE platform_admin CREATEDB NOCREATEROLE"),
            ("CREATEROLE and CREATEDB", "ALTER ROLE platform_admin NOCREATEDB NOCREATEROLE"),
        ] {
            judge.batch_execute(sql).await.unwrap();
            let words = format!("the master platform_admin lacks {lack}: let an administrator run ALTER ROLE");
            assert_ended(&workspace.run("apply").run(), 1, &words);
        }
        judge.batch_execute("ALTER ROLE platform_admin NOLOGIN CREATEDB CREATEROLE").await.unwrap();
        assert_ended(&workspace.run("apply").run(), 1, "is not permitted to log in");
        judge.batch_execute("ALTER ROLE platform_admin LOGIN").await.unwrap();
        server.prepend_access_rules(&["hostssl all platform_admin all reject"]).await;
        assert_ended(&workspace.run("apply").run(), 1, "pg_hba.conf rejects connection");
    });
}

#[test]
fn a_server_with_no_connection_to_spare() {
    let settings = vec![("max_connections".to_owned(), "8".to_owned()), ("max_wal_senders".to_owned(), "2".to_owned())];
    engine::block_on(async {
        let options = ServerOptions { settings, ..ServerOptions::default() };
        let server = TestServer::with(newest(), options).await;
        let workspace = workspace_at(server.master());
        let mut masters = Vec::new();
        while let Ok(session) = server.login(server.master()).await {
            masters.push(session);
        }
        let apply = || workspace.run("apply").flag("--connect-patience", "1s");
        // The last ones are the superuser's.
        assert_ended(&apply().run(), 75, "has too many connections: i/o timeout waiting for a free one");
        let mut superusers = Vec::new();
        for _ in 0..3 {
            superusers.push(server.superuser().await);
        }
        assert_ended(&apply().run(), 75, "has too many connections: i/o timeout waiting for a free one");

        let waiting = workspace.run("apply").flag("--concurrency", 1).spawn();
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop((masters, superusers));
        assert!(waiting.wait().expect(0).changes() > 0);
    });
}

#[test]
fn a_read_replica_and_a_server_that_is_starting() {
    engine::block_on(async {
        let mut standby = TestServer::private(newest()).await;
        let workspace = workspace_at(standby.master());
        // With this file, a server comes back as a standby, one of nobody in particular.
        let judge = standby.superuser().await;
        let data: String = judge.query_one("SHOW data_directory", &[]).await.unwrap().get(0);
        judge.batch_execute(&format!("COPY (SELECT 1 WHERE false) TO '{data}/standby.signal'")).await.unwrap();
        standby.restart().await;
        for command in ["plan", "apply", "verify"] {
            let run = workspace.run(command).run();
            assert_ended(&run, 1, "this server is a read replica, or in recovery: use the host of the writer");
        }

        // One that lets nobody in before it is done, which it never is.
        standby.superuser().await.batch_execute("ALTER SYSTEM SET hot_standby = off").await.unwrap();
        standby.stop().await;
        let started = tokio::time::timeout(Duration::from_secs(3), standby.start()).await;
        assert!(started.is_err(), "it must not come up");
        let run = workspace.run("apply").flag("--connect-patience", "1s").run();
        assert_ended(&run, 75, "is starting up or in recovery: i/o timeout waiting for it");
    });
}

#[test]
fn a_server_that_comes_up_while_the_run_waits() {
    on_newest_major(async |server| {
        let workspace = workspace_at(server.master());
        server.stop().await;
        let waiting = workspace.run("apply").spawn();
        tokio::time::sleep(Duration::from_secs(1)).await;
        server.start().await;
        let run = waiting.wait().expect(0);
        assert!(run.changes() > 0 && run.stderr.contains("connect: connection refused"), "{run}");
    });
}

fn newest() -> u8 {
    *majors().last().expect("a version under test")
}
