//! The message that Kubernetes keeps of a container that failed, and that Argo shows.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use crate::exit::Exit;

/// Kubernetes keeps the last 4096 bytes of the file: a longer one would lose its headline.
const LIMIT: usize = 4096;
/// What fits the message column of `argo get` and the UI's node panel, in characters.
const HEADLINE: usize = 200;

/// The phrases for which Argo Workflows retries a step under `OnTransientError`.
const ARGO_TRANSIENT: [&str; 5] = [
    "connect: connection refused",
    "connection reset by peer",
    "connection timed out",
    "TLS handshake timeout",
    "i/o timeout",
];

/// Writes `headline` (cut to one line of 200 characters, then whole where that was too little) and `detail`, at most 4096 bytes in all and without a newline
/// at the end, which would break the line of `argo get`.
///
/// Only to a file that is there, as the kubelet makes it; anywhere else nothing is written, and that is no error.
pub fn write(path: &Path, headline: &str, detail: &str) {
    let Ok(mut file) = OpenOptions::new().write(true).truncate(true).open(path) else { return };
    if let Err(error) = file.write_all(message(headline, detail).as_bytes()) {
        tracing::warn!(path = %path.display(), %error, "termination message not written");
    }
}

/// One line of at most 200 characters. Where one of Argo's phrases would be cut off, it stands at the end.
pub fn headline(text: &str) -> String {
    let line = one_line(text);
    let kept = cut(&line, HEADLINE);
    match ARGO_TRANSIENT.iter().find(|phrase| line.contains(**phrase)) {
        Some(phrase) if !has_retry_phrase(&kept) => format!("{} {phrase}", cut(&line, HEADLINE - 1 - phrase.len())),
        _ => kept,
    }
}

fn one_line(text: &str) -> String {
    visible(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The text as one line that shows all there is: what would begin another, move the cursor, hide or turn what follows is
/// escaped. Names come from servers, where others chose them.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        // Beside the control characters those that end a line, and those that turn the direction of writing.
        let is_hidden = matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if character.is_control() || is_hidden {
            shown.extend(character.escape_debug());
        } else {
            shown.push(character);
        }
    }
    shown
}

fn cut(line: &str, characters: usize) -> String {
    if line.chars().count() <= characters {
        return line.to_owned();
    }
    line.chars().take(characters - 1).chain(['…']).collect()
}

/// The text without Argo's retry phrases, for every exit code but 75: a step that must not be retried may quote an
/// error of the system that holds one.
pub fn without_retry_phrases(text: &str) -> String {
    ARGO_TRANSIENT.iter().fold(text.to_owned(), |text, phrase| match text.contains(phrase) {
        true => text.replace(phrase, &phrase.replacen(' ', "-", 1)),
        false => text,
    })
}

/// What a run that ends with `exit` may say: the text as it is where Argo is to retry, and without its phrases elsewhere.
pub fn told_with(exit: Exit, text: &str) -> String {
    if exit == Exit::Unavailable { text.to_owned() } else { without_retry_phrases(text) }
}

/// Whether Argo would retry a step with this message.
pub fn has_retry_phrase(text: &str) -> bool {
    ARGO_TRANSIENT.iter().any(|phrase| text.contains(phrase))
}

fn message(first: &str, detail: &str) -> String {
    let (mut text, whole) = (headline(first), one_line(first));
    if text != whole {
        // What did not fit: the command at its end, say.
        text.push('\n');
        text.push_str(&whole);
    }
    if !detail.trim().is_empty() {
        text.push('\n');
        text.push_str(detail.trim());
    }
    let mut end = text.len().min(LIMIT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::{has_retry_phrase, headline, message, visible, without_retry_phrases};

    #[test]
    fn keeps_the_headline_and_the_limit() {
        let text = message(&"ä".repeat(300), &"ö\n".repeat(4000));
        assert!(text.len() <= 4096);
        assert!(!text.ends_with('\n'));
        assert_eq!(text.lines().next().unwrap().chars().count(), 200);
    }

    #[test]
    fn a_headline_is_one_line() {
        assert_eq!(headline("a\n  b\tc"), "a b c");
        assert_eq!(headline("a\u{1b}[8m"), "a\\u{1b}[8m");
    }

    #[test]
    fn what_is_visible_is_all_there_is() {
        let text = "database x\n\nNothing to do\r\u{1b}[8m\u{9b}\u{202e}\u{2028}";
        let shown = visible(text);
        assert_eq!(shown, r"database x\n\nNothing to do\r\u{1b}[8m\u{9b}\u{202e}\u{2028}");
        assert_eq!(visible(&shown), shown);
        assert_eq!(visible("Größe \"x\" it's \\ 大"), "Größe \"x\" it's \\ 大");
    }

    #[test]
    fn the_phrase_for_argo_is_not_what_is_cut() {
        let text = format!("app {}: connection timed out; check security groups", "a".repeat(250));
        let line = headline(&text);
        assert_eq!(line.chars().count(), 200);
        assert!(line.ends_with("… connection timed out"), "{line}");
    }

    #[test]
    fn a_quoted_phrase_does_not_make_argo_retry() {
        let text = "secret x: connection reset by peer";
        assert!(has_retry_phrase(text));
        assert!(!has_retry_phrase(&without_retry_phrases(text)));
    }
}
