//! Whether there is a database at all, whatever the flags say: a stale flag must not hide one, and nothing is asked of
//! one that is nowhere. Pure.

use crate::inputs::Name;
use crate::judge::secrets::{self, Standing};
use crate::scope::Scope;
use crate::verdict::{Short, Verdict};
use crate::view::View;

/// Whether there is a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// There is, by the flag.
    Flag,
    /// Not by the flag, but this is there all the same: an input or a secret, for messages.
    Found(String),
    /// Nobody says so, and nothing shows it; the master's secret that is not there.
    Nowhere(String),
}

/// Whether there is a database: by `rdsAvailable`, by `rdsEndpoint`, or by a secret that tells where it is. That the flag
/// says no is no proof: a database that was made apart from the cluster leaves it at that. Nor is it one that a secret is
/// being deleted, which `secrets.not-deleted` tells.
pub fn presence(view: &View<'_>) -> Result<Presence, Short> {
    let scope = view.scope;
    if scope.rds_available.as_ref().is_some_and(|given| given.value) {
        return Ok(Presence::Flag);
    }
    if scope.text(Name::RdsEndpoint).is_some() {
        return Ok(Presence::Found(format!("rdsEndpoint is {}", scope.told(Name::RdsEndpoint))));
    }
    let master = scope.expand(&scope.profile.database.master);
    let logins = scope.secrets().into_iter().filter(|(_, usage)| usage.is_login).map(|(path, _)| path);
    let paths: Vec<String> = std::iter::once(master.clone()).chain(logins).collect();
    secrets::describe_all(view, paths.iter().map(String::as_str))?;
    for path in &paths {
        match secrets::standing(view, path)? {
            Standing::Missing => {}
            Standing::BeingDeleted(_) => {
                return Ok(Presence::Found(format!("secret {path} exists, though it is scheduled for deletion")));
            }
            Standing::NoCurrentValue | Standing::Current => {
                return Ok(Presence::Found(format!("secret {path} exists")));
            }
        }
    }
    Ok(Presence::Nowhere(master))
}

/// Why there is none, in words.
pub fn nowhere(scope: &Scope, master: &str) -> String {
    let flag = match scope.inputs.get(Name::RdsAvailable) {
        Some(given) => format!("rdsAvailable is {given}"),
        None => "rdsAvailable is not given".to_owned(),
    };
    format!("{flag}, and no database is found: no rdsEndpoint, no secret {master}")
}

/// Where there is no database, what needs one is skipped for `--tier auto`: such a tier is not part of this platform. A
/// tier that was asked for is looked at all the same.
pub fn skip_for_auto(view: &View<'_>) -> Result<Option<Verdict>, Short> {
    match presence(view)? {
        Presence::Nowhere(master) if view.scope.asked.tier.is_none() => {
            Ok(Some(Verdict::Skip(nowhere(view.scope, &master))))
        }
        Presence::Nowhere(_) | Presence::Found(_) | Presence::Flag => Ok(None),
    }
}

/// The same for a check of the database itself: where a tier was asked for that has none, `rds.hosts-agree` says so, for
/// all of them.
pub fn skip_without(view: &View<'_>) -> Result<Option<Verdict>, Short> {
    match (skip_for_auto(view)?, presence(view)?) {
        (None, Presence::Nowhere(master)) => {
            Err(Short::Blocked(format!("needs rds.hosts-agree: {}", nowhere(view.scope, &master))))
        }
        (skip, _) => Ok(skip),
    }
}
