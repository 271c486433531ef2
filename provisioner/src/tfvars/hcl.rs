//! One statement of a tfvars file as a value, or why it has none.

use std::collections::BTreeMap;

use hcl_edit::expr::Expression;
use hcl_edit::parser;
use hcl_edit::structure::{Body, Structure};

use super::document::{Document, Fault, Span};
use super::evaluate::Evaluator;
use super::scan::Statement;
use super::value::Node;

/// How the parser says that a key is there twice; a test holds it to that.
const TWICE: &str = "redefined object key";
/// Keys that are renamed, at most: each takes a pass over the statement.
const RENAMES: usize = 50;

/// The value of a statement. Of an object, only the attributes in `wanted` are looked at, if any are named: what
/// else stands there may call functions or hold anything.
pub(super) fn value(document: &Document, statement: &Statement, wanted: &[&str]) -> Result<Node, Fault> {
    if let Some(span) = statement.ambiguous {
        let message = "this line could be read as the end of the text, or as part of it";
        return Err(Fault::new(span, message).help("end the text with a word that does not begin one of its lines"));
    }
    let text = &document.text[statement.span.start..statement.span.end];
    let (body, renamed) = parsed(text).map_err(|error| syntax_fault(text, statement.span, &error))?;
    let expression = body.iter().find_map(Structure::as_attribute).map(|attribute| &attribute.value);
    let missing = || Fault::new(statement.name_span, format!("`{}` has no value", statement.name));
    let mut evaluator = Evaluator::new(statement.span, renamed);
    let expression = expression.ok_or_else(missing)?;
    Ok(match unwrapped(expression) {
        Expression::Object(object) if !wanted.is_empty() => evaluator.object(object, wanted),
        expression => evaluator.node(expression),
    })
}

/// Parses a statement. The parser stops at a key that is there twice, which Terraform does not; so such a key gets
/// another name of the same length, and the evaluator is told what it was called.
fn parsed(text: &str) -> Result<(Body, BTreeMap<usize, String>), parser::Error> {
    let mut renamed: BTreeMap<usize, String> = BTreeMap::new();
    // The parser wants a newline after a last comment.
    let mut attempt = format!("{text}\n");
    let mut attempts = 0;
    loop {
        let error = match parser::parse_body(&attempt) {
            Ok(body) => return Ok((body, renamed)),
            Err(error) => error,
        };
        attempts += 1;
        let offset = error.location().offset();
        let name = text.get(offset..).and_then(renamable);
        match name {
            Some((at, name)) if error.message().contains(TWICE) && attempts < RENAMES => {
                // The other name can be taken, too: what counts is how the key was called at first.
                renamed.entry(offset).or_insert_with(|| name.to_owned());
                let (start, end) = (offset + at, offset + at + name.len());
                attempt.replace_range(start..end, &substitute(attempts, name.len()));
            }
            _ => return Err(error),
        }
    }
}

/// A plain key at the start of the text, and where in it.
fn renamable(text: &str) -> Option<(usize, &str)> {
    let start = usize::from(text.starts_with('"'));
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let end = text[start..].find(|c| !plain(c)).unwrap_or(text.len() - start);
    let name = &text[start..start + end];
    let whole = start == 0 || text[start + end..].starts_with('"');
    // What begins with a digit is a number, and another one might be the same.
    (whole && name.starts_with(|c: char| c.is_alphabetic() || c == '_')).then_some((start, name))
}

/// A name of this length, another one for each number.
fn substitute(number: usize, length: usize) -> String {
    let letter = |place: u32| char::from(b"abcdefghijklmnopqrstuvwxyz"[number / 26_usize.pow(place.min(2)) % 26]);
    (0..length).map(|place| letter(u32::try_from(place).unwrap_or(u32::MAX))).rev().collect()
}

fn unwrapped(expression: &Expression) -> &Expression {
    match expression {
        Expression::Parenthesis(parenthesis) => unwrapped(parenthesis.inner()),
        expression => expression,
    }
}

