//! Judges of volumes.

pub mod claims;
#[cfg(test)]
mod example;
pub mod provisioner;

use serde_json::Value;

use crate::inputs::Name;
use crate::judge::objects::{annotation, name, named, names, texts};
use crate::kinds::STORAGE_CLASSES;
use crate::look::{Absent, Kubernetes, Look};
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// Marks of a default class; the second is older, and still counts.
const DEFAULT_MARKS: [&str; 2] =
    ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

fn is_default(class: &Value) -> bool {
    DEFAULT_MARKS.iter().any(|mark| annotation(class, mark) == "true")
}

/// `storage.default`
pub fn default(view: &View<'_>) -> Judged {
    let Some(asked) = who_needs_default(view)? else {
        let why = "storage.require_default is false, and no claim leaves its class out";
        return Ok(Verdict::Skip(why.to_owned()));
    };
    let classes = view.objects(STORAGE_CLASSES)?;
    let defaults: Vec<&str> = classes.iter().filter(|class| is_default(class)).map(name).collect();
    match defaults.as_slice() {
        [one] => Ok(Verdict::Pass(format!("StorageClass {one} is the default{}", stale_hint(view)))),
        [] => {
            let summary = format!("no StorageClass is the default ({asked}): claims that leave it out stay Pending");
            let finding = Finding::new("no_default", summary).seen([format!("there: {}", names(classes))]);
            Ok(Verdict::Fail(match classes.first() {
                None => finding,
                Some(class) => finding.fix(make_default(name(class))),
            }))
        }
        several => {
            let summary =
                format!("{} StorageClasses are the default: {}; the newest counts", several.len(), several.join(", "));
            let fix = format!("kubectl annotate storageclass {} {}-", several[0], DEFAULT_MARKS[0]);
            Ok(Verdict::Warn(Finding::new("several_defaults", summary).fix(fix)))
        }
    }
}

/// Who needs a default class, if anybody does.
fn who_needs_default(view: &View<'_>) -> Result<Option<String>, Short> {
    if view.scope.profile.storage.require_default {
        return Ok(Some("storage.require_default is true".to_owned()));
    }
    let mut consumers = claims::consumers(view)?.into_iter();
    Ok(consumers.find(|consumer| consumer.class.is_none()).map(|one| format!("{} leaves its class out", one.by)))
}

fn make_default(class: &str) -> String {
    let mark = DEFAULT_MARKS[0];
    format!(
        "kubectl annotate --overwrite storageclass {class} {mark}=true; or set storageClassName in the values of what claims volumes"
    )
}

/// What the platform says of its classes is a hint; where it is wrong, that is told.
fn stale_hint(view: &View<'_>) -> String {
    match &view.scope.storage_class_ready {
        Some(given) if !given.value => {
            format!("; storageClassReady {} is stale", view.scope.told(Name::StorageClassReady))
        }
        _ => String::new(),
    }
}

/// `storage.class.{class}`
pub fn class(view: &View<'_>) -> Judged {
    let classes = view.objects(STORAGE_CLASSES)?;
    if named(classes, view.of).is_some() {
        return Ok(Verdict::Pass(format!("StorageClass {} is there", view.of)));
    }
    let summary = format!("StorageClass {} is not there: claims that name it stay Pending", view.of);
    Ok(Verdict::Fail(Finding::new("not_found", summary).seen([format!("there: {}", names(classes))])))
}

/// `storage.probe`
pub fn trial(view: &View<'_>) -> Judged {
    let settings = &view.scope.profile.storage;
    let mut classes: Vec<&str> = settings.classes.iter().map(String::as_str).collect();
    if classes.is_empty() || settings.require_default {
        classes.insert(0, "");
    }
    let question =
        |class: &str| Kubernetes::StorageTrial { class: class.to_owned(), namespace: settings.trial_namespace.clone() };
    view.all(classes.iter().map(|class| Look::Kubernetes(question(class))))?;
    let mut told = Vec::new();
    for class in classes {
        let what = if class.is_empty() { "of the default class".to_owned() } else { format!("of class {class}") };
        match view.kubernetes(question(class))? {
            Err(Absent::Object | Absent::Kind) => {
                let summary = format!(
                    "the trial's namespace {} is not there (storage.trial_namespace)",
                    settings.trial_namespace
                );
                return Ok(Verdict::Fail(Finding::new("no_namespace", summary).for_good()));
            }
            Ok(answer) => match trial_fault(answer, &what) {
                Some(finding) => return Ok(Verdict::Fail(finding)),
                None => told
                    .push(format!("{what} in {} s", answer.get("seconds").and_then(Value::as_u64).unwrap_or_default())),
            },
        }
    }
    Ok(Verdict::Pass(format!("a volume was made and deleted: {}", told.join(", "))))
}

fn trial_fault(answer: &Value, what: &str) -> Option<Finding> {
    let is = |key: &str| answer.get(key).and_then(Value::as_bool) == Some(true);
    let events: Vec<String> = texts(answer, "/events").into_iter().map(str::to_owned).collect();
    if !is("bound") {
        let why = events.first().map_or_else(String::new, |first| format!(": {first}"));
        let seconds = answer.get("seconds").and_then(Value::as_u64).unwrap_or_default();
        let summary = format!("a claim {what} was not bound within {seconds} s{why}");
        let denied =
            events.iter().any(|event| event.contains("UnauthorizedOperation") || event.contains("AccessDenied"));
        let finding = Finding::new("not_bound", summary).seen(events);
        return Some(if denied { finding.for_good() } else { finding });
    }
    (!is("cleaned")).then(|| {
        let summary = format!("a volume {what} was made, but the trial's claim, pod or volume is still there");
        let fix = "Delete what is left, as the evidence says: kubectl get pvc,pod -A -l app.kubernetes.io/managed-by=preflight";
        Finding::new("not_deleted", summary).seen(events).fix(fix).for_good()
    })
}

#[cfg(test)]
mod tests;
