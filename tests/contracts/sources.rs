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
    let shipped = text.split("\n#[cfg(test)]").next().unwrap_or_default();
    let lines = shipped.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(without_literals).collect::<Vec<_>>().join("\n")
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
fn literals_and_comments_are_left_out() {
    assert_eq!(without_literals(r#"use a::b; let x = "tokio \" y"; z // tokio"#), "use a::b; let x = ; z /");
}
