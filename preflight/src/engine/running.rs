//! The checks of a run, and where each of them stands. No looking here: what is to be looked at is said, what was seen
//! is handed in.

mod ending;
mod pause;

use std::collections::{BTreeMap, BTreeSet};

use platform::stop::StopReason;
use tokio::time::Instant;

use super::Limits;
use crate::access;
use crate::check::Retry;
use crate::look::Look;
use crate::outcome::Outcome;
use crate::schedule::Planned;
use crate::scope::Scope;
use crate::verdict::{CannotLook, Finding, Short, Status, Verdict};
use crate::view::{Facts, View};
use pause::pause;

/// How often in a row it is looked again where looking itself failed.
const TRANSPORT_ATTEMPTS: u32 = 3;

/// What comes next.
pub(super) struct Turn {
    /// What is to be looked at.
    pub(super) wanted: BTreeSet<Look>,
    /// When to take the next turn, if nothing was seen before.
    pub(super) wake: Option<Instant>,
}

pub(super) struct Running<'a> {
    scope: &'a Scope,
    limits: &'a Limits<'a>,
    started: Instant,
    slots: Vec<Slot<'a>>,
    ids: BTreeMap<&'a str, usize>,
}

struct Slot<'a> {
    planned: &'a Planned,
    required: bool,
    done: Option<Outcome>,
    begun: Option<Instant>,
    attempts: u32,
    /// How often in a row looking itself failed.
    missed: u32,
    again: Option<Instant>,
    used: BTreeSet<Look>,
    looks: bool,
    last: Option<Last>,
}

/// What was said last, by a check that is looked at again.
enum Last {
    Found(Finding),
    Cannot(CannotLook),
    /// What it stands on may yet come right, as long as others look again.
    Blocked(String),
}

