use std::path::{Path, PathBuf};

use super::{Conventions, Reading, check_master, desired};
use crate::diagnostic::render;
use crate::fuzzing::validated;
use crate::model::Access;
use crate::tfvars::{Source, read};

mod bytes;
mod layout;

fn conventions() -> Conventions {
    Conventions {
        app_secret_pattern: "goldenpath/{env}/{app}/postgres".to_owned(),
        build_id: "manual".to_owned(),
        ignore_attributes: ["description", "comment", "tags"].map(str::to_owned).to_vec(),
        name_pattern: "[a-z][a-z0-9_]{0,62}".to_owned(),
    }
}

fn reading(files: &[(&str, &str)]) -> Reading {
    let source = |(name, text): &(&str, &str)| Source { name: (*name).to_owned(), bytes: text.as_bytes().to_vec() };
    let files: Vec<Source> = files.iter().map(source).collect();
    desired(read(&files), "dev".parse().unwrap(), &conventions())
}

fn lines(reading: &Reading) -> Vec<String> {
    reading.problems.iter().map(ToString::to_string).collect()
}

fn keys(reading: &Reading) -> Vec<&str> {
    reading.apps.iter().map(|app| app.key.as_str()).collect()
}

fn corpus(folder: &str) -> (PathBuf, Vec<PathBuf>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tfvars").join(folder);
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "tfvars" || end == "json")).collect();
    files.sort();
    assert!(!files.is_empty());
    (folder, files)
}

/// What comes out of each file of the corpus stands next to it. `INSTA_UPDATE=always` writes it anew.
fn assert_corpus(folder: &str, problems_expected: bool) {
    let (folder, files) = corpus(folder);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for file in files {
            let name = file.file_name().unwrap().to_str().unwrap();
            let shown = validated(name, &std::fs::read(&file).unwrap());
            assert_eq!(!shown.contains("\"problems\":[]"), problems_expected, "{name}: {shown}");
            assert!(!shown.contains("hunter2"), "{name}: {shown}");
            assert!(!shown.contains('\u{1b}'), "{name}: {shown}");
            insta::assert_snapshot!(name, shown);
        }
    });
}

#[test]
fn good_files() {
    assert_corpus("good", false);
}

#[test]
fn bad_files() {
    assert_corpus("bad", true);
}

const A: &str = "application_databases = { a = { database_name = \"a\", username = \"a\" } }\n";
const B: &str = "application_databases = { b = { database_name = \"b\", username = \"b\" } }\n";

#[test]
fn the_last_file_wins_and_wins_whole() {
    assert_eq!(keys(&reading(&[("1.tfvars", A), ("2.tfvars", B)])), ["b"]);
    assert_eq!(keys(&reading(&[("1.tfvars", A), ("2.tfvars", "region = 1\n")])), ["a"]);
    let json = r#"{ "application_databases": { "c": { "database_name": "c", "username": "c" } } }"#;
    let all = reading(&[("1.tfvars", A), ("2.tfvars.json", json)]);
    assert_eq!(keys(&all), ["c"]);
    assert_eq!(all.apps[0].location.file, "2.tfvars.json");
    let emptied = reading(&[("1.tfvars", A), ("2.tfvars", "application_databases = null\n")]);
    assert!(emptied.apps.is_empty());
    assert_eq!(emptied.problems.len(), 1);
}

#[test]
fn a_file_that_cannot_be_read_hides_nothing_in_another() {
    let all = reading(&[("1.tfvars", "x = \"\n"), ("2.tfvars", &A.replace("username", "user"))]);
    assert_eq!(
        lines(&all),
        [
            "1.tfvars:1:5: the text that begins here does not end on its line",
            "2.tfvars:1:27: `a` has no `username`",
            "2.tfvars:1:54: unknown attribute `user`; did you mean `username`?",
        ]
    );
}

#[test]
fn a_disabled_cluster_is_left_out_for_a_server_of_its_own() {
    let coupled = |enabled: &str| format!("rds_config = {{ {enabled}\n application_databases = {{ b = 1 }} }}\n");
    assert_eq!(keys(&reading(&[("1", A), ("2", &coupled("enabled = false"))])), ["a"]);
    assert!(reading(&[("1", A), ("2", &coupled("enabled = false"))]).problems.is_empty());
    for enabled in ["enabled = true", "", "enabled = null", "enabled = \"true\""] {
        let problems = lines(&reading(&[("1", A), ("2", &coupled(enabled))]));
        assert!(problems[0].contains("both hold applications"), "{problems:?}");
    }
}

#[test]
fn the_master_is_no_app() {
    let desired = reading(&[("t.tfvars", A)]).into_desired().unwrap();
    assert!(check_master(&desired.apps, "platform_admin").is_empty());
    let problems = check_master(&desired.apps, "a");
    assert_eq!(problems.len(), 1);
    assert_eq!((problems[0].place.file.as_str(), problems[0].place.line), ("t.tfvars", 1));
}

#[test]
fn a_pattern_that_is_wrong_is_told() {
    let files = [Source { name: "t".to_owned(), bytes: A.as_bytes().to_vec() }];
    let with = |change: &dyn Fn(&mut Conventions)| {
        let mut conventions = conventions();
        change(&mut conventions);
        lines(&desired(read(&files), "dev".parse().unwrap(), &conventions))
    };
    assert!(with(&|c| c.name_pattern = "[".to_owned())[0].contains("is not a regular expression"));
    assert!(with(&|c| c.name_pattern = "b".to_owned())[0].contains("does not match `b`"));
    assert!(with(&|c| c.app_secret_pattern = "x/{apps}".to_owned())[0].contains("unknown placeholder `{apps}`"));
    assert!(with(&|c| c.name_pattern = "b|a".to_owned()).is_empty());
}

#[test]
fn defaults_follow_the_access_level() {
    let text = A.replace("username", "access_level = \"editor\", username");
    let editor = &reading(&[("t", &text)]).apps[0];
    assert_eq!((editor.access, editor.createdb), (Access::Editor, false));
    let owner = &reading(&[("t", A)]).apps[0];
    assert_eq!((owner.access, owner.createdb, owner.connection_limit), (Access::Owner, true, None));
    assert_eq!(owner.secret.as_str(), "goldenpath/dev/a/postgres");
}

#[test]
fn colour_is_only_there_if_asked_for() {
    let problems = reading(&[("t", "x")]).problems;
    assert!(render(&problems, true).contains('\u{1b}'));
    assert!(!render(&problems, false).contains('\u{1b}'));
}
