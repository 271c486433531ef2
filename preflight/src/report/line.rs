//! A run in one line, and what Kubernetes keeps of it. Pure.

use std::time::Duration;

use crate::inputs::Name;
use crate::outcome::{Outcome, Whole, counts};
use crate::report::Report;
use crate::scope::Scope;
use crate::verdict::Status;

/// A run that did not end well: the line that Argo shows, and what does not fit it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What, why and what to do.
    pub headline: String,
    /// The rest.
    pub detail: String,
}

/// One line: `READY tier=2 env=dev: 26 pass, 1 warn, 5 skipped in 4.2s`, or what is in the way.
pub fn summary(report: &Report) -> String {
    message(report).map_or_else(|| ready(report), |message| message.headline)
}

/// What Kubernetes is told of a run that did not end well.
pub fn message(report: &Report) -> Option<Message> {
    let headline = match (report.whole, &report.error) {
        (Whole::Ready, _) => return None,
        (whole, Some(error)) => format!("{}{error}", word(whole)),
        (whole, None) => headline(report, whole),
    };
    let detail = if report.outcomes.is_empty() { String::new() } else { detail(report) };
    Some(Message { headline, detail })
}

fn word(whole: Whole) -> &'static str {
    match whole {
        Whole::Ready | Whole::Findings => "READY",
        Whole::NotReady => "NOT READY",
        Whole::CannotTell => "CANNOT TELL",
        Whole::NotYet => "NOT YET",
        Whole::Invalid | Whole::Bug | Whole::Stopped => "",
    }
}

fn ready(report: &Report) -> String {
    format!("READY {}: {} in {}", about(report.scope.as_ref()), told_counts(&report.outcomes), seconds(report.took))
}

fn about(scope: Option<&Scope>) -> String {
    let Some(scope) = scope else { return "preflight".to_owned() };
    let environment = scope.text(Name::Environment).map(|name| format!(" env={name}")).unwrap_or_default();
    let gate = match scope.asked.gate.to_string() {
        before if before == "before" => String::new(),
        gate => format!(" gate={gate}"),
    };
    format!("tier={}{gate}{environment}", scope.tier())
}

fn headline(report: &Report, whole: Whole) -> String {
    let about = about(report.scope.as_ref());
    let Some(first) = first(&report.outcomes, whole) else {
        return match whole {
            Whole::Invalid => format!("no check is in the scope of {about}; --allow-empty accepts that"),
            Whole::Stopped => format!("stopped by a signal ({about}); nothing was changed, run it again"),
            Whole::Bug => "a defect of preflight stopped it (see its log)".to_owned(),
            _ => format!("{} {about}", word(whole)),
        };
    };
    let fix = if first.remedy.is_empty() { String::new() } else { format!("; fix: {}", first.remedy) };
    let cause = first.summary.trim_end_matches('.');
    let line = format!("{} {about}: {}: {cause}{fix}", word(whole), first.planned.id);
    // Argo retries a step for these words; that the time was over is the truth.
    if whole == Whole::NotYet {
        format!("{line} (i/o timeout: not there after {})", seconds(report.took))
    } else {
        line
    }
}

/// The check that the line names: the first in the way, those that the verdict is about before others.
fn first(outcomes: &[Outcome], whole: Whole) -> Option<&Outcome> {
    in_the_way(outcomes, whole).into_iter().next()
}

fn in_the_way(outcomes: &[Outcome], whole: Whole) -> Vec<&Outcome> {
    let rank = |outcome: &&Outcome| match (whole, outcome.status) {
        (Whole::NotReady, Status::Fail) => u8::from(outcome.converges),
        (Whole::CannotTell, Status::Unknown) | (Whole::NotYet, Status::Fail) => 0,
        _ => 2,
    };
    let wanted = |outcome: &&Outcome| match whole {
        Whole::Findings => outcome.status == Status::Warn,
        Whole::Invalid | Whole::Bug | Whole::Stopped | Whole::Ready => false,
        _ => outcome.is_in_the_way() || outcome.required && outcome.status == Status::Blocked,
    };
    let mut found: Vec<&Outcome> = outcomes.iter().filter(wanted).collect();
    found.sort_by_key(rank);
    found
}

fn detail(report: &Report) -> String {
    let mut lines = Vec::new();
    for (index, outcome) in in_the_way(&report.outcomes, report.whole).into_iter().enumerate() {
        if outcome.status == Status::Blocked {
            continue;
        }
        if index > 0 {
            lines.push(format!("also: {}: {}", outcome.planned.id, outcome.summary));
            if !outcome.remedy.is_empty() {
                lines.push(format!("  fix: {}", outcome.remedy));
            }
        }
        lines.extend(outcome.evidence.iter().take(3).map(|seen| format!("  {seen}")));
    }
    let explain =
        first(&report.outcomes, report.whole).map(|first| format!(" | preflight explain {}", first.planned.id));
    lines.push(format!("{}{}", told_counts(&report.outcomes), explain.unwrap_or_default()));
    lines.join("\n")
}

/// `26 pass, 1 warn, 5 skipped`: what there is none of is left out.
pub fn told_counts(outcomes: &[Outcome]) -> String {
    let counts = counts(outcomes);
    let told: Vec<String> =
        counts.iter().filter(|(_, count)| **count > 0).map(|(status, count)| format!("{count} {status}")).collect();
    if told.is_empty() { "no checks".to_owned() } else { told.join(", ") }
}

/// `4.2s`.
pub fn seconds(time: Duration) -> String {
    format!("{}.{}s", time.as_secs(), time.subsec_millis() / 100)
}
