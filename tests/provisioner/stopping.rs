//! A run that is told to stop, or whose time is over.

use std::time::{Duration, Instant};

use acceptance::{
    App, AwsFault, AwsProxy, Finished, Impostor, Rule, Run, Running, SecretsManager, TestServer, Workspace,
    on_each_major, on_newest_major,
};

use crate::PROVISIONER;
use crate::obstacle::{Obstacle, assert_nobody_is_left};
use crate::safety::assert_safe;

/// What Kubernetes gives a container between SIGTERM and SIGKILL here.
const GRACE: Duration = Duration::from_secs(10);

fn apps() -> [App; 2] {
    [App::owner("backstage"), App::owner("keycloak")]
}

#[test]
fn stopped_while_a_database_is_made() {
    on_each_major(async |server| {
        let workspace = workspace(server).await;
        let obstacle = Obstacle::to_databases(server).await;
        let running = workspace.run("apply").flag("--concurrency", 1).spawn();
        obstacle.until_it_stops(server, "CREATE DATABASE").await;
        let stopped = stop(running);
        assert_eq!(stopped.app("backstage")["status"], "failed", "{stopped}");
        assert_eq!(stopped.app("keycloak")["status"], "not_reached", "{stopped}");
        is_over_and_converges(&workspace, server, obstacle).await;
    });
}

#[test]
fn stopped_while_a_role_is_made() {
    on_newest_major(async |server| {
        let workspace = workspace(server).await;
        let obstacle = Obstacle::to_roles(server).await;
        let running = workspace.run("apply").flag("--concurrency", 1).spawn();
        obstacle.until_it_stops(server, "CREATE ROLE").await;
        let stopped = stop(running);
        assert_eq!(stopped.report()["counts"]["steps"]["success"], 0, "{stopped}");
        is_over_and_converges(&workspace, server, obstacle).await;
    });
}

#[test]
fn stopped_while_looking() {
    on_newest_major(async |server| {
        let workspace = workspace(server).await;
        let obstacle = Obstacle::to_comments(server).await;
        let running = workspace.run("apply").spawn();
        obstacle.until_it_stops(server, "").await;
        let stopped = stop(running);
        assert_eq!(stopped.report()["counts"]["apps"]["not_reached"], 2, "{stopped}");
        // The session that looked had the lock, too.
        assert_nobody_is_left(server).await;
        obstacle.remove().await;
        assert!(workspace.run("apply").expect(0).changes() > 0);
    });
}

#[test]
fn a_deadline_is_the_same_and_to_be_tried_again() {
    on_newest_major(async |server| {
        let workspace = workspace(server).await;
        let obstacle = Obstacle::to_databases(server).await;
        let late = workspace.run("apply").flag("--deadline", "2s").run().expect(75);
        assert!(late.took < Duration::from_secs(2) + GRACE, "{late}");
        assert_eq!(late.report()["outcome"], "unavailable", "{late}");
        assert!(late.termination_line().contains("--deadline expired: i/o timeout"), "{late}");
        assert!(late.audit_rows().iter().any(|row| row["status"] == "error"), "what was in flight: {late}");
        is_over_and_converges(&workspace, server, obstacle).await;
    });
}

#[test]
fn stopped_while_waiting_for_another_run() {
    on_newest_major(async |server| {
        let workspace = workspace(server).await;
        let obstacle = Obstacle::to_databases(server).await;
        let first = workspace.run("apply").spawn();
        obstacle.until_it_stops(server, "CREATE DATABASE").await;
        let second = workspace.run("apply").flag("--run-id", "second").spawn();
        until(&second, "waiting for another run on this server").await;
        let second = stop(second);
        assert_eq!(second.report()["counts"]["apps"]["not_reached"], 2, "{second}");
        obstacle.remove().await;
        let _ = first.wait().expect(0);
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);
    });
}

#[test]
fn stopped_or_late_while_connecting() {
    on_newest_major(async |server| {
        let (workspace, silent) = (workspace(server).await, Impostor::silent().await);
        for app in apps() {
            workspace
                .put_secret(&app.secret_path(), &workspace.secret(&app.secret_path()).at("127.0.0.1", silent.port()));
        }
        workspace.put_master(&server.master().clone().at("127.0.0.1", silent.port()));
        let running = workspace.run("apply").spawn();
        tokio::time::sleep(Duration::from_millis(700)).await;
        stop(running);
        let late = workspace.run("apply").flag("--deadline", "700ms").run().expect(75);
        assert!(late.took < GRACE && late.termination_line().contains("--deadline expired: i/o timeout"), "{late}");
    });
}

#[test]
fn stopped_while_secrets_are_read() {
    on_newest_major(async |server| {
        let secrets = SecretsManager::new().await;
        secrets.create("goldenpath/dev/rds/master", server.master()).await;
        let proxy = AwsProxy::in_front_of(&secrets).await;
        let slow = proxy.route(&secrets);
        proxy.fault(Rule::on("", AwsFault::None).delay(Duration::from_mins(1)));
        let workspace = workspace(server).await;
        let run = || -> Run { slow.serve(workspace.run("apply")).flag("--missing-secrets", "create") };
        let running = run().spawn();
        for _ in 0..400 {
            if !proxy.calls().is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let stopped = stop(running);
        assert_eq!(stopped.report()["counts"]["apps"]["not_reached"], 2, "{stopped}");
        proxy.heal();
        assert!(run().expect(0).changes() > 0);
        assert_eq!(run().expect(0).changes(), 0);
    });
}

async fn workspace(server: &TestServer) -> Workspace {
    if server.major() < 15 {
        server.let_master_own_public_schema().await;
    }
    Workspace::with_apps(PROVISIONER, server, &apps())
}

/// Waits until a run has said something in its log.
async fn until(running: &Running, words: &str) {
    for _ in 0..1200 {
        if running.stderr().contains(words) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the run never said {words:?}:\n{}", running.stderr());
}

/// Sends SIGTERM, and checks what the contract promises of it.
fn stop(running: Running) -> Finished {
    let told = Instant::now();
    running.signal("TERM");
    let stopped = running.wait().expect(143);
    assert!(told.elapsed() < GRACE, "{:?}: {stopped}", told.elapsed());
    assert_eq!(stopped.report()["outcome"], "stopped", "{stopped}");
    assert!(stopped.output("summary").contains("stopped"), "{stopped}");
    assert_eq!(stopped.changes(), stopped.report()["counts"]["steps"]["success"].as_u64().unwrap(), "{stopped}");
    assert!(stopped.termination_line().starts_with("stopped by a signal"), "{stopped}");
    assert!(stopped.report()["counts"]["apps"]["not_reached"].as_u64() > Some(0), "{stopped}");
    stopped
}

/// The stopped run has left nothing on the server, although what held it up is still there; the next run converges.
async fn is_over_and_converges(workspace: &Workspace, server: &TestServer, obstacle: Obstacle) {
    assert_nobody_is_left(server).await;
    assert_safe(&server.superuser().await, server, &apps(), "after a stop").await;
    obstacle.remove().await;
    assert!(workspace.run("apply").expect(0).changes() > 0);
    assert_eq!(workspace.run("apply").expect(0).changes(), 0);
}
