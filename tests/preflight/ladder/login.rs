//! Whether an app gets in, and what it may do there.

use acceptance::{TestServer, engine, majors, on_each_major, on_newest_major, on_oldest_and_newest};

use super::{ABOVE, assert_rung, good, look, look_briefly};
use crate::{of, text};

#[test]
fn a_login_that_the_server_refuses() {
    on_newest_major(async |server| {
        let (world, workspace) = good(server).await;
        let refused = |reason: &str| format!("rds.auth.backstage fail {reason}");
        let good = world.login("backstage").await;
        world.put_login("backstage", &good.clone().with_password("not the password")).await;
        let run = look(&world, &workspace).run();
        assert_rung(
            &run,
            1,
            &[&refused("wrong_password"), ABOVE[0], ABOVE[1], ABOVE[2]],
            "cannot log in: the password in",
        );
        assert!(text(of(&run, "rds.auth.backstage"), "remediation").contains("argo submit"), "{run}");
        world.put_login("backstage", &good).await;

        let superuser = server.superuser().await;
        for (spoil, heal, reason, cause) in [
            (
                "ALTER ROLE backstage_user NOLOGIN",
                "ALTER ROLE backstage_user LOGIN",
                "login_not_permitted",
                "role backstage_user may not log in",
            ),
            (
                "ALTER DATABASE backstage RENAME TO elsewhere",
                "ALTER DATABASE elsewhere RENAME TO backstage",
                "no_such_database",
                "database backstage does not exist (the password is right)",
            ),
            (
                "REVOKE CONNECT ON DATABASE backstage FROM PUBLIC, backstage_user",
                "GRANT CONNECT ON DATABASE backstage TO backstage_user",
                "no_connect_privilege",
                "role backstage_user may not connect to backstage",
            ),
            (
                "ALTER DATABASE backstage ALLOW_CONNECTIONS false",
                "ALTER DATABASE backstage ALLOW_CONNECTIONS true",
                "database_closed",
                "database backstage takes no connections",
            ),
        ] {
            superuser.batch_execute(spoil).await.unwrap();
            let run = look(&world, &workspace).run();
            assert_rung(&run, 1, &[&refused(reason), ABOVE[0], ABOVE[1], ABOVE[2]], cause);
            superuser.batch_execute(heal).await.unwrap();
        }
        server.prepend_access_rules(&["hostssl all backstage_user all reject"]).await;
        let run = look(&world, &workspace).run();
        assert_rung(&run, 1, &[&refused("no_pg_hba_entry"), ABOVE[0], ABOVE[1], ABOVE[2]], "pg_hba.conf has no entry");
    });
}

#[test]
fn a_role_that_lacks_what_the_app_does() {
    on_each_major(async |server| {
        let (world, workspace) = good(server).await;
        let superuser = server.superuser_in("backstage").await;
        superuser.batch_execute("ALTER ROLE backstage_user NOCREATEDB").await.unwrap();
        let run = look(&world, &workspace).run();
        assert_rung(&run, 1, &["rds.privs.backstage fail no_createdb"], "role backstage_user lacks CREATEDB");
        let fix = text(of(&run, "rds.privs.backstage"), "remediation");
        assert!(fix.starts_with("ALTER ROLE \"backstage_user\" CREATEDB;"), "{fix}");
        superuser.batch_execute("ALTER ROLE backstage_user CREATEDB").await.unwrap();
        superuser.batch_execute("ALTER DATABASE backstage OWNER TO platform_admin").await.unwrap();
        let run = look(&world, &workspace).run();
        assert_rung(
            &run,
            1,
            &["rds.privs.backstage fail no_create"],
            "role backstage_user lacks CREATE on database backstage",
        );
    });
}

/// What the owner of a database gets by being it, a role that only has rights on it does not.
#[test]
fn a_role_that_may_make_no_tables() {
    on_oldest_and_newest(15..=18, async |server| {
        let (world, workspace) = good(server).await;
        let superuser = server.superuser_in("backstage").await;
        superuser.batch_execute("ALTER DATABASE backstage OWNER TO platform_admin").await.unwrap();
        superuser.batch_execute("GRANT CREATE ON DATABASE backstage TO backstage_user").await.unwrap();
        let run = look(&world, &workspace).run();
        assert_rung(
            &run,
            1,
            &["rds.privs.backstage fail no_create_in_public"],
            "lacks CREATE on schema public of backstage",
        );
        superuser.batch_execute("GRANT CREATE ON SCHEMA public TO backstage_user").await.unwrap();
        assert_rung(&look(&world, &workspace).run(), 0, &[], "");
    });
}

#[test]
fn too_many_connections_are_waited_for() {
    on_newest_major(async |server| {
        let (world, workspace) = good(server).await;
        let superuser = server.superuser().await;
        superuser.batch_execute("ALTER ROLE backstage_user CONNECTION LIMIT 0").await.unwrap();
        let full = "rds.auth.backstage fail too_many_connections";
        let run = look_briefly(&world, &workspace).run();
        assert_rung(&run, 75, &[full, ABOVE[0], ABOVE[1], ABOVE[2]], "too many connections: i/o timeout");

        let mark = server.log_mark().await;
        let mut waiting = look(&world, &workspace).spawn();
        let was_refused = async || server.log_since(&mark).await.contains("too many connections for role");
        waiting.until("it was refused", was_refused).await;
        superuser.batch_execute("ALTER ROLE backstage_user CONNECTION LIMIT -1").await.unwrap();
        let run = waiting.wait();
        assert_rung(&run, 0, &[], "");
        assert!(of(&run, "rds.auth.backstage")["attempts"].as_u64().unwrap() > 1, "{run}");
    });
}

#[test]
fn a_read_replica_is_no_database_to_write_to() {
    engine::block_on(async {
        let mut standby = TestServer::private(*majors().last().expect("a version under test")).await;
        let (world, workspace) = good(&standby).await;
        // With this file, a server comes back as a standby, one of nobody in particular.
        let judge = standby.superuser().await;
        let data: String = judge.query_one("SHOW data_directory", &[]).await.unwrap().get(0);
        judge.batch_execute(&format!("COPY (SELECT 1 WHERE false) TO '{data}/standby.signal'")).await.unwrap();
        standby.restart().await;
        let run = look(&world, &workspace).run();
        assert_rung(&run, 1, &["rds.privs.backstage fail read_replica"], "its host is a read replica");
    });
}
