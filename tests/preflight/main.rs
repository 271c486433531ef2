//! Preflight against real servers, without a cluster.

mod buckets;
mod foundation;
mod invocation;
mod ladder;
mod leaks;
mod outputs;
mod printing;
mod readme;
mod secrets;

use std::fs;

use acceptance::{ARGO_PHRASES, Finished, Run, Workspace, World, tls};
use serde_json::Value;

/// The program under test.
const PREFLIGHT: &str = env!("CARGO_BIN_EXE_preflight-under-test");

/// A command whose outputs go to a folder of its own; the file of the termination message is there, as the kubelet makes
/// it.
fn command(workspace: &Workspace, name: &str) -> Run {
    let run = workspace.bare(name);
    let folder = run.folder().to_owned();
    fs::write(folder.join("termination"), "").expect("make the file of the termination message");
    run.flag("--out", folder.join("out").display()).flag("--termination-log", folder.join("termination").display())
}

/// The profile of the tests' platform, to which more can be added at the end.
fn profile(world: &World) -> String {
    format!(
        "contract = \"1\"\n[database]\nversions = [13, 14, 15, 16, 17, 18]\n[dns]\npublic_resolver = \"{}\"\n",
        world.names.address()
    )
}

/// A check of a world without a cluster, with this profile.
fn check_with(world: &World, workspace: &Workspace, profile: &str) -> Run {
    let file = workspace.path().join("preflight.toml");
    fs::write(&file, profile).expect("write the profile");
    world
        .serve(command(workspace, "check"))
        .flag("--cluster", "none")
        .flag("--profile", file.display())
        .flag("--ca-bundle", tls::authority_file().display())
}

/// A check of a world without a cluster.
fn check(world: &World, workspace: &Workspace) -> Run {
    check_with(world, workspace, &profile(world))
}

/// How a check ended in a run: `fail refused`.
fn ended(check: &Value) -> String {
    format!("{} {}", text(check, "status"), text(check, "reason")).trim_end().to_owned()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}"))
}

/// A check of a run; panics where the run does not hold it.
#[track_caller]
fn of<'a>(run: &'a Finished, id: &str) -> &'a Value {
    let checks = run.report()["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no check {id}: {run}"))
}

/// The checks that did not pass, with how they ended, but those that were skipped.
fn not_passed(run: &Finished) -> Vec<String> {
    let checks = run.report()["checks"].as_array().expect("checks").iter();
    let open = checks.filter(|check| !matches!(text(check, "status"), "pass" | "skipped"));
    open.map(|check| format!("{} {}", text(check, "id"), ended(check))).collect()
}

/// Asserts that a run ended with this code, and that exactly these checks did not pass; that the line which Argo shows
/// begins with the verdict, and names the first of them, the cause and a fix; and that Argo tries again exactly where it
/// is to.
#[track_caller]
fn assert_found(run: &Finished, code: i32, found: &[&str], cause: &str) {
    assert_eq!(run.code, Some(code), "{cause:?} expected: {run}");
    assert_eq!(not_passed(run), found, "{run}");
    assert_eq!(run.report()["exit_code"], code, "{run}");
    let line = run.termination_line();
    assert!(line.chars().count() <= 200, "{run}");
    assert!(line.contains(cause), "{cause:?} expected in {line:?}: {run}");
    let whole = run.termination.as_deref().unwrap_or_default();
    assert!(whole.len() <= 4096, "{run}");
    let retried =
        ARGO_PHRASES.iter().any(|phrase| if code == 75 { line.contains(phrase) } else { whole.contains(phrase) });
    assert_eq!(retried, code == 75, "{run}");
    let verdict = match code {
        1 => "NOT READY tier=",
        4 => "CANNOT TELL tier=",
        75 => "NOT YET tier=",
        _ => "",
    };
    assert!(line.starts_with(verdict) && (verdict.is_empty() != (code != 0 && code != 5)), "{run}");
    assert!(!run.output("summary").is_empty(), "{run}");
}
