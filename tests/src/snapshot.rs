//! Everything on a server that a run could change, as lines of text: two snapshots show what did change.

use std::collections::BTreeSet;

use tokio_postgres::Client;

const SERVER: &str = include_str!("snapshot/server.sql");
const DATABASE: &str = include_str!("snapshot/database.sql");

/// Roles with their passwords' stored form, memberships, databases, and the rights inside the databases that these
/// sessions of the superuser are in.
///
/// Each line begins with what it is about: `role shop_user: …`, `password of shop_user: …`, `relation shop.public.t: …`.
pub async fn snapshot(sessions: &[&Client]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for session in sessions {
        session.batch_execute("RESET SESSION AUTHORIZATION").await.expect("be the superuser again");
        all.extend(lines(session, SERVER).await);
        all.extend(lines(session, DATABASE).await);
    }
    all
}

async fn lines(client: &Client, sql: &str) -> BTreeSet<String> {
    let rows = client.query(sql, &[]).await.unwrap_or_else(|error| panic!("take a snapshot: {error:?}"));
    rows.iter().map(|row| row.get(0)).collect()
}

/// What differs, as a reader of a patch expects it: `-` was before, `+` is after.
pub fn difference(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Vec<String> {
    let gone = before.difference(after).map(|line| format!("- {line}"));
    let new = after.difference(before).map(|line| format!("+ {line}"));
    gone.chain(new).collect()
}
