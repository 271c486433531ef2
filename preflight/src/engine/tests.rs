//! The engine, with a world that answers as a test says.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use platform::stop::Stop;
use serde_json::{Value, json};

use super::{Limits, Prober, run};
use crate::check::{Access, Check, Each, Gate, Retry, Severity, Tier};
use crate::kinds::NODES;
use crate::look::{Answer, Kubernetes, Look};
use crate::outcome::{Outcome, Whole, whole};
use crate::schedule::schedule;
use crate::scope::example;
use crate::verdict::{CannotLook, Finding, Judged, Short, Status, Verdict};
use crate::view::{View, get};

/// Answers in turn; the last answer stays.
struct World {
    answers: RefCell<BTreeMap<Look, Vec<Result<Answer, CannotLook>>>>,
    asked: RefCell<Vec<Look>>,
    slow: Duration,
}

impl World {
    fn new() -> Self {
        Self { answers: RefCell::default(), asked: RefCell::default(), slow: Duration::ZERO }
    }

    fn with(self, name: &str, answers: impl IntoIterator<Item = Result<Answer, CannotLook>>) -> Self {
        self.answers.borrow_mut().insert(look(name), answers.into_iter().collect());
        self
    }

    fn times(&self, name: &str) -> usize {
        self.asked.borrow().iter().filter(|asked| **asked == look(name)).count()
    }
}

impl Prober for World {
    async fn look(&self, look: &Look) -> Result<Answer, CannotLook> {
        self.asked.borrow_mut().push(look.clone());
        tokio::time::sleep(self.slow).await;
        let mut answers = self.answers.borrow_mut();
        let turns = answers.get_mut(look).expect("an answer to what is asked");
        if turns.len() > 1 { turns.remove(0) } else { turns[0].clone() }
    }
}

fn look(name: &str) -> Look {
    Look::Kubernetes(get(NODES, "", name))
}

type Seen = Result<Answer, CannotLook>;

#[expect(clippy::unnecessary_wraps, reason = "others in the list are errors")]
fn good() -> Seen {
    Ok(Answer::Json(json!("good")))
}

#[expect(clippy::unnecessary_wraps, reason = "others in the list are errors")]
fn bad() -> Seen {
    Ok(Answer::Json(json!("bad")))
}

fn judge_node(view: &View<'_>, name: &str) -> Judged {
    let found = view.kubernetes(Kubernetes::Get { kind: NODES, namespace: String::new(), name: name.to_owned() })?;
    Ok(match found {
        Ok(Value::String(text)) if text == "good" => Verdict::Pass("good".to_owned()),
        _ => Verdict::Fail(Finding::new("bad", format!("{name} is bad")).fix("mend it")),
    })
}

const ACCESS: &[Access] = &[Access::Kubernetes { verbs: &["get"], kind: NODES }];

const BASE: Check = Check {
    id: "a",
    tier: Tier::Cluster,
    gate: Gate::Before,
    severity: Severity::Required,
    retry: Retry::Deterministic,
    each: Each::Once,
    when: &[],
    needs: &[],
    title: "",
    why: "",
    remedy: "the row's remedy for {env}",
    access: ACCESS,
    judge: |view| judge_node(view, "a"),
};

async fn outcomes(rows: Vec<Check>, world: &World, deadline: Duration, accepted: &[(&str, &str)]) -> Vec<Outcome> {
    let rows: Vec<&'static Check> = rows.into_iter().map(|row| &*Box::leak(Box::new(row))).collect();
    let scope = example::persistent(Tier::Cluster);
    let planned = schedule(&rows, &scope);
    let stop = Stop::listen(Some(deadline)).unwrap();
    let accepted = accepted.iter().map(|(id, why)| ((*id).to_owned(), (*why).to_owned())).collect();
    let limits = Limits { stop: &stop, now: 0, accepted: &accepted };
    run(&planned, &scope, world, &limits, &mut |_| ()).await.0
}

const MINUTE: Duration = Duration::from_mins(1);

fn statuses(outcomes: &[Outcome]) -> Vec<Status> {
    outcomes.iter().map(|outcome| outcome.status).collect()
}

