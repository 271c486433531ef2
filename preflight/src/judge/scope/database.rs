//! Whether the platform has a database, as far as the inputs and its master's secret tell.

use crate::inputs::Name;
use crate::judge::foundation::input::filled;
use crate::look::Aws;
use crate::verdict::{CannotLook, Finding, Short};
use crate::view::View;

/// Who says that there is a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Database {
    /// The flag.
    Flag,
    /// Not the flag, but this is there all the same: an input or a secret, for messages.
    Found(String),
    /// Nobody; the secret that is not there.
    Nowhere(String),
}

/// What cannot be told for want of a permission, where it could be no more than a warning: so it is one itself. What
/// looking again may tell stays open.
pub(super) fn untold(short: Short, what: &str) -> Result<Finding, Short> {
    match short {
        Short::Cannot(CannotLook { summary, remedy, may_pass: false, .. }) => {
            let finding = Finding::new("cannot_tell", format!("{what} cannot be told: {summary}"));
            Ok(Finding { remedy, ..finding })
        }
        short => Err(short),
    }
}

/// Whether there is one. The flag alone proves nothing where it says no: a database that was made apart from the cluster
/// leaves it at that.
pub(super) fn database(view: &View<'_>) -> Result<Database, Short> {
    let scope = view.scope;
    if scope.rds_available.as_ref().is_some_and(|given| given.value) {
        return Ok(Database::Flag);
    }
    if scope.text(Name::RdsEndpoint).is_some() {
        return Ok(Database::Found(format!("rdsEndpoint is {}", scope.told(Name::RdsEndpoint))));
    }
    let path = filled(view, &scope.profile.database.master)?;
    let secret = view.aws(Aws::SecretDescription { path: path.clone() })?;
    // One that is being deleted stands for no database.
    let is_there = secret.is_some_and(|secret| secret.get("DeletedDate").is_none_or(serde_json::Value::is_null));
    Ok(if is_there { Database::Found(format!("secret {path} exists")) } else { Database::Nowhere(path) })
}
