//! Whether there is a database at all, whatever the flags say: a stale flag must not hide one, and nothing is asked of
//! one that is nowhere. Pure.

use crate::inputs::Name;
use crate::judge::secrets;
use crate::verdict::{Short, Verdict};
use crate::view::View;

/// Whether there is a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// There is, and who says so.
    There(String),
    /// Nobody says so, and nothing shows it.
    Nowhere(String),
}

/// Whether there is a database: by `rdsAvailable`, by `rdsEndpoint`, or by a secret that tells where it is. That the flag
/// says no is no proof.
pub fn presence(view: &View<'_>) -> Result<Presence, Short> {
    let scope = view.scope;
    if scope.rds_available.as_ref().is_some_and(|given| given.value) {
        return Ok(Presence::There(format!("rdsAvailable is {}", scope.told(Name::RdsAvailable))));
    }
    if scope.inputs.get(Name::RdsEndpoint).is_some() {
        return Ok(Presence::There(format!("rdsEndpoint is {}", scope.told(Name::RdsEndpoint))));
    }
    let master = scope.expand(&scope.profile.database.master);
    let logins = scope.secrets().into_iter().filter(|(_, usage)| usage.is_login).map(|(path, _)| path);
    let paths: Vec<String> = std::iter::once(master).chain(logins).collect();
    secrets::describe_all(view, paths.iter().map(String::as_str))?;
    for path in &paths {
        if secrets::standing(view, path)? != secrets::Standing::Missing {
            return Ok(Presence::There(format!("secret {path} exists")));
        }
    }
    let flag = match scope.inputs.get(Name::RdsAvailable) {
        Some(given) => format!("rdsAvailable is {given}"),
        None => "rdsAvailable is not given".to_owned(),
    };
    Ok(Presence::Nowhere(format!("{flag}, and no database is found: no rdsEndpoint, no secret {}", paths[0])))
}

/// Where there is no database, what needs one is skipped for `--tier auto`: such a tier is not part of this platform. A
/// tier that was asked for is looked at all the same.
pub fn skip_for_auto(view: &View<'_>) -> Result<Option<Verdict>, Short> {
    match presence(view)? {
        Presence::Nowhere(why) if view.scope.asked.tier.is_none() => Ok(Some(Verdict::Skip(why))),
        Presence::Nowhere(_) | Presence::There(_) => Ok(None),
    }
}

/// The same for a check of the database itself: where a tier was asked for that has none, `rds.hosts-agree` says so, for
/// all of them.
pub fn skip_without(view: &View<'_>) -> Result<Option<Verdict>, Short> {
    match (skip_for_auto(view)?, presence(view)?) {
        (None, Presence::Nowhere(why)) => Err(Short::Blocked(format!("needs rds.hosts-agree: {why}"))),
        (skip, _) => Ok(skip),
    }
}
