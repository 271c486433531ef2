//! Carrying a plan out, and proving that the server is as declared.

use std::collections::BTreeSet;
use std::time::Duration;

use platform::exit::Exit;
use platform::names::AppKey;
use platform::stop::{Stop, StopReason};

use super::input::Input;
use super::server::Connected;
use super::until_stopped;
use crate::apply::{Writer, database_of};
use crate::change::Step;
use crate::ending::Ending;
use crate::journal::{Journal, is_proof};
use crate::model::App;
use crate::observe::{ProbeScope, Seen};
use crate::observed::Observed;
use crate::outcome::{Outcome, Status};
use crate::outputs::Outputs;
use crate::plan::{self, Approval, ApprovedPlan, Plan};
use crate::settings::Settings;
use crate::statement::Dialect;
use crate::vault::Vault;
use crate::verify::{self, Evidence, Pair};

/// What one of us could not get because of somebody else is tried again, after a new look: this often in all.
const ROUNDS: u32 = 4;
/// Before the second round; it doubles.
const PAUSE: Duration = Duration::from_millis(500);

/// Everything that carrying out needs.
pub(super) struct Crew<'a> {
    pub(super) settings: &'a Settings,
    pub(super) outputs: &'a Outputs,
    pub(super) stop: &'a Stop,
    pub(super) input: &'a Input,
    pub(super) vault: &'a Vault,
    pub(super) connected: &'a Connected,
}

/// What a look after writing showed.
struct Look {
    observed: Observed,
    seen: Seen,
    plan: Plan,
}

impl Crew<'_> {
    /// Carries `approved` out, looks again, and goes on where something is left that may pass or that could not be seen
    /// before; then proves each app.
    pub(super) async fn carry_out(
        &self,
        approved: ApprovedPlan,
        before: &Observed,
        approval: &Approval,
    ) -> Result<Exit, Ending> {
        let journal = self.outputs.journal();
        let steps = approved.plan().changes();
        journal.expect(steps + self.input.apps.len());
        if steps == 0 {
            let pairs = Vec::new();
            return self.prove(
                approved.plan(),
                before,
                &Seen { logins: before.logins.clone(), ..Seen::default() },
                &pairs,
            );
        }
        let agreed: Vec<Step> = approved.plan().steps().cloned().collect();
        let changed: Vec<App> = self.concerned(approved.plan());
        let mut next = Some(approved);
        let mut last = None;
        for round in 0..ROUNDS {
            let Some(approved) = next.take() else { break };
            if round > 0 {
                tokio::time::sleep(PAUSE * 2_u32.pow(round - 1)).await;
            }
            let unseen = approved.plan().unseen.clone();
            self.writer(&self.connected.dialect(before)).apply(&approved).await;
            self.outputs.save().map_err(|error| Ending::new(Exit::Failed, platform::error::chain(&error)))?;
            self.may_go_on()?;
            let look = self.look_again(&changed).await?;
            let may_pass = self.may_pass(journal);
            let again: Vec<App> = look
                .plan
                .apps
                .iter()
                .filter(|app| !app.steps.is_empty())
                .filter(|app| may_pass.contains(&app.app.key) || unseen.contains(&app.app.database))
                .map(|app| app.app.clone())
                .collect();
            if !again.is_empty() && round + 1 < ROUNDS {
                next = self.approve_again(&again, &look.observed, approval, &agreed);
            }
            last = Some(look);
        }
        let Some(Look { observed, mut seen, plan }) = last else {
            return Err(Ending::new(Exit::Bug, "no round was run"));
        };
        // Those that nothing was done for were proven by their login before.
        for (app, state) in &before.logins {
            seen.logins.entry(app.clone()).or_insert_with(|| state.clone());
        }
        let session = self.connected.session();
        let pairs = until_stopped(self.stop, verify::pairs(session, &observed.server, &self.input.all)).await?;
        self.prove(&plan, &observed, &seen, &pairs)
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

    async fn look_again(&self, apps: &[App]) -> Result<Look, Ending> {
        let looking = async {
            let server = self.connected.server(self.input).await?;
            let measure = (ProbeScope::All, true);
            self.connected.look_at(apps, self.input, self.vault, server, measure).await
        };
        let (observed, seen) = until_stopped(self.stop, looking).await.map_err(unverified)?;
        let plan = plan::plan(&self.input.of(apps), &observed);
        Ok(Look { observed, seen, plan })
    }

    /// The apps whose steps failed for a reason that may pass, or were not reached because of one.
    fn may_pass(&self, journal: &Journal) -> BTreeSet<AppKey> {
        let outcomes = journal.outcomes();
        let for_good = |app: &AppKey| {
            outcomes.iter().any(|o| {
                o.app == *app && matches!(o.status, Status::Error | Status::Refused) && o.exit != Exit::Unavailable
            })
        };
        let open = outcomes.iter().filter(|o| matches!(o.status, Status::Error | Status::NotReached));
        open.filter(|outcome| !for_good(&outcome.app)).map(|outcome| outcome.app.clone()).collect()
    }

    /// The next round's plan. An approval of one plan covers what was part of it, and nothing else.
    fn approve_again(
        &self,
        apps: &[App],
        observed: &Observed,
        approval: &Approval,
        agreed: &[Step],
    ) -> Option<ApprovedPlan> {
        let plan = plan::plan(&self.input.of(apps), observed);
        let covered = approval.blanket || plan.steps().all(|step| agreed.contains(step));
        if !plan.refusals.is_empty() || !covered {
            return None;
        }
        tracing::info!(changes = plan.changes(), "going on with what was left");
        let keys: BTreeSet<&AppKey> = apps.iter().map(|app| &app.key).collect();
        let journal = self.outputs.journal();
        journal.retract(|o| keys.contains(&o.app) && matches!(o.status, Status::Error | Status::NotReached));
        let approval = Approval { blanket: true, digest: None };
        plan::approve(plan, "", &approval).ok()
    }

    /// Records the proof of each app, and gives the exit code of the worst.
    fn prove(&self, plan: &Plan, observed: &Observed, seen: &Seen, pairs: &[Pair]) -> Result<Exit, Ending> {
        verified(self.input, observed, plan, seen, pairs, self.outputs)
    }
}

