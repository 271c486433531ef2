//! Whether secrets have every key that is read of them. Pure.

use std::collections::BTreeMap;

use super::remedy::{how_to_fill, how_to_make};
use super::state::{Standing, content, read_all, standing};
use super::wanted::{LOGIN_KEYS, Wanted, has, wanted};
use super::{being_deleted, no_current_value};
use crate::judge::findings::together;
use crate::judge::objects::{counted, listed};
use crate::judge::rds::presence;
use crate::look::{SecretContent, ValueState};
use crate::scope::Scope;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// `secrets.keys`. What only `ExternalSecrets` ask for that the run holds back must not hold back the sync that would
/// bring them as they should be.
pub fn keys(view: &View<'_>) -> Judged {
    if let Some(skip) = presence::skip_for_auto(view)? {
        return Ok(skip);
    }
    let wanted = wanted(view)?;
    read_all(view, &wanted.keys().map(String::as_str).collect::<Vec<_>>())?;
    let (mut findings, mut held_back) = (Vec::new(), Vec::new());
    for (path, wanted) in &wanted {
        match lacking(view, path, &wanted.for_certain())? {
            Some(finding) => findings.push(finding),
            None => held_back.extend(lacking(view, path, wanted)?),
        }
    }
    let verdict = if findings.is_empty() { Verdict::Warn } else { Verdict::Fail };
    findings.extend(held_back);
    Ok(together(findings).map_or_else(|| Verdict::Pass(all_keys(view, &wanted)), verdict))
}

fn all_keys(view: &View<'_>, wanted: &BTreeMap<String, Wanted>) -> String {
    let read = wanted.values().map(|wanted| wanted.keys.len()).sum();
    let by = if view.scope.asked.cluster { "" } else { ", without those of ExternalSecrets (--cluster none)" };
    format!("{} of {} there{by}", counted(read, "key"), counted(wanted.len(), "secret"))
}

/// What a secret lacks of what is read of it. Of one that the profile does not name and an `ExternalSecret` reads, nobody
/// else looks whether it is there.
pub(super) fn lacking(view: &View<'_>, path: &str, wanted: &Wanted) -> Result<Option<Finding>, Short> {
    let readers = || listed(&wanted.readers);
    let Some(content) = content(view, path)? else {
        if wanted.is_in_profile || wanted.readers.is_empty() {
            return Ok(None);
        }
        let fill = how_to_fill(view.scope, path);
        return Ok(match standing(view, path)? {
            Standing::Missing => {
                let summary = format!("secret {path} does not exist, and {} reads it", readers());
                Some(Finding::new("not_found", summary).fix(how_to_make(view.scope, path)))
            }
            Standing::BeingDeleted(date) => Some(being_deleted(path, date).seen([format!("read by {}", readers())])),
            Standing::NoCurrentValue | Standing::Current => {
                Some(no_current_value(path).seen([format!("read by {}", readers())]).fix(fill))
            }
        });
    };
    Ok(if content.is_object {
        lacking_keys(view.scope, path, wanted, content)
    } else {
        no_object(path, wanted, content)
    })
}

fn no_object(path: &str, wanted: &Wanted, content: &SecretContent) -> Option<Finding> {
    let is_told = matches!(content.keys.get(""), Some(ValueState::Placeholder | ValueState::Empty));
    let is_read_as_object = !wanted.keys.is_empty() || !wanted.object.is_empty();
    (is_read_as_object && !is_told).then(|| {
        let keys = listed(wanted.keys.keys());
        Finding::new("not_json", format!("secret {path} is no JSON object; keys are read of it: {keys}")).fix(format!(
            "Give it a JSON object with these keys: aws secretsmanager put-secret-value --secret-id {path} \
             --secret-string file://secret.json"
        ))
    })
}

fn lacking_keys(scope: &Scope, path: &str, wanted: &Wanted, content: &SecretContent) -> Option<Finding> {
    let lacking: Vec<(&String, String)> = wanted
        .keys
        .iter()
        .filter(|(key, _)| !has(content.keys.keys(), key))
        .map(|(key, by)| (key, format!("'{key}' ({})", listed(by))))
        .collect();
    if lacking.is_empty() {
        let is_there = |key: &&str| content.keys.get(*key) == Some(&ValueState::Present);
        let is_malformed = wanted.is_login && content.login.is_none() && LOGIN_KEYS.iter().all(is_there);
        let summary =
            format!("secret {path} does not say who logs in where: a key is no text, or port is no port number");
        return is_malformed.then(|| Finding::new("malformed", summary).fix(how_to_fill(scope, path)));
    }
    let texts: Vec<&String> = lacking.iter().map(|(_, text)| text).collect();
    let keys = listed(lacking.iter().map(|(key, _)| key));
    let finding = Finding::new("missing_key", format!("secret {path} lacks {}", listed(texts)));
    let finding = finding.seen([format!("secret {path} has the keys {}", listed(content.keys.keys()))]);
    Some(finding.fix(format!(
        "Add {keys} to {path} (aws secretsmanager put-secret-value --secret-id {path} --secret-string \
         file://secret.json, with all the keys that it has), or let its reader ask for one of those"
    )))
}
