//! One run at a time on one server.
//!
//! Advisory locks are per database: everybody takes this one in `postgres`. It goes with its session, so a killed run
//! leaves none; what it may leave is a statement that still runs, which is waited for, then ended.

use std::time::Duration;

use platform::postgres::{Session, StatementFault};
use serde::Deserialize;
use tokio::time::Instant;

/// "provis" in ASCII, and a number of its own for this lock.
const KEY: i64 = 0x7072_6f76_6973_0001;
/// How long a statement of a killed run may still take.
const GRACE: Duration = Duration::from_secs(10);
/// How long an ended one may take to be gone.
const FAREWELL: Duration = Duration::from_secs(10);

/// Why the lock is not held.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run holds it.
    #[error("another run holds the lock on this server ({holder}): i/o timeout after {} s of waiting", waited.as_secs())]
    Held { holder: String, waited: Duration },
    /// A statement of a killed run does not end.
    #[error("a statement of a killed run still runs ({holder}): i/o timeout after {} s of waiting", waited.as_secs())]
    LeftOver { holder: String, waited: Duration },
    /// The server did not answer.
    #[error("ask for the lock")]
    Query(#[from] StatementFault),
    /// The server's answer could not be read: a defect of this program.
    #[error("understand who holds the lock")]
    Answer(#[from] serde_json::Error),
}

/// A session of another run, as `pg_stat_activity` tells it.
#[derive(Debug, Deserialize)]
struct Holder {
    pid: i32,
    application: String,
    since: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { pid, application, since } = self;
        write!(out, "{application}, pid {pid}, since {since}")
    }
}

/// Takes the lock, waiting for another run at most `wait`, and makes sure that no statement of a killed run is left.
/// The lock is held as long as `session` is. Gives whether another run had it before.
pub async fn acquire(session: &Session, wait: Duration) -> Result<bool, LockError> {
    let until = Instant::now() + wait;
    let mut told = false;
    while session.text(&format!("SELECT pg_catalog.pg_try_advisory_lock({KEY})")).await? != "t" {
        let holder = holder(session).await?;
        if Instant::now() >= until {
            return Err(LockError::Held { holder, waited: wait });
        }
        if !told {
            tracing::warn!(holder, "waiting for another run on this server");
            told = true;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    end_left_overs(session).await?;
    Ok(told)
}

async fn holder(session: &Session) -> Result<String, LockError> {
    // A bigint key is shown in two halves, and 1 as the third part.
    let sql = format!(
        "SELECT coalesce(pg_catalog.json_agg({HOLDER}), '[]')::text FROM pg_catalog.pg_locks l \
         JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
         JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = pg_catalog.current_database() \
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
         AND l.classid::bigint = {} AND l.objid::bigint = {}",
        KEY >> 32,
        KEY & 0xffff_ffff,
    );
    let holders: Vec<Holder> = serde_json::from_str(&session.text(&sql).await?)?;
    Ok(holders.first().map_or_else(|| "it has just ended".to_owned(), ToString::to_string))
}

const HOLDER: &str = "pg_catalog.json_build_object('pid', a.pid, \
     'application', coalesce(nullif(a.application_name, ''), 'an unnamed session'), \
     'since', coalesce(pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS\"Z\"'), '?'))";

/// Statements that a killed run left running: those of our own role that say so, and are not waiting for the lock.
async fn end_left_overs(session: &Session) -> Result<(), LockError> {
    let left_over = "FROM pg_catalog.pg_stat_activity a WHERE a.usename = current_user \
         AND a.pid <> pg_catalog.pg_backend_pid() AND a.state <> 'idle' \
         AND a.application_name LIKE 'provisioner/% apply run=%' AND a.query NOT LIKE '%advisory%'";
    let list = format!("SELECT coalesce(pg_catalog.json_agg({HOLDER}), '[]')::text {left_over}");
    let end = format!("SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(a.pid))::text {left_over}");
    let start = Instant::now();
    let mut ended = false;
    loop {
        let found: Vec<Holder> = serde_json::from_str(&session.text(&list).await?)?;
        let Some(first) = found.first() else { return Ok(()) };
        let waited = start.elapsed();
        if waited > GRACE + FAREWELL {
            return Err(LockError::LeftOver { holder: first.to_string(), waited });
        }
        if waited > GRACE && !ended {
            tracing::warn!(left_over = %first, "ending what a killed run left running");
            session.text(&end).await?;
            ended = true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
