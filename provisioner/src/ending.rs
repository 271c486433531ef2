//! How a run ends that does not end well: what, where, why and what to do, and the exit code.

use platform::exit::Exit;
use platform::names::AppKey;
use platform::postgres::{ConnectError, StatementFault};
use platform::stop::StopReason;
use platform::termination;

use crate::catalog::CatalogError;
use crate::diagnostic::{self, Problem};
use crate::lock::LockError;
use crate::observe::ObserveError;
use crate::outcome::{Outcome, Status};
use crate::plan::{NotApproved, Refusal};
use crate::settings::SettingsError;
use crate::vault::SecretProblem;

/// The end of a run, for people and for the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    pub exit: Exit,
    /// The app that it is about, where it is about one.
    pub app: Option<AppKey>,
    /// What, why and what to do, in one line.
    pub message: String,
    /// What does not fit the line.
    pub detail: String,
}

impl Ending {
    /// An end that is about no app.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, app: None, message: message.into(), detail: String::new() }
    }

    /// The line that Argo shows. Where it is to try again, the line holds one of its phrases: what the server said of a
    /// lock not had, or of somebody who was first, has none, and our rounds of waiting for it are over.
    pub fn headline(&self) -> String {
        let line = termination::visible(&match &self.app {
            Some(app) => format!("app {app}: {}", self.message),
            None => self.message.clone(),
        });
        if self.exit == Exit::Unavailable && !termination::has_retry_phrase(&line) {
            return format!("{line}: i/o timeout waiting for it");
        }
        termination::told_with(self.exit, &line)
    }

    /// Problems in the tfvars, all of them.
    pub fn of_problems(problems: &[Problem]) -> Self {
        let first = problems.first().map(ToString::to_string).unwrap_or_default();
        let more = match problems.len() {
            0 | 1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        Self { detail: diagnostic::render(problems, false), ..Self::new(Exit::Invalid, format!("{first}{more}")) }
    }

    /// What is the matter with secrets, all of it. The exit code is that of the worst, and nobody retries what would
    /// fail again.
    pub fn of_secrets(problems: &[SecretProblem]) -> Self {
        let rank = |problem: &&SecretProblem| match problem.exit {
            Exit::Unavailable => 0,
            Exit::Failed => 1,
            _ => 2,
        };
        let worst = problems.iter().rev().max_by_key(rank);
        let text = |problem: &SecretProblem| {
            let app = problem.app.as_ref().map_or("master".to_owned(), |app| format!("app {app}"));
            let detail = problem.detail.as_ref().map(|detail| format!("\n  {detail}")).unwrap_or_default();
            format!("{app}: {}{detail}", problem.message)
        };
        let detail = match problems {
            [SecretProblem { detail, .. }] => detail.clone().unwrap_or_default(),
            _ => problems.iter().map(text).collect::<Vec<_>>().join("\n"),
        };
        match worst {
            Some(SecretProblem { app, message, exit, .. }) => {
                Self { exit: *exit, app: app.clone(), message: message.clone(), detail }
            }
            None => Self::new(Exit::Bug, "a secret is not usable, and nothing says why"),
        }
    }

    /// What must not be done.
    pub fn of_refusals(refusals: &[Refusal]) -> Self {
        let Some(first) = refusals.first() else { return Self::new(Exit::Bug, "refused, and nothing says why") };
        let text = |Refusal { app, reason, remedy, .. }: &Refusal| {
            format!("app {app}: {}\n  {}", termination::visible(reason), termination::visible(remedy))
        };
        Self {
            exit: Exit::Refused,
            app: Some(first.app.clone()),
            message: format!("{}; {}", first.reason, first.remedy),
            // Of one refusal, the line says it all.
            detail: if refusals.len() > 1 {
                refusals.iter().map(text).collect::<Vec<_>>().join("\n")
            } else {
                String::new()
            },
        }
    }

    /// The run was told to stop, or its time was over.
    pub fn of_stop(reason: StopReason) -> Self {
        match reason {
            StopReason::Signal => Self::new(Exit::Stopped, "stopped by a signal; the next run goes on from here"),
            StopReason::Deadline => Self::new(
                Exit::Unavailable,
                "--deadline expired: i/o timeout of the whole run; the next run goes on from here",
            ),
        }
    }

    /// The ending that the outcomes call for.
    pub fn of_outcomes(outcomes: &[Outcome]) -> Result<Exit, Self> {
        // The first of the worst: what follows may be its consequence.
        let Some(outcome) = outcomes.iter().rev().max_by_key(|outcome| rank(outcome.exit)).filter(|o| rank(o.exit) > 0)
        else {
            return Ok(Exit::Ok);
        };
        let failed = failures(outcomes);
        // Of one failure, the line says it all.
        let detail = if failed.len() > 1 { failed.join("\n") } else { String::new() };
        let ending = match outcome.exit {
            Exit::Stopped => Self::of_stop(StopReason::Signal),
            exit => Self { app: Some(outcome.app.clone()), ..Self::new(exit, outcome.message.clone()) },
        };
        Err(Self { detail, ..ending })
    }

    /// An answer that the proof needs did not come: what was written stands, and nobody knows whether it is right. What
    /// failed before is told first, unless this is worse.
    pub fn unverified(self, outcomes: &[Outcome]) -> Self {
        let exit = if self.exit == Exit::Failed { Exit::CannotTell } else { self.exit };
        if !outcomes.iter().any(is_undone) {
            let written = if outcomes.is_empty() { "" } else { "everything was carried out, but " };
            return Self { exit, message: format!("{written}not verified: {}", self.message), ..self };
        }
        match Self::of_outcomes(outcomes) {
            Err(failed) if rank(failed.exit) >= rank(exit) => {
                let look = format!("not verified: {}", Self { exit, ..self.clone() }.headline());
                Self { detail: lines([failed.detail, look, self.detail]), ..failed }
            }
            _ => Self {
                exit,
                message: format!("not everything was carried out, and nothing is verified: {}", self.message),
                detail: lines([failures(outcomes).join("\n"), self.detail]),
                ..self
            },
        }
    }
}

