//! Plans and results as people read them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use platform::names::AppKey;

use crate::change::Action;
use crate::model::App;
use crate::observed::{LoginState, Server};
use crate::outcome::{Outcome, Status};
use crate::plan::{AppPlan, Plan};
use crate::report::Report;
use crate::statement::Dialect;

/// What a plan shows beside its steps.
pub struct PlanView<'a> {
    pub plan: &'a Plan,
    pub server: &'a Server,
    pub logins: &'a BTreeMap<AppKey, LoginState>,
    pub address: &'a str,
    pub digest: &'a str,
    /// `--sql`.
    pub sql: Option<&'a Dialect>,
    /// Whether somebody has to approve it.
    pub needs_approval: bool,
}

/// The plan: each app with what will be done, what must not be, and what is worth knowing.
pub fn plan(view: &PlanView<'_>) -> String {
    let PlanView { plan, server, logins, address, digest, sql, needs_approval } = view;
    let mut text = format!("PostgreSQL {} at {address}, as {}\n\n", server.version, server.master);
    let (busy, idle): (Vec<&AppPlan>, Vec<&AppPlan>) = plan.apps.iter().partition(|app| !app.steps.is_empty());
    for app in busy {
        app_plan(&mut text, app, *sql);
    }
    let is_barred = |app: &&&AppPlan| matches!(logins.get(&app.app.key), Some(LoginState::Barred(_)));
    let barred = idle.iter().filter(is_barred).count();
    for app in &idle {
        let state = if is_barred(&app) { "cannot log in" } else { "in sync" };
        put(&mut text, format_args!("{}, {state}\n", title(app)));
    }
    if !idle.is_empty() {
        text.push('\n');
    }
    for refusal in &plan.refusals {
        put(&mut text, format_args!("refused  app {}: {}\n         {}\n", refusal.app, refusal.reason, refusal.remedy));
    }
    for orphan in &plan.orphans {
        put(
            &mut text,
            format_args!("orphan   {} {} is no longer declared; it is left alone\n", orphan.kind, orphan.name),
        );
    }
    for note in &plan.notes {
        put(&mut text, format_args!("note     {note}\n"));
    }
    for database in &plan.unseen {
        put(
            &mut text,
            format_args!("note     the inside of database {database} shows only when these steps are done\n"),
        );
    }
    if !(plan.refusals.is_empty() && plan.orphans.is_empty() && plan.notes.is_empty() && plan.unseen.is_empty()) {
        text.push('\n');
    }
    let to_do = plan.apps.iter().filter(|app| !app.steps.is_empty()).count();
    match plan.changes() {
        0 => {
            let well = if barred > 0 { format!("{} of ", plan.apps.len() - barred) } else { String::new() };
            put(&mut text, format_args!("Nothing to do: {well}{} in sync.\n", count(plan.apps.len(), "app")));
        }
        steps => {
            let (apps, steps) = (count(to_do, "app"), count(steps, "change"));
            put(&mut text, format_args!("Plan: {steps} for {apps} of {}, digest {digest}\n", plan.apps.len()));
            if *needs_approval {
                put(&mut text, format_args!("To approve exactly this plan: --approve {digest}\n"));
            }
        }
    }
    text
}

fn app_plan(text: &mut String, app: &AppPlan, sql: Option<&Dialect>) {
    put(text, format_args!("{}\n", title(app)));
    for step in &app.steps {
        let sign = if matches!(
            step.action(),
            Action::CreateSecret | Action::CreateRole | Action::CreateDatabase | Action::CreateExtension
        ) {
            '+'
        } else {
            '~'
        };
        put(text, format_args!("  {sign} {step}\n"));
        for line in sql.and_then(|dialect| dialect.shown(step)).iter().flat_map(|shown| shown.lines()) {
            put(text, format_args!("      {line}\n"));
        }
    }
    text.push('\n');
}

fn title(app: &AppPlan) -> String {
    let App { key, access, database, role, .. } = &app.app;
    format!("{key}: {access} of {database} as {role}")
}

/// What was done, and how each app stands.
pub fn ending(report: &Report, outcomes: &[Outcome], well: bool) -> String {
    let mut text = String::new();
    // What a plan has told is not told again; that nothing was to be done is the news of a verification.
    let told = |outcome: &&Outcome| match outcome.status {
        Status::Pending => false,
        Status::NoChange => report.is_verification(),
        _ => true,
    };
    for outcome in outcomes.iter().filter(told) {
        let sign = match outcome.status {
            Status::Success | Status::NoChange => "ok      ",
            Status::Error => "failed  ",
            Status::Refused => "refused ",
            _ => "not done",
        };
        put(&mut text, format_args!("{sign} {}: {}\n", outcome.app, outcome.message));
    }
    if well || !text.is_empty() {
        if !text.is_empty() {
            text.push('\n');
        }
        put(&mut text, format_args!("{}\n", report.summary()));
    }
    text
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn put(text: &mut String, words: std::fmt::Arguments<'_>) {
    text.write_fmt(words).expect("a String takes everything");
}
