//! What the documents say about the program is so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use acceptance::Workspace;
use platform::exit::Exit;

use crate::sources::{root, text};
use crate::{PREFLIGHT, PROVISIONER};

/// Every exit code, in the order of its documentation.
const EXITS: [Exit; 9] = [
    Exit::Ok,
    Exit::Failed,
    Exit::Invalid,
    Exit::Refused,
    Exit::CannotTell,
    Exit::Findings,
    Exit::Bug,
    Exit::Unavailable,
    Exit::Stopped,
];

/// Its place in [`EXITS`]: a new one is an error here until it has one.
const fn place(exit: Exit) -> usize {
    match exit {
        Exit::Ok => 0,
        Exit::Failed => 1,
        Exit::Invalid => 2,
        Exit::Refused => 3,
        Exit::CannotTell => 4,
        Exit::Findings => 5,
        Exit::Bug => 6,
        Exit::Unavailable => 7,
        Exit::Stopped => 8,
    }
}

/// Flags of Argo, kubectl and Docker that a text names outside of a command.
const OTHERS: [&str; 4] = ["entrypoint", "from-file", "build-arg", "build-context"];

/// The binaries' names in the documents, and in their tests; a command with all flags; a flag that must be among them.
const BINARIES: [(&str, &str, &str, &str); 2] =
    [("provisioner", PROVISIONER, "apply", "missing-secrets"), ("preflight", PREFLIGHT, "check", "gate")];

fn flags_of(program: &str, command: &str) -> BTreeSet<String> {
    flags(&Workspace::new(program).bare(command).args(&["--help"]).expect(0).stdout)
}

/// The flags of both.
fn known_flags() -> BTreeSet<String> {
    BINARIES.iter().flat_map(|(_, program, command, _)| flags_of(program, command)).collect()
}

/// The README and what is in docs/.
fn documents() -> BTreeMap<String, String> {
    let mut documents = BTreeMap::from([("README.md".to_owned(), text("README.md"))]);
    for entry in fs::read_dir(root().join("docs")).into_iter().flatten().flatten() {
        let name = format!("docs/{}", entry.file_name().display());
        if entry.path().extension().is_some_and(|end| end == "md") {
            documents.insert(name.clone(), text(&name));
        }
    }
    documents
}

/// The long flags that a text names, without their dashes.
fn flags(text: &str) -> BTreeSet<String> {
    let is_name = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-';
    let begins = |at: usize| !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
    let found = text.match_indices("--").filter(|(at, _)| begins(*at));
    let names = found.map(|(at, dashes)| text[at + dashes.len()..].chars().take_while(is_name).collect::<String>());
    names.filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase())).collect()
}

/// The lines of the blocks marked as console, continued ones joined.
fn commands(document: &str) -> Vec<String> {
    let blocks = document.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("console\n"));
    let joined = blocks.map(|block| block.replace("\\\n", " "));
    joined.flat_map(|block| block.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>()).collect()
}

/// The flags of other programs, by the program that a line names.
fn is_of_another_program(line: &str) -> bool {
    let others = [
        "argo ",
        "kubectl ",
        "docker ",
        "cargo ",
        "tests/",
        "aws ",
        "git ",
        "helm ",
        "kustomize ",
        "psql ",
        "pg_dump ",
        "kind ",
        "crictl ",
        "nerdctl ",
    ];
    others.iter().any(|other| line.contains(other))
}

#[test]
fn every_flag_that_is_named_is_known() {
    for (name, program, command, flag) in BINARIES {
        let own = flags_of(program, command);
        assert!(own.contains(flag) && own.len() > 25, "{name}: {own:?}");
    }
    let known = known_flags();
    for (name, document) in documents() {
        for line in document.lines().filter(|line| !is_of_another_program(line)) {
            // The first column of the migration's tables is about the program that this one replaces.
            let is_old = name.ends_with("migration.md") && line.starts_with('|');
            let line = if is_old { line.splitn(3, '|').last().unwrap_or_default() } else { line };
            let named = flags(line);
            let unknown: Vec<_> =
                named.difference(&known).filter(|flag| !OTHERS.contains(&flag.as_str())).cloned().collect();
            assert!(unknown.is_empty(), "{name} names the flag --{}: {line}", unknown.join(", --"));
        }
    }
}

#[test]
fn every_variable_that_is_named_is_known() {
    for (binary, program, command, _) in BINARIES {
        let (known, prefix) = (flags_of(program, command), format!("{}_", binary.to_uppercase()));
        for (name, document) in documents() {
            for (at, prefix) in document.match_indices(&prefix) {
                let rest = document[at + prefix.len()..].chars();
                let variable: String =
                    rest.take_while(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == '_').collect();
                let flag = variable.to_lowercase().replace('_', "-");
                assert!(flag.is_empty() || known.contains(&flag), "{name} names {prefix}{variable}");
            }
        }
    }
}

