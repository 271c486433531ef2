//! What Kubernetes tells of an object. Pure.

use serde_json::Value;

use super::{name, namespace, text};
use crate::kinds::EVENTS;
use crate::look::{Answer, Kubernetes, Look};
use crate::verdict::Short;
use crate::view::View;

/// How many are told.
const TOLD: usize = 3;

/// What Kubernetes told of an object lately, warnings first, the newest first. It explains what was found otherwise:
/// where events cannot be looked at, the finding stands without.
pub fn about(view: &View<'_>, kind: &str, object: &Value) -> Result<Vec<String>, Short> {
    let Ok(Answer::Json(events)) = view.tried(look(namespace(object)))? else { return Ok(Vec::new()) };
    let involved = |event: &&Value| {
        text(event, "/involvedObject/kind") == kind && text(event, "/involvedObject/name") == name(object)
    };
    let mut events: Vec<&Value> = events.as_array().into_iter().flatten().filter(involved).collect();
    events.sort_by_key(|event| std::cmp::Reverse((text(event, "/type") == "Warning", last_seen(event))));
    let mut told: Vec<String> = Vec::new();
    for event in events {
        let message = text(event, "/message").split_whitespace().collect::<Vec<_>>().join(" ");
        let words = format!("{}: {message}", text(event, "/reason"));
        if !told.contains(&words) {
            told.push(words);
        }
    }
    told.truncate(TOLD);
    Ok(told)
}

/// The question for the events of a namespace.
pub fn look(namespace: &str) -> Look {
    Look::Kubernetes(Kubernetes::List { kind: EVENTS, namespace: namespace.to_owned(), labels: String::new() })
}

/// The last time that it was seen; the several fields are those of two generations of writers.
fn last_seen(event: &Value) -> &str {
    let times = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"];
    times.iter().map(|pointer| text(event, pointer)).find(|time| !time.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{about, look};
    use crate::check::Tier;
    use crate::look::Answer;
    use crate::scope::example::persistent;
    use crate::verdict::CannotLook;
    use crate::view::{Facts, View};

    fn event(kind: &str, reason: &str, time: &str) -> serde_json::Value {
        json!({"type": kind, "reason": reason, "message": format!("{reason} of\n it"), "lastTimestamp": time,
            "involvedObject": {"kind": "PersistentVolumeClaim", "name": "data", "namespace": "monitoring"}})
    }

    #[test]
    fn warnings_come_first_and_each_once() {
        let mut other = event("Warning", "Other", "2026-01-23T12:00:00Z");
        other["involvedObject"]["name"] = json!("other");
        let events = json!([
            event("Normal", "Provisioning", "2026-01-23T11:59:00Z"),
            event("Warning", "Old", "2026-01-23T11:00:00Z"),
            event("Warning", "New", "2026-01-23T11:30:00Z"),
            event("Warning", "New", "2026-01-23T11:20:00Z"),
            event("Normal", "TooMany", "2026-01-23T10:00:00Z"),
            other,
        ]);
        let claim = json!({"metadata": {"name": "data", "namespace": "monitoring"}});
        let mut facts = Facts::from([(look("monitoring"), Ok(Answer::Json(events)))]);
        let scope = persistent(Tier::Observability);
        let told = about(&View::new(&scope, "", 0, &facts), "PersistentVolumeClaim", &claim).unwrap();
        assert_eq!(told, ["New: New of it", "Old: Old of it", "Provisioning: Provisioning of it"]);
        facts.insert(look("monitoring"), Err(CannotLook::new("forbidden", "may not")));
        let told = about(&View::new(&scope, "", 0, &facts), "PersistentVolumeClaim", &claim).unwrap();
        assert!(told.is_empty(), "it only explains");
    }
}
