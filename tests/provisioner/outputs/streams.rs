//! Data on stdout, logs on stderr, and no control characters off a terminal.

use acceptance::{Finished, Workspace, on_newest_major};
use serde_json::Value;

use super::workspace;

fn assert_plain(run: &Finished) {
    for (place, text) in [("stdout", &run.stdout), ("stderr", &run.stderr)] {
        let control = text.chars().find(|character| character.is_control() && *character != '\n');
        assert_eq!(control, None, "{place}: {run}");
    }
}

/// The log's lines: all of stderr but the last word to people, which begins with the program's name.
fn log(run: &Finished) -> Vec<Value> {
    let lines = run.stderr.lines().take_while(|line| !line.starts_with("provisioner: "));
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\n{run}"))).collect()
}

#[test]
fn json_on_stdout_is_whole_and_is_the_report() {
    on_newest_major(async |server| {
        let workspace = workspace(server);
        for command in ["plan", "apply", "apply", "verify"] {
            let run = workspace.run(command).flag("--output", "json").args(&["--sql"]).expect(0);
            let printed: Value = serde_json::from_str(&run.stdout).unwrap();
            assert_eq!(&printed, run.report(), "{run}");
            assert_plain(&run);
            assert_eq!(log(&run).len(), run.stderr.lines().count(), "a run that ends well logs JSON alone: {run}");
        }
        workspace.put_secret_text("goldenpath/dev/keycloak/postgres", "PLACEHOLDER");
        let run = workspace.run("apply").flag("--output", "json").expect(2);
        let printed: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(&printed, run.report(), "also where it fails: {run}");
        assert_plain(&run);
        log(&run);
    });
}

#[test]
fn logs_are_json_off_a_terminal_or_text_where_that_is_asked() {
    on_newest_major(async |server| {
        let workspace = workspace(server);
        let quiet = workspace.run("plan").expect(0);
        assert_eq!(quiet.stderr, "", "what is done stands on stdout: {quiet}");
        let apply = workspace.run("apply").env("RUST_LOG", "info").expect(0);
        assert_plain(&apply);
        let lines = log(&apply);
        assert!(!lines.is_empty(), "{apply}");
        for line in &lines {
            for key in ["timestamp", "level", "message"] {
                assert!(line[key].is_string(), "{key}: {line}");
            }
        }
        assert!(apply.stdout.contains("create role keycloak_user"), "people read the plan on stdout: {apply}");
        assert!(apply.stdout.ends_with("apply dev changed: apps 3 created\n"), "{apply}");

        let text = workspace.run("apply").flag("--log-format", "text").env("RUST_LOG", "info").expect(0);
        assert!(!text.stderr.is_empty() && text.stderr.lines().all(|line| !line.starts_with('{')), "{text}");
        assert_plain(&text);
        let json = workspace.run("apply").flag("--log-format", "json").env("RUST_LOG", "warn").expect(0);
        assert_eq!(json.stderr, "", "{json}");
    });
}

#[test]
fn the_last_word_is_for_people_and_names_what_to_do() {
    let workspace = Workspace::new(crate::PROVISIONER);
    let run = workspace.run("apply").expect(2);
    let last: Vec<&str> = run.stderr.lines().skip_while(|line| !line.starts_with("provisioner: ")).collect();
    assert!(last[0].starts_with("provisioner: read tfvars "), "{run}");
    assert_eq!(run.stdout, "", "nothing was found out: {run}");
    assert_plain(&run);
}

#[test]
fn hostile_names_bring_no_control_characters() {
    let workspace = Workspace::new(crate::PROVISIONER);
    workspace.write_tfvars("application_databases = {\n  \"a\\u001b[31m\" = { database_name = \"x\\u0007y\" }\n}\n");
    let run = workspace.run("validate").expect(2);
    assert_plain(&run);
    workspace.write_tfvars("application_databases = {\n  a\u{1b}[31m = { }\n}\n");
    assert_plain(&workspace.run("validate").expect(2));
}