fn syntax_fault(text: &str, span: Span, error: &parser::Error) -> Fault {
    let offset = error.location().offset().min(text.len());
    let here = |length: usize| Span {
        document: span.document,
        start: span.start + offset,
        end: (span.start + offset + length).min(span.end),
    };
    let length = text[offset..].chars().next().map_or(0, char::len_utf8);
    let message = error.message();
    let message = if message.contains("nesting depth") || message.contains("chained") {
        "this is nested too deeply to be read".to_owned()
    } else if message.contains(TWICE) {
        "this key is there twice".to_owned()
    } else if message.starts_with("invalid expression") {
        "a value is expected here".to_owned()
    } else if let Some((_, expected)) = message.split_once("expected ") {
        format!("{} is expected here", expected.replace('\n', "a newline"))
    } else {
        "this cannot be read as HCL".to_owned()
    };
    Fault::new(here(length), message)
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::super::scan::statements;
    use super::super::value::{Node, Value};

    fn value(text: &str) -> Node {
        let document = Document::new("t".to_owned(), format!("x = {text}\n"));
        let (found, faults) = statements(0, &document.text);
        assert_eq!(faults, [], "{text}");
        super::value(&document, &found[0], &[]).unwrap_or_else(Node::fault)
    }

    fn text(expression: &str) -> String {
        value(expression).text().unwrap_or_else(|fault| fault.message)
    }

    #[test]
    fn what_terraform_evaluates() {
        for (expression, expected) in [
            (r#""a""#, "a"),
            (r#""\u00e4\t\"""#, "ä\t\""),
            (r#""$${a}%%{b}""#, "${a}%{b}"),
            (r#""a${1 + 2}b""#, "a3b"),
            ("1 + \"2\" * 3", "7"),
            ("-3 % 2", "-1"),
            ("7 / 2", "3.5"),
            ("true ? \"a\" : 1", "a"),
            ("!false && (1 < 2 || 3 >= 4)", "true"),
            ("\"1\" == 1", "false"),
            ("[\"a\", \"b\"][1]", "b"),
            ("{ a = 1, \"b\" : 2 }.b", "2"),
            ("{ a = 1 }[\"a\"]", "1"),
            ("[for x in [1, 2] : x * 2 if x > 1][0]", "4"),
            ("{ for k, v in { a = 1 } : \"${k}k\" => v }.ak", "1"),
            ("<<E\na\nE", "a\n"),
            ("<<-E\n  a\n   b\n  E", "a\n b\n"),
            ("007", "7"),
            ("1e3", "1000"),
            ("\"${\"${\"a\"}\"}\"", "a"),
        ] {
            assert_eq!(text(expression), expected, "{expression}");
        }
    }

    #[test]
    fn what_it_refuses() {
        for (expression, expected) in [
            ("var.a", "`var` is a variable; a tfvars file holds only plain values"),
            ("\"a${b}\"", "`b` is a variable; a tfvars file holds only plain values"),
            ("upper(\"a\")", "`upper` is a function; a tfvars file holds only plain values"),
            ("1 / 0", "the result is not a number"),
            ("1 % 0", "the result is not a number"),
            ("1 + \"a\"", "a number is needed here, but this is the text `a`"),
            ("[1][1]", "there is no element 1"),
            ("{}.a", "there is no `a` in it"),
            ("[1][*]", "a splat is not supported here"),
            ("12345678901234567890", "this number is too long to be read exactly"),
            ("1e300 * 1e300", "the result is not a number"),
            ("null", "text is needed here, but this is null"),
        ] {
            assert_eq!(text(expression), expected, "{expression}");
        }
    }

    #[test]
    fn a_key_that_is_there_twice_stays_what_it_is() {
        let node = value("{ a = 1, b = 2, a = 3, \"b\" = 4, \"b\" = 5, for_a = { c = 1, c = 2, c = 3 } }");
        let keys: Vec<String> = node.map().unwrap().iter().map(|item| item.key.text().unwrap()).collect();
        assert_eq!(keys, ["a", "b", "a", "b", "b", "for_a"]);
    }

    #[test]
    fn work_is_bounded() {
        let mut doubling = "a0".to_owned();
        for level in (0..24).rev() {
            let outer = if level == 0 { "\"x\"".to_owned() } else { format!("a{}", level - 1) };
            doubling =
                format!("[for a{level} in [[{outer}, {outer}]] : {}]", doubling.replace("a0", &format!("a{level}")));
        }
        assert!(matches!(value("[for a in [1, 2] : [for b in [[a, a]] : [b, b]]]").value, Value::List(_)));
        let _ = value(&doubling);
        let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
        assert!(matches!(value(&deep).value, Value::Fault(_)));
    }
}
