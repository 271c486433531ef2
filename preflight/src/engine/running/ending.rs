//! How a check ends, as an outcome.

use platform::stop::StopReason;

use super::{Last, Running};
use crate::outcome::Outcome;
use crate::verdict::{Finding, Status};

impl Running<'_> {
    /// What was said last is what remains.
    pub(super) fn end_of(&self, index: usize, cut: Option<StopReason>) -> Outcome {
        match (&self.slots[index].last, cut) {
            (Some(Last::Found(finding)), _) => self.found(index, Status::Fail, finding),
            (Some(Last::Cannot(cannot)), _) => {
                let mut outcome = self.outcome(index, Status::Unknown, cannot.reason, &cannot.summary);
                outcome.remedy = cannot.remedy.clone().unwrap_or_default();
                outcome
            }
            (Some(Last::Blocked(why)), _) => self.outcome(index, Status::Blocked, "needs", why),
            (None, Some(StopReason::Signal)) => {
                self.outcome(index, Status::Unknown, "stopped", "stopped before it was judged")
            }
            (None, _) => {
                let mut outcome =
                    self.outcome(index, Status::Unknown, "deadline", "the deadline came before it was judged");
                "Run again, or with a longer --deadline.".clone_into(&mut outcome.remedy);
                outcome
            }
        }
    }

    pub(super) fn found(&self, index: usize, status: Status, finding: &Finding) -> Outcome {
        let slot = &self.slots[index];
        let accepted = self.limits.accepted.get(&slot.planned.id).filter(|_| status == Status::Fail);
        let status = if slot.required && accepted.is_none() { status } else { Status::Warn };
        let mut outcome = self.outcome(index, status, finding.reason, &finding.summary);
        outcome.evidence.clone_from(&finding.evidence);
        outcome.remedy = finding.remedy.clone().unwrap_or_else(|| self.scope.expand(slot.planned.check.remedy));
        outcome.converges = finding.converges.unwrap_or(outcome.converges);
        outcome.accepted = accepted.cloned();
        outcome
    }

    pub(super) fn outcome(&self, index: usize, status: Status, reason: &str, summary: &str) -> Outcome {
        let slot = &self.slots[index];
        let mut outcome = Outcome::of(slot.planned, status, reason, summary);
        outcome.required = slot.required;
        outcome.attempts = slot.attempts;
        outcome.duration = slot.begun.map(|begun| begun.elapsed()).unwrap_or_default();
        outcome
    }
}
