//! What an app's role may do in its database. Pure.

use super::auth::{Attempt, attempt};
use super::presence;
use crate::judge::findings::together;
use crate::judge::secrets;
use crate::look::RoleFacts;
use crate::profile::AppDatabase;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// `rds.privs.{app}`.
pub fn privileges(view: &View<'_>) -> Judged {
    if let Some(skip) = presence::skip_without(view)? {
        return Ok(skip);
    }
    Ok(problem(view, view.of)?
        .map_or_else(|| Verdict::Pass(format!("{} may do what it needs", view.of)), Verdict::Fail))
}

/// What an app's role lacks; blocked where it does not even log in.
pub fn problem(view: &View<'_>, app: &str) -> Result<Option<Finding>, Short> {
    let Attempt::In(facts) = attempt(view, app)? else {
        return Err(Short::Blocked(format!("needs rds.auth.{app}: it does not log in")));
    };
    let Some(wanted) = view.scope.profile.app(app).and_then(|app| app.database.as_ref()) else { return Ok(None) };
    let provision = secrets::provision(view.scope);
    let finding = |lack: Lack| {
        let finding = Finding::new(lack.reason, format!("{app}: {}", lack.what)).for_good();
        finding.fix(if lack.is_sql { format!("{} ({provision})", lack.fix) } else { lack.fix })
    };
    Ok(together(lacks(facts, wanted).into_iter().map(finding).collect()))
}

struct Lack {
    reason: &'static str,
    what: String,
    fix: String,
    is_sql: bool,
}

fn lacks(facts: &RoleFacts, wanted: &AppDatabase) -> Vec<Lack> {
    let RoleFacts { role, database, .. } = facts;
    let sql = |reason, what: String, fix: String| Lack { reason, what, fix, is_sql: true };
    let mut lacks = Vec::new();
    if facts.in_recovery {
        let what = "its host is a read replica, where nothing can be written".to_owned();
        let fix = "Let the secret name the primary's endpoint".to_owned();
        lacks.push(Lack { reason: "read_replica", what, fix, is_sql: false });
    }
    if !facts.can_login {
        lacks.push(sql("no_login", format!("role {role} lacks LOGIN"), format!("ALTER ROLE \"{role}\" LOGIN;")));
    }
    if wanted.createdb && !facts.can_create_databases {
        let what = format!("role {role} lacks CREATEDB, and cannot make the databases that it needs");
        lacks.push(sql("no_createdb", what, format!("ALTER ROLE \"{role}\" CREATEDB;")));
    }
    if !facts.may_connect {
        let what = format!("role {role} lacks CONNECT on database {database}");
        lacks.push(sql("no_connect", what, format!("GRANT CONNECT ON DATABASE \"{database}\" TO \"{role}\";")));
    }
    if wanted.owner && !facts.may_create_schemas {
        let what = format!("role {role} lacks CREATE on database {database}");
        lacks.push(sql("no_create", what, format!("GRANT CREATE ON DATABASE \"{database}\" TO \"{role}\";")));
    }
    if wanted.owner && !facts.may_create_in_public {
        let what =
            format!("role {role} lacks CREATE on schema public of {database}, which PostgreSQL 15 gives to nobody");
        lacks.push(sql("no_create_in_public", what, format!("GRANT CREATE ON SCHEMA public TO \"{role}\";")));
    }
    lacks
}
