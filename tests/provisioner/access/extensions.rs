//! Extensions: trusted, not trusted, not there.

use acceptance::{App, Workspace, on_each_major};

use super::{declare, refusal, run_sql};
use crate::PROVISIONER;

#[test]
fn extensions() {
    on_each_major(async |server| {
        let with = |extensions: &str| [App::owner("shop").with("extensions", extensions)];
        let workspace = Workspace::with_apps(PROVISIONER, server, &with(r#"["citext", "uuid-ossp"]"#));
        let _made = workspace.run("apply").expect(0);
        let owner = server.login(&workspace.secret("goldenpath/dev/shop/postgres")).await.unwrap();
        owner.batch_execute("SELECT 'A'::citext = 'a', uuid_generate_v4()").await.unwrap();

        // Only a superuser may: the others are made, and the SQL is told.
        declare(&workspace, &with(r#"["citext", "hstore", "file_fdw"]"#));
        let refused = workspace.run("apply").expect(3);
        let said = refusal(&refused);
        assert!(said.contains(r#"in database shop: CREATE EXTENSION "file_fdw""#), "{said}");
        run_sql(server, "shop", r#"CREATE EXTENSION "file_fdw""#).await;
        let _done = workspace.run("apply").expect(0);
        owner.batch_execute("SELECT 'a=>1'::hstore").await.unwrap();

        // Not on the server's disk: known before anything is written.
        declare(&workspace, &with(r#"["citext", "hstore", "file_fdw", "pg_trgm", "no_such_thing"]"#));
        let mark = server.log_mark().await;
        let said = refusal(&workspace.run("apply").expect(3));
        assert!(said.contains("extension no_such_thing is not available on this server"), "{said}");
        assert_eq!(server.ddl_since(&mark).await, Vec::<String>::new());

        // What is declared no more stays.
        declare(&workspace, &with(r#"["citext"]"#));
        let _done = workspace.run("apply").expect(0);
        owner.batch_execute("SELECT 'a=>1'::hstore").await.unwrap();
        assert_eq!(workspace.run("apply").expect(0).changes(), 0);
    });
}
