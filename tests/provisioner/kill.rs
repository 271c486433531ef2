//! A run that is killed, a server that goes away under it, and a lock that is lost: the next run converges.
//!
//! `TEST_SEED` chooses the instants of the kills; without it every run of the tests has its own, which is printed.

use std::time::Duration;

use acceptance::{App, Finished, TestServer, Workspace, assert_no_leak, on_each_major, on_newest_major};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::PROVISIONER;
use crate::obstacle::{Obstacle, assert_nobody_is_left, sessions_of_runs};
use crate::safety::{assert_safe, clear};

/// How often a run is killed on each version.
const KILLS: u32 = 6;

fn apps() -> [App; 3] {
    [App::owner("backstage"), App::owner("keycloak"), App::guest("reporting", "backstage", "reader")]
}

#[test]
fn killed_at_random_instants() {
    let seed = std::env::var("TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random::<u32>);
    println!("to have these kills again, as far as time lets them be had: TEST_SEED={seed}");
    let seed = u64::from(seed);
    on_each_major(async |server| {
        if server.major() < 15 {
            server.let_master_own_public_schema().await;
        }
        let mut rng = StdRng::seed_from_u64(seed + u64::from(server.major()));
        let judge = server.superuser().await;
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps());
        // What a whole run takes; no kill comes later.
        let whole = workspace.run("apply").expect(0).took;
        clear(&judge, &apps()).await;
        for _ in 0..KILLS {
            let instant = whole.mul_f64(rng.random_range(0.05..1.0));
            let mark = server.log_mark().await;
            let running = workspace.run("apply").spawn();
            tokio::time::sleep(instant).await;
            let killed = running.kill();
            let when = format!("killed after {instant:?} of {whole:?}, seed {seed}");
            assert_safe(&judge, server, &apps(), &when).await;
            converges(&workspace, &when);
            assert_safe(&judge, server, &apps(), &when).await;
            assert_no_leak(&workspace.passwords(), &killed, &server.log_since(&mark).await);
            clear(&judge, &apps()).await;
        }
    });
}

#[test]
fn what_a_killed_run_left_running_is_waited_for() {
    on_each_major(async |server| {
        let (workspace, orphan, obstacle) = with_an_orphan(server).await;
        let judge = server.superuser().await;
        let mark = server.log_mark().await;
        let mut next = workspace.run("apply").spawn();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(next.is_running(), "it waits");
        assert_eq!(server.ddl_since(&mark).await, Vec::<String>::new(), "and writes nothing meanwhile");
        obstacle.remove().await;
        let next = next.wait().expect(0);
        let ddl = server.ddl_since(&mark).await;
        let again: Vec<_> = ddl.iter().filter(|sql| sql.starts_with("CREATE DATABASE \"backstage\"")).collect();
        assert!(again.is_empty(), "process {orphan} had made the database: {again:?} {next}");
        assert_safe(&judge, server, &apps(), "after an orphan ended").await;
        converges(&workspace, "after an orphan ended");
    });
}

#[test]
fn what_does_not_end_of_a_killed_run_is_ended() {
    on_newest_major(async |server| {
        let (workspace, orphan, obstacle) = with_an_orphan(server).await;
        let judge = server.superuser().await;
        let next = workspace.run("apply").spawn();
        let mut left = true;
        for _ in 0..400 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let found = judge.query("SELECT FROM pg_stat_activity WHERE pid = $1", &[&orphan]).await.unwrap();
            left = !found.is_empty();
            if !left {
                break;
            }
        }
        assert!(!left, "the orphan still waits for the lock: {:?}", sessions_of_runs(&judge).await);
        obstacle.remove().await;
        let next = next.wait().expect(0);
        assert!(next.stderr.contains("ending what a killed run left running"), "{next}");
        converges(&workspace, "after an orphan was ended");
    });
}

/// A run that was killed while its `CREATE DATABASE` waited for a lock, and still waits: the process, and the lock.
async fn with_an_orphan(server: &TestServer) -> (Workspace, i32, Obstacle) {
    if server.major() < 15 {
        server.let_master_own_public_schema().await;
    }
    let workspace = Workspace::with_apps(PROVISIONER, server, &apps()[..1]);
    let obstacle = Obstacle::to_databases(server).await;
    let running = workspace.run("apply").flag("--run-id", "orphan").spawn();
    let orphan = obstacle.until_it_stops(server, "CREATE DATABASE").await;
    let killed = running.kill();
    assert_eq!(killed.signal, Some(9), "{killed}");
    let judge = server.superuser().await;
    let locks = "SELECT FROM pg_locks WHERE locktype = 'advisory'";
    for _ in 0..200 {
        if judge.query(locks, &[]).await.unwrap().is_empty() {
            let sessions = sessions_of_runs(&judge).await.join("\n");
            assert!(sessions.contains("active: CREATE DATABASE"), "the orphan is at work without the lock: {sessions}");
            return (workspace, orphan, obstacle);
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the killed run's lock stays: {:?}", sessions_of_runs(&judge).await);
}

#[test]
fn the_server_is_restarted_in_the_middle() {
    on_newest_major(async |server| {
        for tidily in [true, false] {
            let workspace = Workspace::with_apps(PROVISIONER, server, &apps());
            let obstacle = Obstacle::to_databases(server).await;
            let running = workspace.run("apply").spawn();
            obstacle.until_it_stops(server, "CREATE DATABASE").await;
            if tidily {
                server.stop().await;
            } else {
                server.crash().await;
            }
            server.start().await;
            is_to_be_tried_again(&running.wait(), "connection reset by peer");
            let judge = server.superuser().await;
            assert_safe(&judge, server, &apps(), "after a restart").await;
            converges(&workspace, "after a restart");
            clear(&judge, &apps()).await;
        }
    });
}

#[test]
fn the_session_with_the_lock_is_lost() {
    on_newest_major(async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps());
        let obstacle = Obstacle::to_databases(server).await;
        let running = workspace.run("apply").flag("--concurrency", 1).spawn();
        obstacle.until_it_stops(server, "CREATE DATABASE").await;
        let judge = server.superuser().await;
        let lost = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted";
        assert_eq!(judge.query(lost, &[]).await.unwrap().len(), 1, "one session has the lock");
        // The statement in flight ends as it will; nothing follows it.
        tokio::time::sleep(Duration::from_millis(300)).await;
        obstacle.remove().await;
        let lost = running.wait();
        is_to_be_tried_again(&lost, "connection reset by peer");
        assert_eq!(lost.app("keycloak")["status"], "not_reached", "{lost}");
        assert_nobody_is_left(server).await;
        assert_safe(&judge, server, &apps(), "after the lock was lost").await;
        converges(&workspace, "after the lock was lost");
    });
}

fn is_to_be_tried_again(finished: &Finished, phrase: &str) {
    assert_eq!(finished.code, Some(75), "{finished}");
    assert_eq!(finished.report()["outcome"], "unavailable", "{finished}");
    assert!(finished.termination_line().contains(phrase), "{finished}");
}

fn converges(workspace: &Workspace, when: &str) {
    let repaired = workspace.run("apply").expect(0);
    let again = workspace.run("apply").expect(0);
    assert_eq!(again.changes(), 0, "{when}: {repaired}{again}");
}
