//! Walks through HCL text; knows what is open at each byte, and nothing of expressions. Never recurses.

use super::Statement;
use crate::tfvars::document::{Fault, Span};

mod trivia;

use trivia::{identifier, is_name_start};

/// What is open at a position, and where it was opened.
#[derive(Clone, Copy)]
enum Open<'a> {
    /// `(`, `[`, `{`, or the `${` and `%{` of a template.
    Bracket { at: usize, indentation: usize, closed_by: u8 },
    /// A quoted text.
    Quote { at: usize },
    /// A text that ends with a line of this tag.
    Heredoc { at: usize, tag: &'a str },
}

pub(super) struct Cursor<'a> {
    document: usize,
    text: &'a str,
    at: usize,
    open: Vec<Open<'a>>,
    /// A bracket whose closing one stands further left than its line begins: probably the one that is not closed.
    suspect: Option<usize>,
    /// The start of the line that `line_known_at` is on, so that no line is searched twice.
    line_start: usize,
    line_known_at: usize,
    /// A line that might end a heredoc, for the parser if not for Terraform.
    ambiguous: Option<Span>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(document: usize, text: &'a str) -> Self {
        Self {
            document,
            text,
            at: 0,
            open: Vec::new(),
            suspect: None,
            line_start: 0,
            line_known_at: 0,
            ambiguous: None,
        }
    }

    /// The next statement, `None` at the end. The outer error is one after which nothing can be trusted.
    pub(super) fn statement(&mut self) -> Result<Option<Result<Statement, Fault>>, Fault> {
        self.skip_trivia(true)?;
        let start = self.at;
        if self.rest().is_empty() {
            return Ok(None);
        }
        if let Some(bracket) = self.peek().filter(|byte| b")]}".contains(byte)) {
            return Err(self.fault(start..start + 1, format!("`{}` closes nothing", char::from(bracket))));
        }
        let name = self.identifier();
        self.at += name.len();
        let name_span = self.span(start..self.at);
        self.skip_trivia(false)?;
        let shape = self.check_shape(name, start);
        self.skip_value()?;
        let span = self.span(start..self.at);
        let ambiguous = self.ambiguous.take();
        Ok(Some(shape.map(|()| Statement { name: name.to_owned(), name_span, span, ambiguous })))
    }

    fn check_shape(&self, name: &str, start: usize) -> Result<(), Fault> {
        let rest = self.rest();
        if name.is_empty() {
            let fault = self.fault(start..start + 1, "`name = value` is expected here");
            let help = if rest.starts_with('"') { "names at the top level stand without quotes" } else { "" };
            return Err(if help.is_empty() { fault } else { fault.help(help) });
        }
        if rest.starts_with('=') && !rest.starts_with("==") {
            return Ok(());
        }
        let message = if rest.starts_with(|c: char| c == '{' || c == '"' || is_name_start(c)) {
            format!("`{name}` is written as a block; a tfvars file holds only `name = value`")
        } else {
            format!("`=` is expected after `{name}`")
        };
        Err(self.fault(start..start + name.len(), message).help(format!("write `{name} = …`")))
    }

    /// Goes to the end of the line on which nothing is open any more.
    fn skip_value(&mut self) -> Result<(), Fault> {
        loop {
            match self.open.last().copied() {
                Some(Open::Quote { at }) => self.step_quoted(at)?,
                Some(Open::Heredoc { at, tag }) => self.step_heredoc(at, tag)?,
                open => {
                    self.skip_trivia(open.is_some())?;
                    match self.peek() {
                        None => return open.map_or(Ok(()), |open| Err(self.not_closed(open))),
                        Some(b'\n') => return Ok(()),
                        Some(byte) => self.step_code(byte)?,
                    }
                }
            }
        }
    }

    fn step_code(&mut self, byte: u8) -> Result<(), Fault> {
        let at = self.at;
        match byte {
            b'"' => self.open.push(Open::Quote { at }),
            b'(' => self.open_bracket(b')'),
            b'[' => self.open_bracket(b']'),
            b'{' => self.open_bracket(b'}'),
            b')' | b']' | b'}' => self.close(byte)?,
            b'<' => {
                if let Some((tag, length)) = self.heredoc_start() {
                    self.open.push(Open::Heredoc { at, tag });
                    self.at += length;
                    return Ok(());
                }
            }
            _ => {}
        }
        self.advance();
        Ok(())
    }

    fn close(&mut self, byte: u8) -> Result<(), Fault> {
        let here = self.at..self.at + 1;
        let closing = char::from(byte);
        match self.open.pop() {
            Some(Open::Bracket { at, indentation, closed_by }) if closed_by == byte => {
                let line_start = self.line_start();
                let begins_line = self.text[line_start..self.at].trim_start().is_empty();
                if self.suspect.is_none() && begins_line && self.at - line_start < indentation {
                    self.suspect = Some(at);
                }
                Ok(())
            }
            Some(Open::Bracket { at, .. }) => {
                let opening = self.opening(at);
                let mut fault = self.fault(here, format!("`{closing}` does not close the `{opening}` before it"));
                fault.related = Some((self.span(at..at + opening.len()), "opened here".to_owned()));
                Err(fault)
            }
            _ => Err(self.fault(here, format!("`{closing}` closes nothing"))),
        }
    }

    fn step_quoted(&mut self, at: usize) -> Result<(), Fault> {
        match self.peek() {
            None | Some(b'\n') => return Err(self.not_closed(Open::Quote { at })),
            Some(b'"') => drop(self.open.pop()),
            // An escaped newline ends the line all the same.
            Some(b'\\') if !self.rest()[1..].starts_with(['\n', '\r']) => self.advance(),
            _ => {
                self.step_template();
                return Ok(());
            }
        }
        self.advance();
        Ok(())
    }

    fn step_template(&mut self) {
        let rest = self.rest();
        if rest.starts_with("$${") || rest.starts_with("%%{") {
            self.at += 3;
        } else if rest.starts_with("${") || rest.starts_with("%{") {
            self.open_bracket(b'}');
            self.at += 2;
        } else {
            self.advance();
        }
    }

    fn step_heredoc(&mut self, at: usize, tag: &str) -> Result<(), Fault> {
        if self.peek().is_none() {
            return Err(self.not_closed(Open::Heredoc { at, tag }));
        }
        let begins_line = self.text[..self.at].ends_with('\n');
        let blank = if begins_line { self.rest().find(|c| c != ' ' && c != '\t').unwrap_or(0) } else { 0 };
        if !begins_line || !self.rest()[blank..].starts_with(tag) {
            self.step_template();
            return Ok(());
        }
        let start = self.at + blank;
        let line = self.text[start..].split_inclusive('\n').next().unwrap_or_default();
        if line.trim_end() != tag {
            let longer = identifier(line).len() > tag.len();
            self.ambiguous = self.ambiguous.or((!longer).then(|| self.span(start..start + tag.len())));
        } else if line.ends_with('\n') {
            self.open.pop();
        } else {
            return Err(self.not_closed(Open::Heredoc { at, tag }));
        }
        self.at = start + tag.len();
        Ok(())
    }

    fn not_closed(&self, open: Open<'_>) -> Fault {
        match open {
            Open::Quote { at } => self
                .fault(at..at + 1, "the text that begins here does not end on its line")
                .help("close it with `\"`; a newline within is written `\\n`"),
            Open::Heredoc { at, tag } => self
                .fault(at..at + 2 + tag.len(), format!("the text that begins here is not ended by a line `{tag}`"))
                .help(format!("a line of its own must hold `{tag}`, and end with a newline")),
            Open::Bracket { at, .. } => {
                let at = self.suspect.unwrap_or(at);
                let opening = self.opening(at);
                self.fault(at..at + opening.len(), format!("`{opening}` is not closed"))
            }
        }
    }

    fn open_bracket(&mut self, closed_by: u8) {
        let line = &self.text[self.line_start()..self.at];
        let indentation = line.find(|c: char| !c.is_whitespace()).unwrap_or(line.len());
        self.open.push(Open::Bracket { at: self.at, indentation, closed_by });
    }

    fn line_start(&mut self) -> usize {
        if let Some(newline) = self.text[self.line_known_at..self.at].rfind('\n') {
            self.line_start = self.line_known_at + newline + 1;
        }
        self.line_known_at = self.at;
        self.line_start
    }
}
