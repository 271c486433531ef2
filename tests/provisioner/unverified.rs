//! A run whose last look fails: what could not be done is told before what could not be seen.

use std::time::Duration;

use acceptance::workspace::application_databases;
use acceptance::{App, Workspace, on_newest_major};

use crate::PROVISIONER;
use crate::obstacle::Obstacle;

#[test]
fn a_step_that_failed_for_good_is_told_before_a_look_that_may_pass() {
    on_newest_major(async |server| {
        let app = App::owner("archive");
        let workspace = Workspace::with_apps(PROVISIONER, server, std::slice::from_ref(&app));
        assert!(workspace.run("apply").expect(0).changes() > 0);
        workspace.write_tfvars(&application_databases(&[app.with("extensions", r#"["citext"]"#)]));
        let refuse = "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS
                      $$ BEGIN PERFORM pg_sleep(2); RAISE EXCEPTION 'no extensions here'; END $$;
                      CREATE EVENT TRIGGER no_extensions ON ddl_command_start WHEN TAG IN ('CREATE EXTENSION')
                      EXECUTE FUNCTION refuse()";
        server.superuser_in("archive").await.batch_execute(refuse).await.unwrap();

        // While the step fails, somebody takes a lock that the look needs; then the look is cancelled.
        let mut running = workspace.run("apply").spawn();
        let judge = server.superuser().await;
        let failing = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        running.until("the step", async || !judge.query(failing, &[]).await.unwrap().is_empty()).await;
        let obstacle = Obstacle::to_comments(server).await;
        let look = obstacle.until_it_stops(server, "").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        judge.execute("SELECT pg_cancel_backend($1)", &[&look]).await.unwrap();
        let run = running.wait().expect(1);
        let line = run.termination_line();
        assert!(line.starts_with("app archive: ") && line.contains("no extensions here"), "{run}");
        let detail = run.termination.as_deref().unwrap_or_default();
        assert!(detail.contains("\nnot verified: ") && detail.contains("57014"), "{run}");
        assert!(!detail.contains("everything was carried out"), "{run}");
        obstacle.remove().await;
    });
}
