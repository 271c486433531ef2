//! The secrets of the apps in scope. No judge here sees a value.
//!
//! Each way in which a secret can be bad is one check's, and the others leave it alone: a secret that is not there is
//! told once.

mod keys;
mod remedy;
mod state;
mod wanted;

use crate::judge::days::{DAY, day};
use crate::judge::findings::together;
use crate::judge::objects::{counted, listed};
use crate::judge::rds::presence;
use crate::look::{SecretContent, ValueState};
use crate::verdict::{CannotLook, Finding, Judged, Short, Verdict};
use crate::view::View;
pub use keys::keys;
use keys::lacking;
pub use remedy::provision;
use remedy::{how_to_fill, how_to_make};
pub use state::{Standing, content, describe_all, description, login, read_all, standing, usable_login};
use wanted::wanted;

/// `secrets.exists.{secret}`.
pub fn exists(view: &View<'_>) -> Judged {
    if let Some(skip) = presence::skip_for_auto(view)? {
        return Ok(skip);
    }
    let path = view.of;
    match standing(view, path)? {
        Standing::Missing => {
            let finding = Finding::new("not_found", format!("secret {path} does not exist"));
            Ok(Verdict::Fail(finding.fix(how_to_make(view.scope, path))))
        }
        Standing::BeingDeleted(_) | Standing::NoCurrentValue | Standing::Current => {
            Ok(Verdict::Pass(format!("secret {path} exists")))
        }
    }
}

/// `secrets.not-deleted`.
pub fn not_deleted(view: &View<'_>) -> Judged {
    let master = view.scope.expand(&view.scope.profile.database.master);
    let mut paths = paths(view);
    // It makes the apps' logins; where it is not there at all, those who need it say so.
    if !paths.is_empty() && description(&master).is_ok() && !paths.contains(&master) {
        paths.push(master);
    }
    of_each(view, &paths, "not being deleted", |path, _, standing| {
        let Standing::BeingDeleted(date) = standing else { return Ok(None) };
        Ok(Some(being_deleted(path, date)))
    })
}

fn being_deleted(path: &str, date: i64) -> Finding {
    Finding::new("being_deleted", format!("secret {path} is scheduled for deletion ({})", day(date)))
        .fix(format!("aws secretsmanager restore-secret --secret-id {path}"))
}

/// `secrets.current`.
pub fn current(view: &View<'_>) -> Judged {
    of_each(view, &paths(view), "with a current value", |path, view, standing| {
        let finding = || no_current_value(path).fix(how_to_fill(view.scope, path));
        Ok((standing == Standing::NoCurrentValue).then(finding))
    })
}

fn no_current_value(path: &str) -> Finding {
    Finding::new("no_current_value", format!("secret {path} has no current value (no version is AWSCURRENT)"))
}

/// `secrets.not-placeholder`.
pub fn not_placeholder(view: &View<'_>) -> Judged {
    if presence::skip_for_auto(view)?.is_none() {
        read_all(view, &paths(view).iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    of_each(view, &paths(view), "without placeholders", |path, view, _| {
        let Some(content) = content(view, path)? else { return Ok(None) };
        Ok(placeholder(path, content).map(|finding| finding.fix(how_to_fill(view.scope, path))))
    })
}

fn placeholder(path: &str, content: &SecretContent) -> Option<Finding> {
    let of = |state: ValueState| {
        content.keys.iter().filter(move |(_, found)| **found == state).map(|(key, _)| match key.as_str() {
            "" => "its text".to_owned(),
            key => format!("key '{key}'"),
        })
    };
    let found = |reason, state, what| {
        let keys: Vec<String> = of(state).collect();
        let verb = if keys.len() == 1 { "is" } else { "are" };
        (!keys.is_empty()).then(|| Finding::new(reason, format!("secret {path}: {} {verb} {what}", listed(keys))))
    };
    let placeholders = found("placeholder", ValueState::Placeholder, "still a placeholder");
    together(placeholders.into_iter().chain(found("empty", ValueState::Empty, "empty")).collect())
}

/// `secrets.age`.
pub fn age(view: &View<'_>) -> Judged {
    let limit = i64::from(view.scope.profile.secrets.max_age_days);
    of_each(view, &paths(view), &format!("changed within {limit} days"), |path, view, standing| {
        if standing != Standing::Current {
            return Ok(None);
        }
        let described = view.aws(description(path)?)?;
        let changed = described.and_then(|secret| {
            state::seconds(secret, "LastChangedDate").or_else(|| state::seconds(secret, "CreatedDate"))
        });
        let undated =
            || Short::Cannot(CannotLook::new("protocol", format!("secret {path} is described without a date")));
        let days = view.now.saturating_sub(changed.ok_or_else(undated)?) / DAY;
        let summary = format!("secret {path} was last changed {days} days ago, more than {limit}");
        Ok((days > limit).then(|| Finding::new("old", summary)))
    })
}

/// The first thing that is wrong with any of these secrets, of all that `secrets.*` looks at but its age: for those who
/// ask for some secrets as a whole.
pub fn problem(view: &View<'_>, paths: &[&str]) -> Result<Option<Finding>, Short> {
    read_all(view, paths)?;
    let wanted = wanted(view)?;
    let mut findings = Vec::new();
    for path in paths {
        findings.extend(match standing(view, path)? {
            Standing::Missing => {
                let finding = Finding::new("not_found", format!("secret {path} does not exist"));
                Some(finding.fix(how_to_make(view.scope, path)))
            }
            Standing::BeingDeleted(date) => Some(being_deleted(path, date)),
            Standing::NoCurrentValue => Some(no_current_value(path).fix(how_to_fill(view.scope, path))),
            Standing::Current => None,
        });
        if let Some(content) = content(view, path)? {
            findings.extend(placeholder(path, content).map(|finding| finding.fix(how_to_fill(view.scope, path))));
            if let Some(wanted) = wanted.get(*path) {
                findings.extend(lacking(view, path, wanted)?);
            }
        }
    }
    Ok(together(findings))
}

/// A check of each of these secrets.
fn of_each(
    view: &View<'_>,
    paths: &[String],
    good: &str,
    judge: impl Fn(&str, &View<'_>, Standing) -> Result<Option<Finding>, Short>,
) -> Judged {
    if let Some(skip) = presence::skip_for_auto(view)? {
        return Ok(skip);
    }
    if paths.is_empty() {
        return Ok(Verdict::Skip("no app in scope has a secret (the profile's apps)".to_owned()));
    }
    describe_all(view, paths.iter().map(String::as_str))?;
    let (mut findings, mut looked_at) = (Vec::new(), 0);
    for path in paths {
        let standing = standing(view, path)?;
        looked_at += usize::from(standing != Standing::Missing);
        findings.extend(judge(path, view, standing)?);
    }
    Ok(together(findings)
        .map_or_else(|| Verdict::Pass(format!("{} {good}", counted(looked_at, "secret"))), Verdict::Fail))
}

fn paths(view: &View<'_>) -> Vec<String> {
    view.scope.secrets().into_keys().collect()
}

#[cfg(test)]
mod tests;