/// A line that shows one of the binaries has no flag that only the other one knows.
#[test]
fn every_command_line_has_flags_of_its_own_program() {
    for (binary, program, command, _) in BINARIES {
        let known = flags_of(program, command);
        for (name, document) in documents() {
            for line in commands(&document) {
                let mut words = line.split_whitespace().skip_while(|word| word.contains('=') || *word == "$");
                if words.next() == Some(binary) {
                    let unknown: Vec<String> = flags(&line).difference(&known).cloned().collect();
                    assert!(unknown.is_empty(), "{name} gives {binary} the flag --{}: {line}", unknown.join(", --"));
                }
            }
        }
    }
}

#[test]
fn the_table_of_exit_codes_is_complete() {
    let readme = text("README.md");
    let table =
        readme.split("| exit code |").nth(1).expect("a table of exit codes").split("\n\n").next().unwrap_or_default();
    let first = |line: &str| line.split('|').nth(1).and_then(|cell| cell.trim().parse::<u8>().ok());
    let documented: Vec<u8> = table.lines().filter_map(first).collect();
    assert!(EXITS.iter().enumerate().all(|(at, exit)| place(*exit) == at));
    assert_eq!(documented, EXITS.map(Exit::code), "in this order");
    for (binary, program, ..) in BINARIES {
        let help = Workspace::new(program).bare("--help").expect(0).stdout;
        let told = help.split("Exit codes:").nth(1).expect("the exit codes");
        for code in documented.iter().filter(|code| binary != "preflight" || **code != Exit::Refused.code()) {
            assert!(told.contains(&format!(" {code} ")), "{binary} --help leaves {code} out: {told}");
        }
    }
}

#[test]
fn every_command_that_is_shown_exists() {
    let readme = text("README.md");
    let shown = commands(&readme);
    assert!(
        shown.iter().any(|line| line.starts_with("tests/demo"))
            && shown.iter().any(|line| line.starts_with("tests/run"))
    );
    for (name, document) in documents() {
        for line in commands(&document) {
            let mut words = line.split_whitespace().skip_while(|word| word.contains('=') || *word == "$");
            let Some(program) = words.next() else { continue };
            if program.starts_with("tests/") || program.starts_with("./tests/") {
                let file = root().join(program);
                let mode = fs::metadata(&file).map(|file| std::os::unix::fs::PermissionsExt::mode(&file.permissions()));
                assert!(mode.is_ok_and(|mode| mode & 0o111 != 0), "{name} shows {program}, which cannot be run");
            } else if let Some((_, binary, ..)) = BINARIES.iter().find(|(name, ..)| *name == program) {
                let command = words.next().unwrap_or_default();
                Workspace::new(*binary).bare(command).args(&["--help"]).expect(0);
            }
        }
    }
}

#[test]
fn every_file_that_is_linked_is_there() {
    for (name, document) in documents() {
        let folder = root().join(&name).parent().expect("a folder").to_owned();
        for target in document.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            let is_ours = !file.is_empty() && !file.contains("://");
            assert!(!is_ours || folder.join(file).exists(), "{name} links to {target}, which is not there");
        }
    }
}

#[test]
fn the_settings_that_are_shown_are_valid() {
    let readme = text("README.md");
    let blocks = readme.split("```toml\n").skip(1).filter_map(|block| block.split("```").next());
    // A profile says for which version of its format it is.
    let (profiles, blocks): (Vec<&str>, Vec<&str>) = blocks.partition(|block| block.starts_with("contract ="));
    assert!(!profiles.is_empty() && !blocks.is_empty());
    for profile in profiles {
        let workspace = Workspace::new(PREFLIGHT);
        let file = workspace.path().join("preflight.toml");
        fs::write(&file, profile).expect("write a profile");
        workspace.bare("plan").flag("--profile", file.display()).expect(0);
    }
    let workspace = Workspace::new(PROVISIONER);
    workspace.write_tfvars(&acceptance::workspace::application_databases(&[acceptance::App::owner("backstage")]));
    for block in blocks {
        let file = workspace.path().join("provisioner.toml");
        fs::write(&file, block).expect("write settings");
        workspace.run("validate").flag("--settings", file.display()).expect(0);
    }
    let hcl = readme.split("```hcl\n").skip(1).filter_map(|block| block.split("```").next());
    for block in hcl {
        workspace.write_tfvars(block);
        workspace.run("validate").expect(0);
    }
}
