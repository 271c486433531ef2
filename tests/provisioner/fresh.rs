//! A first run on an instance where nothing is, and a second one.

use acceptance::workspace::application_databases;
use acceptance::{
    App, Finished, Secret, SecretsManager, TestServer, Workspace, assert_no_leak, on_each_major, on_newest_major,
};
use tokio_postgres::error::SqlState;

use crate::PROVISIONER;

fn apps() -> [App; 4] {
    [
        App::owner("keycloak"),
        App::owner("backstage"),
        App::guest("reporting", "backstage", "reader"),
        App::guest("catalog-sync", "backstage", "editor"),
    ]
}

#[test]
fn plan_apply_log_in_and_apply_again() {
    on_each_major(async |server| {
        if server.major() < 15 {
            server.let_master_own_public_schema().await;
        }
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps());
        let start = server.log_mark().await;

        let plan = workspace.run("plan").expect(0);
        assert!(plan.changes() > 0, "{plan}");
        assert_eq!(plan.report()["outcome"], "pending", "{plan}");
        assert!(server.ddl_since(&start).await.is_empty(), "a plan writes nothing");

        let apply = workspace.run("apply").expect(0);
        assert_eq!(apply.report()["outcome"], "changed", "{apply}");
        assert_eq!(apply.changes(), plan.changes(), "what was planned is what was done");
        assert_eq!(apply.report()["counts"]["apps"]["created"], 4, "{apply}");
        assert_eq!(apply.output("digest"), plan.output("digest"), "of one and the same plan");

        everyone_gets_what_was_declared(&workspace, server).await;
        nothing_is_left_to_do(&workspace, server).await;

        let log = server.log_since(&start).await;
        for run in [&plan, &apply] {
            assert_no_leak(&workspace.passwords(), run, &log);
        }
    });
}

/// Each app logs in with its secret, the owners at home and the guests by their level, and nobody next door.
async fn everyone_gets_what_was_declared(workspace: &Workspace, server: &TestServer) {
    let [keycloak, backstage, reader, editor] = apps().map(|app| workspace.secret(&app.secret_path()));
    server.login(&keycloak).await.unwrap().batch_execute("CREATE TABLE realm (id int)").await.unwrap();
    let owner = server.login(&backstage).await.unwrap();
    owner.batch_execute("CREATE TABLE entity (id serial, name text)").await.unwrap();

    let editor = server.login(&editor).await.unwrap();
    editor.batch_execute("INSERT INTO entity (name) VALUES ('made later')").await.unwrap();
    let reader = server.login(&reader).await.unwrap();
    assert_eq!(reader.query("SELECT name FROM entity", &[]).await.unwrap().len(), 1);
    let denied = reader.batch_execute("DELETE FROM entity").await.unwrap_err();
    assert_eq!(denied.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));

    let elsewhere = Secret { dbname: keycloak.dbname, ..backstage };
    let refused = server.login(&elsewhere).await.map(drop).unwrap_err();
    assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{refused:?}");
}

/// A second run changes nothing, and neither the server's log nor the secrets say otherwise.
async fn nothing_is_left_to_do(workspace: &Workspace, server: &TestServer) {
    let (mark, passwords) = (server.log_mark().await, workspace.passwords());
    let again = workspace.run("apply").expect(0);
    assert_eq!(again.changes(), 0, "{again}");
    assert_eq!(again.report()["outcome"], "in_sync", "{again}");
    assert_eq!(server.ddl_since(&mark).await, Vec::<String>::new());
    assert_eq!(workspace.passwords(), passwords);
    let verify: Finished = workspace.run("verify").expect(0);
    assert_eq!(verify.changes(), 0, "{verify}");
}

#[test]
fn the_same_with_secrets_manager() {
    on_newest_major(async |server| {
        let secrets = SecretsManager::new().await;
        secrets.create("goldenpath/dev/rds/master", server.master()).await;
        let app = App::owner("backstage");
        let workspace = Workspace::new(PROVISIONER);
        workspace.write_tfvars(&application_databases(std::slice::from_ref(&app)));
        let run = |command| secrets.serve(workspace.run(command)).flag("--missing-secrets", "create");

        let apply = run("apply").expect(0);
        let secret = Secret::from_json(&secrets.content(&app.secret_path()).await.expect("a new secret"));
        server.login(&secret).await.unwrap();
        assert_eq!(run("apply").expect(0).changes(), 0);
        assert_eq!(secrets.versions(&app.secret_path()).await, 1, "a second run writes no version");
        assert_no_leak(&[secret.password, server.master().password.clone()], &apply, &server.log().await);
    });
}
