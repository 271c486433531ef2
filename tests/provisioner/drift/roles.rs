//! Drift of roles.

use acceptance::on_oldest_and_newest;

use super::{Drift, MASTER, Role, Site, Superuser, steps};

const fn drift(
    name: &'static str,
    sql: &'static [(super::By, &'static str)],
    steps: &'static [&'static str],
    leaves: &'static [&'static str],
) -> Drift {
    Drift { name, database: "postgres", sql, steps, leaves }
}

const PASSWORD: &[&str] = &["password of shop_user"];

const ATTRIBUTES: [Drift; 9] = [
    drift(
        "another password",
        &[(Superuser, "ALTER ROLE shop_user PASSWORD 'another'")],
        &["shop set_password shop_user"],
        PASSWORD,
    ),
    drift(
        "no password",
        &[(Superuser, "ALTER ROLE shop_user PASSWORD NULL")],
        &["shop set_password shop_user"],
        PASSWORD,
    ),
    drift(
        "an expired password",
        &[(Superuser, "ALTER ROLE shop_user VALID UNTIL '2001-01-01'")],
        &["shop set_password shop_user"],
        PASSWORD,
    ),
    drift("NOLOGIN", &[(Superuser, "ALTER ROLE shop_user NOLOGIN")], &["shop alter_role shop_user"], &[]),
    drift(
        "NOLOGIN, and another password",
        &[(Superuser, "ALTER ROLE shop_user NOLOGIN PASSWORD 'another'")],
        &["shop set_password shop_user"],
        PASSWORD,
    ),
    drift("NOCREATEDB", &[(Superuser, "ALTER ROLE shop_user NOCREATEDB")], &["shop alter_role shop_user"], &[]),
    drift("CREATEDB", &[(Superuser, "ALTER ROLE report_user CREATEDB")], &["report alter_role report_user"], &[]),
    drift(
        "a connection limit",
        &[(Superuser, "ALTER ROLE sync_user CONNECTION LIMIT 0")],
        &["sync alter_role sync_user"],
        &[],
    ),
    drift("no marker", &[(Superuser, "COMMENT ON ROLE shop_user IS NULL")], &["shop adopt shop_user"], &[]),
];

#[test]
fn attributes_and_passwords() {
    on_oldest_and_newest(13..=18, async |server| Site::new(server).await.survives(&ATTRIBUTES).await);
}

const MEMBERSHIPS: [Drift; 4] = [
    drift(
        "the master a member of an app's role",
        &[(MASTER, "GRANT shop_user TO platform_admin")],
        &["shop alter_role shop_user"],
        &[],
    ),
    drift(
        "an app a member of another's role",
        &[(MASTER, "GRANT other_user TO shop_user")],
        &["shop alter_role shop_user"],
        &[],
    ),
    drift(
        "with the admin option",
        &[(MASTER, "GRANT other_user TO report_user WITH ADMIN OPTION")],
        &["report alter_role report_user"],
        &[],
    ),
    drift(
        "a member of a guest's role",
        &[(MASTER, "GRANT sync_user TO report_user")],
        &["report alter_role report_user"],
        &[],
    ),
];

#[test]
fn memberships() {
    on_oldest_and_newest(13..=18, async |server| Site::new(server).await.survives(&MEMBERSHIPS).await);
}

const PASSED_ON: &[(super::By, &str)] = &[
    (MASTER, "GRANT other_user TO shop_user WITH ADMIN OPTION"),
    (Role("shop_user"), "GRANT other_user TO report_user"),
];

#[test]
fn memberships_that_were_passed_on() {
    on_oldest_and_newest(13..=15, async |server| {
        let both = &["shop alter_role shop_user", "report alter_role report_user"];
        Site::new(server).await.survives(&[drift("passed on", PASSED_ON, both, &[])]).await;
    });
    on_oldest_and_newest(16..=18, async |server| {
        let first = &["shop alter_role shop_user"];
        Site::new(server).await.survives(&[drift("passed on", PASSED_ON, first, &[])]).await;
    });
}

#[test]
fn a_membership_that_only_a_superuser_can_end_is_told() {
    on_oldest_and_newest(16..=18, async |server| {
        let site = Site::new(server).await;
        site.act(Superuser, "postgres", "GRANT shop_user TO platform_admin WITH INHERIT TRUE, SET TRUE").await;
        let run = site.workspace.run("apply").expect(0);
        assert_eq!(steps(&run), Vec::<String>::new());
        let notes = run.report()["notes"].to_string();
        assert!(notes.contains(r#"REVOKE \"shop_user\" FROM \"platform_admin\" GRANTED BY \"rdsadmin\""#), "{notes}");
    });
}

#[test]
fn a_membership_between_apps_that_only_a_superuser_can_end_is_refused() {
    on_oldest_and_newest(16..=18, async |server| {
        let site = Site::new(server).await;
        site.act(Superuser, "postgres", "GRANT other_user TO shop_user").await;
        let refused = site.workspace.run("apply").expect(3);
        let said = refused.report()["error"]["message"].as_str().unwrap_or_default();
        let (_, sql) = said.split_once("let rdsadmin run: ").expect("SQL to run");
        assert_eq!(sql, r#"REVOKE "other_user" FROM "shop_user" GRANTED BY "rdsadmin""#);
        let session = server.superuser().await;
        session.batch_execute(sql).await.unwrap();
        assert_eq!(site.workspace.run("apply").expect(0).changes(), 0);
    });
}

#[test]
fn a_login_that_is_barred_is_told() {
    // From 16 on the master is a member of what it made, and would be barred along with it.
    on_oldest_and_newest(13..=15, async |server| {
        let site = Site::new(server).await;
        site.act(Superuser, "postgres", "GRANT rds_iam TO shop_user").await;
        let words = "shop_user cannot log in to shop with its password: ";
        let planned = site.workspace.run("plan").expect(0);
        let notes = planned.report()["notes"].to_string();
        assert!(notes.contains(words) && notes.contains("no member of rds_iam"), "{planned}");
        assert!(planned.stdout.contains(&format!("note     {words}")), "{planned}");
        let failed = site.workspace.run("apply").expect(1);
        assert!(failed.termination_line().contains(words), "{failed}");
        site.act(Superuser, "postgres", "REVOKE rds_iam FROM shop_user").await;
        let mended = site.workspace.run("apply").expect(0);
        assert_eq!((mended.changes(), mended.report()["notes"].to_string().as_str()), (0, "[]"), "{mended}");
    });
}
