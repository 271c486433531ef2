//! The rungs on the way to the database, on real servers: each fault is told by the rung that it breaks, and by no other.

mod login;
mod network;
mod trust;

use acceptance::{Finished, Run, TestServer, Workspace, World, on_each_major};

use crate::{PREFLIGHT, assert_found, check, of, text};

/// What no world of these tests has: a record that the machine's own resolver would have to know.
const NO_WILDCARD: &str = "dns.wildcard-present warn not_found";
/// What is not looked at where nobody logs in.
const ABOVE: [&str; 3] =
    ["rds.privs.backstage blocked needs", "rds.version blocked needs", "rds.headroom blocked needs"];
/// What is not looked at where nobody gets as far as to log in.
const AUTH: &str = "rds.auth.backstage blocked needs";

/// A check of the database of a world.
fn look(world: &World, workspace: &Workspace) -> Run {
    check(world, workspace).flag("--tier", "2")
}

/// Where a fault would pass by itself, nobody waits for that here.
fn look_briefly(world: &World, workspace: &Workspace) -> Run {
    look(world, workspace).flag("--deadline", "2s")
}

/// Asserts that a run ended with this code, and found exactly this and what stands above it.
#[track_caller]
fn assert_rung(run: &Finished, code: i32, found: &[&str], cause: &str) {
    let all: Vec<&str> = std::iter::once(NO_WILDCARD).chain(found.iter().copied()).collect();
    assert_found(run, code, &all, cause);
}

async fn good(server: &TestServer) -> (World, Workspace) {
    (World::with_database(server).await, Workspace::new(PREFLIGHT))
}

#[test]
fn a_good_database_is_ready_on_every_version() {
    on_each_major(async |server| {
        let (world, workspace) = good(server).await;
        let mark = server.log_mark().await;
        let run = look(&world, &workspace).run();
        assert_rung(&run, 0, &[], "");
        for id in [
            "rds.hosts-agree",
            "rds.instance",
            "rds.dns",
            "rds.tcp",
            "rds.tls",
            "rds.auth.backstage",
            "rds.privs.backstage",
            "rds.version",
            "rds.headroom",
        ] {
            assert_eq!(of(&run, id)["status"], "pass", "{id}: {run}");
        }
        assert_eq!(of(&run, "rds.version")["summary"], format!("PostgreSQL {}", server.major()));
        assert!(text(of(&run, "rds.dns"), "summary").contains("127.0.0.1, in vpc-"), "{run}");
        assert!(server.ddl_since(&mark).await.is_empty(), "nothing is changed");
        // Above the tier that is asked for, nobody logs in.
        let above = check(&world, &workspace).flag("--tier", "1.5").run();
        assert_rung(&above, 0, &[], "");
        assert!(text(of(&above, "rds.tcp"), "summary").starts_with("tier 2 > tier 1.5"), "{above}");
    });
}
