//! Databases that were there before.

use acceptance::snapshot::{difference, snapshot};
use acceptance::{App, TestServer, Workspace, on_oldest_and_newest};

use super::{refusal, run_sql, steps};
use crate::PROVISIONER;

/// Refused, with nothing changed.
async fn is_refused(server: &TestServer, workspace: &Workspace) -> String {
    let session = server.superuser().await;
    let before = snapshot(&[&session]).await;
    let said = refusal(&workspace.run("apply").expect(3));
    assert_eq!(difference(&before, &snapshot(&[&session]).await), Vec::<String>::new());
    said
}

#[test]
fn a_database_of_the_master() {
    on_oldest_and_newest(13..=18, async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &[App::owner("shop")]);
        server.as_master().await.batch_execute("CREATE DATABASE shop").await.unwrap();
        let said = is_refused(server, &workspace).await;
        assert!(said.contains("database shop is owned by platform_admin, not by shop_user"), "{said}");
        let run = workspace.run("apply").flag("--adopt", "shop").expect(0);
        assert_eq!(steps(&run), ["create_role shop_user", "adopt shop"], "{run}");
        is_the_apps(server, &workspace).await;
    });
}

#[test]
fn a_database_of_another_role() {
    on_oldest_and_newest(13..=18, async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &[App::owner("shop")]);
        server.as_master().await.batch_execute("CREATE ROLE legacy LOGIN").await.unwrap();
        run_sql(server, "postgres", "CREATE DATABASE shop OWNER legacy").await;
        let said = is_refused(server, &workspace).await;
        assert!(said.contains("database shop is owned by legacy, not by shop_user"), "{said}");
        let run = workspace.run("apply").flag("--adopt", "shop").expect(0);
        assert_eq!(steps(&run), ["create_role shop_user", "adopt shop"], "{run}");
        is_the_apps(server, &workspace).await;
        let members = "SELECT FROM pg_auth_members WHERE member = 'platform_admin'::regrole AND roleid = 'legacy'::regrole \
                       AND (to_jsonb(pg_auth_members) ->> 'set_option') IS DISTINCT FROM 'false'";
        let members = server.superuser().await.query(members, &[]).await.unwrap();
        assert!(members.is_empty(), "the master is no member of the old owner");
    });
}

/// The master's memberships in `legacy`.
async fn memberships(server: &TestServer) -> Vec<String> {
    let members = "SELECT (to_jsonb(m) - 'oid')::text FROM pg_auth_members m WHERE member = 'platform_admin'::regrole \
                   AND roleid = 'legacy'::regrole ORDER BY 1";
    server.superuser().await.query(members, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[test]
fn a_database_of_a_role_that_the_master_is_a_member_of() {
    on_oldest_and_newest(13..=18, async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &[App::owner("shop")]);
        server
            .as_master()
            .await
            .batch_execute("CREATE ROLE legacy LOGIN; GRANT legacy TO platform_admin")
            .await
            .unwrap();
        run_sql(server, "postgres", "CREATE DATABASE shop OWNER legacy").await;
        let before = memberships(server).await;
        let run = workspace.run("apply").flag("--adopt", "shop").expect(0);
        assert_eq!(steps(&run), ["create_role shop_user", "adopt shop"], "{run}");
        is_the_apps(server, &workspace).await;
        assert_eq!(memberships(server).await, before, "{run}");
    });
}

#[test]
fn a_membership_that_does_not_serve() {
    on_oldest_and_newest(16..=18, async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &[App::owner("shop")]);
        let grant = "CREATE ROLE legacy LOGIN; GRANT legacy TO platform_admin WITH INHERIT FALSE";
        server.as_master().await.batch_execute(grant).await.unwrap();
        run_sql(server, "postgres", "CREATE DATABASE shop OWNER legacy").await;
        let before = memberships(server).await;
        let said = refusal(&workspace.run("apply").flag("--adopt", "shop").expect(3));
        assert!(said.contains("platform_admin has granted itself membership in legacy without INHERIT"), "{said}");
        assert_eq!(memberships(server).await, before);
        let (_, sql) = said.split_once("as platform_admin, ").expect("SQL to run");
        server.as_master().await.batch_execute(sql.split_once(", or ").unwrap().0).await.unwrap();
        let _adopted = workspace.run("apply").flag("--adopt", "shop").expect(0);
        is_the_apps(server, &workspace).await;
    });
}

async fn is_the_apps(server: &TestServer, workspace: &Workspace) {
    let owner = server.login(&workspace.secret("goldenpath/dev/shop/postgres")).await.unwrap();
    owner.batch_execute("CREATE TABLE public.item (id int)").await.unwrap();
    let open = "SELECT has_database_privilege('public', 'shop', 'CONNECT')";
    assert!(!server.superuser().await.query_one(open, &[]).await.unwrap().get::<_, bool>(0), "closed to PUBLIC");
    assert_eq!(workspace.run("apply").expect(0).changes(), 0);
}

#[test]
fn an_invalid_database() {
    on_oldest_and_newest(13..=18, async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &[App::owner("shop"), App::owner("other")]);
        let _made = workspace.run("apply").expect(0);
        run_sql(server, "postgres", "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'shop'").await;
        let said = is_refused(server, &workspace).await;
        assert!(said.contains("database shop is what an interrupted DROP DATABASE left"), "{said}");
        assert!(said.contains(r#"as its owner shop_user: DROP DATABASE "shop""#), "{said}");
        run_sql(server, "postgres", "DROP DATABASE shop").await;
        let run = workspace.run("apply").expect(0);
        assert_eq!(steps(&run), ["create_database shop"], "{run}");
    });
}
