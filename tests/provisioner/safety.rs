//! What must hold on a server at every instant, whatever became of a run; and the way back to where nothing is.

use acceptance::{App, TestServer};
use tokio_postgres::Client;

/// Every breach, as a sentence. The roles, the databases and whether the one owns the other come as parameters.
///
/// PostgreSQL 16 gives the creator of a role an implicit membership with ADMIN and nothing else, which stays.
const BREACHES: &str = r"
WITH app AS (SELECT * FROM unnest($1::text[], $2::text[], $3::bool[]) AS app(role, database, owns)),
open AS (SELECT d.*, o.rolname AS owner FROM pg_database d JOIN pg_roles o ON o.oid = d.datdba WHERE d.datallowconn)
SELECT format('%s is a member of %s', u.rolname, r.rolname)
  FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles u ON u.oid = m.member
 WHERE r.rolname IN (SELECT role FROM app)
   AND NOT (m.admin_option AND to_jsonb(m) ->> 'set_option' IS NOT DISTINCT FROM 'false'
            AND to_jsonb(m) ->> 'inherit_option' IS NOT DISTINCT FROM 'false')
UNION ALL
SELECT format('role %s has no password', rolname) FROM pg_authid
 WHERE rolname IN (SELECT role FROM app) AND coalesce(rolpassword, '') NOT LIKE 'SCRAM-SHA-256$%'
UNION ALL
SELECT format('database %s of %s is open to PUBLIC', datname, owner) FROM open
 WHERE owner IN (SELECT role FROM app)
   AND EXISTS (SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE grantee = 0)
UNION ALL
SELECT format('database %s accepts connections and is owned by %s', datname, owner) FROM open
 WHERE datname IN (SELECT database FROM app) AND owner NOT IN (SELECT role FROM app)
UNION ALL
SELECT format('role %s is marked as finished and is not', app.role) FROM app JOIN pg_roles r ON r.rolname = app.role
 WHERE shobj_description(r.oid, 'pg_authid') LIKE '% declared=%'
   AND NOT EXISTS (SELECT FROM open WHERE datname = app.database AND (datdba = r.oid OR NOT app.owns)
                   AND has_database_privilege(r.oid, open.oid, 'CONNECT'))";

/// The roles that are marked as finished.
const FINISHED: &str = r"
SELECT rolname::text FROM pg_roles WHERE shobj_description(oid, 'pg_authid') LIKE 'managed-by=provisioner % declared=%'";

/// Asserts that nobody could notice, let alone use, that a run was cut short.
pub(crate) async fn assert_safe(judge: &Client, server: &TestServer, apps: &[App], when: &str) {
    let roles: Vec<&str> = apps.iter().map(|app| app.role.as_str()).collect();
    let databases: Vec<&str> = apps.iter().map(|app| app.database.as_str()).collect();
    let owns: Vec<bool> = apps.iter().map(|app| app.access.is_none()).collect();
    let found = judge.query(BREACHES, &[&roles, &databases, &owns]).await.expect("look for breaches");
    let breaches: Vec<&str> = found.iter().map(|row| row.get(0)).collect();
    assert!(breaches.is_empty(), "{when}: {breaches:?}");

    let finished: Vec<String> =
        judge.query(FINISHED, &[]).await.expect("read the markers").iter().map(|row| row.get(0)).collect();
    for app in apps.iter().filter(|app| finished.contains(&app.role)) {
        assert!(is_finished_inside(server, app).await, "{when}: {} is marked as finished and is not", app.name);
    }
}

/// Whether an app has what it was promised inside its database.
async fn is_finished_inside(server: &TestServer, app: &App) -> bool {
    let inside = server.superuser_in(&app.database).await;
    let wanted: Vec<String> = app
        .attributes
        .iter()
        .filter(|(name, _)| *name == "extensions")
        .flat_map(|(_, list)| list.split('"').skip(1).step_by(2).map(str::to_owned))
        .collect();
    let facts = "SELECT (SELECT count(*) FROM pg_extension WHERE extname = ANY ($1)) = cardinality($1::text[]),
                        has_schema_privilege($2, 'public', 'USAGE'),
                        EXISTS (SELECT FROM pg_default_acl, aclexplode(defaclacl)
                                WHERE grantee = (SELECT oid FROM pg_roles WHERE rolname = $2))";
    let row = inside.query_one(facts, &[&wanted, &app.role]).await.expect("look inside a database");
    let (extensions, usage, defaults): (bool, bool, bool) = (row.get(0), row.get(1), row.get(2));
    extensions && usage && (defaults || app.access.is_none())
}

/// Takes away what was made for these apps: cheaper than a clean server for each of hundreds of cases.
pub(crate) async fn clear(judge: &Client, apps: &[App]) {
    for app in apps {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", app.database);
        judge.batch_execute(&statement).await.expect("drop a database");
    }
    for app in apps {
        judge.batch_execute(&format!("DROP ROLE IF EXISTS {}", app.role)).await.expect("drop a role");
    }
}
