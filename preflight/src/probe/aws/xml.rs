//! XML to JSON, for the fields that a table names. Pure.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};
use serde_json::{Map, Value};

/// An element; namespaces and attributes are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    name: String,
    pub(super) text: String,
    children: Vec<Element>,
}

/// What is wrong with an answer that should be XML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum XmlError {
    /// The parser's word.
    #[error("{0}")]
    Malformed(String),
    /// The document ends too early, or has nothing in it.
    #[error("the document is cut off")]
    CutOff,
}

impl Element {
    /// Reads a document.
    pub(super) fn parse(document: &str) -> Result<Self, XmlError> {
        let mut reader = Reader::from_str(document);
        // The elements that are open; above them all, one for the document.
        let mut open = vec![Self::default()];
        loop {
            let innermost = open.last_mut().ok_or(XmlError::CutOff)?;
            match reader.read_event().map_err(|error| XmlError::Malformed(error.to_string()))? {
                Event::Start(start) => open.push(Self::named(start.local_name().as_ref())),
                Event::Empty(start) => innermost.children.push(Self::named(start.local_name().as_ref())),
                Event::End(_) => close(&mut open)?,
                Event::Text(text) => innermost.text.push_str(&text.xml10_content()),
                Event::CData(text) => innermost.text.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => innermost.text.push_str(&resolved(&reference)?),
                Event::Eof => break,
                _ => {}
            }
        }
        match <[Self; 1]>::try_from(open) {
            Ok([mut document]) => document.children.pop().ok_or(XmlError::CutOff),
            Err(_) => Err(XmlError::CutOff),
        }
    }

    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The first child of that name, whatever the case of its letters.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name.eq_ignore_ascii_case(name))
    }
}

/// Ends the innermost element. White space between elements is no text.
fn close(open: &mut Vec<Element>) -> Result<(), XmlError> {
    let mut ended = open.pop().ok_or(XmlError::CutOff)?;
    if !ended.children.is_empty() {
        ended.text.clear();
    }
    open.last_mut().ok_or(XmlError::CutOff)?.children.push(ended);
    Ok(())
}

fn resolved(reference: &BytesRef<'_>) -> Result<String, XmlError> {
    let character = reference.resolve_char_ref().map_err(|error| XmlError::Malformed(error.to_string()))?;
    let name = reference.xml10_content();
    let text = character.map(String::from).or_else(|| resolve_predefined_entity(&name).map(ToOwned::to_owned));
    text.ok_or_else(|| XmlError::Malformed(format!("the entity &{name}; is not known")))
}

/// A field of an object: its name in JSON, and what it is. EC2's XML begins names with a small letter, and has names of
/// its own for lists.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field {
    /// A text.
    Text(&'static str),
    /// An integer.
    Number(&'static str),
    /// `true` or `false`.
    Flag(&'static str),
    /// Fields of its own.
    Object(&'static str, &'static [Field]),
    /// A list of objects, under this name in XML.
    List(&'static str, &'static str, &'static [Field]),
}

/// The object that an element is. What is not there, or not what it should be, is left out.
pub(super) fn object(element: &Element, fields: &[Field]) -> Value {
    let members = fields.iter().filter_map(|field| {
        let (name, value) = match *field {
            Field::Text(name) => (name, Value::from(element.child(name)?.text.clone())),
            Field::Number(name) => (name, Value::from(element.child(name)?.text.parse::<i64>().ok()?)),
            Field::Flag(name) => (name, Value::from(element.child(name)?.text.parse::<bool>().ok()?)),
            Field::Object(name, fields) => (name, object(element.child(name)?, fields)),
            Field::List(name, in_xml, fields) => (name, Value::Array(list(element.child(in_xml)?, fields))),
        };
        Some((name.to_owned(), value))
    });
    Value::Object(members.collect::<Map<_, _>>())
}

/// The objects of a list; its element holds nothing else. Each is an `item` of EC2's, and has a name of its own elsewhere.
pub(super) fn list(element: &Element, fields: &[Field]) -> Vec<Value> {
    element.children.iter().map(|item| object(item, fields)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Element, Field, XmlError, list, object};

    #[test]
    fn a_document_becomes_a_tree() {
        let tree =
            Element::parse("<?xml version=\"1.0\"?>\n<a xmlns=\"u\">\n <b>x &amp; &#121;</b><c/><b>2</b>\n</a>\n")
                .unwrap();
        assert_eq!((tree.name.as_str(), tree.text.as_str(), tree.children.len()), ("a", "", 3));
        assert_eq!(tree.child("b").unwrap().text, "x & y");
        assert_eq!(tree.child("c").unwrap(), &Element::named("c"));
        assert_eq!(tree.child("d"), None);
    }

    #[test]
    fn what_is_no_document_is_an_error() {
        assert_eq!(Element::parse(""), Err(XmlError::CutOff));
        assert_eq!(Element::parse("<a><b>"), Err(XmlError::CutOff));
        for malformed in ["<a></b>", "</a>", "<a>&unknown;</a>", "<html><br></html>", "<a"] {
            assert!(matches!(Element::parse(malformed), Err(XmlError::Malformed(_))), "{malformed}");
        }
        assert_eq!(Element::parse("{\"a\": 1}"), Err(XmlError::CutOff));
    }

    #[test]
    fn a_table_says_what_is_kept() {
        const INNER: &[Field] = &[Field::Text("GroupId")];
        const FIELDS: &[Field] = &[
            Field::Text("VpcId"),
            Field::Number("FromPort"),
            Field::Flag("IsEgress"),
            Field::Object("Info", INNER),
            Field::List("Groups", "groupSet", INNER),
            Field::List("Tags", "tagSet", INNER),
            Field::Text("Absent"),
        ];
        let text = "<a><vpcId>v</vpcId><fromPort>-1</fromPort><isEgress>true</isEgress><other>o</other><tagSet/>\
                    <info><groupId>g</groupId></info><groupSet><item><groupId>h</groupId></item><item/></groupSet></a>";
        let expected = json!({
            "VpcId": "v", "FromPort": -1, "IsEgress": true, "Info": {"GroupId": "g"}, "Tags": [],
            "Groups": [{"GroupId": "h"}, {}],
        });
        let tree = Element::parse(text).unwrap();
        assert_eq!(object(&tree, FIELDS), expected);
        assert_eq!(list(tree.child("groupSet").unwrap(), INNER), [json!({"GroupId": "h"}), json!({})]);
    }
}
