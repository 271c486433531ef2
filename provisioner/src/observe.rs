//! Looks at everything before anything is written: the server, and each app's login, which is the only way to see
//! whether its password is the secret's (`pg_authid` is closed to a master that is no superuser).

mod answer;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use platform::names::{AppKey, DatabaseName};
use platform::password::Password;
use platform::postgres::{ConnectError, Connector, Login, Session, SessionSettings};

use answer::{login_state, may_pass};

use crate::catalog::{self, CatalogError};
use crate::flags::Probe;
use crate::marker::Marker;
use crate::model::{Access, App};
use crate::observed::{Inside, LoginState, Server};
use crate::{trial, verify};

/// From here on, what a new database begins with is known without a look at template1.
const TEMPLATE_MATTERS_BELOW: u32 = 150_000;

/// Why something could not be seen.
#[derive(Debug, thiserror::Error)]
pub enum ObserveError {
    /// No connection for an app's login.
    #[error("app {app}: log in as {role}: {source}")]
    Login { app: AppKey, role: String, source: ConnectError },
    /// No connection as the master.
    #[error("connect to database {database} as {user}: {source}")]
    Connect { database: String, user: String, source: ConnectError },
    /// The catalogs could not be read.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// How to look.
pub struct Observer<'a> {
    pub connector: &'a Connector,
    /// The master, in whatever database.
    pub master: &'a Login,
    pub patience: Duration,
    pub concurrency: usize,
    pub probe: Probe,
    /// Whether each app's rights are tried, too, and what must be refused to it.
    pub thorough: bool,
    /// Everything that the tfvars declare.
    pub all: &'a [App],
}

/// What the logins showed.
#[derive(Default)]
pub struct Seen {
    pub logins: BTreeMap<AppKey, LoginState>,
    pub insides: BTreeMap<DatabaseName, Inside>,
    pub template: Option<Inside>,
    /// What a thorough look found wrong.
    pub findings: BTreeMap<AppKey, Vec<String>>,
}

/// An app with the password that its secret holds, where it holds one.
pub struct Candidate<'a> {
    pub app: &'a App,
    pub password: Option<&'a Password>,
    /// The version of its secret.
    pub version: Option<&'a str>,
}

/// Session settings for looking: read only, and safe from what `ALTER ROLE … SET` may have left.
pub fn reading() -> SessionSettings {
    SessionSettings::default()
        .with("search_path", "pg_catalog")
        .with("standard_conforming_strings", "on")
        .with("default_transaction_read_only", "on")
        .with("statement_timeout", "60s")
        .with("client_min_messages", "warning")
}

