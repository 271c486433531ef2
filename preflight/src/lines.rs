//! Text for people, line by line.

/// Adds a line.
pub fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
