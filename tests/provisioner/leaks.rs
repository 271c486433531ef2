//! No password anywhere but in its secret, and no stored form of one in the server's log up to `log_statement = mod`,
//! whatever happens to a run.

use std::time::Duration;

use acceptance::secret::random_password;
use acceptance::workspace::application_databases;
use acceptance::{
    ARGO_PHRASES, App, Finished, Proxy, Run, Secret, SecretsManager, TestServer, Workspace, assert_no_leak, majors,
    on_newest_major,
};

use crate::PROVISIONER;

const MASTER: &str = "goldenpath/dev/rds/master";

fn app() -> App {
    App::owner("backstage")
}

fn apps() -> [App; 2] {
    [app(), App::guest("reporting", "backstage", "reader")]
}

/// Everything that a run is told to say.
fn loud(run: Run) -> Run {
    run.env("RUST_LOG", "trace").args(&["--sql"])
}

/// Runs that succeed: a first one, one that changes nothing, one that sets a new password.
async fn succeed(workspace: &Workspace, server: &TestServer) -> Vec<Finished> {
    let mut runs = vec![loud(workspace.run("plan")).expect(0), loud(workspace.run("apply")).expect(0)];
    runs.push(loud(workspace.run("apply").flag("--output", "json")).expect(0));
    let rotated = server.secret(&app().role, &app().database);
    workspace.put_secret(&app().secret_path(), &rotated);
    runs.push(loud(workspace.run("apply")).expect(0));
    server.login(&rotated).await.unwrap();
    runs.push(loud(workspace.run("verify")).expect(0));
    runs
}

#[test]
fn runs_that_succeed_leave_nothing_in_a_log_of_definitions_and_changes() {
    on_newest_major(async |server| {
        for level in ["ddl", "mod"] {
            server.set("log_statement", level).await;
            let mark = server.log_mark().await;
            let workspace = Workspace::with_apps(PROVISIONER, server, &apps());
            let before = workspace.passwords();
            let runs = succeed(&workspace, server).await;
            let passwords = [before, workspace.passwords()].concat();
            let log = server.log_since(&mark).await;
            assert!(level == "mod" || log.contains("CREATE ROLE"), "the log is on: {log}");
            for run in &runs {
                assert_no_leak(&passwords, run, &log);
            }
            wipe(server).await;
        }
    });
}

#[test]
fn a_log_of_everything_holds_no_password() {
    on_newest_major(async |server| {
        server.set("log_statement", "all").await;
        server.set("log_min_duration_statement", "0").await;
        server.set("log_parameter_max_length_on_error", "-1").await;
        let mark = server.log_mark().await;
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps());
        let before = workspace.passwords();
        let runs = succeed(&workspace, server).await;
        let passwords = [before, workspace.passwords()].concat();
        let log = server.log_since(&mark).await;
        assert!(log.contains("set_config"), "everything is logged");
        let line = log.lines().find(|line| passwords.iter().any(|password| line.contains(password)));
        assert_eq!(line, None);
        for run in &runs {
            assert_no_leak(&passwords, run, "");
        }
    });
}

#[test]
fn traces_of_the_calls_to_secrets_manager_hold_no_password() {
    on_newest_major(async |server| {
        let secrets = SecretsManager::new().await;
        secrets.create(MASTER, server.master()).await;
        let apps = [App::owner("old"), App::owner("new"), App::owner("filled")];
        let known = server.secret(&apps[0].role, &apps[0].database);
        secrets.create(&apps[0].secret_path(), &known).await;
        secrets
            .create_text(&apps[2].secret_path(), r#"{"password":"PLACEHOLDER","admin-password":"PLACEHOLDER"}"#)
            .await;
        let workspace = Workspace::new(PROVISIONER);
        workspace.write_tfvars(&application_databases(&apps));
        let run = |command: &str| loud(secrets.serve(workspace.run(command))).flag("--missing-secrets", "create");
        let mark = server.log_mark().await;
        let runs = ["plan", "apply", "apply", "verify"].map(|command| run(command).expect(0));
        assert!(runs[1].stderr.len() > 10_000, "traced");
        let mut passwords = vec![server.master().password.clone()];
        for app in &apps {
            passwords.push(Secret::from_json(&secrets.content(&app.secret_path()).await.unwrap()).password);
        }
        let log = server.log_since(&mark).await;
        for run in &runs {
            assert_no_leak(&passwords, run, &log);
        }
    });
}

#[test]
fn secrets_that_are_wrong_are_not_quoted() {
    on_newest_major(async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps());
        let good = workspace.secret(&app().secret_path());
        let password = random_password();
        let swapped = Secret { username: password.clone(), ..good.clone() };
        let elsewhere = Secret { dbname: password.clone(), host: password.clone(), ..good.clone() };
        for content in [
            password.clone(),
            format!("[\"{password}\"]"),
            format!("{{\"password\":\"{password}\","),
            format!("{{\"password\":\"{password}\",\"port\":\"{password}\"}}"),
            swapped.json().to_string(),
            elsewhere.json().to_string(),
        ] {
            workspace.put_secret_text(&app().secret_path(), &content);
            for command in ["plan", "apply"] {
                let run = loud(workspace.run(command)).expect(2);
                assert_no_leak(&[password.clone(), good.password.clone()], &run, "");
            }
        }
        // The master's password is wrong, and the server says so in its log.
        let mark = server.log_mark().await;
        workspace.put_secret(&app().secret_path(), &good);
        workspace.put_master(&server.master().clone().with_password(&password));
        let run = loud(workspace.run("apply")).expect(1);
        assert_no_leak(&workspace.passwords(), &run, &server.log_since(&mark).await);
    });
}

