//! Running one case against every major version.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::engine;
use crate::postgres::{Lease, TestServer, majors};

/// How much of a server's log is shown when a case fails.
const LOG_LINES: usize = 40;

/// Runs a case on a clean server of each major version under test.
///
/// Every version is tried, also after a failure; the panic names those that failed, and the end of each failed server's
/// log is shown.
pub fn on_each_major(case: impl AsyncFn(&mut Lease)) {
    let failed: Vec<u8> = majors().into_iter().filter(|major| !passes_on(*major, &case)).collect();
    assert!(failed.is_empty(), "failed on PostgreSQL {failed:?}; what failed is above, per version");
}

/// Runs a case on a clean server of the newest major version under test, where the version does not matter.
pub fn on_newest_major(case: impl AsyncFn(&mut Lease)) {
    let newest = *majors().last().expect("at least one version under test");
    assert!(passes_on(newest, &case), "failed on PostgreSQL {newest}");
}

/// Runs a case on a clean server of the oldest and of the newest of these major versions that are under test; not at
/// all where none of them is.
pub fn on_oldest_and_newest(of: RangeInclusive<u8>, case: impl AsyncFn(&mut Lease)) {
    let relevant: Vec<u8> = majors().into_iter().filter(|major| of.contains(major)).collect();
    let ends: BTreeSet<u8> = relevant.iter().min().into_iter().chain(relevant.iter().max()).copied().collect();
    let failed: Vec<u8> = ends.into_iter().filter(|major| !passes_on(*major, &case)).collect();
    assert!(failed.is_empty(), "failed on PostgreSQL {failed:?}; what failed is above, per version");
}

fn passes_on(major: u8, case: &impl AsyncFn(&mut Lease)) -> bool {
    let mut server = engine::block_on(TestServer::shared(major));
    let passed = catch_unwind(AssertUnwindSafe(|| engine::block_on(case(&mut server)))).is_ok();
    if !passed {
        let log = engine::block_on(server.log());
        let lines: Vec<&str> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(LOG_LINES)..].join("\n");
        eprintln!("---- the case failed on {}; the end of its log:\n{end}\n----", *server);
    }
    passed
}