/// Whether a step was not carried out.
pub const fn is_undone(outcome: &Outcome) -> bool {
    matches!(outcome.status, Status::Error | Status::Refused | Status::NotReached)
}

fn lines<const N: usize>(parts: [String; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// How bad an ending is: nobody is to try again what would fail again.
const fn rank(exit: Exit) -> u8 {
    match exit {
        Exit::Bug => 6,
        Exit::Failed => 5,
        Exit::Invalid => 4,
        Exit::Refused => 3,
        Exit::CannotTell => 2,
        Exit::Unavailable | Exit::Stopped => 1,
        Exit::Ok | Exit::Findings => 0,
    }
}

fn failures(outcomes: &[Outcome]) -> Vec<String> {
    let failed = outcomes.iter().filter(|outcome| rank(outcome.exit) > 0);
    failed.map(|outcome| format!("app {}: {}", outcome.app, termination::visible(&outcome.message))).collect()
}

const fn of_transience(is_transient: bool) -> Exit {
    if is_transient { Exit::Unavailable } else { Exit::Failed }
}

impl From<SettingsError> for Ending {
    fn from(error: SettingsError) -> Self {
        let detail = match &error {
            SettingsError::Site(site) => site.shown.clone(),
            _ => String::new(),
        };
        Self { detail, ..Self::new(Exit::Invalid, error.to_string()) }
    }
}

impl From<NotApproved> for Ending {
    fn from(error: NotApproved) -> Self {
        let detail = match &error {
            NotApproved::Another { approved, digest } => format!("approved: {approved}\nnow:      {digest}"),
            NotApproved::Missing { .. } => String::new(),
        };
        Self { detail, ..Self::new(Exit::Refused, error.to_string()) }
    }
}

impl From<ConnectError> for Ending {
    fn from(error: ConnectError) -> Self {
        Self::new(of_transience(error.is_transient()), error.to_string())
    }
}

impl From<StatementFault> for Ending {
    fn from(fault: StatementFault) -> Self {
        Self::new(of_transience(fault.is_transient()), fault.to_string())
    }
}

impl From<CatalogError> for Ending {
    fn from(error: CatalogError) -> Self {
        match &error {
            CatalogError::Query { source, .. } => {
                Self::new(of_transience(source.is_transient()), format!("{error}: {source}"))
            }
            CatalogError::Answer { source, .. } => Self::new(Exit::Bug, format!("{error}: {source}")),
        }
    }
}

impl From<ObserveError> for Ending {
    fn from(error: ObserveError) -> Self {
        match error {
            ObserveError::Login { app, role, source } => Self {
                app: Some(app),
                ..Self::new(of_transience(source.is_transient()), format!("log in as {role}: {source}"))
            },
            ObserveError::Connect { ref source, .. } => {
                Self::new(of_transience(source.is_transient()), error.to_string())
            }
            ObserveError::Catalog(error) => error.into(),
        }
    }
}

impl From<LockError> for Ending {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Held { .. } | LockError::LeftOver { .. } => Self::new(Exit::Unavailable, error.to_string()),
            LockError::Query(fault) => {
                Self::new(of_transience(fault.is_transient()), format!("ask for the lock: {fault}"))
            }
            LockError::Answer(ref source) => Self::new(Exit::Bug, format!("{error}: {source}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use platform::exit::Exit;
    use platform::postgres::StatementFault;
    use platform::termination;

    use super::Ending;
    use crate::model::Access;
    use crate::outcome::{Outcome, Status};
    use crate::plan::example::app;
    use crate::verify;

    fn server(sqlstate: &str) -> StatementFault {
        let message = "source database \"template1\" is being accessed by other users".to_owned();
        StatementFault::Server { sqlstate: sqlstate.to_owned(), message, detail: None }
    }

    #[test]
    fn what_may_be_tried_again_is_told_with_a_phrase_that_argo_knows() {
        let classes = ["40001", "40P01", "53300", "55006", "55P03", "57014", "42P04", "42710", "23505", "08006"];
        let mut faults: Vec<StatementFault> = classes.into_iter().map(server).collect();
        faults.extend([StatementFault::TimedOut, StatementFault::ConnectionLost("closed".to_owned())]);
        for fault in faults {
            let app = Some("shop".parse().unwrap());
            let ending = Ending { app, ..Ending::from(fault) };
            assert_eq!(ending.exit, Exit::Unavailable, "{ending:?}");
            let line = ending.headline();
            assert!(line.starts_with("app shop: ") && termination::has_retry_phrase(&line), "{line}");
        }
        let line = Ending::from(server("55006")).headline();
        assert!(line.ends_with("by other users (SQLSTATE 55006): i/o timeout waiting for it"), "{line}");
        let long = Ending::new(Exit::Unavailable, "x".repeat(300)).headline();
        assert!(termination::has_retry_phrase(&termination::headline(&long)), "{long}");
    }

    #[test]
    fn a_phrase_that_is_there_stands_alone_and_what_is_for_good_gets_none() {
        let line = Ending::from(StatementFault::TimedOut).headline();
        assert_eq!(line, "i/o timeout, no answer from the server");
        assert!(!termination::has_retry_phrase(&Ending::from(server("42501")).headline()));
    }

    fn look(exit: Exit) -> Ending {
        Ending { detail: "more".to_owned(), ..Ending::new(exit, "no answer: i/o timeout") }
    }

    fn outcome(key: &str, status: Status, exit: Exit) -> Outcome {
        let message = format!("what became of {key}");
        Outcome { status, message, exit, ..verify::in_sync(&app(key, Access::Owner)) }
    }

    fn done() -> Outcome {
        outcome("good", Status::Success, Exit::Ok)
    }

    #[test]
    fn a_name_from_the_server_forges_no_line() {
        let ending = Ending::new(Exit::Failed, "still to do: alter database x\nNothing to do\u{1b}[8m");
        assert_eq!(ending.headline(), r"still to do: alter database x\nNothing to do\u{1b}[8m");
    }

    #[test]
    fn where_all_was_carried_out_the_look_alone_is_told() {
        let ending = look(Exit::Failed).unverified(&[done()]);
        assert_eq!((ending.exit, &ending.app), (Exit::CannotTell, &None));
        assert_eq!(ending.message, "everything was carried out, but not verified: no answer: i/o timeout");
        assert_eq!(look(Exit::Unavailable).unverified(&[]).message, "not verified: no answer: i/o timeout");
    }

    #[test]
    fn a_step_that_failed_is_told_before_a_look_that_failed() {
        for exit in [Exit::Failed, Exit::Unavailable] {
            let outcomes =
                [done(), outcome("bad", Status::Error, Exit::Failed), outcome("later", Status::NotReached, Exit::Ok)];
            let ending = look(exit).unverified(&outcomes);
            assert_eq!((ending.exit, ending.headline().as_str()), (Exit::Failed, "app bad: what became of bad"));
            assert!(ending.detail.starts_with("not verified: no answer") && ending.detail.ends_with("\nmore"));
        }
    }

    #[test]
    fn a_look_that_is_worse_is_told_with_what_failed_before() {
        let ending = look(Exit::Failed).unverified(&[outcome("busy", Status::Error, Exit::Unavailable)]);
        assert_eq!(ending.exit, Exit::CannotTell);
        assert!(ending.message.starts_with("not everything was carried out, and nothing is verified: "));
        assert_eq!(ending.detail, "app busy: what became of busy\nmore");
    }
}
