//! Logins that are refused before any password is looked at: they prove nothing of whose a role is.

use std::time::Duration;

use acceptance::postgres::ServerOptions;
use acceptance::snapshot::{difference, snapshot};
use acceptance::{App, Proxy, TestServer, Workspace, engine, majors, on_each_major, on_newest_major};
use tokio::net::TcpStream;
use tokio_postgres::error::SqlState;

use crate::PROVISIONER;

#[test]
fn a_role_that_pg_hba_rejects_is_not_ours_whatever_its_secret_holds() {
    on_each_major(async |server| {
        let app = App::owner("shop");
        let workspace = Workspace::with_apps(PROVISIONER, server, std::slice::from_ref(&app));
        let session = server.superuser().await;
        session.batch_execute("CREATE ROLE shop_user NOLOGIN; GRANT rds_iam TO shop_user").await.unwrap();
        let before = snapshot(&[&session]).await;
        let run = workspace.run("apply").expect(3);
        assert!(run.termination_line().contains("role shop_user is not provably ours"), "{run}");
        assert!(run.termination_line().contains("its login is barred (pg_hba.conf rejects connection"), "{run}");
        assert_eq!(difference(&before, &snapshot(&[&session]).await), Vec::<String>::new());

        // With a password that the server looks at, the refusal that follows proves it.
        let secret = workspace.secret(&app.secret_path());
        session.batch_execute("REVOKE rds_iam FROM shop_user; SET log_statement = 'none'").await.unwrap();
        let set = format!("ALTER ROLE shop_user PASSWORD '{}'", secret.password);
        session.batch_execute(&set).await.unwrap();
        if server.major() >= 16 {
            session.batch_execute("GRANT shop_user TO platform_admin WITH ADMIN OPTION").await.unwrap();
        }
        assert!(workspace.run("apply").expect(0).changes() > 0);
        server.login(&secret).await.unwrap();
    });
}

#[test]
fn an_app_that_is_barred_is_not_told_as_in_sync() {
    on_newest_major(async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &[App::owner("shop"), App::owner("other")]);
        assert!(workspace.run("apply").expect(0).changes() > 0);
        server.prepend_access_rules(&["hostssl all shop_user all reject"]).await;
        let run = workspace.run("plan").expect(0);
        assert_eq!([&run.app("shop")["status"], &run.app("other")["status"]], ["not_reached", "unchanged"], "{run}");
        assert!(run.stdout.contains("shop: owner of shop as shop_user, cannot log in\n"), "{run}");
        assert!(run.stdout.contains("other: owner of other as other_user, in sync\n"), "{run}");
        assert!(run.stdout.contains("Nothing to do: 1 of 2 apps in sync.\n"), "{run}");
        assert!(workspace.run("apply").expect(1).termination_line().contains("shop_user cannot log in to shop"));
    });
}

/// Connections are refused before their password is looked at in two ways: all sessions are taken, or as many are being
/// opened as there may be. Which function of the server says so differs with its version.
#[test]
fn a_server_that_is_full_proves_no_password() {
    for major in majors() {
        engine::block_on(async {
            let few = [("max_connections", "8"), ("max_wal_senders", "0"), ("max_worker_processes", "1")];
            let settings = few.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
            let server = TestServer::with(major, ServerOptions { settings, ..ServerOptions::default() }).await;
            server.superuser().await.batch_execute("CREATE ROLE shop_user LOGIN").await.unwrap();
            for full in [Full::OfSessions, Full::OfBeginnings] {
                stays_unproven(&server, full).await;
            }
        });
    }
}

#[derive(Clone, Copy, Debug)]
enum Full {
    OfSessions,
    OfBeginnings,
}

async fn stays_unproven(server: &TestServer, full: Full) {
    let app = App::owner("shop");
    let workspace = Workspace::with_apps(PROVISIONER, server, std::slice::from_ref(&app));
    let proxy = Proxy::in_front_of(server).await;
    workspace.put_master(&proxy.route(server.master()));
    workspace.put_secret(&app.secret_path(), &proxy.route(&workspace.secret(&app.secret_path())));
    // The master is in, and no app has tried yet.
    proxy.hold_at(1);
    let running = workspace.run("plan").flag("--connect-patience", "1s").spawn();
    proxy.until_unit(1).await;
    let (mut sessions, mut silent) = (Vec::new(), Vec::new());
    match full {
        Full::OfSessions => {
            while let Ok(session) = server.login(server.master()).await {
                sessions.push(session);
            }
            // The last ones are the superuser's.
            for _ in 0..3 {
                sessions.push(server.superuser().await);
            }
        }
        Full::OfBeginnings => {
            for _ in 0..64 {
                silent.push(TcpStream::connect((server.host(), server.port())).await.unwrap());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    // A backend of before may have been on its way out.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let early = loop {
        match server.login(server.master()).await {
            Ok(session) => sessions.push(session),
            Err(error) => break error,
        }
    };
    assert_eq!(early.code(), Some(&SqlState::TOO_MANY_CONNECTIONS), "{full:?}: {early:?}");
    proxy.release();
    let run = running.wait().expect(75);
    assert!(run.termination_line().contains("too many connections: i/o timeout"), "{run}");
    assert_eq!(run.changes(), 0, "{run}");
}