impl Observer<'_> {
    /// Tries the logins side by side, and looks into each app's database in the session of one of its apps, the owner's
    /// by preference; as the master, where no app gets in.
    pub async fn look(&self, server: &Server, apps: &[Candidate<'_>]) -> Result<Seen, ObserveError> {
        let roles: Vec<String> = self.all.iter().map(|app| app.role.to_string()).collect();
        let lookers = lookers(server, apps);
        let tries = stream::iter(apps.iter().map(|candidate| {
            let look = lookers.contains(&candidate.app.key).then(|| Look::of(candidate.app, self.all, &roles));
            let elsewhere = verify::foreign_database(candidate.app, server, self.all).filter(|_| self.thorough);
            self.try_login(server, candidate, look, elsewhere)
        }));
        let mut seen = Seen::default();
        let mut tries = tries.buffered(self.concurrency.max(1));
        while let Some(tried) = tries.next().await {
            let Tried { app, state, inside, findings } = tried?;
            seen.logins.insert(app.key.clone(), state);
            seen.insides.extend(inside.map(|inside| (app.database.clone(), inside)));
            if !findings.is_empty() {
                seen.findings.insert(app.key.clone(), findings);
            }
        }
        self.look_as_master(server, apps, &roles, &mut seen).await?;
        Ok(seen)
    }

    async fn try_login<'c>(
        &self,
        server: &Server,
        candidate: &Candidate<'c>,
        look: Option<Look<'_>>,
        elsewhere: Option<&str>,
    ) -> Result<Tried<'c>, ObserveError> {
        let app = candidate.app;
        let not_in = |state| Tried { app, state, inside: None, findings: Vec::new() };
        let (Some(role), Some(password)) = (server.roles.get(app.role.as_str()), candidate.password) else {
            return Ok(not_in(LoginState::NotTried));
        };
        let marker = role.comment.as_deref().and_then(Marker::parse);
        if self.probe == Probe::Changed && marker == Some(Marker::finished(app, candidate.version)) {
            return Ok(not_in(LoginState::Trusted));
        }
        let (user, database) = (app.role.to_string(), app.database.to_string());
        let login = Login { user, password: password.clone(), database };
        let settings = if self.thorough { trying() } else { reading() };
        match self.connector.connect_patiently(&login, &settings, self.patience, may_pass).await {
            Ok(session) => {
                let inside = match look {
                    Some(look) => Some(look.into(&session).await?),
                    None => None,
                };
                let findings = self.try_rights(session, app, login, elsewhere).await?;
                Ok(Tried { app, state: LoginState::In, inside, findings })
            }
            Err(error) => login_state(&error, role.login).map(not_in).map_err(|source| ObserveError::Login {
                app: app.key.clone(),
                role: app.role.to_string(),
                source,
            }),
        }
    }

    async fn try_rights(
        &self,
        session: Session,
        app: &App,
        login: Login,
        elsewhere: Option<&str>,
    ) -> Result<Vec<String>, ObserveError> {
        let tried = if self.thorough { trial::in_session(&session, app).await } else { Ok(Vec::new()) };
        session.close().await;
        let database = login.database.clone();
        let mut findings = tried.map_err(|source| CatalogError::Query { database, source })?;
        if let Some(foreign) = elsewhere {
            let login = Login { database: foreign.to_owned(), ..login };
            let entered = trial::elsewhere(self.connector, &login).await;
            findings.extend(entered.map_err(|source| ObserveError::Login {
                app: app.key.clone(),
                role: app.role.to_string(),
                source,
            })?);
        }
        Ok(findings)
    }

    /// The databases that no app's login opened, and template1 where a new database would copy its rights.
    async fn look_as_master(
        &self,
        server: &Server,
        apps: &[Candidate<'_>],
        roles: &[String],
        seen: &mut Seen,
    ) -> Result<(), ObserveError> {
        let mut made = false;
        for candidate in apps {
            let app = candidate.app;
            let Some(database) = server.databases.get(app.database.as_str()) else {
                made = true;
                continue;
            };
            made |= database.owner == server.master && !database.accepts_connections;
            let trusted = seen.logins.get(&app.key) == Some(&LoginState::Trusted);
            if trusted || !database.accepts_connections || database.invalid || seen.insides.contains_key(&app.database)
            {
                continue;
            }
            if let Some(inside) = self.enter(&database.name, Look::of(app, self.all, roles)).await? {
                seen.insides.insert(app.database.clone(), inside);
            }
        }
        if made && server.version_number < TEMPLATE_MATTERS_BELOW {
            seen.template = self.enter("template1", Look { database: "template1", roles, shared: false }).await?;
        }
        Ok(())
    }

    /// `None` where the master may not connect.
    async fn enter(&self, database: &str, look: Look<'_>) -> Result<Option<Inside>, ObserveError> {
        let login = Login { database: database.to_owned(), ..self.master.clone() };
        let settings = reading();
        let attempt = self.connector.connect_patiently(&login, &settings, self.patience, ConnectError::is_transient);
        match attempt.await {
            Ok(session) => {
                let inside = look.into(&session).await?;
                session.close().await;
                Ok(Some(inside))
            }
            Err(error) if error.rejection().is_some_and(|rejection| rejection.sqlstate == "42501") => Ok(None),
            Err(source) => {
                Err(ObserveError::Connect { database: database.to_owned(), user: login.user.clone(), source })
            }
        }
    }
}

/// What came of one app's login.
struct Tried<'a> {
    app: &'a App,
    state: LoginState,
    inside: Option<Inside>,
    findings: Vec<String>,
}

/// The same as [`reading`] for trying what must be refused: a read-only session would refuse everything.
fn trying() -> SessionSettings {
    reading().with("default_transaction_read_only", "off")
}

/// What to look at in a database.
struct Look<'a> {
    database: &'a str,
    roles: &'a [String],
    shared: bool,
}

impl<'a> Look<'a> {
    fn of(app: &'a App, all: &[App], roles: &'a [String]) -> Self {
        let shared = all.iter().any(|other| other.database == app.database && other.access != Access::Owner);
        Self { database: app.database.as_str(), roles, shared }
    }

    async fn into(self, session: &Session) -> Result<Inside, CatalogError> {
        catalog::inside(session, self.database, self.roles, self.shared).await
    }
}

/// One app for each database: its owner, or else the first that names it and has a role to log in as.
fn lookers(server: &Server, apps: &[Candidate<'_>]) -> BTreeSet<AppKey> {
    let mut chosen: BTreeMap<&DatabaseName, &App> = BTreeMap::new();
    let able = apps.iter().filter(|candidate| {
        candidate.password.is_some() && server.roles.get(candidate.app.role.as_str()).is_some_and(|role| role.login)
    });
    for Candidate { app, .. } in able {
        let looker = chosen.entry(&app.database).or_insert(app);
        if app.access == Access::Owner {
            *looker = app;
        }
    }
    chosen.values().map(|app| app.key.clone()).collect()
}
