//! Proofs by trying: what an app may do, asked of the server's own functions in the app's own session, and what must be
//! refused to it.

use platform::postgres::{ConnectError, Connector, Login, Session, StatementFault};
use serde::Deserialize;

use crate::model::{Access, App};

/// In the app's session: its rights as the server sees them.
const RIGHTS: &str = include_str!("trial/rights.sql");

/// Creating a table, in a block that always fails: nothing stays, and the server logs no DDL.
const CREATE: &str = "DO 'BEGIN CREATE TABLE public.provisioner_must_not_be_created (); \
     RAISE EXCEPTION USING ERRCODE = ''ZZ001'', MESSAGE = ''created, and taken back''; END'";
/// What the block raises where the table could be created.
const CREATED: &str = "ZZ001";

#[derive(Deserialize)]
struct Rights {
    connect: bool,
    create_in_database: bool,
    create_in_public: Option<bool>,
    /// Relations of the database's owner on which a right is lacking, the first few.
    lacking: Vec<String>,
}

/// What is wrong with an app's rights, as its own session shows it; nothing where all is as declared.
pub async fn in_session(session: &Session, app: &App) -> Result<Vec<String>, StatementFault> {
    let writes = app.access != Access::Reader;
    let text = session.text_with(RIGHTS, &[(&writes, platform::postgres::Type::BOOL)]).await?;
    let rights: Rights = serde_json::from_str(&text).map_err(|error| StatementFault::Answer(error.to_string()))?;
    let mut findings = judged(&rights, app);
    if app.access != Access::Owner
        && let Err(StatementFault::Server { sqlstate, .. }) = session.run(CREATE).await
        && sqlstate == CREATED
    {
        findings.push(format!("{} can create tables in schema public of {}", app.role, app.database));
    }
    Ok(findings)
}

fn judged(rights: &Rights, app: &App) -> Vec<String> {
    let (role, database) = (&app.role, &app.database);
    let owner = app.access == Access::Owner;
    let mut findings = Vec::new();
    if !rights.connect {
        findings.push(format!("{role} may not connect to {database}"));
    }
    if rights.create_in_database != owner {
        let verb = if owner { "may not" } else { "may" };
        findings.push(format!("{role} {verb} create schemas in {database}"));
    }
    if owner && rights.create_in_public == Some(false) {
        findings.push(format!("{role} may not create in schema public of {database}"));
    }
    if !rights.lacking.is_empty() {
        findings.push(format!("{role} lacks rights in {database} on {}", rights.lacking.join(", ")));
    }
    findings
}

/// Tries to connect to a database of another app, which must be refused for want of the right to connect.
pub async fn elsewhere(connector: &Connector, login: &Login) -> Result<Option<String>, ConnectError> {
    let Login { user, database, .. } = login;
    match connector.connect(login, &crate::observe::reading()).await {
        Ok(session) => {
            session.close().await;
            Ok(Some(format!("{user} can connect to {database}, which is another app's")))
        }
        Err(error) if error.rejection().is_some_and(|said| said.sqlstate == "42501") => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::{Rights, judged};
    use crate::model::Access;

    fn found(access: Access, change: impl Fn(&mut Rights)) -> Vec<String> {
        let owner = access == Access::Owner;
        let mut rights =
            Rights { connect: true, create_in_database: owner, create_in_public: Some(owner), lacking: Vec::new() };
        change(&mut rights);
        judged(&rights, &crate::plan::example::app("shop", access))
    }

    #[test]
    fn what_is_as_declared_is_no_finding() {
        for access in [Access::Owner, Access::Editor, Access::Reader] {
            assert!(found(access, |_| ()).is_empty());
        }
    }

    #[test]
    fn each_right_too_few_or_too_many_is_one() {
        assert_eq!(found(Access::Reader, |rights| rights.connect = false).len(), 1);
        assert_eq!(found(Access::Reader, |rights| rights.create_in_database = true).len(), 1);
        assert_eq!(found(Access::Owner, |rights| rights.create_in_database = false).len(), 1);
        assert_eq!(found(Access::Owner, |rights| rights.create_in_public = Some(false)).len(), 1);
        assert_eq!(found(Access::Editor, |rights| rights.lacking = vec!["public.t".into()]).len(), 1);
    }
}
