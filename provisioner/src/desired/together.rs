//! What entries must not do to each other.

use std::collections::BTreeMap;

use super::entry::Draft;
use crate::diagnostic::quoted;
use crate::model::Access;
use crate::tfvars::document::{Fault, Span};

/// Adds to each entry what is wrong between it and an earlier one. A reader or editor of a database that no entry
/// owns is right: the database may exist already, which only the server can tell.
pub(super) fn check(drafts: &mut [Draft]) {
    let same_key = |draft: &Draft| Some((draft.key.text().ok()?, draft.key.span));
    let twice = ("is the key of two entries", "keep one of the two; Terraform would silently take the last");
    claim(drafts, same_key, twice);
    let same_database = |draft: &Draft| {
        let (database, span) = draft.database.as_ref()?;
        (draft.access == Some(Access::Owner)).then(|| (database.to_string(), *span))
    };
    let help = "give this entry `access_level = \"editor\"` or `\"reader\"`, or another database";
    claim(drafts, same_database, ("is owned by another entry already", help));
    let same_role = |draft: &Draft| draft.role.as_ref().map(|(role, span)| (role.to_string(), *span));
    let help = "give each app a user of its own: a shared one could do what both may";
    claim(drafts, same_role, ("is the user of another entry already", help));
    let same_secret = |draft: &Draft| draft.secret.as_ref().map(|(path, span)| (path.to_string(), *span));
    let help = "give this entry a `secret_name` of its own, or put `{app}` into the pattern";
    claim(drafts, same_secret, ("is the secret of another entry already", help));
}

/// Each value belongs to the first entry that names it; the others get a problem.
fn claim(drafts: &mut [Draft], value: impl Fn(&Draft) -> Option<(String, Span)>, (message, help): (&str, &str)) {
    let mut first: BTreeMap<String, (Span, String)> = BTreeMap::new();
    for draft in drafts {
        let Some((value, span)) = value(draft) else { continue };
        let entry = draft.key.text().unwrap_or_default();
        match first.get(&value) {
            // That the key is there twice has been said; all else follows from it.
            Some((_, owner)) if *owner == entry && value != entry => {}
            Some((earlier, owner)) => {
                let mut fault = Fault::new(span, format!("{} {message}", quoted(&value))).help(help);
                fault.related = Some((*earlier, format!("first by {}", quoted(owner))));
                draft.problem(fault);
            }
            None => drop(first.insert(value, (span, entry))),
        }
    }
}
