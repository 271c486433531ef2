//! Writes a document in a layout that is drawn choice by choice.

use std::collections::BTreeMap;

/// Where an entry and its attributes were written.
pub(super) struct Position {
    pub line: usize,
    pub attributes: BTreeMap<String, usize>,
}

pub(super) struct Writer {
    pub text: String,
    choices: Vec<u8>,
    at: usize,
    newline: &'static str,
}

/// Statements that are none of our business; `|` is a newline.
const UNRELATED: [&str; 10] = [
    "region = \"eu-central-1\"",
    "tags = { a = 1, a = 2, \"application_databases\" = { x = {} } }",
    "list = [|  { name = \"}\", n = 1 },|  [ \"${1 + 1}\", \"$${\", \"\\\"{\" ],|]",
    "text = <<EOT|application_databases = { x = { database_name = \"x\" } }| \" ' { [ ( # /* EOT EOT2|EOT",
    "text = <<-EOT|  ${ \"${ 1 }\" } %{ if true }{%{ endif }|  EOT",
    "call = merge(local.a, { b = var.c[0].d... })",
    "cond = true ? { a = \"b\" } : null",
    "splat = var.a[*].b",
    "for_each = { for k, v in { a = 1 } : k => v... if v > 0 }",
    "ünï-cödé_1 = \"日本語 {\"",
];

const COMMENTS: [&str; 4] = ["# application_databases = {", "// \" unbalanced ) ] }", "/* { \" */", "#"];

impl Writer {
    pub(super) fn new(choices: Vec<u8>) -> Self {
        let newline = if choices[0].is_multiple_of(2) { "\n" } else { "\r\n" };
        Self { text: String::new(), choices, at: 0, newline }
    }

    /// Writes the entries, amid other things, in either of the two places.
    pub(super) fn document(&mut self, entries: &[Vec<(&str, String)>]) -> Vec<Position> {
        if self.draw(4) == 0 {
            self.text.push('\u{feff}');
        }
        let mut unrelated = UNRELATED.to_vec();
        // A name may be given once.
        unrelated.retain(|statement| !statement.starts_with("text = <<EOT") || self.at.is_multiple_of(2));
        unrelated.dedup_by_key(|statement| statement.split(' ').next());
        let first = self.draw(unrelated.len());
        for statement in &unrelated[..first] {
            self.statement(statement);
        }
        self.breaks();
        let coupled = self.draw(2) == 0;
        if coupled {
            self.raw("rds_config = {|  enabled = true|  other = upper(var.x)|  tags = { a = 1, a = 2 }|  ");
        }
        self.raw("application_databases");
        self.assign(coupled);
        let positions = self.entries(entries);
        if coupled {
            self.line_end();
            self.raw("}");
        }
        self.line_end();
        for statement in &unrelated[first..] {
            self.statement(statement);
        }
        if self.draw(2) == 0 {
            self.text.truncate(self.text.trim_end().len());
            if self.text.ends_with("EOT") {
                self.raw("|");
            }
        }
        positions
    }

    fn entries(&mut self, entries: &[Vec<(&str, String)>]) -> Vec<Position> {
        let mut positions = Vec::new();
        self.raw("{");
        self.breaks();
        for (number, attributes) in entries.iter().enumerate() {
            let line = self.line();
            self.key(&format!("key-{number}"));
            self.assign(true);
            self.raw("{");
            self.breaks();
            let mut lines = BTreeMap::new();
            let turn = self.draw(attributes.len());
            for (nth, (name, value)) in attributes.iter().cycle().skip(turn).take(attributes.len()).enumerate() {
                lines.insert((*name).to_owned(), self.line());
                self.key(name);
                self.assign(true);
                self.value(value);
                self.separator(nth + 1 == attributes.len());
            }
            self.raw("}");
            self.separator(number + 1 == entries.len());
            positions.push(Position { line, attributes: lines });
        }
        self.raw("}");
        positions
    }

    fn key(&mut self, name: &str) {
        match self.draw(4) {
            0 => self.raw(&format!("\"{name}\"")),
            1 => self.raw(&format!("(\"{name}\")")),
            _ => self.raw(name),
        }
    }

    fn assign(&mut self, colon: bool) {
        self.space();
        let colon = colon && self.draw(4) == 0;
        self.raw(if colon { ":" } else { "=" });
        self.space();
    }

    fn value(&mut self, value: &str) {
        let text = value.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        match (self.draw(6), text) {
            (0, _) => self.raw(&format!("({value})")),
            (1, Some(text)) => self.raw(&format!("\"${{\"{text}\"}}\"")),
            (2, Some(text)) => self.raw(&format!("\"\\u{:04x}{}\"", u32::from(text.as_bytes()[0]), &text[1..])),
            (3, Some(text)) => self.raw(&format!("true ? \"{text}\" : \"other\"")),
            (4, None) if value.parse::<u32>().is_ok() => self.raw(&format!("\"{value}\"")),
            _ => self.raw(value),
        }
    }

    fn separator(&mut self, last: bool) {
        self.space();
        match self.draw(3) {
            0 if last => {}
            0 => self.raw(", "),
            1 => {
                self.raw(",");
                self.breaks();
            }
            _ => {
                self.line_end();
                self.breaks();
            }
        }
    }

    fn statement(&mut self, statement: &str) {
        self.breaks();
        self.raw(statement);
        if statement.ends_with("EOT") { self.raw("|") } else { self.line_end() }
    }

    fn line_end(&mut self) {
        if self.draw(4) == 0 {
            let comment = COMMENTS[self.draw(COMMENTS.len())];
            self.raw(&format!(" {comment}"));
        }
        self.raw("|");
    }

    /// Any number of empty lines and comments.
    fn breaks(&mut self) {
        for _ in 0..self.draw(3) {
            self.line_end();
        }
    }

    fn space(&mut self) {
        let space = ["", " ", "  ", "\t", " /* = { \" */ "][self.draw(5)];
        self.raw(space);
    }

    fn raw(&mut self, text: &str) {
        self.text.push_str(&text.replace('|', self.newline));
    }

    fn line(&self) -> usize {
        self.text.matches('\n').count() + 1
    }

    fn draw(&mut self, below: usize) -> usize {
        self.at += 1;
        usize::from(self.choices[self.at % self.choices.len()]) % below
    }
}
