//! Whether the server now is as declared: looked at again, planned again (there must be nothing left to do), logged in
//! to as each app, and asked for every pair of app and database who may connect.

use std::collections::BTreeMap;
use std::time::Duration;

use platform::exit::Exit;
use platform::names::AppKey;
use platform::postgres::{Session, StatementFault, Type};
use serde::Deserialize;

use crate::change::Action;
use crate::model::{Access, App};
use crate::observed::{Database, LoginState, Server};
use crate::outcome::{Failure, Outcome, Status};
use crate::plan::{self, Plan};

/// A role that may connect to a database.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Pair {
    pub role: String,
    pub database: String,
}

const MAY_CONNECT: &str = "SELECT coalesce(pg_catalog.json_agg(\
     pg_catalog.json_build_object('role', r.rolname, 'database', d.datname)), '[]')::text \
     FROM pg_catalog.pg_roles r, pg_catalog.pg_database d \
     WHERE r.rolname = ANY ($1) AND d.datname = ANY ($2) \
     AND pg_catalog.has_database_privilege(r.oid, d.oid, 'CONNECT')";

/// Asks the server which of the apps' roles may connect to which of the apps' databases. `named` are those of this run.
pub async fn pairs(
    session: &Session,
    server: &Server,
    named: &[App],
    all: &[App],
) -> Result<Vec<Pair>, StatementFault> {
    let roles: Vec<&str> = all.iter().map(|app| app.role.as_str()).collect();
    let databases = of_apps(server, named, all);
    let text = session.text_with(MAY_CONNECT, &[(&roles, Type::TEXT_ARRAY), (&databases, Type::TEXT_ARRAY)]).await?;
    serde_json::from_str(&text).map_err(|error| StatementFault::Answer(error.to_string()))
}

/// The databases that an app owns, or is declared to; those that it made itself included. One that others merely read
/// is not ours to close, and one that nobody can connect to is no way in. What another app has just made is open until a
/// run closes it that is about that app.
fn of_apps<'a>(server: &'a Server, named: &[App], all: &[App]) -> Vec<&'a str> {
    let owns = |app: &App, database: &Database| {
        app.role.as_str() == database.owner || app.access == Access::Owner && app.database.as_str() == database.name
    };
    let is_open =
        |found: &Database| found.acl.iter().any(|right| right.grantee.is_none() && right.privilege == "CONNECT");
    let found = server.databases.values().filter(|found| found.accepts_connections && !found.invalid);
    let owned = found.filter(|found| {
        named.iter().any(|app| owns(app, found)) || !is_open(found) && all.iter().any(|app| owns(app, found))
    });
    owned.map(|database| database.name.as_str()).collect()
}

/// The pairs that must not be: an app in a database of another.
pub fn intruders(pairs: &[Pair], server: &Server, all: &[App]) -> Vec<Pair> {
    let belongs = |pair: &&Pair| {
        let declared = all.iter().any(|app| app.role.as_str() == pair.role && app.database.as_str() == pair.database);
        let owned = server.databases.get(&pair.database).is_some_and(|database| database.owner == pair.role);
        declared || owned
    };
    pairs.iter().filter(|pair| !belongs(pair)).cloned().collect()
}

/// Another app's database for `app` to be refused by: the first in order that is there and open.
pub fn foreign_database<'a>(app: &App, server: &Server, all: &'a [App]) -> Option<&'a str> {
    let mine: Vec<&str> =
        all.iter().filter(|other| other.role == app.role).map(|other| other.database.as_str()).collect();
    all.iter()
        .filter(|other| other.access == Access::Owner && !mine.contains(&other.database.as_str()))
        .map(|other| other.database.as_str())
        .find(|name| {
            server
                .databases
                .get(*name)
                .is_some_and(|found| found.accepts_connections && found.owner != app.role.as_str())
        })
}

/// What was found out about the apps after the run.
pub struct Evidence<'a> {
    /// The plan as it is now.
    pub plan: &'a Plan,
    pub logins: &'a BTreeMap<AppKey, LoginState>,
    /// What the trials found, by app.
    pub findings: &'a BTreeMap<AppKey, Vec<String>>,
    pub intruders: &'a [Pair],
}

