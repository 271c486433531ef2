//! Drift of databases.

use acceptance::on_oldest_and_newest;

use super::{By, Drift, OWNER, Role, Site, Superuser, steps};

const fn drift(name: &'static str, sql: &'static [(By, &'static str)], steps: &'static [&'static str]) -> Drift {
    Drift { name, database: "postgres", sql, steps, leaves: &[] }
}

const CLOSED: &[&str] = &["shop alter_database shop"];

const DATABASES: [Drift; 10] = [
    drift("CONNECT for everybody", &[(OWNER, "GRANT CONNECT ON DATABASE shop TO PUBLIC")], CLOSED),
    drift("TEMPORARY for everybody", &[(OWNER, "GRANT TEMPORARY ON DATABASE shop TO PUBLIC")], CLOSED),
    drift("CONNECT for another app", &[(OWNER, "GRANT CONNECT ON DATABASE shop TO other_user")], CLOSED),
    drift(
        "CONNECT passed on",
        &[
            (OWNER, "GRANT CONNECT ON DATABASE shop TO other_user WITH GRANT OPTION"),
            (Role("other_user"), "GRANT CONNECT ON DATABASE shop TO PUBLIC"),
        ],
        CLOSED,
    ),
    drift("CREATE for a guest", &[(OWNER, "GRANT CREATE ON DATABASE shop TO sync_user")], &["sync apply_grants shop"]),
    drift(
        "no CONNECT for a guest",
        &[(OWNER, "REVOKE CONNECT ON DATABASE shop FROM report_user")],
        &["report apply_grants shop"],
    ),
    drift("no CONNECT for the owner", &[(Superuser, "REVOKE CONNECT ON DATABASE shop FROM shop_user")], CLOSED),
    drift("nothing for the owner", &[(Superuser, "REVOKE ALL ON DATABASE shop FROM shop_user")], CLOSED),
    drift("no CONNECT for the master", &[(Superuser, "REVOKE CONNECT ON DATABASE shop FROM platform_admin")], CLOSED),
    drift("no connections", &[(Superuser, "ALTER DATABASE shop ALLOW_CONNECTIONS false")], CLOSED),
];

#[test]
fn who_may_connect() {
    on_oldest_and_newest(13..=18, async |server| Site::new(server).await.survives(&DATABASES).await);
}

#[test]
fn databases_that_an_app_makes_itself() {
    on_oldest_and_newest(13..=18, async |server| {
        let site = Site::new(server).await;
        let names = ["backstage_plugin_tech-insights", "pg_boss", "rds_mirror", "Größe \"x\""];
        for name in names {
            let sql = format!("CREATE DATABASE {}", acceptance::generate::identifier(name));
            site.act(OWNER, "postgres", &sql).await;
        }
        let plan = site.workspace.run("plan").expect(0);
        let run = site.workspace.run("apply").expect(0);
        let mut found = steps(&run);
        found.sort();
        let mut expected: Vec<String> = names.iter().map(|name| format!("shop alter_database {name}")).collect();
        expected.sort();
        assert_eq!(found, expected, "{run}");
        for name in names {
            assert!(
                plan.report()["notes"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|note| note.to_string().contains(&format!("database {name} ").replace('"', "\\\""))),
                "the plan names {name}: {plan}"
            );
            let open =
                "SELECT has_database_privilege('public', datname, 'CONNECT') FROM pg_database WHERE datname = $1";
            let open: bool = site.sessions["postgres"].query_one(open, &[&name]).await.unwrap().get(0);
            assert!(!open, "{name} is open");
        }
        assert_eq!(site.workspace.run("apply").expect(0).changes(), 0);
    });
}

#[test]
fn a_database_that_became_a_template_is_one_no_longer() {
    on_oldest_and_newest(13..=18, async |server| {
        let site = Site::new(server).await;
        site.act(Superuser, "postgres", "ALTER DATABASE shop IS_TEMPLATE true").await;
        assert_eq!(steps(&site.workspace.run("apply").expect(0)), ["shop alter_database shop"]);
        let copied = "SELECT datistemplate FROM pg_database WHERE datname = 'shop'";
        let copied: bool = site.sessions["postgres"].query_one(copied, &[]).await.unwrap().get(0);
        assert!(!copied, "everybody with CREATEDB can copy it");
    });
}
