//! Approval of plans, and commands that only look.

use acceptance::snapshot::{difference, snapshot};
use acceptance::{App, Run, TestServer, Workspace, assert_no_leak, on_newest_major, on_oldest_and_newest};

use crate::PROVISIONER;

const APPS: [&str; 2] = ["shop", "other"];

/// A workspace for an environment that is not free.
fn workspace(server: &TestServer, environment: &str) -> Workspace {
    let workspace = Workspace::new(PROVISIONER);
    workspace.put_secret(&format!("goldenpath/{environment}/rds/master"), server.master());
    let apps = APPS.map(App::owner);
    for App { name, role, database, .. } in &apps {
        let path = format!("goldenpath/{environment}/{name}/postgres");
        workspace.put_secret(&path, &server.secret(role, database));
    }
    workspace.write_tfvars(&acceptance::workspace::application_databases(&apps));
    workspace
}

fn run(workspace: &Workspace, command: &str, environment: &str) -> Run {
    workspace.run(command).flag("--env", environment)
}

#[test]
fn a_plan_is_approved_by_its_digest() {
    on_newest_major(async |server| {
        let workspace = workspace(server, "test");
        let mark = server.log_mark().await;
        let planned = run(&workspace, "plan", "test").expect(0);
        let digest = planned.output("digest").to_owned();
        assert!(digest.starts_with("sha256:") && digest.len() == 71, "{digest}");
        assert!(planned.stdout.contains(&format!("--approve {digest}")), "{planned}");

        let missing = run(&workspace, "apply", "test").expect(3);
        assert_eq!(missing.output("digest"), digest);
        assert!(missing.stdout.contains("create role shop_user"), "the plan as it is now: {missing}");
        assert!(missing.termination.as_ref().unwrap().contains(&digest), "{missing}");
        let other = format!("sha256:{}", "0".repeat(64));
        let another = run(&workspace, "apply", "test").flag("--approve", &other).expect(3);
        let said = another.termination.as_ref().unwrap();
        assert!(said.contains(&other) && said.contains(&digest), "both digests: {another}");
        let denied = run(&workspace, "apply", "test").env("ALLOW_DB_PROVISION", "false").expect(3);
        assert_eq!(denied.report()["outcome"], "refused");
        assert_eq!(server.ddl_since(&mark).await, Vec::<String>::new());

        let done = run(&workspace, "apply", "test").flag("--approve", &digest).expect(0);
        assert_eq!(done.changes(), planned.changes());
        assert_eq!(run(&workspace, "apply", "test").expect(0).changes(), 0, "in sync: nobody has to approve that");
    });
}

#[test]
fn a_variable_approves_everything() {
    on_newest_major(async |server| {
        let workspace = workspace(server, "prod");
        let _refused = run(&workspace, "apply", "prod").expect(3);
        let done = run(&workspace, "apply", "prod").env("ALLOW_DB_PROVISION", "true").expect(0);
        assert_eq!(done.report()["outcome"], "changed");
    });
}

#[test]
fn an_approval_is_for_one_plan() {
    on_newest_major(async |server| {
        let workspace = workspace(server, "test");
        let digest = run(&workspace, "plan", "test").expect(0).output("digest").to_owned();
        // Somebody else was here meanwhile.
        server.as_master().await.batch_execute("CREATE DATABASE shop ALLOW_CONNECTIONS false").await.unwrap();
        let session = server.superuser().await;
        let before = snapshot(&[&session]).await;
        let refused = run(&workspace, "apply", "test").flag("--approve", &digest).expect(3);
        let now = refused.output("digest").to_owned();
        assert_ne!(now, digest);
        let said = refused.termination.as_ref().unwrap();
        assert!(said.contains(&digest) && said.contains(&now), "both digests: {refused}");
        assert!(refused.stdout.contains("finish database shop"), "the plan as it is now: {refused}");
        assert_eq!(difference(&before, &snapshot(&[&session]).await), Vec::<String>::new());

        // A secret that was changed is another plan, too.
        let digest = run(&workspace, "plan", "test").expect(0).output("digest").to_owned();
        assert_eq!(digest, now);
        workspace.put_secret("goldenpath/test/other/postgres", &server.secret("other_user", "other"));
        let _refused = run(&workspace, "apply", "test").flag("--approve", &digest).expect(3);
    });
}

#[test]
fn what_only_looks_writes_nothing() {
    on_oldest_and_newest(13..=18, async |server| {
        let workspace = workspace(server, "prod");
        let (mark, session) = (server.log_mark().await, server.superuser().await);
        let before = snapshot(&[&session]).await;
        let secrets = workspace.passwords();

        let dry = run(&workspace, "apply", "prod").flag("--dry-run", true).expect(0);
        assert_eq!(dry.report()["outcome"], "pending", "{dry}");
        assert!(dry.changes() > 0, "{dry}");
        assert!(dry.audit_rows().iter().all(|row| row["status"] == "dry_run"), "{dry}");
        let found = run(&workspace, "plan", "prod").flag("--detailed-exitcode", true).expect(5);
        assert_eq!(found.changes(), dry.changes());
        assert_eq!(found.output("digest"), dry.output("digest"));
        let sql = run(&workspace, "plan", "prod").flag("--sql", true).expect(0);
        for statement in ["CREATE ROLE \"shop_user\" LOGIN CREATEDB;", "CREATE DATABASE \"shop\" ", "COMMIT;"] {
            assert!(sql.stdout.contains(statement), "{statement}: {sql}");
        }
        assert!(!sql.stdout.contains("SCRAM-SHA-256$"), "{sql}");

        assert_eq!(difference(&before, &snapshot(&[&session]).await), Vec::<String>::new());
        assert_eq!(workspace.passwords(), secrets);
        let log = server.log_since(&mark).await;
        assert_eq!(server.ddl_since(&mark).await, Vec::<String>::new());
        for run in [&dry, &found, &sql] {
            assert_no_leak(&secrets, run, &log);
        }

        let _done = run(&workspace, "apply", "prod").env("ALLOW_DB_PROVISION", "true").expect(0);
        let _none = run(&workspace, "plan", "prod").flag("--detailed-exitcode", true).expect(0);
    });
}
