//! The judge: the server's own functions, and real logins. Nothing of the program under test is asked.

use acceptance::generate::{Declared, Scenario};
use acceptance::{Secret, TestServer, Workspace};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// Roles that are not as declared, and memberships that should not be.
const ROLES: &str = include_str!("judge/roles.sql");
/// Databases that are not as declared, and rights on them too few or too many.
const DATABASES: &str = include_str!("judge/databases.sql");
/// Rights of guests inside a database, too few or too many.
const INSIDE: &str = include_str!("judge/inside.sql");

/// Everything that is not as it was declared.
pub(super) async fn findings(server: &TestServer, workspace: &Workspace, scenario: &Scenario) -> Vec<String> {
    let apps = &scenario.apps;
    let superuser = server.superuser().await;
    let roles: Vec<&str> = apps.iter().map(|app| app.app.role.as_str()).collect();
    let databases: Vec<&str> = apps.iter().map(|app| app.app.database.as_str()).collect();
    let createdb: Vec<bool> = apps.iter().map(|app| app.createdb).collect();
    let limits: Vec<i32> = apps.iter().map(|app| app.limit).collect();
    let owns: Vec<bool> = apps.iter().map(Declared::is_owner).collect();
    let master = &server.master().username;
    let mut findings = texts(superuser.query(ROLES, &[&roles, &createdb, &limits, master]).await);
    findings.extend(texts(superuser.query(DATABASES, &[&roles, &databases, &owns, master]).await));
    // An owner makes something first, for the guests to find.
    for owner in scenario.owners() {
        findings.extend(inside(server, scenario, owner).await);
        findings.extend(works(server, workspace, owner).await);
    }
    for guest in apps.iter().filter(|app| !app.is_owner()) {
        findings.extend(works(server, workspace, guest).await);
    }
    for app in apps {
        findings.extend(is_kept_out(server, &superuser, workspace, app).await);
    }
    findings
}

fn texts(rows: Result<Vec<tokio_postgres::Row>, tokio_postgres::Error>) -> Vec<String> {
    let rows = rows.unwrap_or_else(|error| panic!("the judge's own query: {error:?}"));
    rows.iter().map(|row| row.get(0)).collect()
}

/// What the server says of the inside of an owner's database.
async fn inside(server: &TestServer, scenario: &Scenario, owner: &Declared) -> Vec<String> {
    let database = &owner.app.database;
    let superuser = server.superuser_in(database).await;
    let guests = |editor: bool| -> Vec<&str> {
        let alike = scenario.guests(database).filter(|guest| guest.is_editor() == editor);
        alike.map(|guest| guest.app.role.as_str()).collect()
    };
    let maintain: Vec<&str> = if server.major() >= 17 { vec!["MAINTAIN"] } else { vec![] };
    let (editors, readers) = (guests(true), guests(false));
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 4] = [&owner.app.role, &editors, &readers, &maintain];
    let mut findings = texts(superuser.query(INSIDE, &parameters).await);
    let there = texts(superuser.query("SELECT extname::text FROM pg_extension", &[]).await);
    let missing = owner.extensions.iter().filter(|extension| !there.contains(extension));
    findings.extend(missing.map(|extension| format!("extension {extension} is missing")));
    findings.into_iter().map(|finding| format!("in {database}: {finding}")).collect()
}

/// Whether an application can do, with its secret, what its level says, and no more.
async fn works(server: &TestServer, workspace: &Workspace, app: &Declared) -> Vec<String> {
    let secret = workspace.secret(&app.app.secret_path());
    let client = match server.login(&secret).await {
        Ok(client) => client,
        Err(error) => return vec![format!("{} does not log in: {error:?}", app.app.role)],
    };
    let (may, must_not): (&[&str], &[&str]) = if app.is_owner() {
        (&OWNER_MAY, &[])
    } else if app.is_editor() {
        (&EDITOR_MAY, &EDITOR_MUST_NOT)
    } else {
        (&READER_MAY, &READER_MUST_NOT)
    };
    let mut findings = Vec::new();
    for sql in may {
        if let Err(error) = client.batch_execute(sql).await {
            findings.push(format!("{} may not {sql}: {error:?}", app.app.role));
        }
    }
    for sql in must_not {
        let done = client.batch_execute(sql).await;
        if done.as_ref().err().and_then(tokio_postgres::Error::code) != Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
            findings.push(format!("{} is not refused to {sql}: {done:?}", app.app.role));
        }
    }
    findings
}

const OWNER_MAY: [&str; 5] = [
    "CREATE TABLE public.judged (id serial PRIMARY KEY, note text)",
    "CREATE VIEW public.judged_view AS SELECT note FROM public.judged",
    "CREATE SCHEMA judged",
    "CREATE TABLE judged.late (id serial PRIMARY KEY, note text)",
    "INSERT INTO public.judged (note) VALUES ('by its owner')",
];
const EDITOR_MAY: [&str; 5] = [
    "INSERT INTO public.judged (note) VALUES ('by an editor')",
    "UPDATE judged.late SET note = 'changed'",
    "DELETE FROM public.judged WHERE note = 'by an editor'",
    "SELECT * FROM public.judged_view",
    "INSERT INTO judged.late (note) VALUES ('by an editor')",
];
const EDITOR_MUST_NOT: [&str; 5] = [
    "TRUNCATE public.judged",
    "DROP TABLE judged.late",
    "CREATE TABLE public.by_an_editor (id int)",
    "CREATE TEMPORARY TABLE temporary (id int)",
    "CREATE SCHEMA by_an_editor",
];
const READER_MAY: [&str; 3] = [
    "SELECT * FROM public.judged JOIN public.judged_view USING (note)",
    "SELECT * FROM judged.late",
    "SELECT last_value FROM public.judged_id_seq",
];
const READER_MUST_NOT: [&str; 6] = [
    "INSERT INTO public.judged (note) VALUES ('by a reader')",
    "UPDATE public.judged SET note = 'x'",
    "SELECT nextval('public.judged_id_seq')",
    "DROP VIEW public.judged_view",
    "CREATE TABLE public.by_a_reader (id int)",
    "CREATE SCHEMA by_a_reader",
];

/// Whether one database that belongs to another application refuses this one.
async fn is_kept_out(server: &TestServer, superuser: &Client, workspace: &Workspace, app: &Declared) -> Option<String> {
    let foreign = "SELECT datname::text FROM pg_database JOIN pg_roles o ON o.oid = datdba \
                   WHERE o.oid >= 16384 AND datname NOT IN ($1, 'platform') AND o.rolname <> $2 ORDER BY random()";
    let found = texts(superuser.query(foreign, &[&app.app.database, &app.app.role]).await);
    let dbname = found.into_iter().next()?;
    let secret = Secret { dbname: dbname.clone(), ..workspace.secret(&app.app.secret_path()) };
    let refused = server.login(&secret).await.map(drop);
    let code = refused.as_ref().err().and_then(tokio_postgres::Error::code);
    (code != Some(&SqlState::INSUFFICIENT_PRIVILEGE))
        .then(|| format!("{} is not refused in {dbname}: {refused:?}", app.app.role))
}
