//! A `.tfvars.json` file as values with their positions. Texts are taken as they are: Terraform has no templates there.

use serde::de::IgnoredAny;

use super::document::{Document, Fault, Span};
use super::value::{Item, Node, Value};

/// How deep lists and objects may be nested.
const DEPTH: usize = 100;

/// The items at the top level.
pub(super) fn items(number: usize, document: &Document) -> Result<Vec<Item>, Fault> {
    let text = document.text.as_str();
    let span = |start: usize, end: usize| Span { document: number, start, end };
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        let at = (document.line_start(error.line()) + error.column().saturating_sub(1)).min(text.len());
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        return Err(Fault::new(span(at, at + 1), format!("this cannot be read as JSON: {message}")));
    }
    let mut reader = Reader { document: number, text, at: 0 };
    let node = reader.node(0)?;
    match node.value {
        Value::Map(items) => Ok(items),
        // Terraform accepts a list of objects at the top level, and reads them as one.
        Value::List(nodes) if nodes.iter().all(|node| matches!(node.value, Value::Map(_))) => {
            Ok(nodes.into_iter().filter_map(|node| node.map().map(<[Item]>::to_vec).ok()).flatten().collect())
        }
        _ => Err(Fault::new(span(node.span.start, node.span.start + 1), "an object is expected at the top level")),
    }
}

/// Reads text that is known to be valid JSON.
struct Reader<'a> {
    document: usize,
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn node(&mut self, depth: usize) -> Result<Node, Fault> {
        self.skip_space();
        let start = self.at;
        if depth > DEPTH {
            return Err(Fault::new(self.span(start), "this is nested too deeply"));
        }
        let value = match self.peek() {
            Some(b'{') => Value::Map(self.object(depth)?),
            Some(b'[') => Value::List(self.list(depth)?),
            Some(b'"') => self.string(),
            _ => self.word()?,
        };
        Ok(Node::new(self.span(start), value))
    }

    fn object(&mut self, depth: usize) -> Result<Vec<Item>, Fault> {
        let mut items = Vec::new();
        while self.another(b'}') {
            let key = self.node(depth + 1)?;
            self.skip_space();
            self.at += 1;
            items.push(Item { key, value: self.node(depth + 1)? });
        }
        Ok(items)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Fault> {
        let mut nodes = Vec::new();
        while self.another(b']') {
            nodes.push(self.node(depth + 1)?);
        }
        Ok(nodes)
    }

    /// Steps over what opens or divides elements, or over the end; whether an element follows.
    fn another(&mut self, end: u8) -> bool {
        self.skip_space();
        if self.peek() != Some(end) {
            self.at += 1;
            self.skip_space();
        }
        let more = self.peek().is_some_and(|byte| byte != end);
        self.at += usize::from(!more && self.at < self.text.len());
        more
    }

    fn string(&mut self) -> Value {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.peek().filter(|byte| *byte != b'"') {
            self.at += if byte == b'\\' { 2 } else { 1 };
        }
        self.at = (self.at + 1).min(self.text.len());
        serde_json::from_str(&self.text[start..self.at]).map_or(Value::Null, Value::Text)
    }

    fn word(&mut self) -> Result<Value, Fault> {
        let start = self.at;
        let length = self.text[start..].find(|c: char| c.is_whitespace() || ",]}".contains(c));
        self.at = length.map_or(self.text.len(), |length| start + length);
        match &self.text[start..self.at] {
            "null" => Ok(Value::Null),
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            number => super::operate::finite(number.parse().unwrap_or(f64::NAN), self.span(start)),
        }
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn span(&self, start: usize) -> Span {
        Span { document: self.document, start, end: self.at }
    }
}
