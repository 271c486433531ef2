//! Any bytes at all: never a panic, always the same answer.

use proptest::prelude::*;

use crate::fuzzing::validated;

/// Pieces that a grammar is made of; strung together at random, they come further than random bytes do.
const PIECES: [&str; 48] = [
    "application_databases",
    "rds_config",
    "enabled",
    "a",
    "database_name",
    "username",
    "extensions",
    "for",
    "in",
    "if",
    "true",
    "null",
    "=",
    ":",
    "=>",
    "==",
    ",",
    ".",
    "...",
    "?",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "\\",
    "${",
    "%{",
    "$${",
    "~",
    "<<E\n",
    "<<-E\n",
    "\nE\n",
    "#",
    "//",
    "/*",
    "*/",
    "\n",
    "\r\n",
    "\r",
    "1",
    "-",
    "e9",
    "ä",
    "\u{feff}",
    "application_databases = { a = { database_name = \"a\", username = ",
];

fn assert_answer(name: &str, bytes: &[u8]) {
    let answer = validated(name, bytes);
    assert_eq!(answer, validated(name, bytes));
    assert!(!answer.contains('\u{1b}'), "{answer}");
    // Either something was found, or it is said why not.
    assert!(!(answer.contains("\"apps\":[]") && answer.contains("\"problems\":[]")), "{answer}");
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        assert_answer("t.tfvars", &bytes);
        assert_answer("t.tfvars.json", &bytes);
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60), spaced in any::<bool>()) {
        let text = pieces.join(if spaced { " " } else { "" });
        assert_answer("t.tfvars", text.as_bytes());
        assert_answer("t.tfvars.json", text.as_bytes());
    }

    #[test]
    fn any_splice(from in 0_usize..2000, to in 0_usize..2000, piece in prop::sample::select(&PIECES[..])) {
        let text = include_str!("../../../tests/tfvars/good/every_attribute.tfvars");
        let (from, to) = (from.min(text.len()), to.min(text.len()));
        assert_answer("t.tfvars", &[&text.as_bytes()[..from], piece.as_bytes(), &text.as_bytes()[to..]].concat());
    }
}
