//! What the server says of itself to whichever app is in: its version, and how many connections are left. Pure.

use super::auth::{Attempt, attempt};
use super::presence;
use crate::judge::objects::listed;
use crate::look::RoleFacts;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// `rds.version`.
pub fn version(view: &View<'_>) -> Judged {
    if let Some(skip) = presence::skip_without(view)? {
        return Ok(skip);
    }
    let facts = any_login(view)?;
    let (major, supported) = (facts.version / 10_000, &view.scope.profile.database.versions);
    if supported.is_empty() || supported.contains(&major) {
        return Ok(Verdict::Pass(format!("PostgreSQL {major}")));
    }
    let wanted = listed(supported.iter().map(ToString::to_string));
    let summary = format!("the server is PostgreSQL {major}; the platform supports {wanted}");
    Ok(Verdict::Fail(Finding::new("unsupported_version", summary)))
}

/// `rds.headroom`.
pub fn headroom(view: &View<'_>) -> Judged {
    if let Some(skip) = presence::skip_without(view)? {
        return Ok(skip);
    }
    let RoleFacts { max_connections: most, reserved_connections: reserved, used_connections: used, .. } =
        any_login(view)?;
    let wanted = view.scope.profile.database.headroom;
    let left = most.saturating_sub(*reserved).saturating_sub(*used);
    let summary = format!("{left} of {most} connections are left ({used} in use, {reserved} reserved)");
    if left >= wanted {
        return Ok(Verdict::Pass(summary));
    }
    Ok(Verdict::Fail(Finding::new("few_connections", format!("{summary}; {wanted} are wanted"))))
}

/// What the server says to the first app that is in.
fn any_login<'a>(view: &View<'a>) -> Result<&'a RoleFacts, Short> {
    let apps = view.scope.apps().into_iter().filter(|app| app.database.is_some());
    let mut short = Short::Blocked("needs rds.auth.*: no app in scope logs in".to_owned());
    for app in apps {
        match attempt(view, &app.name) {
            Ok(Attempt::In(facts)) => return Ok(facts),
            Ok(Attempt::Refused(_)) | Err(Short::Blocked(_)) => {}
            Err(Short::Look(looks)) => return Err(Short::Look(looks)),
            Err(Short::Cannot(cannot)) => short = Short::Cannot(cannot),
        }
    }
    Err(short)
}
