//! The tfvars: missing, empty, several, and not what was reviewed.

use std::fs;

use acceptance::workspace::application_databases;
use acceptance::{App, Finished, Workspace};

use super::offline;
use crate::PROVISIONER;

fn error(workspace: &Workspace, tfvars: &str) -> Finished {
    workspace.run("plan").flag("--tfvars", tfvars).expect(2)
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let workspace = offline();
    let folder = workspace.path().join("config");
    fs::create_dir(&folder).unwrap();
    let file = folder.join("terraform.tfvars").display().to_string();
    let missing = format!("read tfvars {file}: No such file or directory");
    let empty = format!("{missing}; its folder is empty: is the ConfigMap with the tfvars there?");
    assert_eq!(error(&workspace, &file).termination_line(), empty);
    fs::write(folder.join("other.tfvars"), "").unwrap();
    assert_eq!(error(&workspace, &file).termination_line(), missing);
    let folder = folder.display().to_string();
    assert!(error(&workspace, &folder).termination_line().starts_with(&format!("read tfvars {folder}: ")));
    let run = workspace.run("validate").without("--tfvars").expect(2);
    assert_eq!(run.termination_line(), "validate needs --tfvars");
}

#[test]
fn no_application_where_one_is_expected_is_an_error() {
    let workspace = offline();
    for text in ["", "region = \"eu-west-2\"\n", "application_databases = {}\n", "application_database = {}\n"] {
        workspace.write_tfvars(text);
        for command in ["validate", "plan"] {
            let run = workspace.run(command).expect(2);
            assert!(run.termination_line().contains("application_databases"), "{text:?}: {run}");
        }
    }
    fs::write(workspace.tfvars(), [b'a', 0xC3, b'(']).unwrap();
    assert!(workspace.run("validate").expect(2).termination_line().contains("UTF-8"));
}

#[test]
fn the_last_definition_wins_and_each_file_has_its_digest() {
    let workspace = Workspace::new(PROVISIONER);
    let paths: Vec<String> = ["one.tfvars", "two.auto.tfvars", "three.tfvars.json"]
        .iter()
        .map(|name| workspace.path().join(name).display().to_string())
        .collect();
    fs::write(&paths[0], application_databases(&[App::owner("first")])).unwrap();
    fs::write(&paths[1], application_databases(&[App::owner("second")])).unwrap();
    let json = r#"{"application_databases":{"third":{"database_name":"third","username":"third_user"}}}"#;
    fs::write(&paths[2], json).unwrap();
    let validate = |files: &[&String]| {
        let run = workspace.run("validate").without("--tfvars");
        files.iter().fold(run, |run, file| run.args(&["--tfvars", file]))
    };
    let apps = |files: &[&String]| validate(files).expect(0).stdout;
    assert!(apps(&[&paths[0], &paths[1]]).starts_with("second: "));
    assert!(apps(&[&paths[1], &paths[0]]).starts_with("first: "));
    assert!(apps(&[&paths[0], &paths[1], &paths[2]]).starts_with("third: "));

    let plan =
        workspace.run("plan").without("--tfvars").args(&["--tfvars", &paths[0], "--tfvars", &paths[1]]).expect(2);
    let files = plan.report()["tfvars"].as_array().unwrap();
    let sha256: Vec<&str> = files.iter().map(|file| file["sha256"].as_str().unwrap()).collect();
    assert_eq!(files[1]["path"], paths[1]);
    let checked = |digests: &str| validate(&[&paths[0], &paths[1]]).flag("--tfvars-sha256", digests);
    checked(&format!("{},{}", sha256[0], sha256[1].to_uppercase())).expect(0);
    let swapped = checked(&format!("{},{}", sha256[1], sha256[0])).expect(2);
    let line = format!("{} is not what was reviewed: its SHA-256 is {}", paths[0], &sha256[0][..12]);
    assert!(swapped.termination_line().starts_with(&line), "{swapped}");
    assert!(sha256.iter().all(|digest| swapped.termination.as_deref().unwrap().contains(digest)), "whole: {swapped}");
    let one = checked(sha256[0]).expect(2);
    assert_eq!(one.termination_line(), "--tfvars-sha256 must be given once for each --tfvars, in order");
}