/// The master loses the right to set passwords at the very moment at which it sets one: the statement that holds the
/// stored form fails.
#[test]
fn a_password_that_cannot_be_set_is_not_logged() {
    let newest = *majors().last().expect("a version under test");
    acceptance::engine::block_on(async {
        let learned = TestServer::shared(newest).await;
        let unit = unit_of_password(&learned).await;
        drop(learned);
        let server = TestServer::shared(newest).await;
        server.set("log_statement", "mod").await;
        let (workspace, proxy) = behind_proxy(&server).await;
        let mark = server.log_mark().await;
        proxy.hold_at(unit);
        let running = loud(workspace.run("apply")).spawn();
        proxy.until_unit(unit).await;
        let judge = server.superuser().await;
        judge.batch_execute("ALTER ROLE platform_admin NOCREATEROLE").await.unwrap();
        proxy.release();
        let run = running.wait().expect(1);
        assert!(run.termination_line().contains("password change failed (SQLSTATE 42501)"), "{run}");
        let log = server.log_since(&mark).await;
        assert!(log.contains("password change failed"), "{log}");
        assert_no_leak(&workspace.passwords(), &run, &log);
    });
}

#[test]
fn a_run_that_is_stopped_while_it_sets_a_password_leaks_nothing() {
    let newest = *majors().last().expect("a version under test");
    acceptance::engine::block_on(async {
        let learned = TestServer::shared(newest).await;
        let unit = unit_of_password(&learned).await;
        drop(learned);
        for signal in ["TERM", "KILL"] {
            let server = TestServer::shared(newest).await;
            let (workspace, proxy) = behind_proxy(&server).await;
            let mark = server.log_mark().await;
            proxy.hold_at(unit);
            let running = loud(workspace.run("apply")).spawn();
            proxy.until_unit(unit).await;
            running.signal(signal);
            tokio::time::sleep(Duration::from_millis(100)).await;
            proxy.release();
            let run = running.wait();
            assert_eq!(
                (run.code, run.signal),
                if signal == "TERM" { (Some(143), None) } else { (None, Some(9)) },
                "{run}"
            );
            assert_no_leak(&workspace.passwords(), &run, &server.log_since(&mark).await);
        }
    });
}

/// Another session holds the role's row: what waits, is logged as waiting and is cancelled has nothing secret in it.
#[test]
fn a_role_that_somebody_else_has_locked_is_waited_for_without_its_password() {
    on_newest_major(async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &apps());
        workspace.run("apply").expect(0);
        let old = workspace.passwords();
        workspace.put_secret(&app().secret_path(), &server.secret(&app().role, &app().database));
        for (name, value) in [("log_lock_waits", "on"), ("deadlock_timeout", "10ms"), ("log_statement", "mod")] {
            server.set(name, value).await;
        }
        let mark = server.log_mark().await;
        let holder = server.superuser().await;
        holder.batch_execute("BEGIN; ALTER ROLE backstage_user CONNECTION LIMIT 7").await.unwrap();
        let mut running = loud(workspace.run("apply")).spawn();
        let judge = server.superuser().await;
        let waiting = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
                       WHERE wait_event_type = 'Lock' AND application_name LIKE 'provisioner/%'";
        let mut cancelled = 0;
        while running.is_running() {
            tokio::time::sleep(Duration::from_millis(250)).await;
            cancelled += judge.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0);
        }
        let run = running.wait().expect(75);
        assert!(cancelled > 0, "{run}");
        assert_eq!(run.app("backstage")["status"], "failed", "{run}");
        let line = run.termination_line();
        assert!(ARGO_PHRASES.iter().any(|phrase| line.contains(phrase)), "Argo tries it again: {run}");
        holder.batch_execute("ROLLBACK").await.unwrap();
        let passwords = [old, workspace.passwords()].concat();
        let log = server.log_since(&mark).await;
        assert!(log.contains("still waiting for") && log.contains("canceling statement"), "{log}");
        assert_no_leak(&passwords, &run, &log);
        let repaired = workspace.run("apply").expect(0);
        assert_no_leak(&passwords, &repaired, &server.log_since(&mark).await);
        server.login(&workspace.secret(&app().secret_path())).await.unwrap();
    });
}

/// A workspace whose secrets lead through a proxy.
async fn behind_proxy(server: &TestServer) -> (Workspace, Proxy) {
    let workspace = Workspace::with_apps(PROVISIONER, server, &[app()]);
    let proxy = Proxy::in_front_of(server).await;
    for path in [app().secret_path(), MASTER.to_owned()] {
        workspace.put_secret(&path, &proxy.route(&workspace.secret(&path)));
    }
    (workspace, proxy)
}

/// The number of the unit in which a first run sets the app's password.
async fn unit_of_password(server: &TestServer) -> u64 {
    let (workspace, proxy) = behind_proxy(server).await;
    workspace.run("apply").expect(0);
    let units = proxy.units();
    units.iter().find(|unit| unit.sql.starts_with("DO ") && unit.sql.contains("PASSWORD")).expect("it is set").number
}

/// Takes away what the apps' runs made.
async fn wipe(server: &TestServer) {
    let judge = server.superuser().await;
    judge.batch_execute("DROP DATABASE backstage").await.unwrap();
    judge.batch_execute("DROP ROLE backstage_user, reporting_user").await.unwrap();
}
