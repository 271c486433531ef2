//! The ids of checks, as people give them.

use crate::catalogue;
use crate::check::Check;

/// What the ids of a row's instances begin with, without the dot; none where there is one.
pub(super) fn stem(check: &Check) -> Option<&'static str> {
    check.id.split_once(".{").map(|(stem, _)| stem)
}

/// Whether an id is a row's, or that of one of its instances.
fn is_of(check: &Check, id: &str) -> bool {
    match stem(check).map(|stem| id.strip_prefix(stem)) {
        None => check.id == id,
        Some(None) => false,
        Some(Some(rest)) => rest.is_empty() || rest.len() > 1 && rest.starts_with('.'),
    }
}

/// Whether an id, with or without an instance, is one of the catalogue.
pub(super) fn known(id: &str, catalogue: &[&'static Check]) -> Result<(), String> {
    if catalogue.iter().any(|check| is_of(check, id)) {
        return Ok(());
    }
    let nearest = catalogue
        .iter()
        .max_by(|one, other| strsim::jaro_winkler(one.id, id).total_cmp(&strsim::jaro_winkler(other.id, id)));
    let hint = nearest.map(|check| format!("; did you mean {}?", check.id)).unwrap_or_default();
    Err(format!("no check has this id{hint}"))
}

/// The check of an id, with or without its instance.
pub fn find(id: &str) -> Result<&'static Check, String> {
    let catalogue = catalogue::checks();
    known(id, &catalogue)?;
    let found = catalogue.iter().find(|check| is_of(check, id));
    found.copied().ok_or_else(|| "no check has this id".to_owned())
}
