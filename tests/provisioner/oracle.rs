//! Random tfvars, random drift, and a judge that knows only the server's own rules.
//!
//! `TEST_SEED` is the seed of the first round on each version; without it every round has a new one, which is printed.
//! `TEST_ROUNDS` is the number of rounds on each version.

mod judge;

use std::collections::BTreeMap;

use acceptance::generate::{Drift, Scenario, drift, identifier};
use acceptance::{Finished, TestServer, Workspace, assert_no_leak, on_each_major};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::PROVISIONER;

/// Rounds on each version, unless `TEST_ROUNDS` says otherwise.
const ROUNDS: u64 = 2;
/// Extensions that may be declared, where the server has them and an owner may create them.
const EXTENSIONS: [&str; 5] = ["citext", "pg_trgm", "hstore", "uuid-ossp", "btree_gin"];

#[test]
fn whatever_is_declared_and_however_it_drifts() {
    for round in 0..number("TEST_ROUNDS").unwrap_or(ROUNDS) {
        on_each_major(async |server| {
            let seed = number("TEST_SEED").map_or_else(|| rand::random::<u32>().into(), |seed| seed + round);
            let major = server.major();
            println!("to have this round again: TEST_SEED={seed} TEST_ROUNDS=1 TEST_POSTGRES_MAJORS={major}");
            one_round(server, seed).await;
        });
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")))
}

async fn one_round(server: &TestServer, seed: u64) {
    if server.major() < 15 {
        server.let_master_own_public_schema().await;
    }
    let extensions = available_extensions(server).await;
    let extensions: Vec<&str> = extensions.iter().map(String::as_str).collect();
    let scenario = Scenario::new(seed, &extensions);
    println!("{}", scenario.tfvars);
    let workspace = Workspace::with_apps(PROVISIONER, server, &scenario.declared());
    workspace.write_tfvars(&scenario.tfvars);
    let start = server.log_mark().await;
    let first = workspace.run("apply").expect(0);
    assert_eq!(first.report()["counts"]["apps"]["created"], scenario.apps.len(), "{first}");

    let drifts = drift(&scenario, server.major(), &server.master().username);
    happen(server, &drifts).await;
    let applied = workspace.run("apply").expect(0);
    let findings = judge::findings(server, &workspace, &scenario).await;
    assert!(findings.is_empty(), "as the server sees it:\n{}\nafter {applied}", findings.join("\n"));
    nothing_is_left(server, &workspace).await;

    let passwords = workspace.passwords();
    let log = server.log_since(&start).await;
    assert_no_leak(&passwords, &applied, &log);
}

/// The drift, one session to a database, each statement as the role that would do it.
async fn happen(server: &TestServer, drifts: &[Drift]) {
    let mut sessions: BTreeMap<&str, Client> = BTreeMap::new();
    for Drift { kind, by, database, sql } in drifts {
        let who = by.as_deref().unwrap_or("the superuser");
        println!("drift ({kind}) in {database}, by {who}: {sql}");
        if !sessions.contains_key(database.as_str()) {
            sessions.insert(database, server.superuser_in(database).await);
        }
        let session = &sessions[database.as_str()];
        let act = by.as_ref().map_or("RESET SESSION AUTHORIZATION".to_owned(), |role| {
            format!("SET SESSION AUTHORIZATION {}", identifier(role))
        });
        session.batch_execute(&act).await.unwrap_or_else(|error| panic!("{act}: {error:?}"));
        match session.batch_execute(sql).await {
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                println!("  which an earlier drift has made impossible");
            }
            done => done.unwrap_or_else(|error| panic!("{sql}: {error:?}")),
        }
    }
}

/// A second run and a verification find nothing, and nothing is in the server's log.
async fn nothing_is_left(server: &TestServer, workspace: &Workspace) {
    let (mark, passwords) = (server.log_mark().await, workspace.passwords());
    let again: Finished = workspace.run("apply").expect(0);
    assert_eq!(again.changes(), 0, "{again}");
    assert_eq!(again.report()["outcome"], "in_sync", "{again}");
    let _verified = workspace.run("verify").expect(0);
    assert_eq!(server.ddl_since(&mark).await, Vec::<String>::new());
    assert_eq!(workspace.passwords(), passwords);
}

/// Those that the server has on its disk and that need no superuser.
async fn available_extensions(server: &TestServer) -> Vec<String> {
    let trusted = "SELECT DISTINCT name FROM pg_available_extension_versions WHERE trusted AND name = ANY ($1)";
    let rows = server.superuser().await.query(trusted, &[&EXTENSIONS.as_slice()]).await.expect("ask for extensions");
    let mut names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    names.sort();
    names
}
