//! `--only`: some of the apps, and the owners of their databases.

use acceptance::{App, Workspace, on_newest_major};

use crate::PROVISIONER;

#[test]
fn only_some_apps() {
    on_newest_major(async |server| {
        let apps =
            [App::owner("shop"), App::guest("report", "shop", "reader"), App::owner("other"), App::owner("last")];
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps);
        // Not asked for: what is wrong with it does not matter.
        workspace.put_secret_text("goldenpath/dev/last/postgres", "PLACEHOLDER");
        let _all = workspace.run("plan").expect(2);

        let unknown = workspace.run("apply").flag("--only", "nope").expect(2);
        assert!(unknown.termination_line().contains("--only nope: no such app"), "{unknown}");

        let some = workspace.run("plan").flag("--only", "report").expect(0);
        let more = workspace.run("plan").flag("--only", "report,other").expect(0);
        assert_ne!(some.output("digest"), more.output("digest"), "of what is planned");
        let done = workspace.run("apply").flag("--only", "report").expect(0);
        assert_eq!(done.changes(), some.changes(), "{done}");
        let counts = &done.report()["counts"]["apps"];
        assert_eq!((&counts["created"], &counts["skipped"]), (&2.into(), &2.into()), "{done}");
        let made = "SELECT rolname::text FROM pg_roles WHERE rolname LIKE '%\\_user' ORDER BY 1";
        let made = server.superuser().await.query(made, &[]).await.unwrap();
        let made: Vec<String> = made.iter().map(|row| row.get(0)).collect();
        assert_eq!(made, ["report_user", "shop_user"], "with the owner of its database");

        let next = workspace.run("apply").flag("--only", "other,report").expect(0);
        assert_eq!(next.report()["counts"]["apps"]["created"], 1, "{next}");
        assert_eq!(workspace.run("apply").flag("--only", "other").expect(0).changes(), 0);
        assert_eq!(next.report()["orphans"], serde_json::json!([]), "those left out are declared: {next}");
    });
}