#[tokio::test(start_paused = true)]
async fn what_several_checks_ask_is_looked_at_once() {
    let world = World::new().with("a", [good()]);
    let rows = vec![BASE, Check { id: "b", ..BASE }, Check { id: "c", needs: &["a"], ..BASE }];
    let ended = outcomes(rows, &world, MINUTE, &[]).await;
    assert_eq!(statuses(&ended), [Status::Pass; 3]);
    assert_eq!(world.times("a"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failure_blocks_what_needs_it_and_nothing_else() {
    let world = World::new().with("a", [bad()]).with("b", [good()]);
    let rows = vec![
        BASE,
        Check { id: "on-a", needs: &["a"], ..BASE },
        Check { id: "on-on-a", needs: &["on-a"], ..BASE },
        Check { id: "b", judge: |view| judge_node(view, "b"), ..BASE },
    ];
    let ended = outcomes(rows, &world, MINUTE, &[]).await;
    assert_eq!(statuses(&ended), [Status::Fail, Status::Blocked, Status::Blocked, Status::Pass]);
    assert_eq!(ended[1].summary, "needs a, which failed");
    assert_eq!(ended[0].remedy, "mend it");
    assert_eq!(whole(&ended, false, false), Whole::NotReady);
    assert_eq!(world.times("a"), 1, "what stays is never looked at again");
}

#[tokio::test(start_paused = true)]
async fn a_judge_may_see_that_it_is_blocked_and_then_nothing_is_ready() {
    let blocked = Check { judge: |_| Err(Short::Blocked("needs b: it is not there".to_owned())), ..BASE };
    let ended = outcomes(vec![blocked], &World::new(), MINUTE, &[]).await;
    assert_eq!((statuses(&ended), ended[0].summary.as_str()), (vec![Status::Blocked], "needs b: it is not there"));
    assert_eq!(whole(&ended, false, false), Whole::CannotTell);
}

/// Blocked where another check, whose row it does not need, sees that `a` is bad.
fn stands_on_a(view: &View<'_>) -> Judged {
    match judge_node(view, "a")? {
        Verdict::Fail(_) => Err(Short::Blocked("needs a: it is bad".to_owned())),
        verdict => Ok(verdict),
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_seen_to_be_blocked_is_judged_again_when_that_converges() {
    let rows = || {
        vec![
            Check { id: "on-a", judge: stands_on_a, ..BASE },
            Check { id: "on-on-a", needs: &["on-a"], ..BASE },
            Check { retry: Retry::Converges, ..BASE },
        ]
    };
    let world = World::new().with("a", [bad(), bad(), good()]);
    assert_eq!(statuses(&outcomes(rows(), &world, MINUTE, &[]).await), [Status::Pass; 3]);
    assert_eq!(world.times("a"), 3, "only the check that converges looks again");
    let never = outcomes(rows(), &World::new().with("a", [bad()]), MINUTE, &[]).await;
    assert_eq!(statuses(&never), [Status::Blocked, Status::Blocked, Status::Fail]);
    assert_eq!(whole(&never, false, false), Whole::NotYet);
}

#[tokio::test(start_paused = true)]
async fn what_converges_is_looked_at_until_it_is_there() {
    let world = World::new().with("a", [bad(), bad(), bad(), good()]);
    let ended = outcomes(vec![Check { retry: Retry::Converges, ..BASE }], &world, MINUTE, &[]).await;
    assert_eq!((ended[0].status, ended[0].attempts, world.times("a")), (Status::Pass, 4, 4));
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_what_converges_is_open_and_not_failed_for_good() {
    let world = World::new().with("a", [bad()]);
    let ended = outcomes(vec![Check { retry: Retry::Converges, ..BASE }], &world, MINUTE, &[]).await;
    assert_eq!((ended[0].status, ended[0].summary.as_str()), (Status::Fail, "a is bad"));
    assert_eq!(whole(&ended, false, false), Whole::NotYet);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_waited_for_once_something_that_stays_is_in_the_way() {
    let world = World::new().with("a", [bad()]).with("b", [bad()]);
    let rows = vec![Check { id: "b", retry: Retry::Converges, judge: |view| judge_node(view, "b"), ..BASE }, BASE];
    let begun = tokio::time::Instant::now();
    let ended = outcomes(rows, &world, MINUTE, &[]).await;
    assert_eq!(statuses(&ended), [Status::Fail, Status::Fail]);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(whole(&ended, false, false), Whole::NotReady);
}

#[tokio::test(start_paused = true)]
async fn a_failure_to_look_is_tried_again_for_a_short_while_and_then_unknown() {
    let away = || Err(CannotLook::new("unreachable", "the API is away").passing());
    let world = World::new().with("a", [away()]);
    let ended = outcomes(vec![BASE], &world, MINUTE, &[]).await;
    assert_eq!((ended[0].status, ended[0].reason.as_str(), world.times("a")), (Status::Unknown, "unreachable", 4));
    assert_eq!(whole(&ended, false, false), Whole::CannotTell);
    let back = World::new().with("a", [away(), good()]);
    assert_eq!(outcomes(vec![BASE], &back, MINUTE, &[]).await[0].status, Status::Pass);
}

#[tokio::test(start_paused = true)]
async fn a_hiccup_after_much_waiting_does_not_end_the_waiting() {
    let away = || Err(CannotLook::new("unreachable", "the API is away").passing());
    let answers = [bad(), bad(), bad(), bad(), away(), bad(), away(), away(), good()];
    let world = World::new().with("a", answers);
    let ended = outcomes(vec![Check { retry: Retry::Converges, ..BASE }], &world, MINUTE, &[]).await;
    assert_eq!((ended[0].status, world.times("a")), (Status::Pass, 9));
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_not_tried_again_and_blocks() {
    let world = World::new().with("a", [Err(CannotLook::new("forbidden", "may not get nodes").fix("a rule"))]);
    let rows = vec![BASE, Check { id: "b", needs: &["a"], ..BASE }];
    let ended = outcomes(rows, &world, MINUTE, &[]).await;
    assert_eq!(statuses(&ended), [Status::Unknown, Status::Blocked]);
    assert_eq!((world.times("a"), ended[0].remedy.as_str()), (1, "a rule"));
    assert_eq!(whole(&ended, false, false), Whole::CannotTell);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_reached_before_the_deadline_is_open() {
    let world = World { slow: Duration::from_hours(1), ..World::new().with("a", [good()]) };
    let ended = outcomes(vec![BASE], &world, MINUTE, &[]).await;
    assert_eq!((ended[0].status, ended[0].reason.as_str()), (Status::Unknown, "deadline"));
    assert_eq!(whole(&ended, false, false), Whole::NotYet);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_warning_and_it_blocks_nothing() {
    let world = World::new().with("a", [bad()]);
    let rows = vec![
        Check { severity: Severity::Advisory, retry: Retry::Converges, ..BASE },
        Check { id: "b", needs: &["a"], judge: |_| Ok(Verdict::Pass(String::new())), ..BASE },
    ];
    let begun = tokio::time::Instant::now();
    let ended = outcomes(rows, &world, MINUTE, &[]).await;
    assert_eq!(statuses(&ended), [Status::Warn, Status::Pass]);
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!((whole(&ended, false, false), whole(&ended, true, false)), (Whole::Ready, Whole::Findings));
}

#[tokio::test(start_paused = true)]
async fn an_accepted_failure_is_a_warning_and_blocks_nothing() {
    let world = World::new().with("a", [bad()]);
    let rows = vec![
        Check { retry: Retry::Converges, ..BASE },
        Check { id: "b", needs: &["a"], judge: |_| Ok(Verdict::Pass(String::new())), ..BASE },
    ];
    let ended = outcomes(rows, &world, MINUTE, &[("a", "known (until 2027-01-31)")]).await;
    assert_eq!(statuses(&ended), [Status::Warn, Status::Pass]);
    assert_eq!(ended[0].accepted.as_deref(), Some("known (until 2027-01-31)"));
}

#[tokio::test(start_paused = true)]
async fn a_row_gives_the_remedy_where_the_judge_has_none() {
    let world = World::new();
    let judge = |_: &View<'_>| Ok(Verdict::Fail(Finding::new("bad", "bad")));
    let ended = outcomes(vec![Check { judge, ..BASE }], &world, MINUTE, &[]).await;
    assert_eq!(ended[0].remedy, "the row's remedy for dev");
}

#[test]
fn a_run_that_held_nothing_is_no_success() {
    assert_eq!(whole(&[], false, false), Whole::Invalid);
    assert_eq!(whole(&[], false, true), Whole::Ready);
}
