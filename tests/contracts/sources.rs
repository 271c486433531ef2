//! The repository's own files.

use std::fs;
use std::path::{Path, PathBuf};

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

/// A file of the repository.
pub(crate) fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The Rust files below a folder, by their paths from there, without the unit tests in files of their own.
pub(crate) fn modules(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("read a folder").flatten() {
            let path = entry.path();
            match path.is_dir() {
                true if !path.ends_with("tests") => folders.push(path),
                false if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") => {
                    let name = path.strip_prefix(root().join(folder)).expect("it is below");
                    found.push(name.display().to_string());
                }
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// The code of a file: without its unit tests, comments and the contents of literals.
pub(crate) fn code(path: &str) -> String {
    let text = text(path);
    let lines = shipped(&text).lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(without_literals).collect::<Vec<_>>().join("\n")
}

/// What stands before the unit tests. A declaration of tests that are in another file ends nothing.
fn shipped(text: &str) -> &str {
    let begins_block =
        |rest: &str| rest.lines().find(|line| !line.starts_with("#[")).is_some_and(|line| line.ends_with('{'));
    let marks = text.match_indices("\n#[cfg(test)]\n");
    let end = marks.map(|(at, mark)| (at, &text[at + mark.len()..])).find(|(_, rest)| begins_block(rest));
    end.map_or(text, |(at, _)| &text[..at])
}

/// A line without what stands between quotes, and without the comment at its end. Good enough for names.
fn without_literals(line: &str) -> String {
    let (mut kept, mut within, mut previous) = (String::new(), false, ' ');
    for character in line.chars() {
        match character {
            '"' if previous != '\\' && previous != '\'' => within = !within,
            '/' if !within && previous == '/' => break,
            other if !within => kept.push(other),
            _ => {}
        }
        previous = character;
    }
    kept
}

#[test]
fn unit_tests_are_left_out_and_what_follows_their_declaration_is_not() {
    assert_eq!(
        shipped("a\n#[cfg(test)]\nmod tests;\nb\n#[cfg(test)]\nmod tests {\n}\n"),
        "a\n#[cfg(test)]\nmod tests;\nb"
    );
    assert_eq!(shipped("a\n#[cfg(test)]\n#[expect(x)]\npub mod example {\n}\n"), "a");
}

#[test]
fn literals_and_comments_are_left_out() {
    assert_eq!(without_literals(r#"use a::b; let x = "tokio \" y"; z // tokio"#), "use a::b; let x = ; z /");
}
