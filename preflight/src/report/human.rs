//! A run for people: what is wrong, with evidence and what to do; quiet where all is well. Pure.

use std::collections::BTreeMap;

use crate::check::Tier;
use crate::inputs::Name;
use crate::lines::line;
use crate::outcome::Outcome;
use crate::report::Report;
use crate::report::line::{summary, told_counts};
use crate::scope::Scope;
use crate::verdict::Status;

/// The report as text.
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    if let Some(scope) = &report.scope {
        line(&mut text, &head(scope));
    }
    for tier in Tier::ALL {
        let outcomes: Vec<&Outcome> =
            report.outcomes.iter().filter(|outcome| outcome.planned.check.tier == tier).collect();
        section(&mut text, tier, &outcomes);
    }
    skipped(&mut text, &report.outcomes);
    line(&mut text, &summary(report));
    if report.error.is_none() && report.whole != crate::outcome::Whole::Ready {
        line(&mut text, &told_counts(&report.outcomes));
    }
    text
}

fn head(scope: &Scope) -> String {
    let mut parts = vec![format!("tier {} ({})", scope.tier(), scope.asked.gate)];
    parts.push(format!("mode {}", scope.mode));
    parts.push(format!("maxTier {}", scope.max_tier));
    parts.push(format!("environment {}", scope.told(Name::Environment)));
    parts.join(", ")
}

/// A tier's heading, and below it what did not pass.
fn section(text: &mut String, tier: Tier, outcomes: &[&Outcome]) {
    let held: Vec<&&Outcome> = outcomes.iter().filter(|outcome| outcome.status != Status::Skipped).collect();
    if held.is_empty() {
        return;
    }
    let passed = held.iter().filter(|outcome| outcome.status == Status::Pass).count();
    line(text, &format!("tier {tier}: {passed} of {} pass", held.len()));
    for outcome in held.iter().filter(|outcome| outcome.status != Status::Pass) {
        tell(text, outcome);
    }
}

fn tell(text: &mut String, outcome: &Outcome) {
    let status = outcome.status.as_str().to_uppercase();
    line(text, &format!("  {status:<7} {}: {}", outcome.planned.id, one_line(&outcome.summary)));
    if outcome.status == Status::Blocked {
        return;
    }
    for seen in &outcome.evidence {
        line(text, &format!("          {}", one_line(seen)));
    }
    if let Some(accepted) = &outcome.accepted {
        line(text, &format!("          accepted: {}", one_line(accepted)));
    }
    if !outcome.remedy.is_empty() {
        line(text, &format!("          fix: {}", one_line(&outcome.remedy)));
    }
}

/// Those that were left out, by the reason.
fn skipped(text: &mut String, outcomes: &[Outcome]) {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for outcome in outcomes.iter().filter(|outcome| outcome.status == Status::Skipped) {
        reasons.entry(&outcome.summary).or_default().push(&outcome.planned.id);
    }
    if reasons.is_empty() {
        return;
    }
    line(text, "skipped:");
    for (reason, ids) in reasons {
        let shown = ids.iter().take(4).copied().collect::<Vec<_>>().join(", ");
        let more = if ids.len() > 4 { format!(" and {} more", ids.len() - 4) } else { String::new() };
        line(text, &format!("  {}: {shown}{more}", one_line(reason)));
    }
}

/// What others wrote (a condition's message, a record) must not break the lines, or the terminal.
fn one_line(text: &str) -> String {
    let visible = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    visible.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}
