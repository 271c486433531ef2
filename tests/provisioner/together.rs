//! Several runs on one server: one after the other, and whoever waits too long says for whom.

use std::time::Duration;

use acceptance::{App, Finished, Workspace, on_each_major, on_newest_major};

use crate::PROVISIONER;
use crate::obstacle::Obstacle;

/// The lock's key, which other programs may rely on: "provis" in ASCII, and 1.
const KEY: i64 = 0x7072_6f76_6973_0001;

fn apps(count: usize) -> Vec<App> {
    (1..=count).map(|number| App::owner(&format!("app{number}"))).collect()
}

#[test]
fn two_at_once_with_the_same_to_do() {
    on_each_major(async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps(3));
        let mark = server.log_mark().await;
        let run = |name| workspace.run("apply").flag("--run-id", name).flag("--lock-wait", "80s").spawn();
        let (first, second) = (run("first"), run("second"));
        let runs = [first.wait().expect(0), second.wait().expect(0)];
        let writers = runs.iter().filter(|run| run.changes() > 0).count();
        assert_eq!(writers, 1, "the second finds nothing to do: {}{}", runs[0], runs[1]);
        assert_eq!(turns(server.log_since(&mark).await.as_str()).len(), 1);
    });
}

#[test]
fn eight_at_once_with_each_its_own_to_do() {
    on_newest_major(async |server| {
        let apps = apps(8);
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps);
        let mark = server.log_mark().await;
        let runs = apps.iter().map(|app| {
            let run = workspace.run("apply").flag("--run-id", &app.name).flag("--only", &app.name);
            run.flag("--lock-wait", "80s").patience(Duration::from_mins(2)).spawn()
        });
        let runs: Vec<_> = runs.collect();
        for run in runs {
            let run = run.wait().expect(0);
            assert!(run.changes() > 0, "{run}");
        }
        let mut turns = turns(server.log_since(&mark).await.as_str());
        turns.sort();
        let names: Vec<&str> = apps.iter().map(|app| app.name.as_str()).collect();
        assert_eq!(turns, names, "each had one turn, and nobody else wrote meanwhile");
        let whole = workspace.run("apply").expect(0);
        assert_eq!(whole.changes(), 0, "{whole}");
    });
}

#[test]
fn eight_at_once_with_no_time_to_wait() {
    on_newest_major(async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps(2));
        let mark = server.log_mark().await;
        // The first is held up with the lock in its hands, so that the others meet it.
        let obstacle = Obstacle::to_databases(server).await;
        let first = workspace.run("apply").flag("--run-id", "first").spawn();
        obstacle.until_it_stops(server, "CREATE DATABASE").await;
        let run = |number: u32| workspace.run("apply").flag("--run-id", format!("later-{number}"));
        let others: Vec<_> = (2..=8).map(|number| run(number).flag("--lock-wait", "500ms").spawn()).collect();
        for other in others {
            names_the_holder(&other.wait(), "apply run=first, pid ");
        }
        // Who only looks needs no lock.
        let plan = workspace.run("plan").expect(0);
        assert!(plan.changes() > 0, "{plan}");
        obstacle.remove().await;
        let first = first.wait().expect(0);
        assert!(first.changes() > 0, "{first}");
        assert_eq!(turns(server.log_since(&mark).await.as_str()), ["first"]);
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);
    });
}

#[test]
fn a_lock_that_somebody_else_holds() {
    on_each_major(async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps(1));
        // The key, and where it is taken, are part of what other tools and older versions rely on.
        let holder = server.superuser().await;
        let taken = holder.query_one("SELECT pg_advisory_lock($1), pg_backend_pid()", &[&KEY]).await.unwrap();
        let held = workspace.run("apply").flag("--lock-wait", "1s").run();
        names_the_holder(&held, &format!("(judge, pid {}, since 20", taken.get::<_, i32>(1)));
        assert!(held.took >= Duration::from_secs(1), "{held}");
        assert_eq!(held.changes(), 0, "{held}");

        let waiting = workspace.run("apply").flag("--lock-wait", "80s").spawn();
        tokio::time::sleep(Duration::from_millis(700)).await;
        drop(holder);
        let waited = waiting.wait().expect(0);
        assert!(waited.changes() > 0, "{waited}");
        assert!(waited.stderr.contains("waiting for another run on this server"), "{waited}");
    });
}

#[track_caller]
fn names_the_holder(finished: &Finished, holder: &str) {
    assert_eq!(finished.code, Some(75), "{finished}");
    let line = finished.termination_line();
    assert!(line.contains(holder) && line.contains("i/o timeout"), "{finished}");
    assert!(line.chars().count() <= 200, "{finished}");
    assert_eq!(finished.report()["outcome"], "unavailable", "{finished}");
    assert!(finished.took < Duration::from_secs(30), "{finished}");
}

/// Who changed definitions, in the order of the log; a run that had several turns is there several times.
fn turns(log: &str) -> Vec<String> {
    let statements = log.lines().filter(|line| line.contains("LOG:  statement: ") || line.contains("LOG:  execute "));
    let run =
        |line: &str| line.split_once(" run=").and_then(|(_, run)| run.split_whitespace().next()).map(str::to_owned);
    let mut turns: Vec<String> = statements.filter_map(run).collect();
    turns.dedup();
    turns
}
