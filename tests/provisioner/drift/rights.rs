//! Drift of rights inside a database.

use acceptance::on_oldest_and_newest;

use super::{By, Drift, MASTER, OWNER, Role, Site};

const fn drift(name: &'static str, sql: &'static [(By, &'static str)], steps: &'static [&'static str]) -> Drift {
    Drift { name, database: "shop", sql, steps, leaves: &[] }
}

const READER: &[&str] = &["report apply_grants shop"];
const EDITOR: &[&str] = &["sync apply_grants shop"];

const OBJECTS: [Drift; 11] = [
    drift("a right lost", &[(OWNER, "REVOKE SELECT ON public.item FROM report_user")], READER),
    drift("a right too many", &[(OWNER, "GRANT INSERT, TRUNCATE ON public.item TO report_user")], READER),
    drift("the grant option", &[(OWNER, "GRANT SELECT ON stock.shelf TO report_user WITH GRANT OPTION")], READER),
    drift(
        "a right passed on",
        &[
            (OWNER, "GRANT UPDATE ON public.item TO sync_user WITH GRANT OPTION"),
            (Role("sync_user"), "GRANT UPDATE ON public.item TO report_user"),
        ],
        &["report apply_grants shop", "sync apply_grants shop"],
    ),
    drift("a right on a column", &[(OWNER, "GRANT UPDATE (note) ON public.item TO report_user")], READER),
    drift(
        "a right on a column instead of the table",
        &[
            (OWNER, "REVOKE SELECT ON public.item FROM report_user"),
            (OWNER, "GRANT SELECT (note) ON public.item TO report_user"),
        ],
        READER,
    ),
    drift("a sequence's right lost", &[(OWNER, "REVOKE USAGE ON SEQUENCE public.item_id_seq FROM sync_user")], EDITOR),
    drift(
        "a sequence's right too many",
        &[(OWNER, "GRANT UPDATE ON SEQUENCE public.item_id_seq TO sync_user")],
        EDITOR,
    ),
    drift("USAGE on a schema lost", &[(OWNER, "REVOKE USAGE ON SCHEMA stock FROM report_user")], READER),
    drift("CREATE on a schema", &[(OWNER, "GRANT CREATE ON SCHEMA stock TO sync_user")], EDITOR),
    drift(
        "every right lost",
        &[(OWNER, "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM report_user, sync_user")],
        &["report apply_grants shop", "sync apply_grants shop"],
    ),
];

#[test]
fn what_guests_may_do_with_what_is_there() {
    on_oldest_and_newest(13..=18, async |server| Site::new(server).await.survives(&OBJECTS).await);
}

const DEFAULTS: [Drift; 7] = [
    drift("tables", &[(OWNER, "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM report_user")], READER),
    drift("more tables", &[(OWNER, "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO sync_user")], EDITOR),
    drift(
        "tables in a schema",
        &[(OWNER, "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT DELETE ON TABLES TO report_user")],
        READER,
    ),
    drift("sequences", &[(OWNER, "ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM sync_user")], EDITOR),
    drift(
        "schemas",
        &[(OWNER, "ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO sync_user WITH GRANT OPTION")],
        EDITOR,
    ),
    drift(
        "functions and types",
        &[
            (OWNER, "ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO report_user"),
            (OWNER, "ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO report_user"),
        ],
        READER,
    ),
    Drift {
        leaves: &["relation shop.public.later"],
        ..drift("none: a new table has them", &[(OWNER, "CREATE TABLE public.later (id int)")], &[])
    },
];

#[test]
fn what_guests_may_do_with_what_will_be_there() {
    on_oldest_and_newest(13..=18, async |server| Site::new(server).await.survives(&DEFAULTS).await);
}

#[test]
fn the_schema_public() {
    let opened: &'static [&'static str] = &["shop apply_grants shop"];
    on_oldest_and_newest(13..=14, async |server| {
        let drifts = [
            drift("opened", &[(MASTER, "GRANT CREATE ON SCHEMA public TO PUBLIC")], opened),
            drift("closed to its owner", &[(MASTER, "REVOKE CREATE ON SCHEMA public FROM shop_user")], opened),
            drift("opened to a guest", &[(MASTER, "GRANT CREATE ON SCHEMA public TO sync_user")], EDITOR),
        ];
        Site::new(server).await.survives(&drifts).await;
    });
    on_oldest_and_newest(15..=18, async |server| {
        let drifts = [
            drift("opened", &[(OWNER, "GRANT CREATE ON SCHEMA public TO PUBLIC")], opened),
            drift("opened to a guest", &[(OWNER, "GRANT CREATE ON SCHEMA public TO sync_user")], EDITOR),
        ];
        Site::new(server).await.survives(&drifts).await;
    });
}

#[test]
fn what_the_owner_and_the_master_may_pass_on() {
    on_oldest_and_newest(13..=18, async |server| {
        const GRANT: &str = "GRANT ALL ON SCHEMA public TO shop_user WITH GRANT OPTION";
        let by_its_owner: &'static [(By, &str)] =
            if server.major() < 15 { &[(MASTER, GRANT)] } else { &[(OWNER, GRANT)] };
        let drifts = [
            Drift {
                leaves: &["database shop"],
                ..drift("the master", &[(OWNER, "GRANT ALL ON DATABASE shop TO platform_admin WITH GRANT OPTION")], &[])
            },
            Drift { leaves: &["schema shop.public"], ..drift("the owner", by_its_owner, &[]) },
        ];
        Site::new(server).await.survives(&drifts).await;
    });
}

#[test]
fn the_right_to_maintain() {
    on_oldest_and_newest(17..=18, async |server| {
        let drifts = [drift("MAINTAIN", &[(OWNER, "GRANT MAINTAIN ON public.item TO sync_user")], EDITOR)];
        Site::new(server).await.survives(&drifts).await;
    });
}