/// The proof of one app, as an outcome. `written` tells whether the run changed anything for it.
pub fn proof(app: &App, evidence: &Evidence<'_>, written: bool) -> Outcome {
    let judged = judge(app, evidence);
    let (status, message, exit) = match judged {
        Ok(words) if written => (Status::Success, words, Exit::Ok),
        Ok(words) => (Status::NoChange, words, Exit::Ok),
        Err(failure) => (Status::Error, failure.message, failure.exit),
    };
    Outcome { status, message, exit, ..in_sync(app) }
}

fn judge(app: &App, evidence: &Evidence<'_>) -> Result<String, Failure> {
    let failed = |message: String| Failure { message, sqlstate: None, exit: Exit::Failed };
    if let Some(refusal) = evidence.plan.refusals.iter().find(|refusal| refusal.app == app.key) {
        return Err(failed(format!("{}; {}", refusal.reason, refusal.remedy)));
    }
    let left = evidence.plan.apps.iter().find(|planned| planned.app.key == app.key);
    if let Some(step) = left.and_then(|planned| planned.steps.first()) {
        return Err(failed(format!("not as declared: still to do: {step}")));
    }
    let (role, database) = (&app.role, &app.database);
    match evidence.logins.get(&app.key) {
        Some(LoginState::In | LoginState::Full | LoginState::Trusted) => {}
        Some(LoginState::Barred(why)) => return Err(failed(plan::barred(app, why))),
        state => {
            return Err(failed(format!(
                "{role} cannot log in to {database} with the password in {} ({state:?})",
                app.secret
            )));
        }
    }
    if let Some(finding) = evidence.findings.get(&app.key).and_then(|findings| findings.first()) {
        return Err(failed(finding.clone()));
    }
    if let Some(pair) = evidence.intruders.iter().find(|pair| pair.role == role.as_str()) {
        return Err(failed(format!("{role} may connect to database {}, which is another app's", pair.database)));
    }
    Ok(match evidence.logins.get(&app.key) {
        Some(LoginState::Trusted) => {
            format!("{role} was not tried: its marker agrees with secret and tfvars (--probe changed)")
        }
        Some(LoginState::Full) => {
            format!("the password of {role} is right, and all connections to {database} that there may be are in use")
        }
        _ => format!("{role} logs in to {database}, and nothing is left to do"),
    })
}

/// The outcome of an app that a plan has nothing to do for.
pub fn in_sync(app: &App) -> Outcome {
    Outcome {
        app: app.key.clone(),
        action: Action::VerifyLogin,
        target: app.role.to_string(),
        database: Some(app.database.to_string()),
        status: Status::NoChange,
        sql: None,
        sqlstate: None,
        at: platform::clock::now(),
        took: Duration::ZERO,
        message: format!("{} is in sync", app.role),
        exit: Exit::Ok,
    }
}

#[cfg(test)]
mod tests {
    use super::{Pair, intruders, of_apps};
    use crate::model::{Access, App};
    use crate::plan::example::{app, converged, right};

    #[test]
    fn a_database_that_apps_merely_read_is_nobodys() {
        let report = App { database: "warehouse".parse().unwrap(), ..app("report", Access::Reader) };
        let all = [app("shop", Access::Owner), report];
        let mut server = converged(150_000, &all[..1]).server;
        let mut add = |name: &str, owner: &str, accepts_connections: bool, invalid: bool| {
            let (name, owner) = (name.to_owned(), owner.to_owned());
            let shop = server.databases["shop"].clone();
            let database = super::Database { name: name.clone(), owner, accepts_connections, invalid, ..shop };
            server.databases.insert(name, database);
        };
        add("warehouse", "platform_admin", true, false);
        add("plugin", "shop_user", true, false);
        add("torn", "shop_user", true, true);
        add("shut", "shop_user", false, false);
        assert_eq!(of_apps(&server, &all, &all), ["plugin", "shop"]);
        // A run of another app does not close what was made meanwhile.
        assert_eq!(of_apps(&server, &all[1..], &all), ["plugin", "shop"]);
        let open = right(None, "CONNECT");
        server.databases.get_mut("plugin").unwrap().acl.push(open);
        assert_eq!(of_apps(&server, &all[1..], &all), ["shop"]);
        assert_eq!(of_apps(&server, &all, &all), ["plugin", "shop"]);

        let pair = |role: &str, database: &str| Pair { role: role.to_owned(), database: database.to_owned() };
        let pairs = [pair("shop_user", "shop"), pair("shop_user", "plugin"), pair("report_user", "plugin")];
        assert_eq!(intruders(&pairs, &server, &all), pairs[2..]);
    }
}
