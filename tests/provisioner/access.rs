//! What each access level gives, how it changes, and what stands in its way.

mod existing;
mod extensions;
mod only;

use acceptance::snapshot::{difference, snapshot};
use acceptance::workspace::application_databases;
use acceptance::{App, Finished, TestServer, Workspace, on_each_major, on_newest_major, on_oldest_and_newest};
use tokio_postgres::error::SqlState;

use crate::PROVISIONER;

fn declare(workspace: &Workspace, apps: &[App]) {
    workspace.write_tfvars(&application_databases(apps));
}

/// Everything that a refusal says.
fn refusal(run: &Finished) -> String {
    assert_eq!(run.report()["outcome"], "refused", "{run}");
    let error = &run.report()["error"];
    [&error["message"], &error["detail"]].map(|part| part.as_str().unwrap_or_default().to_owned()).join("\n")
}

async fn run_sql(server: &TestServer, database: &str, sql: &str) {
    let superuser = server.superuser_in(database).await;
    superuser.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

#[test]
fn an_editor_becomes_a_reader_and_back() {
    on_oldest_and_newest(13..=18, async |server| {
        if server.major() < 15 {
            server.let_master_own_public_schema().await;
        }
        let apps = |access| [App::owner("shop"), App::guest("team", "shop", access)];
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps("reader"));
        let _made = workspace.run("apply").expect(0);
        let [owner, team] = apps("reader").map(|app| workspace.secret(&app.secret_path()));
        let owner = server.login(&owner).await.unwrap();
        owner.batch_execute("CREATE TABLE item (id serial, note text)").await.unwrap();
        let team = server.login(&team).await.unwrap();
        let insert = "INSERT INTO item (note) VALUES ('x')";
        for (access, writes) in [("editor", true), ("reader", false)] {
            declare(&workspace, &apps(access));
            let run = workspace.run("apply").expect(0);
            assert_eq!(run.changes(), 1, "one bundle of grants: {run}");
            owner.batch_execute("CREATE TABLE IF NOT EXISTS later (id serial)").await.unwrap();
            let inserted = team.batch_execute(insert).await;
            let code = inserted.as_ref().err().and_then(tokio_postgres::Error::code);
            assert_eq!(code, (!writes).then_some(&SqlState::INSUFFICIENT_PRIVILEGE), "{access}: {inserted:?}");
            team.batch_execute("SELECT * FROM item, later").await.unwrap();
            assert_eq!(workspace.run("apply").expect(0).changes(), 0);
        }
    });
}

#[test]
fn an_owner_does_not_become_a_reader() {
    on_newest_major(async |server| {
        let mut shop = App::owner("shop");
        let workspace = Workspace::with_apps(PROVISIONER, server, &[shop.clone(), App::owner("heir")]);
        let _made = workspace.run("apply").expect(0);
        let session = server.superuser_in("shop").await;
        session.batch_execute("SET ROLE shop_user; CREATE TABLE public.item (id int)").await.unwrap();

        shop.access = Some("reader");
        declare(&workspace, &[shop.clone(), App::owner("heir")]);
        let before = snapshot(&[&session]).await;
        let refused = workspace.run("apply").expect(3);
        let said = refusal(&refused);
        assert!(said.contains("shop_user owns database shop"), "{said}");
        assert!(said.contains(r#"ALTER DATABASE "shop" OWNER TO"#), "the SQL to do it by hand: {said}");
        assert_eq!(difference(&before, &snapshot(&[&session]).await), Vec::<String>::new());

        // The database handed over, but not what is in it.
        let heir = App { database: "shop".to_owned(), ..App::owner("heir") };
        workspace.put_secret(&heir.secret_path(), &server.secret("heir_user", "shop"));
        declare(&workspace, &[shop.clone(), heir.clone()]);
        session.batch_execute("ALTER DATABASE shop OWNER TO heir_user").await.unwrap();
        let said = refusal(&workspace.run("apply").expect(3));
        assert!(said.contains("shop_user owns objects in database shop"), "{said}");

        // And at last all of it.
        session.batch_execute("ALTER TABLE public.item OWNER TO heir_user").await.unwrap();
        let _done = workspace.run("apply").expect(0);
        let reader = server.login(&workspace.secret(&shop.secret_path())).await.unwrap();
        reader.batch_execute("SELECT * FROM public.item").await.unwrap();
        reader.batch_execute("INSERT INTO public.item VALUES (1)").await.unwrap_err();
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);
    });
}

#[test]
fn a_schema_public_of_the_superuser_needs_one() {
    on_oldest_and_newest(13..=14, async |server| {
        let alone = [App::owner("shop")];
        let shared = [App::owner("shop"), App::guest("team", "shop", "reader")];
        let workspace = Workspace::with_apps(PROVISIONER, server, &shared);

        // Both are new: the way out is in the template.
        let said = refusal(&workspace.run("apply").expect(3));
        assert!(said.contains(r#"in template1, as rdsadmin: ALTER SCHEMA public OWNER TO "platform_admin""#), "{said}");
        let roles = server.superuser().await.query("SELECT FROM pg_roles WHERE rolname = 'shop_user'", &[]).await;
        assert!(roles.unwrap().is_empty(), "nothing was made");

        declare(&workspace, &alone);
        let run = workspace.run("apply").expect(0);
        let notes = run.report()["notes"].to_string();
        assert!(notes.contains("schema public of database shop belongs to rdsadmin and is open to PUBLIC"), "{notes}");
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);

        // One is there: the way out is in it.
        declare(&workspace, &shared);
        let said = refusal(&workspace.run("apply").expect(3));
        let (_, sql) = said.split_once("in database shop, as rdsadmin: ").expect("SQL to run");
        run_sql(server, "shop", sql.lines().next().unwrap()).await;
        let _done = workspace.run("apply").expect(0);
        let [owner, reader] = shared.map(|app| workspace.secret(&app.secret_path()));
        server.login(&owner).await.unwrap().batch_execute("CREATE TABLE item (id int)").await.unwrap();
        let reader = server.login(&reader).await.unwrap();
        reader.batch_execute("SELECT * FROM item").await.unwrap();
        reader.batch_execute("CREATE TABLE mine (id int)").await.unwrap_err();
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);
    });
}

#[test]
fn an_app_may_use_all_its_connections() {
    on_each_major(async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &[App::owner("shop").with("connection_limit", 1)]);
        let _made = workspace.run("apply").expect(0);
        let busy = server.login(&workspace.secret("goldenpath/dev/shop/postgres")).await.unwrap();
        let full = workspace.run("apply").expect(0);
        assert_eq!(full.changes(), 0, "{full}");
        let _verified = workspace.run("verify").expect(0);
        declare(&workspace, &[App::owner("shop").with("connection_limit", 2)]);
        assert_eq!(workspace.run("apply").expect(0).changes(), 1);
        drop(busy);
    });
}
