//! What is wrong with an input, and where: as one line, or with the source line shown.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// A longer source line is cut around what is pointed at.
const EXCERPT_CHARACTERS: usize = 100;

/// A line up to this many bytes is kept whole; the renderer fits it to the terminal.
const WHOLE_LINE: usize = 1000;

/// Words that announce a value which nobody may see in a log.
const CONFIDENTIAL: [&str; 9] =
    ["password", "passwd", "passphrase", "secret", "token", "credential", "private_key", "api_key", "access_key"];

/// A position in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was named on the command line; empty where no file is meant.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    excerpt: Option<Excerpt>,
}

/// A source line and the bytes of it that are pointed at.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Excerpt {
    text: String,
    start: usize,
    end: usize,
}

impl Place {
    /// A position of which no source line can be shown.
    pub fn new(file: impl Into<String>, line: usize, column: usize) -> Self {
        Self { file: file.into(), line, column, excerpt: None }
    }

    /// No position: what is wrong stands in no file.
    pub fn nowhere() -> Self {
        Self::new("", 1, 1)
    }

    /// The same position, with its line; bytes `start..end` of it are pointed at.
    ///
    /// A value that looks confidential is left out: problems are printed, and kept in logs.
    #[must_use]
    pub fn with_line(self, line: &str, start: usize, end: usize) -> Self {
        Self { excerpt: Some(concealed(cropped(line, start, end))), ..self }
    }

    /// The same position; what follows it on its line is not shown.
    #[must_use]
    pub fn without_rest(mut self) -> Self {
        if let Some(excerpt) = &mut self.excerpt
            && !excerpt.text[excerpt.end..].trim().is_empty()
        {
            excerpt.text.truncate(excerpt.end);
            excerpt.text.push_str(" …");
        }
        self
    }
}

/// What else has to do with a problem, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What is there.
    pub label: String,
}

/// One thing that is wrong with the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What is wrong, and why.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Other places that have to do with it.
    pub related: Vec<Related>,
}

impl Problem {
    /// A problem at a place.
    pub fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into(), help: None, related: Vec::new() }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    fn group(&self) -> Group<'_> {
        let mut group = Group::with_title(Level::ERROR.primary_title(self.message.as_str()));
        group = with_place(group, &self.place, AnnotationKind::Primary, None);
        for related in &self.related {
            group = with_place(group, &related.place, AnnotationKind::Context, Some(&related.label));
        }
        match &self.help {
            Some(help) => group.element(Level::HELP.message(help.as_str())),
            None => group,
        }
    }
}

fn with_place<'a>(group: Group<'a>, place: &'a Place, kind: AnnotationKind, label: Option<&'a str>) -> Group<'a> {
    let origin = || annotate_snippets::Origin::path(place.file.as_str()).line(place.line).char_column(place.column);
    match &place.excerpt {
        // Of a line that was cut, the renderer would count the columns from the cut.
        Some(excerpt) if excerpt.text.starts_with('…') => group.element(origin()).element(
            Snippet::source(excerpt.text.as_str())
                .line_start(place.line)
                .annotation(kind.span(excerpt.start..excerpt.end).label(label)),
        ),
        Some(excerpt) => group.element(
            Snippet::source(excerpt.text.as_str())
                .path(place.file.as_str())
                .line_start(place.line)
                .annotation(kind.span(excerpt.start..excerpt.end).label(label)),
        ),
        None if place.file.is_empty() => group,
        None => group.element(origin()),
    }
}

/// `file:line:column: message`, as compilers write it.
impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.file.is_empty() {
            write!(formatter, "{}:{}:{}: ", self.place.file, self.place.line, self.place.column)?;
        }
        formatter.write_str(&self.message)
    }
}

/// The problems as people read them: each with its source line, and an empty line after each.
pub fn render(problems: &[Problem], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for problem in problems {
        text.push_str(&renderer.render(&[problem.group()]));
        text.push_str("\n\n");
    }
    text
}

/// Text of the user's as it may stand in a message: on one line, not too long, without control characters.
pub fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(EXCERPT_CHARACTERS).flat_map(char::escape_debug).collect();
    // escape_debug is for Rust's literals; in a message, quotes need no escape.
    shown = shown.replace("\\\"", "\"").replace("\\'", "'");
    if text.is_empty() {
        shown.push_str("\"\"");
    }
    if text.chars().count() > EXCERPT_CHARACTERS {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// The part of the line around what is pointed at.
fn cropped(line: &str, start: usize, end: usize) -> Excerpt {
    let line = line.trim_end_matches(['\r', '\n']);
    let start = line.floor_char_boundary(start.min(line.len()));
    let end = line.ceil_char_boundary(end.clamp(start, line.len()));
    if line.len() <= WHOLE_LINE {
        return Excerpt { text: line.to_owned(), start, end };
    }
    let from = line[..start].char_indices().rev().nth(EXCERPT_CHARACTERS / 2).map_or(0, |(at, _)| at);
    let to = line[start..].char_indices().nth(EXCERPT_CHARACTERS).map_or(line.len(), |(at, _)| start + at);
    let (before, after) = (if from > 0 { "…" } else { "" }, if to < line.len() { "…" } else { "" });
    let shift = |at: usize| at.min(to) - from + before.len();
    Excerpt { text: format!("{before}{}{after}", &line[from..to]), start: shift(start), end: shift(end) }
}

fn concealed(excerpt: Excerpt) -> Excerpt {
    // A secret's name is no secret; what it is called is the attribute `secret_name`.
    let words = excerpt.text.to_lowercase().replace("secret_name", "");
    let assigned = excerpt.text.find(['=', ':', '"']);
    match assigned {
        Some(at) if CONFIDENTIAL.iter().any(|word| words.contains(word)) => {
            let text = format!("{}= …", &excerpt.text[..at]);
            // What is kept back is pointed at as a whole.
            let (start, end) = if excerpt.start < at { (excerpt.start, excerpt.end.min(at)) } else { (at, text.len()) };
            Excerpt { text, start, end }
        }
        _ => excerpt,
    }
}
