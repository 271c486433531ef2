//! What cannot be told where it could be no more than a warning.

use crate::verdict::{CannotLook, Finding, Short};

/// What cannot be told for want of a permission or an input, where it could be no more than a warning: so it is one
/// itself. What looking again may tell stays open.
pub(super) fn untold(short: Short, what: &str) -> Result<Finding, Short> {
    match short {
        Short::Cannot(CannotLook { summary, remedy, may_pass: false, .. }) => {
            let finding = Finding::new("cannot_tell", format!("{what} cannot be told: {summary}"));
            Ok(Finding { remedy, ..finding })
        }
        Short::Blocked(why) => Ok(Finding::new("cannot_tell", format!("{what} cannot be told: {why}"))),
        short => Err(short),
    }
}
