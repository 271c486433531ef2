//! Each way in which a server drifts, by itself: exactly these steps run, and everything is as it was before.

mod databases;
mod rights;
mod roles;

use std::collections::{BTreeMap, BTreeSet};

use acceptance::generate::identifier;
use acceptance::snapshot::{difference, snapshot};
use acceptance::{App, Finished, TestServer, Workspace};
use tokio_postgres::Client;

use crate::PROVISIONER;

/// Who makes the drift.
#[derive(Clone, Copy, Debug)]
enum By {
    Superuser,
    Role(&'static str),
}
use By::{Role, Superuser};

/// A way to drift.
#[derive(Clone, Copy, Debug)]
struct Drift {
    name: &'static str,
    /// Where it happens.
    database: &'static str,
    sql: &'static [(By, &'static str)],
    /// What a run does then: application, action and target.
    steps: &'static [&'static str],
    /// What the run does not bring back, or brings back otherwise: the lines of a snapshot that begin like this.
    leaves: &'static [&'static str],
}

const MASTER: By = Role("platform_admin");
const OWNER: By = Role("shop_user");

fn apps() -> [App; 4] {
    [
        App::owner("shop"),
        App::guest("report", "shop", "reader"),
        App::guest("sync", "shop", "editor"),
        App::owner("other"),
    ]
}

/// A server that is as declared, with something in the shop's database.
struct Site {
    workspace: Workspace,
    /// The superuser's, by database.
    sessions: BTreeMap<&'static str, Client>,
}

impl Site {
    async fn new(server: &TestServer) -> Self {
        if server.major() < 15 {
            server.let_master_own_public_schema().await;
        }
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps());
        let _made = workspace.run("apply").expect(0);
        let mut sessions = BTreeMap::new();
        for database in ["postgres", "shop", "other"] {
            sessions.insert(database, server.superuser_in(database).await);
        }
        let site = Self { workspace, sessions };
        site.act(OWNER, "shop", "CREATE TABLE public.item (id serial PRIMARY KEY, note text)").await;
        site.act(OWNER, "shop", "CREATE SCHEMA stock CREATE VIEW shelf AS SELECT 1 AS one").await;
        site
    }

    async fn act(&self, by: By, database: &str, sql: &str) {
        let session = &self.sessions[database];
        let act = match by {
            Superuser => "RESET SESSION AUTHORIZATION".to_owned(),
            Role(role) => format!("SET SESSION AUTHORIZATION {}", identifier(role)),
        };
        // By themselves: CREATE DATABASE wants no company.
        for statement in [act.as_str(), sql] {
            session.batch_execute(statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        }
    }

    async fn snapshot(&self) -> BTreeSet<String> {
        snapshot(&self.sessions.values().collect::<Vec<_>>()).await
    }

    /// Lets each drift happen after the other, and a run after each.
    async fn survives(&self, drifts: &[Drift]) {
        for drift in drifts {
            let before = self.snapshot().await;
            for (by, sql) in drift.sql {
                self.act(*by, drift.database, sql).await;
            }
            let run = self.workspace.run("apply").expect(0);
            assert_eq!(steps(&run), drift.steps, "{}: {run}", drift.name);
            let left = difference(&before, &self.snapshot().await);
            let expected = |line: &&String| drift.leaves.iter().any(|leaves| line[2..].starts_with(leaves));
            let surprises: Vec<&String> = left.iter().filter(|line| !expected(line)).collect();
            assert!(surprises.is_empty(), "{}: not as before:\n{surprises:#?}\nafter {run}", drift.name);
        }
        let again = self.workspace.run("apply").expect(0);
        assert_eq!(again.changes(), 0, "{again}");
    }
}

/// What a run wrote: application, action and target of each step.
fn steps(run: &Finished) -> Vec<String> {
    let apps = run.report()["apps"].as_array().expect("a list of apps");
    let wrote = |step: &&serde_json::Value| step["action"] != "verify_login" && step["status"] == "success";
    let words = |app: &serde_json::Value, step: &serde_json::Value| {
        [&app["app"], &step["action"], &step["target"]].map(|word| word.as_str().unwrap_or("?").to_owned()).join(" ")
    };
    let of_app = |app: &serde_json::Value| {
        let steps = app["steps"].as_array().expect("a list of steps");
        steps.iter().filter(wrote).map(|step| words(app, step)).collect::<Vec<_>>()
    };
    apps.iter().flat_map(of_app).collect()
}
