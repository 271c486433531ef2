//! What is not ours stays as it is, to the last right.

use acceptance::snapshot::{difference, snapshot};
use acceptance::{App, Workspace, on_oldest_and_newest};

use super::run_sql;
use crate::PROVISIONER;

const ON_THE_SERVER: [&str; 10] = [
    "CREATE ROLE dba LOGIN CREATEDB CREATEROLE CONNECTION LIMIT 3 PASSWORD 'of the dba'",
    "COMMENT ON ROLE dba IS 'of the database team'",
    "CREATE ROLE analyst LOGIN VALID UNTIL '2001-01-01'",
    "ALTER ROLE analyst SET work_mem = '5MB'",
    "GRANT analyst TO dba WITH ADMIN OPTION",
    "GRANT shop_user TO dba",
    "CREATE DATABASE warehouse OWNER dba",
    "GRANT CONNECT, CREATE ON DATABASE warehouse TO analyst WITH GRANT OPTION",
    "GRANT CONNECT, TEMPORARY ON DATABASE shop TO analyst",
    "COMMENT ON DATABASE warehouse IS 'facts'",
];

const IN_THE_SHOP: [&str; 5] = [
    "CREATE SCHEMA audit AUTHORIZATION dba",
    "CREATE TABLE audit.entry (id serial)",
    "GRANT SELECT ON audit.entry TO analyst",
    "SET SESSION AUTHORIZATION shop_user; CREATE TABLE public.item (id int); GRANT ALL ON public.item TO analyst",
    "ALTER DEFAULT PRIVILEGES FOR ROLE shop_user GRANT SELECT ON TABLES TO analyst",
];

#[test]
fn what_is_not_ours_is_not_touched() {
    on_oldest_and_newest(13..=18, async |server| {
        if server.major() < 15 {
            server.let_master_own_public_schema().await;
        }
        let apps = [App::owner("shop"), App::guest("report", "shop", "reader"), App::owner("other")];
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps[..1]);
        let _made = workspace.run("apply").expect(0);
        for statement in ON_THE_SERVER {
            run_sql(server, "postgres", statement).await;
        }
        for statement in IN_THE_SHOP {
            run_sql(server, "shop", statement).await;
        }
        // Something to do, all around it.
        for app in &apps[1..] {
            workspace.put_secret(&app.secret_path(), &server.secret(&app.role, &app.database));
        }
        workspace.write_tfvars(&acceptance::workspace::application_databases(&apps));
        run_sql(server, "postgres", "GRANT ALL ON DATABASE shop TO PUBLIC").await;
        run_sql(server, "postgres", "ALTER ROLE shop_user NOLOGIN").await;

        let sessions = [server.superuser_in("shop").await, server.superuser_in("warehouse").await];
        let sessions = [&sessions[0], &sessions[1]];
        let before = snapshot(&sessions).await;
        let run = workspace.run("apply").expect(0);
        assert!(run.changes() > 4, "{run}");
        let foreign = ["dba", "analyst", "warehouse", "audit", "rdsadmin", "rds_", "pg_", "platform"];
        let mut changed = difference(&before, &snapshot(&sessions).await);
        changed.retain(|line| foreign.iter().any(|name| line.contains(name)));
        // The master's own part in what was made.
        let ours = ["database other: ", "member platform_admin of report_user", "member platform_admin of other_user"];
        changed.retain(|line| !ours.iter().any(|ours| line[2..].starts_with(ours)));
        assert_eq!(changed, Vec::<String>::new(), "{run}");
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);
    });
}
