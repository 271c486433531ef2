//! Asking whether secrets are being rotated, of a Secrets Manager that is slow to answer.

use std::time::{Duration, Instant};

use acceptance::{App, AwsFault, AwsProxy, Rule, SecretsManager, Workspace, on_newest_major};

use crate::PROVISIONER;
use crate::obstacle::assert_nobody_is_left;

#[test]
fn a_run_that_asks_for_rotations_hears_that_it_is_to_stop() {
    on_newest_major(async |server| {
        let apps = [App::owner("backstage"), App::owner("keycloak")];
        let secrets = SecretsManager::new().await;
        secrets.create("goldenpath/dev/rds/master", server.master()).await;
        for app in &apps {
            secrets.create(&app.secret_path(), &server.secret(&app.role, &app.database)).await;
        }
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps);
        assert!(secrets.serve(workspace.run("apply")).expect(0).changes() > 0);
        for app in &apps {
            secrets.put(&app.secret_path(), &server.secret(&app.role, &app.database)).await;
        }

        let proxy = AwsProxy::in_front_of(&secrets).await;
        let slow = proxy.route(&secrets);
        proxy.fault(Rule::on("DescribeSecret", AwsFault::None).delay(Duration::from_mins(1)));
        let mut running = slow.serve(workspace.run("apply")).spawn();
        running.until("both questions at once", async || proxy.count("DescribeSecret") == apps.len()).await;
        let told = Instant::now();
        running.signal("TERM");
        let stopped = running.wait().expect(143);
        assert!(told.elapsed() < Duration::from_secs(10), "{:?}: {stopped}", told.elapsed());
        assert!(stopped.termination_line().starts_with("stopped by a signal"), "{stopped}");
        assert_eq!(stopped.report()["counts"]["apps"]["not_reached"], 2, "{stopped}");
        assert_nobody_is_left(server).await;

        let late = slow.serve(workspace.run("apply")).flag("--deadline", "2s").expect(75);
        assert!(late.took < Duration::from_secs(12), "{late}");
        assert!(late.termination_line().contains("--deadline expired: i/o timeout"), "{late}");
        assert_nobody_is_left(server).await;

        proxy.heal();
        assert_eq!(slow.serve(workspace.run("apply")).expect(0).changes(), 2);
    });
}
