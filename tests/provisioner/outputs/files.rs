//! `--out`: there early, whole at any moment, and also after a failure; and `ARGO_PROGRESS_FILE`.

use std::path::Path;
use std::time::{Duration, Instant};

use acceptance::{Proxy, TestServer, Workspace, on_newest_major};
use serde_json::Value;

use super::{apps, workspace};

/// A workspace whose secrets lead through a proxy.
fn by_way_of(proxy: &Proxy, server: &TestServer) -> Workspace {
    let workspace = workspace(server);
    let paths = apps().map(|app| app.secret_path()).into_iter().chain(["goldenpath/dev/rds/master".to_owned()]);
    for path in paths {
        workspace.put_secret(&path, &proxy.route(&workspace.secret(&path)));
    }
    workspace
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_files_are_there_while_the_run_waits_and_after_it_was_killed() {
    on_newest_major(async |server| {
        let proxy = Proxy::in_front_of(server).await;
        let workspace = by_way_of(&proxy, server);
        proxy.hold_at(4);
        let run = workspace.run("apply");
        let out = run.folder().join("out");
        let running = run.spawn();
        proxy.until_unit(4).await;
        assert_eq!(names(&out), ["changes", "digest", "report.json", "summary"]);
        let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
        let report: Value = serde_json::from_str(&read("report.json")).unwrap();
        assert_eq!(report["outcome"], "running", "{report}");
        assert_eq!((read("changes").as_str(), read("digest").as_str()), ("0", ""));
        let killed = running.kill();
        assert_eq!(killed.signal, Some(9));
        assert_eq!(killed.report()["outcome"], "running");
        assert_eq!(names(&out), ["changes", "digest", "report.json", "summary"]);
    });
}

#[test]
fn the_files_are_whole_at_any_moment() {
    on_newest_major(async |server| {
        let proxy = Proxy::in_front_of(server).await;
        let workspace = by_way_of(&proxy, server);
        proxy.delay(Duration::from_millis(15));
        let run = workspace.run("apply").env("ARGO_PROGRESS_FILE", workspace.path().join("progress").display());
        let out = run.folder().join("out");
        let mut running = run.spawn();
        let (mut reports, mut progress) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
        let start = Instant::now();
        while running.is_running() && start.elapsed() < Duration::from_mins(1) {
            if let Ok(text) = std::fs::read_to_string(out.join("report.json")) {
                let report: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
                reports.insert(report["outcome"].as_str().unwrap().to_owned());
            }
            progress.extend(std::fs::read_to_string(workspace.path().join("progress")));
        }
        let run = running.wait().expect(0);
        assert!(reports.contains("running"), "{reports:?}");
        progress.extend(std::fs::read_to_string(workspace.path().join("progress")));
        let numbers: Vec<(u64, u64)> = progress
            .iter()
            .map(|text| text.split_once('/').map(|(done, all)| (done.parse().unwrap(), all.parse().unwrap())).unwrap())
            .collect();
        assert!(numbers.iter().all(|(done, all)| done <= all && *all >= run.changes()), "{numbers:?}");
        assert!(numbers.iter().any(|(done, _)| *done == 0), "from the start: {numbers:?}");
        assert!(numbers.iter().any(|(done, all)| done == all), "to the end: {numbers:?}");
    });
}

#[test]
fn a_run_that_fails_leaves_its_files_too() {
    let workspace = Workspace::new(crate::PROVISIONER);
    workspace.write_tfvars("application_databases = {\n  a = { databas_name = \"a\" }\n}\n");
    let invalid = workspace.run("apply").expect(2);
    assert_eq!(invalid.out.keys().collect::<Vec<_>>(), ["changes", "digest", "report.json", "summary"]);
    assert_eq!((invalid.changes(), invalid.output("digest")), (0, ""));
    assert_eq!(invalid.report()["outcome"], "invalid");
    assert_eq!(invalid.output("summary").lines().count(), 1);
    assert!(invalid.output("summary").starts_with("apply dev invalid; "), "{invalid}");
    assert!(invalid.report()["error"]["detail"].as_str().unwrap().contains("databas_name"), "{invalid}");
    for value in ["started_at", "tfvars", "counts", "apps", "notes", "orphans"] {
        assert_ne!(invalid.report()[value], Value::Null, "{value}: {invalid}");
    }
}

#[test]
fn a_folder_or_file_that_cannot_be_written_is_an_invalid_input() {
    let workspace = Workspace::new(crate::PROVISIONER);
    workspace.write_tfvars("application_databases = {}\n");
    std::fs::write(workspace.path().join("file"), "").unwrap();
    let inside = workspace.path().join("file/inside");
    for flag in ["--out", "--audit-output"] {
        let run = workspace.run("apply").flag(flag, inside.display()).expect(2);
        let line = run.termination_line();
        assert!(line.contains(&inside.display().to_string()), "{run}");
        assert!(line.contains(if flag == "--out" { "--out" } else { "audit file" }), "{run}");
    }
}
