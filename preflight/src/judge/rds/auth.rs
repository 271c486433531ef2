//! What the server says to an app's login, by its SQLSTATE and never by its text. Pure.

use platform::postgres::{ConnectFault, Rejection};

use super::{fault, presence, server};
use crate::judge::secrets;
use crate::look::{LoginFacts, PostgresAnswer, RoleFacts};
use crate::scope::Scope;
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::View;

/// `rds.auth.{app}`.
pub fn auth(view: &View<'_>) -> Judged {
    if let Some(skip) = presence::skip_without(view)? {
        return Ok(skip);
    }
    match attempt(view, view.of)? {
        Attempt::In(facts) => Ok(Verdict::Pass(format!("{} logs in to {}", facts.role, facts.database))),
        Attempt::Refused(finding) => Ok(Verdict::Fail(finding)),
    }
}

/// What comes of an app's login.
pub enum Attempt<'a> {
    /// It is in; what the server says of the role.
    In(&'a RoleFacts),
    /// It is not, and why.
    Refused(Finding),
}

/// What comes of an app's login. Where its secret keeps it from trying, this is blocked.
pub fn attempt<'a>(view: &View<'a>, app: &str) -> Result<Attempt<'a>, Short> {
    let Some(path) = server::login_path(view, app) else {
        return Err(Short::Blocked(format!("the profile has no database for the app {app}")));
    };
    let login = secrets::usable_login(view, &path)?;
    match view.postgres(&path)? {
        PostgresAnswer::Open(facts) => Ok(Attempt::In(facts)),
        PostgresAnswer::Failed(ConnectFault::Rejected(rejection)) => {
            Ok(Attempt::Refused(refused(view.scope, &Login { app, path: &path, facts: login }, rejection)))
        }
        PostgresAnswer::Failed(other) => {
            let address = format!("{}:{}", login.host, login.port);
            Ok(Attempt::Refused(fault::finding(view, &address, other)?))
        }
    }
}

struct Login<'a> {
    app: &'a str,
    path: &'a str,
    facts: &'a LoginFacts,
}

/// The server checks the password before anything else that is the role's or the database's own: each later refusal
/// proves it. So only the first is put right by writing a password anew.
fn refused(scope: &Scope, login: &Login<'_>, rejection: &Rejection) -> Finding {
    let Login { app, path, facts } = login;
    let (role, database) = (&facts.username, &facts.dbname);
    let provision = secrets::provision(scope);
    let said = |reason, what: String| {
        let evidence = format!("the server: {} (SQLSTATE {})", rejection.message, rejection.sqlstate);
        Finding::new(reason, format!("{app} cannot log in: {what}")).seen([evidence])
    };
    match rejection.sqlstate.as_str() {
        "28P01" => said("wrong_password", format!("the password in {path} is not the role's, or there is no such role"))
            .fix(format!("Let the provisioner set it: {provision}"))
            .for_good(),
        "28000" if rejection.routine == "InitializeSessionUserId" => {
            said("login_not_permitted", format!("role {role} may not log in"))
                .fix(format!("ALTER ROLE \"{role}\" LOGIN; ({provision})"))
                .for_good()
        }
        "28000" => said("no_pg_hba_entry", "pg_hba.conf has no entry that lets it in, or wants TLS".to_owned())
            .fix(
                "On RDS this is rds.force_ssl, or a role that was granted rds_iam and then needs a token for a password; \
                 elsewhere add an entry to pg_hba.conf",
            )
            .for_good(),
        "3D000" => said("no_such_database", format!("database {database} does not exist (the password is right)"))
            .fix(format!("Let the provisioner make it: {provision}"))
            .for_good(),
        "42501" => said("no_connect_privilege", format!("role {role} may not connect to {database}"))
            .fix(format!("GRANT CONNECT ON DATABASE \"{database}\" TO \"{role}\"; ({provision})"))
            .for_good(),
        "55000" => said("database_closed", format!("database {database} takes no connections"))
            .fix(format!("ALTER DATABASE \"{database}\" ALLOW_CONNECTIONS true; ({provision})"))
            .for_good(),
        "53300" => said("too_many_connections", "too many connections: i/o timeout waiting for a free one".to_owned())
            .fix("Close idle connections, raise max_connections or the role's limit, or take a larger instance")
            .passing(),
        "57P03" => said("starting_up", "the server is starting up: i/o timeout waiting for it".to_owned())
            .fix("Wait until it has started")
            .passing(),
        code if code.starts_with("57P0") => {
            said("shutting_down", "the server is shutting down: i/o timeout waiting for it".to_owned())
                .fix("Wait until it is back")
                .passing()
        }
        _ => said("rejected", "the server refuses it".to_owned()).for_good(),
    }
}
