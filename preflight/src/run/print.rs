//! The commands that only print: the catalogue, a row of it, the schedule, the permissions.

use serde_json::{Value, json};

use super::Ended;
use crate::catalogue;
use crate::check::{Access, Check, Retry};
use crate::flags::Output;
use crate::inputs::Name;
use crate::lines::line;
use crate::outcome::Whole;
use crate::permissions::{self, permissions};
use crate::report::{derived, inputs, severity_of};
use crate::schedule::Planned;
use crate::scope::Scope;
use crate::settings::{Settings, find};

/// The catalogue, of a tier and those below it where one is asked for.
pub fn list(planned: &[Planned], scope: &Scope, settings: &Settings) -> Ended {
    let held = |check: &&'static Check| scope.asked.tier.is_none_or(|tier| check.tier <= tier);
    let checks: Vec<&'static Check> = catalogue::checks().into_iter().filter(held).collect();
    if settings.output == Output::Json {
        let rows: Vec<Value> = checks.iter().map(|check| row(check)).collect();
        let document = json!({"schema": "preflight-catalogue/v1", "checks": rows, "inputs": inputs(scope)});
        return Ended::printed(format!("{document}\n"));
    }
    let mut text = String::new();
    let width = checks.iter().map(|check| check.id.len()).max().unwrap_or_default();
    for check in &checks {
        let instances = planned.iter().filter(|planned| planned.check.id == check.id && !planned.of.is_empty()).count();
        let count = if check.id.contains('{') { format!(" ({instances} here)") } else { String::new() };
        line(
            &mut text,
            &format!(
                "{:<4} {:<24} {:<width$}  {}{count}",
                check.tier.as_str(),
                check.gate.to_string(),
                check.id,
                check.title
            ),
        );
    }
    line(&mut text, "");
    line(&mut text, &format!("{} checks; preflight explain ID tells more of one. Inputs:", checks.len()));
    told_inputs(&mut text, scope);
    Ended::printed(text)
}

fn told_inputs(text: &mut String, scope: &Scope) {
    for name in Name::ALL {
        if let Some(given) = scope.inputs.get(name) {
            line(text, &format!("  {} = {given}", name.as_str()));
        }
    }
    for (name, value, source) in derived(scope) {
        if Name::ALL.into_iter().all(|known| known.as_str() != name || scope.inputs.get(known).is_none()) {
            line(text, &format!("  {name} = {value} ({source})"));
        }
    }
}

fn row(check: &Check) -> Value {
    json!({
        "id": check.id, "tier": check.tier.to_string(), "gate": check.gate.to_string(),
        "severity": severity_of(check.severity), "title": check.title, "needs": check.needs,
        "why": check.why, "remediation": check.remedy, "retry": retry(check.retry),
        "access": check.access.iter().map(told_access).collect::<Vec<_>>(),
    })
}

const fn retry(retry: Retry) -> &'static str {
    match retry {
        Retry::Converges => "converges: looked at again until the deadline",
        Retry::Deterministic => "stays until somebody acts: never looked at again",
        Retry::Transport => "only a failure to look is tried again",
    }
}

fn told_access(access: &Access) -> String {
    match access {
        Access::Kubernetes { verbs, kind } => format!("Kubernetes: {} {kind}", verbs.join(", ")),
        Access::Named { kind, namespace: "", name } => format!("Kubernetes: get {kind} {name}"),
        Access::Named { kind, namespace, name } => format!("Kubernetes: get {kind} {namespace}/{name}"),
        Access::Path(path) => format!("Kubernetes: get {path}"),
        Access::Aws { action, resource } => format!("AWS: {action} on {resource}"),
    }
}

/// What a check is for.
pub fn explain(id: &str, settings: &Settings) -> Ended {
    let check = match find(id) {
        Ok(check) => check,
        Err(reason) => return Ended::early(Whole::Invalid, format!("explain {id}: {reason}")),
    };
    if settings.output == Output::Json {
        return Ended::printed(format!("{}\n", row(check)));
    }
    let mut text = format!("{}: {}\n\n{}\n\n", check.id, check.title, check.why);
    line(&mut text, &format!("fix:      {}", check.remedy));
    line(&mut text, &format!("tier:     {} (gate {})", check.tier, check.gate));
    line(&mut text, &format!("severity: {}", severity_of(check.severity)));
    line(&mut text, &format!("retry:    {}", retry(check.retry)));
    if !check.needs.is_empty() {
        line(&mut text, &format!("needs:    {}", check.needs.join(", ")));
    }
    for (index, access) in check.access.iter().enumerate() {
        line(&mut text, &format!("{:<9} {}", if index == 0 { "access:" } else { "" }, told_access(access)));
    }
    Ended::printed(text)
}

/// What would run, and what is left out and why.
pub fn plan(planned: &[Planned], scope: &Scope, settings: &Settings) -> Ended {
    if settings.output == Output::Json {
        let rows: Vec<Value> = planned
            .iter()
            .map(|planned| {
                json!({
                    "id": planned.id, "tier": planned.check.tier.to_string(), "gate": planned.check.gate.to_string(),
                    "required": planned.is_required(scope), "needs": planned.needs, "skipped": planned.skipped,
                })
            })
            .collect();
        let document = json!({"schema": "preflight-plan/v1", "tier": scope.tier().to_string(),
            "gate": scope.asked.gate.to_string(), "checks": rows, "inputs": inputs(scope)});
        return Ended::printed(format!("{document}\n"));
    }
    let (held, left): (Vec<&Planned>, Vec<&Planned>) = planned.iter().partition(|planned| planned.skipped.is_none());
    let mut text = String::new();
    line(&mut text, &format!("tier {}, gate {}: {} checks would run", scope.tier(), scope.asked.gate, held.len()));
    for planned in held {
        let severity = if planned.is_required(scope) { "required" } else { "advisory" };
        line(
            &mut text,
            &format!("  {:<8} {:<4} {}: {}", severity, planned.check.tier.as_str(), planned.id, planned.check.title),
        );
    }
    if !left.is_empty() {
        line(&mut text, &format!("{} would be left out", left.len()));
    }
    for planned in left {
        line(&mut text, &format!("  {}: {}", planned.id, planned.skipped.as_deref().unwrap_or_default()));
    }
    line(&mut text, "inputs:");
    told_inputs(&mut text, scope);
    Ended::printed(text)
}

/// The least that the run must be allowed.
pub fn access(scope: &Scope, settings: &Settings) -> Ended {
    let made = permissions(&scope.permissions, scope);
    let text = match settings.output {
        Output::Json => format!(
            "{}\n",
            json!({"schema": "preflight-access/v1", "kubernetes": made.kubernetes, "iam": made.iam, "notes": made.notes})
        ),
        Output::Human | Output::Junit => permissions::text(&made),
    };
    Ended::printed(text)
}
