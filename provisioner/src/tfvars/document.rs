//! The files as text, and positions in them.

use std::ops::Range;

use crate::diagnostic::{Place, Problem, Related};

/// A byte range of one of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Which of the files.
    pub document: usize,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// Something wrong in a file, before it is known how the file is called.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Where.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Another place that has to do with it, and how.
    pub related: Option<(Span, String)>,
}

impl Fault {
    /// A fault at a place.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None, related: None }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// One file.
#[derive(Clone, Debug)]
pub struct Document {
    /// As it was named on the command line.
    pub name: String,
    /// Its text; a byte order mark is left out.
    pub text: String,
    lines: Vec<usize>,
}

impl Document {
    /// A file and its text.
    pub fn new(name: String, text: String) -> Self {
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name, text, lines }
    }

    /// The byte at which a line begins; lines are counted from 1.
    pub fn line_start(&self, line: usize) -> usize {
        self.lines.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len())
    }

    fn line_at(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset)
    }

    fn place(&self, range: Range<usize>) -> Place {
        let start = self.text.floor_char_boundary(range.start.min(self.text.len()));
        let line = self.line_at(start);
        let (from, to) = (self.line_start(line), self.line_start(line + 1));
        let column = self.text[from..start].chars().count() + 1;
        // What spans several lines is pointed at by its first one.
        let end = range.end.clamp(start, to) - from;
        Place::new(&self.name, line, column).with_line(&self.text[from..to], start - from, end)
    }
}

/// All files that were given.
#[derive(Clone, Debug, Default)]
pub struct Documents(Vec<Document>);

impl Documents {
    /// Adds a file; spans name it by the number that is returned.
    pub fn push(&mut self, document: Document) -> usize {
        self.0.push(document);
        self.0.len() - 1
    }

    /// The file of this number.
    pub fn get(&self, document: usize) -> &Document {
        &self.0[document]
    }

    /// The names of the files, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|document| document.name.as_str())
    }

    /// Where a span is, for people.
    pub fn place(&self, span: Span) -> Place {
        self.get(span.document).place(span.start..span.end)
    }

    /// A fault as a problem, which knows its file.
    pub fn problem(&self, fault: &Fault) -> Problem {
        let mut problem = Problem::new(self.place(fault.span), &fault.message);
        problem.help.clone_from(&fault.help);
        if let Some((span, label)) = &fault.related {
            problem.related.push(Related { place: self.place(*span), label: label.clone() });
        }
        problem
    }
}
