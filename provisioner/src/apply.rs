//! Carries out an approved plan. Decides nothing: what to do, and in which order, is in the plan.
//!
//! An app's steps go one after the other; apps that share a database go one after the other, its owner first; databases
//! go side by side. What is not reached is recorded, too.

mod transaction;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use platform::clock::now;
use platform::exit::Exit;
use platform::postgres::{Connector, Login, Session, SessionSettings};
use platform::stop::Stop;
use tokio::time::Instant;

use crate::change::{Change, MAINTENANCE, Step};
use crate::journal::Journal;
use crate::outcome::{Failure, Outcome, Status};
use crate::plan::{self, AppPlan, ApprovedPlan};
use crate::statement::Dialect;
use crate::vault::Vault;
use transaction::{Prepared, SendError};

/// A statement in flight may end within this time after the run was told to stop; then it is cancelled.
const STOP_GRACE: Duration = Duration::from_secs(6);
/// How long a cancelled one may take to be rolled back, and how long anything else may take then; after that its
/// connection is cut.
const FAREWELL: Duration = Duration::from_secs(1);
/// How much of a step's own words goes before the reason of its failure: the line that Argo shows must hold both.
const STEP_IN_FAILURE: usize = 80;

/// What carrying out needs.
pub struct Writer<'a> {
    pub connector: &'a Connector,
    pub master: &'a Login,
    pub dialect: &'a Dialect,
    pub vault: &'a Vault,
    /// The session that holds the lock; without it nothing goes on.
    pub lock: &'a Session,
    pub stop: &'a Stop,
    pub journal: &'a Journal,
    pub patience: Duration,
    pub concurrency: usize,
    pub fail_fast: bool,
}

/// The apps of one database, with the sessions that their steps need.
struct Group<'a> {
    apps: Vec<&'a AppPlan>,
    inside: Option<Session>,
}

/// Session settings for writing. The server's own time-outs end what the client can no longer.
fn writing() -> SessionSettings {
    SessionSettings::default()
        .with("search_path", "pg_catalog")
        .with("default_transaction_read_only", "off")
        .with("standard_conforming_strings", "on")
        .with("statement_timeout", "300s")
        // For what is in no transaction of ours: CREATE DATABASE. The others have a shorter one of their own.
        .with("lock_timeout", "30s")
        .with("idle_in_transaction_session_timeout", "60s")
        // 01006 and 01007 are warnings: they must arrive.
        .with("client_min_messages", "warning")
}

