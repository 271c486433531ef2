//! The process as a pod has it: no home, no passwd entry, nothing writable but what it is given.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use acceptance::{App, Run, Workspace, on_newest_major};
use tempfile::TempDir;

use crate::PROVISIONER;

/// As distroless images have it.
const NOBODY: u32 = 65_532;

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// As that user, where tests may choose; they are nobody special otherwise.
fn as_nobody(run: Run) -> Run {
    if is_root() { run.user(NOBODY) } else { run }
}

/// A copy of the program that every user reaches: the build's folder may be below one that only root may enter.
fn for_everybody() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("provisioner");
    fs::copy(PROVISIONER, &program).unwrap();
    (folder, program.display().to_string())
}

#[test]
fn it_runs_without_a_home_as_an_unknown_user_in_a_folder_that_it_cannot_write() {
    on_newest_major(async |server| {
        let (_folder, program) = for_everybody();
        let workspace = Workspace::with_apps(&program, server, &[App::owner("backstage")]);
        let read_only = workspace.path().join("read-only");
        fs::create_dir(&read_only).unwrap();
        let authority = workspace.path().join("ca.pem");
        fs::copy(server.ca_file(), &authority).unwrap();
        let runs = ["plan", "apply", "apply", "verify"].map(|command| {
            as_nobody(workspace.run(command).flag("--ca-bundle", authority.display()).within(&read_only))
        });
        if is_root() {
            workspace.give_to(NOBODY);
        }
        fs::set_permissions(&read_only, fs::Permissions::from_mode(0o555)).unwrap();
        for run in runs {
            run.expect(0);
        }
        assert_eq!(fs::read_dir(&read_only).unwrap().count(), 0);
    });
}

#[test]
fn what_it_may_not_read_is_named() {
    on_newest_major(async |server| {
        let app = App::owner("backstage");
        let (_folder, program) = for_everybody();
        let workspace = Workspace::with_apps(&program, server, std::slice::from_ref(&app));
        let authority = workspace.path().join("ca.pem");
        fs::copy(server.ca_file(), &authority).unwrap();
        let [secret, tfvars] =
            ["plan", "plan"].map(|command| as_nobody(workspace.run(command).flag("--ca-bundle", authority.display())));
        if is_root() {
            workspace.give_to(NOBODY);
        }
        let lock = |file: &std::path::Path| fs::set_permissions(file, fs::Permissions::from_mode(0o000)).unwrap();
        lock(&workspace.secret_file(&app.secret_path()));
        let run = secret.expect(1);
        let line = "app backstage: access to secret goldenpath/dev/backstage/postgres denied: make its file readable for \
                    this user";
        assert_eq!(run.termination_line(), line);
        lock(&workspace.tfvars());
        let run = tfvars.expect(2);
        assert!(run.termination_line().contains("Permission denied"), "{run}");
    });
}

#[test]
fn a_trust_anchor_that_cannot_be_used_is_an_invalid_input() {
    on_newest_major(async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &[App::owner("backstage")]);
        let bundle = workspace.path().join("ca.pem");
        for (content, what) in [(None, "ca.pem"), (Some(""), "ca.pem"), (Some("no certificate"), "ca.pem")] {
            if let Some(content) = content {
                fs::write(&bundle, content).unwrap();
            }
            let run = workspace.run("plan").flag("--ca-bundle", bundle.display()).expect(2);
            assert!(run.termination_line().contains(what), "{content:?}: {run}");
        }
    });
}
