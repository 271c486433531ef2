//! Values with their positions, and Terraform's conversions between them.

use super::document::{Fault, Span};
use crate::diagnostic::quoted;

/// Whole numbers above this are not exact in a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where.
    pub span: Span,
    /// What.
    pub value: Value,
}

/// What an expression comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Not given.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, always finite.
    Number(f64),
    /// Text.
    Text(String),
    /// A list, set or tuple.
    List(Vec<Node>),
    /// A map or an object, in the order of the file; a key can occur twice.
    Map(Vec<Item>),
    /// It comes to nothing; whoever needs the value reports why.
    Fault(Box<Fault>),
}

/// One item of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its key, always text or a fault.
    pub key: Node,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// A value at a place.
    pub fn new(span: Span, value: Value) -> Self {
        Self { span, value }
    }

    /// A fault in place of a value.
    pub fn fault(fault: Fault) -> Self {
        Self { span: fault.span, value: Value::Fault(Box::new(fault)) }
    }

    /// Whether it counts as given.
    pub fn is_given(&self) -> bool {
        !matches!(self.value, Value::Null)
    }

    /// How many values it holds, itself included.
    pub fn size(&self) -> usize {
        1 + match &self.value {
            Value::List(nodes) => nodes.iter().map(Self::size).sum(),
            Value::Map(items) => items.iter().map(|item| item.value.size()).sum(),
            Value::Text(text) => text.len() / 64,
            _ => 0,
        }
    }

    /// As text. Terraform makes text of numbers and of `true` and `false`.
    pub fn text(&self) -> Result<String, Fault> {
        match &self.value {
            Value::Text(text) => Ok(text.clone()),
            Value::Bool(value) => Ok(value.to_string()),
            Value::Number(number) if number.abs() < EXACT => Ok(number.to_string()),
            Value::Number(_) => {
                Err(self.needs("this number is too long to be read exactly").help("write it in quotes"))
            }
            _ => Err(self.unfit("text")),
        }
    }

    /// As true or false. Terraform accepts them as text, but no numbers.
    pub fn truth(&self) -> Result<bool, Fault> {
        match &self.value {
            Value::Bool(value) => Ok(*value),
            Value::Text(text) if text == "true" || text == "1" => Ok(true),
            Value::Text(text) if text == "false" || text == "0" => Ok(false),
            _ => Err(self.unfit("true or false")),
        }
    }

    /// As a number. Terraform accepts one written as text.
    pub fn number(&self) -> Result<f64, Fault> {
        match &self.value {
            Value::Number(number) => Ok(*number),
            Value::Text(text) => number_of(text).ok_or_else(|| self.unfit("a number")),
            _ => Err(self.unfit("a number")),
        }
    }

    /// As a list.
    pub fn list(&self) -> Result<&[Self], Fault> {
        match &self.value {
            Value::List(nodes) => Ok(nodes),
            _ => Err(self.unfit("a list")),
        }
    }

    /// As a map or an object.
    pub fn map(&self) -> Result<&[Item], Fault> {
        match &self.value {
            Value::Map(items) => Ok(items),
            _ => Err(self.unfit("a map")),
        }
    }

    /// Why it is not what is wanted here: its own fault, if it has one.
    fn unfit(&self, wanted: &str) -> Fault {
        match &self.value {
            Value::Fault(fault) => fault.as_ref().clone(),
            value => self.needs(&format!("{wanted} is needed here, but this is {}", described(value))),
        }
    }

    fn needs(&self, what: &str) -> Fault {
        Fault::new(self.span, what)
    }
}

/// A number written as text; unlike Rust's own reading, no `inf` or `nan`.
pub fn number_of(text: &str) -> Option<f64> {
    let plain = text.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

/// A value in a message.
fn described(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::Text(text) => format!("the text {}", quoted(text)),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a map".to_owned(),
        Value::Fault(_) => "not known".to_owned(),
    }
}
