//! Carrying a plan out, and proving that the server is as declared.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use platform::clock::now;
use platform::exit::Exit;
use platform::names::{AppKey, DatabaseName};

use super::input::tell_versions;
use super::server::{Effort, Look};
use super::{Crew, until_stopped};
use crate::apply::Writer;
use crate::change::Step;
use crate::ending::{Ending, is_undone};
use crate::journal::is_proof;
use crate::model::{Access, App};
use crate::observed::LoginState;
use crate::outcome::{Outcome, Status};
use crate::outputs::Outputs;
use crate::plan::{self, Approval, ApprovedPlan, Plan, Refusal};
use crate::statement::Dialect;
use crate::verify::{self, Evidence};

/// What one of us could not get because of somebody else is tried again, after a new look: this often in all.
const ROUNDS: u32 = 4;
/// Before the second round; it doubles.
const PAUSE: Duration = Duration::from_millis(500);

impl Crew<'_> {
    /// Carries `approved` out, looks again, and goes on where something is left that may pass or that could not be seen
    /// before; then proves each app.
    pub(super) async fn carry_out(
        &self,
        approved: ApprovedPlan,
        before: Look,
        approval: &Approval,
    ) -> Result<Exit, Ending> {
        let steps = approved.plan().changes();
        self.outputs.journal().expect(steps + self.input.apps.len());
        if steps == 0 {
            // Its logins are part of the proof of an unchanged run.
            return self.prove(&before).await;
        }
        let agreed: Vec<Step> = approved.plan().steps().cloned().collect();
        let changed = self.concerned(approved.plan());
        let dialect = before.dialect();
        let mut last = self.round(&approved, &dialect, &changed).await?;
        let mut unseen = approved.plan().unseen.clone();
        for round in 1..ROUNDS {
            let Some(next) = self.what_is_left(&last, &unseen, approval, &agreed) else { break };
            tokio::time::sleep(PAUSE * 2_u32.pow(round - 1)).await;
            last = self.round(&next, &dialect, &changed).await?;
            unseen.clear();
        }
        // Those that nothing was done for were proven by their login before.
        for (app, state) in before.observed.logins {
            last.observed.logins.entry(app).or_insert(state);
        }
        self.prove(&last).await
    }

    /// Writes, and looks again at what was written.
    async fn round(&self, approved: &ApprovedPlan, dialect: &Dialect, changed: &[App]) -> Result<Look, Ending> {
        let writer = self.writer(dialect);
        tokio::select! {
            () = writer.apply(approved) => {}
            never = self.keep_saving() => match never {},
        }
        // The secrets that were made have versions now.
        tell_versions(self.input, self.vault, self.outputs);
        self.outputs.save().map_err(|error| Ending::new(Exit::Failed, platform::error::chain(&error)))?;
        self.may_go_on()?;
        let looking = async {
            let server = self.connected.server(self.input).await?;
            self.connected.look(self, changed, server, Effort::Thorough).await
        };
        until_stopped(self.stop, looking).await.map_err(|ending| self.unverified(ending))
    }

    /// Argo takes the files at the moment in which it stops a step, and a killed run leaves what was there.
    async fn keep_saving(&self) -> Infallible {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if let Err(error) = self.outputs.save() {
                tracing::warn!(error = platform::error::chain(&error), "files not written");
            }
        }
    }

    /// A plan for the apps whose failure may pass, and for the databases that could not be looked into before. An
    /// approval of one plan covers what was part of it, and nothing else.
    fn what_is_left(
        &self,
        look: &Look,
        unseen: &BTreeSet<DatabaseName>,
        approval: &Approval,
        agreed: &[Step],
    ) -> Option<ApprovedPlan> {
        let journal = self.outputs.journal();
        let may_pass = may_pass(&journal.outcomes());
        let undone = |outcome: &Outcome| matches!(outcome.status, Status::Error | Status::NotReached);
        // What somebody else has done meanwhile has not failed.
        let settled = look.plan.apps.iter().filter(|planned| planned.steps.is_empty()).map(|planned| &planned.app.key);
        let refused = |key: &AppKey| look.plan.refusals.iter().any(|refusal| refusal.app == *key);
        let settled: BTreeSet<&AppKey> = settled.filter(|key| may_pass.contains(key) && !refused(key)).collect();
        journal.retract(|outcome| settled.contains(&outcome.app) && undone(outcome));
        let open = look.plan.apps.iter().filter(|planned| !planned.steps.is_empty()).map(|planned| &planned.app);
        let goes_on = |app: &&App| may_pass.contains(&app.key) || unseen.contains(&app.database);
        // Where a database was not made and nobody will make it, its guests have not failed: they stay not reached.
        let made = look.observed.server.databases.values().filter(|found| found.accepts_connections);
        let made: BTreeSet<&str> = made.map(|found| found.name.as_str()).collect();
        let owners = open.clone().filter(|app| app.access == Access::Owner).filter(goes_on);
        let coming: BTreeSet<&DatabaseName> = owners.map(|app| &app.database).collect();
        let has_place = |app: &&App| made.contains(app.database.as_str()) || coming.contains(&app.database);
        let apps: Vec<App> = open.filter(goes_on).filter(has_place).cloned().collect();
        let plan = plan::plan(&self.input.of(&apps), &look.observed);
        let covered = approval.blanket || plan.steps().all(|step| agreed.contains(step));
        if apps.is_empty() || !plan.refusals.is_empty() || !covered {
            return None;
        }
        tracing::info!(changes = plan.changes(), "going on with what was left");
        let again = |outcome: &Outcome| apps.iter().any(|app| app.key == outcome.app);
        journal.retract(|outcome| again(outcome) && undone(outcome));
        plan::approve(plan, "", &Approval { blanket: true, digest: None }).ok()
    }

    /// Asks the server for every pair of app and database, records the proof of each app that has not failed already, and
    /// gives the exit code of the worst.
    pub(super) async fn prove(&self, look: &Look) -> Result<Exit, Ending> {
        let Look { observed, plan, findings } = look;
        let asking = verify::pairs(self.connected.session(), &observed.server, &self.input.apps, &self.input.all);
        let pairs = until_stopped(self.stop, asking).await.map_err(|ending| self.unverified(ending))?;
        let intruders = verify::intruders(&pairs, &observed.server, &self.input.all);
        let evidence = Evidence { plan, logins: &observed.logins, findings, intruders: &intruders };
        let journal = self.outputs.journal();
        let before = journal.outcomes();
        for app in &self.input.apps {
            let own = || before.iter().filter(|outcome| outcome.app == app.key && !is_proof(outcome));
            if own().all(|outcome| outcome.status == Status::Success) {
                journal.record(verify::proof(app, &evidence, own().next().is_some()));
            }
        }
        Ending::of_outcomes(&journal.outcomes())
    }

    /// The apps that the plan has steps for, and those that share a database with one.
    fn concerned(&self, plan: &Plan) -> Vec<App> {
        let changed = plan.apps.iter().filter(|app| !app.steps.is_empty());
        let databases: BTreeSet<_> = changed.map(|app| &app.app.database).collect();
        self.input.apps.iter().filter(|app| databases.contains(&app.database)).cloned().collect()
    }

    fn writer<'w>(&'w self, dialect: &'w Dialect) -> Writer<'w> {
        Writer {
            connector: self.connected.connector(),
            master: self.connected.login(),
            dialect,
            vault: self.vault,
            lock: self.connected.session(),
            stop: self.stop,
            journal: self.outputs.journal(),
            patience: self.settings.connect_patience,
            concurrency: self.settings.concurrency,
            fail_fast: self.settings.fail_fast,
        }
    }

    fn unverified(&self, ending: Ending) -> Ending {
        let outcomes = self.outputs.journal().outcomes();
        // A run that was told to stop ends as one, whatever failed before.
        if self.stop.reason().is_some() && outcomes.iter().any(is_undone) {
            return ending;
        }
        ending.unverified(&outcomes)
    }

    /// Whether there is anything to look with, and anybody to look for.
    fn may_go_on(&self) -> Result<(), Ending> {
        if let Some(reason) = self.stop.reason() {
            return Err(Ending::of_stop(reason));
        }
        if self.connected.session().is_closed() {
            let message =
                "the session that held the lock was lost: connection reset by peer; the next run goes on from here";
            return Err(Ending::new(Exit::Unavailable, message));
        }
        Ok(())
    }
}

