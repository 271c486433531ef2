//! Spaces, comments, words: what the cursor steps over.

use super::Cursor;
use crate::tfvars::document::{Fault, Span};

impl<'a> Cursor<'a> {
    /// Skips spaces and comments, and newlines where they mean nothing.
    pub(super) fn skip_trivia(&mut self, newlines: bool) -> Result<(), Fault> {
        loop {
            let (rest, at) = (self.rest(), self.at);
            if rest.starts_with("\r\n") || rest.starts_with([' ', '\t']) || (newlines && rest.starts_with('\n')) {
                self.at += 1;
            } else if rest.starts_with('\r') {
                let fault = self.fault(at..at + 1, "a carriage return stands here without a newline");
                return Err(fault.help("save the file with LF or CRLF as line ends"));
            } else if rest.starts_with('#') || rest.starts_with("//") {
                let line = rest.find('\n').map_or(rest, |end| rest[..end].strip_suffix('\r').unwrap_or(&rest[..end]));
                // Some readers would see a new line here: what is commented out must be so for all of them.
                if let Some(stray) = line.find('\r') {
                    let fault = self.fault(at + stray..at + stray + 1, "a carriage return stands within a comment");
                    return Err(fault.help("save the file with LF or CRLF as line ends"));
                }
                self.at += line.len();
            } else if let Some(comment) = rest.strip_prefix("/*") {
                let end = comment.find("*/").ok_or_else(|| {
                    self.fault(at..at + 2, "the comment that begins here does not end").help("close it with `*/`")
                })?;
                self.at += end + 4;
            } else {
                return Ok(());
            }
        }
    }

    pub(super) fn heredoc_start(&self) -> Option<(&'a str, usize)> {
        let rest = self.rest().strip_prefix("<<")?;
        let tagged = rest.strip_prefix('-').unwrap_or(rest);
        let tag = identifier(tagged);
        let newline = ["\n", "\r\n"].into_iter().find(|newline| tagged[tag.len()..].starts_with(newline))?;
        let length = self.rest().len() - tagged.len() + tag.len() + newline.len();
        (!tag.is_empty()).then_some((tag, length))
    }

    pub(super) fn identifier(&self) -> &'a str {
        identifier(self.rest())
    }

    pub(super) fn opening(&self, at: usize) -> &'a str {
        let text = &self.text[at..];
        if text.starts_with(['$', '%']) { &text[..2] } else { &text[..1] }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn advance(&mut self) {
        self.at += self.rest().chars().next().map_or(0, char::len_utf8);
    }

    pub(super) fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span { document: self.document, start: range.start, end: range.end }
    }

    pub(super) fn fault(&self, range: std::ops::Range<usize>, message: impl Into<String>) -> Fault {
        Fault::new(self.span(range), message)
    }
}

pub(super) fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

pub(super) fn identifier(text: &str) -> &str {
    if !text.starts_with(is_name_start) {
        return "";
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(text.len());
    &text[..end]
}
