//! A connection that is lost at any point of a run: nothing half-made is ever open to anybody, and the next run
//! converges.
//!
//! Every unit of a first run is cut once, the three ways in turns, and all three ways where something becomes durable.
//! With `TEST_EVERY_CUT` in the environment, all three ways at every unit, on every version under test.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use acceptance::engine::block_on;
use acceptance::wire::Unit;
use acceptance::{App, Cut, Finished, Lease, Proxy, TestServer, Workspace, assert_no_leak, majors};
use tokio_postgres::Client;

use crate::PROVISIONER;
use crate::safety::{assert_safe, clear};

const WAYS: [Cut; 3] = [Cut::BeforeSending, Cut::AfterSending, Cut::BeforeAnswer];
/// The last major version whose schema `public` belongs to the superuser.
const OLD: u8 = 14;

/// An owner with an extension, another owner, and two guests of the first.
fn apps() -> [App; 4] {
    [
        App::owner("backstage").with("extensions", r#"["citext"]"#),
        App::owner("keycloak"),
        App::guest("reporting", "backstage", "reader"),
        App::guest("catalog-sync", "backstage", "editor"),
    ]
}

#[test]
fn cut_at_every_step_on_the_newest_version() {
    cut_at_every_step(*majors().last().expect("a version under test"));
}

#[test]
fn cut_at_every_step_on_older_versions() {
    let every = std::env::var_os("TEST_EVERY_CUT").is_some();
    let mut older = majors();
    older.pop();
    for major in older.into_iter().filter(|major| every || *major == OLD) {
        cut_at_every_step(major);
    }
}

/// Breaks a first run at one cut after the other, on as many servers side by side as there are processors.
fn cut_at_every_step(major: u8) {
    let server = block_on(server(major));
    let cuts = Mutex::new(block_on(cuts(&server)));
    let count = cuts.lock().expect("the cuts").len();
    assert!(count > 60, "a first run takes many steps, and there are only {count} cuts");
    drop(server);
    let workers = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 6);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| block_on(work(major, &cuts)));
        }
    });
    println!("{count} cuts on PostgreSQL {major}");
}

async fn server(major: u8) -> Lease {
    let server = TestServer::shared(major).await;
    if major < 15 {
        server.let_master_own_public_schema().await;
    }
    server
}

/// Where to cut, from what a run that nobody disturbs sends.
async fn cuts(server: &TestServer) -> VecDeque<(u64, Cut)> {
    let every = std::env::var_os("TEST_EVERY_CUT").is_some();
    let (workspace, proxy) = by_way_of_a_proxy(server).await;
    let _ = workspace.run("apply").expect(0);
    let ways = |unit: &Unit| {
        let is_durable = unit.sql.starts_with("COMMIT") || unit.sql.starts_with("CREATE DATABASE");
        let turn = usize::try_from(unit.number % 3).expect("a small number");
        if every || is_durable { WAYS.to_vec() } else { vec![WAYS[turn]] }
    };
    proxy.units().iter().flat_map(|unit| ways(unit).into_iter().map(|way| (unit.number, way))).collect()
}

/// Takes cuts off the list until there are none.
async fn work(major: u8, cuts: &Mutex<VecDeque<(u64, Cut)>>) {
    let server = server(major).await;
    let judge = server.superuser().await;
    let mark = server.log_mark().await;
    let (mut passwords, mut last) = (Vec::new(), None);
    loop {
        let next = cuts.lock().expect("the cuts").pop_front();
        let Some((unit, cut)) = next else { break };
        let (workspace, broken) = survives(&server, &judge, unit, cut).await;
        assert_no_leak(&workspace.passwords(), &broken, "");
        passwords.extend(workspace.passwords());
        last = Some(broken);
        clear(&judge, &apps()).await;
    }
    if let Some(last) = last {
        // Once for all of them: the log is long.
        assert_no_leak(&passwords, &last, &server.log_since(&mark).await);
    }
}

/// Cuts a first run there, looks at the server, and has the next run repair it.
async fn survives(server: &TestServer, judge: &Client, unit: u64, cut: Cut) -> (Workspace, Finished) {
    let (workspace, proxy) = by_way_of_a_proxy(server).await;
    let when = format!("cut at unit {unit} ({cut:?}) on {server}");
    proxy.cut_at(unit, cut);
    let broken = workspace.run("apply").flag("--connect-patience", "100ms").patience(Duration::from_mins(1)).run();
    assert_safe(judge, server, &apps(), &format!("{when}: {broken}")).await;
    if proxy.was_cut() {
        says_what_happened(&broken, &when);
    } else {
        // Side by side, units come in another order and, with a look more or less, in another number.
        assert_eq!(broken.code, Some(0), "{broken}");
    }
    proxy.heal();
    let repaired = workspace.run("apply").expect(0);
    let again = workspace.run("apply").expect(0);
    assert_eq!(again.changes(), 0, "{when}: {repaired}{again}");
    assert_safe(judge, server, &apps(), &when).await;
    (workspace, broken)
}

/// A lost connection is nobody's fault: the run is to be tried again, says so in Argo's words, and leaves everything
/// that a run leaves.
fn says_what_happened(broken: &Finished, when: &str) {
    assert_eq!(broken.code, Some(75), "{when}: {broken}");
    assert_eq!(broken.report()["outcome"], "unavailable", "{when}: {broken}");
    assert!(broken.output("summary").contains("unavailable"), "{when}: {broken}");
    let line = broken.termination_line();
    assert!(line.contains("connection reset by peer") || line.contains("connection refused"), "{when}: {broken}");
    let steps = broken.report()["apps"]
        .as_array()
        .map_or(0, |apps| apps.iter().filter_map(|app| app["steps"].as_array()).map(Vec::len).sum());
    assert!(broken.audit_rows().len() >= steps, "each step has a row: {when}: {broken}");
}

async fn by_way_of_a_proxy(server: &TestServer) -> (Workspace, Proxy) {
    let (workspace, proxy) = (Workspace::with_apps(PROVISIONER, server, &apps()), Proxy::in_front_of(server).await);
    workspace.put_master(&proxy.route(server.master()));
    for app in apps() {
        workspace.put_secret(&app.secret_path(), &proxy.route(&workspace.secret(&app.secret_path())));
    }
    (workspace, proxy)
}
