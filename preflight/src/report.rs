//! What a run came to, for programs: `preflight-report/v1`. Pure.

pub mod human;
pub mod junit;
pub mod line;

use std::time::Duration;

use serde_json::{Value, json};

use crate::check::Severity;
use crate::inputs::Name;
use crate::outcome::{Outcome, Whole, counts};
use crate::scope::Scope;

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// The run's scope; none where it ended before there was one.
    pub scope: Option<Scope>,
    /// How each check ended, in the catalogue's order.
    pub outcomes: Vec<Outcome>,
    /// What that makes of the whole.
    pub whole: Whole,
    /// Why there is no verdict of the checks, where the run ended before: an input, say.
    pub error: Option<String>,
    /// When it began, as RFC 3339.
    pub started: String,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    /// As JSON, in the format that programs rely on.
    pub fn to_json(&self) -> Value {
        let scope = self.scope.as_ref();
        let counts: serde_json::Map<String, Value> =
            counts(&self.outcomes).into_iter().map(|(status, count)| (status.to_string(), json!(count))).collect();
        json!({
            "schema": "preflight-report/v1",
            "tier": scope.map(|scope| scope.tier().to_string()),
            "gate": scope.map(|scope| scope.asked.gate.to_string()),
            "verdict": self.whole.as_str(),
            "exit_code": self.whole.exit().code(),
            "environment": scope.and_then(|scope| scope.text(Name::Environment)),
            "tool": {"name": "preflight", "version": env!("CARGO_PKG_VERSION")},
            "inputs": scope.map(inputs),
            "started_at": self.started,
            "duration_ms": milliseconds(self.took),
            "counts": counts,
            "checks": self.outcomes.iter().map(check).collect::<Vec<_>>(),
            "error": self.error,
        })
    }
}

/// Every input that the run goes by, with its source.
pub fn inputs(scope: &Scope) -> Value {
    let mut inputs = serde_json::Map::new();
    for name in Name::ALL {
        if let Some(given) = scope.inputs.get(name) {
            inputs.insert(name.as_str().to_owned(), json!({"value": given.value, "source": given.source.to_string()}));
        }
    }
    for (name, value, source) in derived(scope) {
        inputs.entry(name).or_insert_with(|| json!({"value": value, "source": source}));
    }
    Value::Object(inputs)
}

/// What nobody gave, and the run goes by all the same.
pub fn derived(scope: &Scope) -> [(&'static str, String, String); 2] {
    [
        ("mode", scope.mode.value.to_string(), scope.mode.source.to_string()),
        ("maxTier", scope.max_tier.value.to_string(), scope.max_tier.source.to_string()),
    ]
}

fn check(outcome: &Outcome) -> Value {
    let check = outcome.planned.check;
    json!({
        "id": outcome.planned.id,
        "title": check.title,
        "tier": check.tier.to_string(),
        "gate": check.gate.to_string(),
        "severity": severity(outcome),
        "status": outcome.status,
        "reason": outcome.reason,
        "summary": outcome.summary,
        "evidence": outcome.evidence,
        "remediation": outcome.remedy,
        "accepted": outcome.accepted,
        "needs": outcome.planned.needs,
        "attempts": outcome.attempts,
        "duration_ms": milliseconds(outcome.duration),
    })
}

fn severity(outcome: &Outcome) -> &'static str {
    if outcome.required { "required" } else { "advisory" }
}

/// A row's severity in words.
pub const fn severity_of(severity: Severity) -> &'static str {
    match severity {
        Severity::Required => "required",
        Severity::Advisory => "advisory",
        Severity::RequiredWhereEphemeral => "required where ephemeral",
        Severity::RequiredInProduction => "required in production",
    }
}

pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