/// The apps whose steps failed for a reason that may pass, or were not reached because of one.
fn may_pass(outcomes: &[Outcome]) -> BTreeSet<AppKey> {
    let failed = |outcome: &&Outcome| matches!(outcome.status, Status::Error | Status::Refused);
    let for_good: BTreeSet<&AppKey> =
        outcomes.iter().filter(failed).filter(|o| o.exit != Exit::Unavailable).map(|outcome| &outcome.app).collect();
    let open = outcomes.iter().filter(|o| matches!(o.status, Status::Error | Status::NotReached));
    open.filter(|outcome| !for_good.contains(&outcome.app)).map(|outcome| outcome.app.clone()).collect()
}

/// Records that a plan is not carried out: each step with why it stands, and each app without steps as in sync, unless the
/// server bars its login, which is a note of the plan.
pub(super) fn stood(look: &Look, status: Status, outputs: &Outputs) {
    let (journal, dialect) = (outputs.journal(), look.dialect());
    for app in &look.plan.apps {
        for step in &app.steps {
            let sql = dialect.shown(step);
            journal.record(Outcome { status, sql, ..Outcome::standing(step, step.to_string(), now()) });
        }
        let is_refused = look.plan.refusals.iter().any(|refusal| refusal.app == app.app.key);
        let is_barred = matches!(look.observed.logins.get(&app.app.key), Some(LoginState::Barred(_)));
        if app.steps.is_empty() && !is_refused && !is_barred {
            journal.record(verify::in_sync(&app.app));
        }
    }
}

/// Records what must not be done, and that therefore nothing is.
pub(super) fn refused(look: &Look, outputs: &Outputs) {
    for Refusal { app, action, target, reason, remedy } in &look.plan.refusals {
        outputs.journal().record(Outcome {
            app: app.clone(),
            action: *action,
            target: target.clone(),
            database: None,
            status: Status::Refused,
            sql: None,
            sqlstate: None,
            at: now(),
            took: Duration::ZERO,
            message: format!("{reason}; {remedy}"),
            exit: Exit::Refused,
        });
    }
    stood(look, Status::NotReached, outputs);
}