impl<'a> Running<'a> {
    pub(super) fn new(planned: &'a [Planned], scope: &'a Scope, limits: &'a Limits<'a>) -> Self {
        let slot = |planned: &'a Planned| Slot {
            planned,
            required: planned.is_required(scope),
            done: None,
            begun: None,
            attempts: 0,
            missed: 0,
            again: None,
            used: BTreeSet::new(),
            looks: false,
            last: None,
        };
        let ids = planned.iter().enumerate().map(|(index, planned)| (planned.id.as_str(), index)).collect();
        Self { scope, limits, started: Instant::now(), slots: planned.iter().map(slot).collect(), ids }
    }

    /// Judges whatever can be judged by now. Facts that are too old for a check that looks again are taken out.
    pub(super) fn turn(
        &mut self,
        facts: &mut Facts,
        seen_at: &BTreeMap<Look, Instant>,
        told: &mut dyn FnMut(&Outcome),
    ) -> Turn {
        let mut turn = Turn { wanted: BTreeSet::new(), wake: None };
        // What ends may unblock, or block, what needs it; a schedule has no cycles.
        loop {
            let mut ended = false;
            for index in 0..self.slots.len() {
                if self.slots[index].done.is_some() {
                    continue;
                }
                if let Some(outcome) = self.advance(index, facts, seen_at, &mut turn) {
                    told(&outcome);
                    self.slots[index].done = Some(outcome);
                    ended = true;
                }
            }
            // Nothing can unblock any more what is blocked by what was seen.
            if !ended && (self.is_moving() || !self.end_blocked(told)) {
                return turn;
            }
        }
    }

    fn is_moving(&self) -> bool {
        self.slots.iter().any(|slot| slot.done.is_none() && (slot.looks || slot.again.is_some()))
    }

    /// Ends what is blocked by what was seen, if there is any.
    fn end_blocked(&mut self, told: &mut dyn FnMut(&Outcome)) -> bool {
        let is_blocked = |slot: &Slot<'_>| slot.done.is_none() && matches!(slot.last, Some(Last::Blocked(_)));
        let blocked: Vec<usize> = (0..self.slots.len()).filter(|index| is_blocked(&self.slots[*index])).collect();
        for index in &blocked {
            let outcome = self.end_of(*index, None);
            told(&outcome);
            self.slots[*index].done = Some(outcome);
        }
        !blocked.is_empty()
    }

    fn advance(
        &mut self,
        index: usize,
        facts: &mut Facts,
        seen_at: &BTreeMap<Look, Instant>,
        turn: &mut Turn,
    ) -> Option<Outcome> {
        let now = Instant::now();
        let planned = self.slots[index].planned;
        if let Some(why) = &planned.skipped {
            return Some(self.outcome(index, Status::Skipped, "scope", why));
        }
        match self.needs(planned) {
            Needs::Open => return None,
            Needs::Broken(summary) => return Some(self.outcome(index, Status::Blocked, "needs", &summary)),
            Needs::Met => {}
        }
        if self.slots[index].last.is_some() && self.is_decided() {
            return Some(self.end_of(index, None));
        }
        if let Some(again) = self.slots[index].again {
            if again > now {
                turn.wake = Some(turn.wake.map_or(again, |wake| wake.min(again)));
                return None;
            }
            self.slots[index].again = None;
            let is_old = |look: &&Look| seen_at.get(*look).is_none_or(|seen| *seen < again);
            for look in self.slots[index].used.iter().filter(is_old) {
                facts.remove(look);
            }
        }
        self.judge(index, now, facts, turn)
    }

    fn judge(&mut self, index: usize, now: Instant, facts: &Facts, turn: &mut Turn) -> Option<Outcome> {
        let planned = self.slots[index].planned;
        self.slots[index].begun.get_or_insert(now);
        let seconds = i64::try_from(self.started.elapsed().as_secs()).unwrap_or(i64::MAX);
        let view = View::new(self.scope, &planned.of, self.limits.now.saturating_add(seconds), facts);
        let judged = (planned.check.judge)(&view);
        let used = view.used();
        debug_assert!(
            used.iter().all(|look| access::allows(planned.check.access, look)),
            "{} looks at what its row does not list: {used:?}",
            planned.id
        );
        let slot = &mut self.slots[index];
        slot.used = used;
        slot.looks = matches!(judged, Err(Short::Look(_)));
        slot.attempts += u32::from(!matches!(judged, Err(Short::Look(_) | Short::Blocked(_))));
        slot.missed = match judged {
            Err(Short::Look(_)) => slot.missed,
            Err(Short::Cannot(_)) => slot.missed + 1,
            Err(Short::Blocked(_)) | Ok(_) => 0,
        };
        match judged {
            Err(Short::Look(looks)) => {
                turn.wanted.extend(looks);
                None
            }
            Err(Short::Blocked(why)) => {
                slot.last = Some(Last::Blocked(why));
                None
            }
            Err(Short::Cannot(cannot)) => {
                let again = cannot.may_pass && self.slots[index].missed <= TRANSPORT_ATTEMPTS;
                self.slots[index].last = Some(Last::Cannot(cannot));
                self.again_or_end(index, again, now, turn)
            }
            Ok(Verdict::Pass(summary)) => Some(self.outcome(index, Status::Pass, "", &summary)),
            Ok(Verdict::Skip(why)) => Some(self.outcome(index, Status::Skipped, "scope", &why)),
            Ok(Verdict::Warn(finding)) => Some(self.found(index, Status::Warn, &finding)),
            Ok(Verdict::Fail(finding)) => {
                let slot = &self.slots[index];
                let converges = finding.converges.unwrap_or(slot.planned.check.retry == Retry::Converges);
                // Nobody waits for a warning.
                let again = converges && slot.required && !self.limits.accepted.contains_key(&planned.id);
                self.slots[index].last = Some(Last::Found(finding));
                self.again_or_end(index, again, now, turn)
            }
        }
    }

    fn again_or_end(&mut self, index: usize, again: bool, now: Instant, turn: &mut Turn) -> Option<Outcome> {
        if !again || self.is_decided() {
            return Some(self.end_of(index, None));
        }
        let slot = &mut self.slots[index];
        let at = now + pause(slot.attempts, &slot.planned.id);
        slot.again = Some(at);
        turn.wake = Some(turn.wake.map_or(at, |wake| wake.min(at)));
        None
    }

    /// Whether waiting can make nothing better: something that stays is in the way.
    fn is_decided(&self) -> bool {
        let stays = |outcome: &Outcome| outcome.status == Status::Unknown || !outcome.converges;
        self.slots.iter().filter_map(|slot| slot.done.as_ref()).any(|outcome| outcome.is_in_the_way() && stays(outcome))
    }

    fn needs(&self, planned: &Planned) -> Needs {
        let mut open = false;
        for id in &planned.needs {
            let Some(needed) = self.ids.get(id.as_str()).map(|index| &self.slots[*index]) else { continue };
            match needed.done.as_ref().map(|outcome| outcome.status) {
                None => open = true,
                Some(Status::Fail) => return Needs::Broken(format!("needs {id}, which failed")),
                Some(Status::Unknown) => return Needs::Broken(format!("needs {id}, which could not look")),
                Some(Status::Blocked) => return Needs::Broken(format!("needs {id}, which is blocked itself")),
                Some(Status::Pass | Status::Warn | Status::Skipped) => {}
            }
        }
        if open { Needs::Open } else { Needs::Met }
    }

    /// Ends every check that is still open.
    pub(super) fn end(mut self, cut: Option<StopReason>, told: &mut dyn FnMut(&Outcome)) -> Vec<Outcome> {
        for index in 0..self.slots.len() {
            if self.slots[index].done.is_none() {
                let planned = self.slots[index].planned;
                let outcome = match self.needs(planned) {
                    Needs::Broken(summary) => self.outcome(index, Status::Blocked, "needs", &summary),
                    Needs::Open | Needs::Met => self.end_of(index, cut),
                };
                told(&outcome);
                self.slots[index].done = Some(outcome);
            }
        }
        self.slots.into_iter().filter_map(|slot| slot.done).collect()
    }
}

enum Needs {
    /// Something that is needed has not ended.
    Open,
    /// Everything is there.
    Met,
    /// Something is not.
    Broken(String),
}