impl Writer<'_> {
    /// Carries out `approved`; each outcome goes to the journal as it happens.
    pub async fn apply(&self, approved: &ApprovedPlan) {
        let idle = Mutex::new(Vec::new());
        let groups: Vec<Group<'_>> = plan::by_database(&approved.plan().apps)
            .into_values()
            .filter(|apps| apps.iter().any(|app| !app.steps.is_empty()))
            .map(|apps| Group { apps, inside: None })
            .collect();
        stream::iter(groups)
            .for_each_concurrent(self.concurrency.max(1), |mut group| {
                let idle = &idle;
                async move {
                    self.group(&mut group, idle).await;
                    if let Some(session) = group.inside.take() {
                        session.close().await;
                    }
                }
            })
            .await;
        let sessions = std::mem::take(&mut *idle.lock().unwrap_or_else(PoisonError::into_inner));
        futures_util::future::join_all(sessions.into_iter().map(Session::close)).await;
    }

    /// The steps of the apps of one database; after the first failure the rest of the group is not reached.
    async fn group(&self, group: &mut Group<'_>, idle: &Mutex<Vec<Session>>) {
        let mut broken: Option<String> = None;
        for app in group.apps.clone() {
            for step in &app.steps {
                let hindrance = broken.clone().or_else(|| self.hindrance());
                let outcome = match hindrance {
                    Some(why) => not_reached(step, &why),
                    None => self.step(step, &mut group.inside, idle).await,
                };
                if outcome.status != Status::Success && broken.is_none() {
                    broken = Some(format!("after {} of app {} was not done", step.action().as_str(), step.app));
                }
                self.journal.record(outcome);
            }
        }
    }

    /// Why nothing more is begun.
    fn hindrance(&self) -> Option<String> {
        if self.stop.reason().is_some() {
            return Some("the run was stopped before".to_owned());
        }
        if self.lock.is_closed() {
            return Some("the session that held the lock was lost".to_owned());
        }
        let failed = self.fail_fast && self.journal.has_failed();
        failed.then(|| "another app failed, and --fail-fast was given".to_owned())
    }

    async fn step(&self, step: &Step, inside: &mut Option<Session>, idle: &Mutex<Vec<Session>>) -> Outcome {
        let start = Instant::now();
        let work = async {
            match &step.change {
                Change::CreateSecret { path } | Change::UpdateSecret { path } => self.vault.mint(path).await,
                _ => self.send(step, inside, idle).await,
            }
        };
        let ended = tokio::select! {
            ended = work => ended,
            () = self.out_of_patience(STOP_GRACE + FAREWELL * 2) => Err(cut_off()),
        };
        outcome(step, self.dialect, ended, start.elapsed())
    }

    async fn out_of_patience(&self, grace: Duration) {
        self.stop.stopped().await;
        tokio::time::sleep(grace).await;
    }

    /// Waits for what `session` sends; when the run must end, cancels it. Hanging up alone would leave the statement
    /// running on the server, which looks for its client only when it has an answer.
    async fn in_time(
        &self,
        session: &Session,
        sending: impl Future<Output = Result<(), SendError>>,
    ) -> Result<(), Failure> {
        tokio::pin!(sending);
        tokio::select! {
            sent = &mut sending => sent.map_err(SendError::failure),
            () = self.out_of_patience(STOP_GRACE) => {
                if let Ok(Err(error)) = tokio::time::timeout(FAREWELL, self.connector.cancel(session)).await {
                    tracing::warn!(%error, "a statement was not cancelled");
                }
                match tokio::time::timeout(FAREWELL, sending).await {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(_)) | Err(_) => Err(cut_off()),
                }
            }
        }
    }

    async fn send(&self, step: &Step, inside: &mut Option<Session>, idle: &Mutex<Vec<Session>>) -> Result<(), Failure> {
        let prepared = Prepared::of(step, self.dialect, self.vault)?;
        if let Some(database) = step.inside() {
            if inside.as_ref().is_none_or(Session::is_closed) {
                *inside = Some(self.open(database.as_str()).await?);
            }
            let session = inside.as_ref().expect("it was opened above");
            return self.in_time(session, prepared.send(session)).await;
        }
        let waiting = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let session = match waiting {
            Some(session) if !session.is_closed() => session,
            _ => self.open(MAINTENANCE).await?,
        };
        let sent = self.in_time(&session, prepared.send(&session)).await;
        idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
        sent
    }

    async fn open(&self, database: &str) -> Result<Session, Failure> {
        let login = Login { database: database.to_owned(), ..self.master.clone() };
        let may_pass = platform::postgres::ConnectError::is_transient;
        let opened = self.connector.connect_patiently(&login, &writing(), self.patience, may_pass).await;
        opened.map_err(|error| Failure {
            message: format!("connect to database {database}: {error}"),
            sqlstate: error.rejection().map(|rejection| rejection.sqlstate.clone()),
            exit: if error.is_transient() { Exit::Unavailable } else { Exit::Failed },
        })
    }
}

fn cut_off() -> Failure {
    Failure { message: "cut off: it had not ended when the run had to".to_owned(), sqlstate: None, exit: Exit::Stopped }
}

fn not_reached(step: &Step, why: &str) -> Outcome {
    Outcome::standing(step, format!("{step}: not reached, {why}"), now())
}

fn outcome(step: &Step, dialect: &Dialect, ended: Result<(), Failure>, took: Duration) -> Outcome {
    let (status, message, sqlstate, exit) = match ended {
        Ok(()) => (Status::Success, step.to_string(), None, Exit::Ok),
        Err(Failure { message, sqlstate, exit }) => {
            let status = if exit == Exit::Refused { Status::Refused } else { Status::Error };
            (status, format!("{}: {message}", brief(step)), sqlstate, exit)
        }
    };
    Outcome { status, sql: dialect.shown(step), sqlstate, took, exit, ..Outcome::standing(step, message, now()) }
}

fn brief(step: &Step) -> String {
    let words = step.to_string();
    match words.chars().count() {
        ..=STEP_IN_FAILURE => words,
        _ => words.chars().take(STEP_IN_FAILURE - 1).chain(['…']).collect(),
    }
}
