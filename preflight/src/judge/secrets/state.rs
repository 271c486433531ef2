//! How it stands with one secret, and who logs in with it. Pure.

use crate::look::{Aws, LoginFacts, Look, SecretContent, ValueState};
use crate::verdict::{CannotLook, Short};
use crate::view::View;

/// The stage of the version that everybody reads.
const CURRENT: &str = "AWSCURRENT";

/// How it stands with a secret, as Secrets Manager describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is no such secret.
    Missing,
    /// It is scheduled for deletion; the date that Secrets Manager gives, in seconds since 1970.
    BeingDeleted(i64),
    /// No version of it is the current one.
    NoCurrentValue,
    /// It has a value.
    Current,
}

/// How it stands with the secret at `path`.
pub fn standing(view: &View<'_>, path: &str) -> Result<Standing, Short> {
    let Some(described) = view.aws(description(path)?)? else { return Ok(Standing::Missing) };
    if let Some(date) = seconds(described, "DeletedDate") {
        return Ok(Standing::BeingDeleted(date));
    }
    let versions = described.get("VersionIdsToStages").and_then(serde_json::Value::as_object);
    let mut stages = versions.into_iter().flat_map(serde_json::Map::values).filter_map(serde_json::Value::as_array);
    let is_current = stages.any(|stages| stages.iter().any(|stage| stage == CURRENT));
    Ok(if is_current { Standing::Current } else { Standing::NoCurrentValue })
}

/// The question how it stands with a secret. A path with a part that nobody gave names none.
pub fn description(path: &str) -> Result<Aws, Short> {
    if path.contains('{') {
        return Err(Short::Blocked(format!("needs config.bootstrap: the path {path} has a part that no input gives")));
    }
    Ok(Aws::SecretDescription { path: path.to_owned() })
}

/// A time in a description, in seconds since 1970.
pub fn seconds(described: &serde_json::Value, key: &str) -> Option<i64> {
    let value = described.get(key)?;
    let whole = |seconds: f64| std::time::Duration::try_from_secs_f64(seconds).ok().map(|time| time.as_secs());
    value.as_i64().or_else(|| i64::try_from(whole(value.as_f64()?)?).ok())
}

/// Has all of these secrets described, side by side.
pub fn describe_all<'p>(view: &View<'_>, paths: impl IntoIterator<Item = &'p str>) -> Result<(), Short> {
    view.all(paths.into_iter().filter_map(|path| description(path).ok()).map(Look::Aws))
}

/// Has all of these secrets described, and then those read that have a value, side by side.
pub fn read_all(view: &View<'_>, paths: &[&str]) -> Result<(), Short> {
    describe_all(view, paths.iter().copied())?;
    let mut readable = Vec::new();
    for path in paths.iter().filter(|path| description(path).is_ok()) {
        if standing(view, path)? == Standing::Current {
            readable.push(Look::SecretContent { path: (*path).to_owned() });
        }
    }
    view.all(readable)
}

/// What is in a secret; `None` where it has no value that could be read.
pub fn content<'a>(view: &View<'a>, path: &str) -> Result<Option<&'a SecretContent>, Short> {
    if standing(view, path)? != Standing::Current {
        return Ok(None);
    }
    let content = view.secret(path)?.filter(|content| content.has_value);
    let changed = || {
        let summary = format!("secret {path} had a value when it was described, and none when it was read");
        Short::Cannot(CannotLook::new("protocol", summary).passing())
    };
    content.ok_or_else(changed).map(Some)
}

/// Who logs in where with the secret at `path`. What keeps anybody from it is another check's, which is named.
pub fn login<'a>(view: &View<'a>, path: &str) -> Result<&'a LoginFacts, Short> {
    let blocked = |check: &str, what: &str| Short::Blocked(format!("needs {check}: secret {path} {what}"));
    match standing(view, path)? {
        Standing::Missing => {
            let check = format!("secrets.exists.{}", view.scope.short_secret_name(path));
            return Err(blocked(&check, "does not exist"));
        }
        Standing::BeingDeleted(_) => return Err(blocked("secrets.not-deleted", "is scheduled for deletion")),
        Standing::NoCurrentValue => return Err(blocked("secrets.current", "has no current value")),
        Standing::Current => {}
    }
    let content = content(view, path)?.ok_or_else(|| blocked("secrets.current", "has no current value"))?;
    content.login.as_ref().ok_or_else(|| blocked("secrets.keys", "does not say who logs in where"))
}

/// The same, where also the password is there.
pub fn usable_login<'a>(view: &View<'a>, path: &str) -> Result<&'a LoginFacts, Short> {
    let login = login(view, path)?;
    let password = content(view, path)?.and_then(|content| content.keys.get("password"));
    let blocked = |check: &str, what: &str| Err(Short::Blocked(format!("needs {check}: secret {path} {what}")));
    match password {
        Some(ValueState::Present) => Ok(login),
        Some(ValueState::Placeholder | ValueState::Empty) => blocked("secrets.not-placeholder", "has no password yet"),
        None => blocked("secrets.keys", "has no key password"),
    }
}
