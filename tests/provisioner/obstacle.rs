//! A stranger's lock that a run's statements wait for: the one way to have a statement run for as long as a test needs.

use std::time::Duration;

use acceptance::TestServer;
use tokio_postgres::Client;

/// A lock on a catalog, until it is removed.
pub(crate) struct Obstacle(Client);

impl Obstacle {
    /// Databases can be read, not made or altered; `CREATE DATABASE` waits as long as it may.
    pub(crate) async fn to_databases(server: &TestServer) -> Self {
        Self::on(server, "pg_database", "SHARE").await
    }

    /// Roles can be read, not made or altered.
    pub(crate) async fn to_roles(server: &TestServer) -> Self {
        Self::on(server, "pg_authid", "SHARE").await
    }

    /// Nobody can even read comments on roles and databases; logging in takes none.
    pub(crate) async fn to_comments(server: &TestServer) -> Self {
        Self::on(server, "pg_shdescription", "ACCESS EXCLUSIVE").await
    }

    async fn on(server: &TestServer, catalog: &str, mode: &str) -> Self {
        let session = server.superuser().await;
        let lock = format!("BEGIN; LOCK TABLE pg_catalog.{catalog} IN {mode} MODE");
        session.batch_execute(&lock).await.expect("lock a catalog");
        Self(session)
    }

    /// Waits until a run's statement that begins like this waits for the lock; gives its server process.
    pub(crate) async fn until_it_stops(&self, server: &TestServer, statement: &str) -> i32 {
        // Not the session with the lock: within a transaction, it would see the same picture for ever.
        let judge = server.superuser().await;
        let waiting = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'provisioner/%'
                       AND wait_event_type = 'Lock' AND starts_with(query, $1)";
        for _ in 0..1200 {
            let found = judge.query(waiting, &[&statement]).await.expect("look for a waiting statement");
            if let Some(row) = found.first() {
                return row.get(0);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("no {statement} waits for the lock:\n{}", sessions_of_runs(&judge).await.join("\n"));
    }

    /// Lets everybody go on.
    pub(crate) async fn remove(self) {
        self.0.batch_execute("ROLLBACK").await.expect("give the lock back");
    }
}

/// The sessions that runs have on a server, and what each is at.
pub(crate) async fn sessions_of_runs(judge: &Client) -> Vec<String> {
    let sessions = "SELECT format('%s %s %s: %s', pid, application_name, state, query) FROM pg_stat_activity
                    WHERE application_name LIKE 'provisioner/%' ORDER BY pid";
    let found = judge.query(sessions, &[]).await.expect("list the runs' sessions");
    found.iter().map(|row| row.get(0)).collect()
}

/// Asserts that a run which is over has left nothing behind on the server: no session, so no transaction and no lock.
/// The server may take a moment to notice that a client is gone.
pub(crate) async fn assert_nobody_is_left(server: &TestServer) {
    let judge = server.superuser().await;
    let mut left = Vec::new();
    for _ in 0..120 {
        left = sessions_of_runs(&judge).await;
        if left.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("left behind by a run that is over:\n{}", left.join("\n"));
}
