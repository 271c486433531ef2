//! A connection that is lost at any point of a run: the next run converges.

use acceptance::workspace::App;
use acceptance::{Cut, Proxy, TestServer, Workspace, assert_no_leak, engine, majors};

use crate::PROVISIONER;

fn apps() -> [App; 2] {
    [App::owner("backstage"), App::guest("reporting", "backstage", "reader")]
}

#[test]
fn cut_at_every_step_before_the_server_sees_it() {
    cut_at_every_step(Cut::BeforeSending);
}

#[test]
fn cut_at_every_step_while_the_server_is_at_work() {
    cut_at_every_step(Cut::AfterSending);
}

#[test]
fn cut_at_every_step_with_the_answer_lost() {
    cut_at_every_step(Cut::BeforeAnswer);
}

/// Breaks a first run at its first unit, another one at its second, and so on until a run ends before its cut.
fn cut_at_every_step(cut: Cut) {
    let newest = *majors().last().expect("a version under test");
    engine::block_on(async {
        for unit in 1.. {
            let mut server = TestServer::shared(newest).await;
            if server.major() < 15 {
                server.let_master_own_public_schema().await;
            }
            if !survives(&mut server, unit, cut).await {
                assert!(unit > 20, "a first run takes many steps, and only {unit} were seen");
                return;
            }
        }
    });
}

/// Whether there was a cut at that unit; it is survived, or this panics.
async fn survives(server: &mut TestServer, unit: u64, cut: Cut) -> bool {
    let workspace = Workspace::with_apps(PROVISIONER, server, &apps());
    let proxy = Proxy::in_front_of(server).await;
    for (path, secret) in secrets(&workspace) {
        workspace.put_secret(&path, &proxy.route(&secret));
    }
    let mark = server.log_mark().await;
    proxy.cut_at(unit, cut);
    let broken = workspace.run("apply").flag("--connect-patience", "100ms").run();
    if !proxy.was_cut() {
        assert_eq!(broken.code, Some(0), "{broken}");
        return false;
    }
    assert!(matches!(broken.code, Some(1 | 75)), "cut at unit {unit} ({cut:?}): {broken}");
    proxy.heal();
    let repaired = workspace.run("apply").expect(0);
    let again = workspace.run("apply").expect(0);
    assert_eq!(again.changes(), 0, "cut at unit {unit} ({cut:?}): {repaired}{again}");
    assert_no_leak(&workspace.passwords(), &broken, &server.log_since(&mark).await);
    true
}

fn secrets(workspace: &Workspace) -> Vec<(String, acceptance::Secret)> {
    let paths = apps().map(|app| app.secret_path()).into_iter().chain(["goldenpath/dev/rds/master".to_owned()]);
    paths.map(|path| (path.clone(), workspace.secret(&path))).collect()
}
