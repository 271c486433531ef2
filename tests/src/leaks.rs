//! The search for passwords where none may be.

use crate::finished::Finished;

/// What the stored form of a password begins with.
const VERIFIER: &str = "SCRAM-SHA-256$";

/// Asserts that neither a password nor a password's stored form is in anything that a run wrote or showed, nor in what
/// the server logged meanwhile.
///
/// Looked at: standard output and error, every file in the workspace but the secrets (so `--out`, the audit file, the
/// termination message and what earlier runs in it wrote), the process' arguments and environment, the server's log.
#[track_caller]
pub fn assert_no_leak(passwords: &[String], finished: &Finished, server_log: &str) {
    let mut places = finished.traces();
    places.push(("the server's log".to_owned(), server_log.to_owned()));
    assert!(!passwords.is_empty(), "no password to look for");
    for (place, text) in &places {
        if let Some(line) = leaking_line(text, passwords) {
            panic!("a password, or its stored form, is in {place}: {line}");
        }
    }
}

fn leaking_line<'a>(text: &'a str, passwords: &[String]) -> Option<&'a str> {
    text.lines().find(|line| line.contains(VERIFIER) || passwords.iter().any(|password| leaks(line, password)))
}

/// As it is, or in a form that a log or a URL could hold it in.
fn leaks(line: &str, password: &str) -> bool {
    let escaped = serde_json::to_string(password).expect("a string as JSON");
    let hexadecimal: String = password.bytes().map(|byte| format!("{byte:02x}")).collect();
    let bytes = format!("{:?}", password.as_bytes());
    line.contains(password)
        || line.contains(escaped.trim_matches('"'))
        || line.contains(&hexadecimal)
        || line.contains(&bytes)
}

#[cfg(test)]
mod tests {
    use super::leaking_line;

    #[test]
    fn a_password_is_found_in_every_form() {
        let password = "a\"b c".to_owned();
        for line in ["x a\"b c", r#"{"p":"a\"b c"}"#, "6122622063", "[97, 34, 98, 32, 99]", "SCRAM-SHA-256$4096:"] {
            assert_eq!(leaking_line(line, std::slice::from_ref(&password)), Some(line));
        }
        assert_eq!(leaking_line("nothing", &[password]), None);
    }
}