/// An answer that did not come after writing: what was written stands, and nobody knows whether it is right.
fn unverified(ending: Ending) -> Ending {
    let exit = if ending.exit == Exit::Failed { Exit::CannotTell } else { ending.exit };
    Ending { exit, message: format!("everything was carried out, but not verified: {}", ending.message), ..ending }
}

/// Records each step of a plan that is not carried out, and that the apps without steps log in.
pub(super) fn pending(plan: &Plan, dialect: &Dialect, outputs: &Outputs) {
    let journal = outputs.journal();
    for app in &plan.apps {
        for step in &app.steps {
            journal.record(Outcome {
                app: step.app.clone(),
                action: step.action(),
                target: step.target(),
                database: database_of(step),
                status: Status::Pending,
                sql: dialect.shown(step),
                sqlstate: None,
                at: platform::clock::now(),
                took: Duration::ZERO,
                message: step.to_string(),
                exit: Exit::Ok,
            });
        }
        if app.steps.is_empty() {
            journal.record(verify::in_sync(&app.app));
        }
    }
}

/// Records the proof of each app that has not failed already, and gives the exit code of the worst.
pub(super) fn verified(
    input: &Input,
    observed: &Observed,
    plan: &Plan,
    seen: &Seen,
    pairs: &[Pair],
    outputs: &Outputs,
) -> Result<Exit, Ending> {
    let journal = outputs.journal();
    let intruders = verify::intruders(pairs, &observed.server, &input.all);
    let evidence = Evidence { plan, logins: &seen.logins, findings: &seen.findings, intruders: &intruders };
    let before = journal.outcomes();
    for app in &input.apps {
        let own = || before.iter().filter(|outcome| outcome.app == app.key && !is_proof(outcome));
        if own().all(|outcome| outcome.status == Status::Success) {
            journal.record(verify::proof(app, &evidence, own().next().is_some()));
        }
    }
    worst(&journal.outcomes())
}

/// The ending that the outcomes call for.
fn worst(outcomes: &[Outcome]) -> Result<Exit, Ending> {
    let rank = |exit: Exit| match exit {
        Exit::Bug => 6,
        Exit::Failed => 5,
        Exit::Invalid => 4,
        Exit::Refused => 3,
        Exit::CannotTell => 2,
        Exit::Unavailable | Exit::Stopped => 1,
        Exit::Ok | Exit::Findings => 0,
    };
    // The first of the worst: what follows may be its consequence.
    let Some(outcome) = outcomes.iter().rev().max_by_key(|outcome| rank(outcome.exit)).filter(|o| rank(o.exit) > 0)
    else {
        return Ok(Exit::Ok);
    };
    let failed = outcomes.iter().filter(|outcome| rank(outcome.exit) > 0);
    let detail =
        failed.map(|outcome| format!("app {}: {}", outcome.app, outcome.message)).collect::<Vec<_>>().join("\n");
    let ending = match outcome.exit {
        Exit::Stopped => Ending::of_stop(StopReason::Signal),
        exit => Ending { app: Some(outcome.app.clone()), ..Ending::new(exit, outcome.message.clone()) },
    };
    Err(Ending { detail, ..ending })
}
