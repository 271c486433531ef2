//! Reading Kubernetes objects. What is not there, or is of another type, reads as empty. Pure.

pub mod endpoints;
pub mod events;
#[cfg(test)]
pub mod example;
pub mod workloads;

use std::fmt;

use serde_json::Value;

/// The text at a JSON pointer.
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The array at a JSON pointer.
pub fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The texts of the array at a JSON pointer.
pub fn texts<'a>(object: &'a Value, pointer: &str) -> Vec<&'a str> {
    items(object, pointer).iter().filter_map(Value::as_str).collect()
}

/// The keys of the object at a JSON pointer.
pub fn keys<'a>(object: &'a Value, pointer: &str) -> Vec<&'a str> {
    object.pointer(pointer).and_then(Value::as_object).into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

/// The object's name.
pub fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// Its namespace; empty where it has none.
pub fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace")
}

/// Where it is: `namespace/name`, or its name where it has no namespace.
pub fn place(object: &Value) -> String {
    match namespace(object) {
        "" => name(object).to_owned(),
        namespace => format!("{namespace}/{}", name(object)),
    }
}

/// The two parts of `namespace/name`.
pub fn split(place: &str) -> (&str, &str) {
    place.split_once('/').unwrap_or(("", place))
}

/// A label's value.
pub fn label<'a>(object: &'a Value, key: &str) -> &'a str {
    object.pointer("/metadata/labels").and_then(|labels| labels.get(key)?.as_str()).unwrap_or_default()
}

/// An annotation's value.
pub fn annotation<'a>(object: &'a Value, key: &str) -> &'a str {
    object.pointer("/metadata/annotations").and_then(|all| all.get(key)?.as_str()).unwrap_or_default()
}

/// Whether somebody has deleted it, though it is still there.
pub fn is_being_deleted(object: &Value) -> bool {
    !text(object, "/metadata/deletionTimestamp").is_empty()
}

/// The object of this name.
pub fn named<'a>(objects: &'a [Value], wanted: &str) -> Option<&'a Value> {
    objects.iter().find(|object| name(object) == wanted)
}

/// The names of objects, for messages; `none` where there is none.
pub fn names(objects: &[Value]) -> String {
    listed(objects.iter().map(name))
}

/// Names for messages, separated by commas; `none` where there is none.
pub fn listed<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// `1 node`, `2 nodes`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A time as Kubernetes writes it, in seconds since 1970.
pub fn seconds(time: &str) -> Option<i64> {
    humantime::parse_rfc3339(time).ok().map(platform::clock::seconds)
}

/// For how many seconds it has been there.
pub fn age(object: &Value, now: i64) -> Option<i64> {
    seconds(text(object, "/metadata/creationTimestamp")).map(|made| now.saturating_sub(made))
}

/// What an object says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition<'a> {
    /// Of what.
    pub kind: &'a str,
    /// `True`, `False` or `Unknown`.
    pub status: &'a str,
    /// Why, in a word.
    pub reason: &'a str,
    /// Why.
    pub message: &'a str,
    /// Since when, in seconds since 1970.
    pub since: Option<i64>,
    /// Of which generation of the object it was said, where that is told.
    pub generation: Option<i64>,
}

impl Condition<'_> {
    /// Whether it is so.
    pub fn is_true(&self) -> bool {
        self.status == "True"
    }
}

impl fmt::Display for Condition<'_> {
    /// `Ready=False (SecretSyncedError: could not get secret)`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.kind, self.status)?;
        let message = self.message.split_whitespace().collect::<Vec<_>>().join(" ");
        match (self.reason, message.as_str()) {
            ("", "") => Ok(()),
            (reason, "") => write!(formatter, " ({reason})"),
            ("", message) => write!(formatter, " ({message})"),
            (reason, message) => write!(formatter, " ({reason}: {message})"),
        }
    }
}

/// All conditions of an object.
pub fn conditions(object: &Value) -> impl Iterator<Item = Condition<'_>> {
    items(object, "/status/conditions").iter().map(|condition| Condition {
        kind: text(condition, "/type"),
        status: text(condition, "/status"),
        reason: text(condition, "/reason"),
        message: text(condition, "/message"),
        since: seconds(text(condition, "/lastTransitionTime")),
        generation: condition.get("observedGeneration").and_then(Value::as_i64),
    })
}

/// One condition.
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<Condition<'a>> {
    conditions(object).find(|condition| condition.kind == kind)
}

/// Why it is not `Ready`, in words; `None` where it is. What was said before the object was changed says nothing of it.
pub fn not_ready(object: &Value) -> Option<String> {
    let changed = object.pointer("/metadata/generation").and_then(Value::as_i64);
    match condition(object, "Ready") {
        Some(ready) if ready.generation.zip(changed).is_some_and(|(seen, now)| seen < now) => {
            Some(format!("it was changed, and its controller has not looked at it since ({ready} is of before)"))
        }
        Some(ready) if ready.is_true() => None,
        Some(ready) => Some(ready.to_string()),
        None => Some("it has no condition Ready yet".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{condition, counted, label, listed, not_ready, place, seconds, split, text, texts};

    #[test]
    fn what_is_not_there_reads_as_empty() {
        for odd in [json!(null), json!([]), json!("x"), json!({"metadata": 1, "status": {"conditions": "x"}})] {
            assert_eq!(place(&odd), "");
            assert_eq!(text(&odd, "/metadata/labels"), "");
            assert_eq!(label(&odd, "x"), "");
            assert!(condition(&odd, "Ready").is_none());
        }
        assert_eq!(texts(&json!({"a": ["b", 1, "c"]}), "/a"), ["b", "c"]);
    }

    #[test]
    fn a_condition_is_told_in_one_line() {
        let object = json!({"status": {"conditions": [{"type": "Ready", "status": "False", "reason": "Errored",
            "message": "a\n  b", "lastTransitionTime": "2026-01-23T12:00:00Z"}]}});
        assert_eq!(not_ready(&object).as_deref(), Some("Ready=False (Errored: a b)"));
        assert_eq!(condition(&object, "Ready").unwrap().since, Some(1_769_169_600));
        assert_eq!(not_ready(&json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}})), None);
        assert!(not_ready(&json!({})).is_some());
    }

    #[test]
    fn a_condition_of_before_the_change_is_none() {
        let of = |seen: i64| {
            let ready = json!({"type": "Ready", "status": "True", "observedGeneration": seen});
            not_ready(&json!({"metadata": {"generation": 2}, "status": {"conditions": [ready]}}))
        };
        assert_eq!(of(2), None);
        assert!(of(1).unwrap().starts_with("it was changed, and its controller has not looked"));
    }

    #[test]
    fn times_and_words() {
        assert_eq!(seconds("2026-01-23T12:00:00.123456Z"), Some(1_769_169_600));
        assert_eq!((seconds(""), seconds("yesterday")), (None, None));
        assert_eq!(split("a/b"), ("a", "b"));
        assert_eq!((counted(1, "node"), counted(0, "node")), ("1 node".to_owned(), "0 nodes".to_owned()));
        assert_eq!((listed(["a", "b"]), listed([""; 0])), ("a, b".to_owned(), "none".to_owned()));
    }
}
