//! Plans and results as people read them: names that others chose on the server can neither forge a line nor hide one.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use platform::names::AppKey;
use platform::termination::visible;

use crate::change::Action;
use crate::model::App;
use crate::observed::{LoginState, Server};
use crate::outcome::{Outcome, Status};
use crate::plan::{AppPlan, Orphan, Plan, Refusal};
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
    for Refusal { app, reason, remedy, .. } in &plan.refusals {
        let (reason, remedy) = (visible(reason), visible(remedy));
        put(&mut text, format_args!("refused  app {app}: {reason}\n         {remedy}\n"));
    }
    for Orphan { kind, name } in &plan.orphans {
        let name = visible(name);
        put(&mut text, format_args!("orphan   {kind} {name} is no longer declared; it is left alone\n"));
    }
    for note in &plan.notes {
        put(&mut text, format_args!("note     {}\n", visible(note)));
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
        put(text, format_args!("  {sign} {}\n", visible(&step.to_string())));
        for line in sql.and_then(|dialect| dialect.shown(step)).iter().flat_map(|shown| shown.lines()) {
            put(text, format_args!("      {}\n", visible(line)));
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
        put(&mut text, format_args!("{sign} {}: {}\n", outcome.app, visible(&outcome.message)));
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{PlanView, plan};
    use crate::change::Action;
    use crate::model::Access;
    use crate::plan::example::{app, converged};
    use crate::plan::{self, Orphan, Refusal, Wanted};
    use crate::statement::Dialect;

    /// What an app may name a database that it makes.
    const HOSTILE: &str = "x\n\nNothing to do: 3 apps in sync.\u{1b}[8m";

    #[test]
    fn a_name_forges_no_line_and_hides_none() {
        let apps = [app("shop", Access::Owner)];
        let mut observed = converged(150_000, &apps);
        let shop = observed.server.databases["shop"].clone();
        let open = vec![plan::example::right(None, "CONNECT")];
        let made = crate::observed::Database { name: HOSTILE.to_owned(), comment: None, acl: open, ..shop };
        observed.server.databases.insert(HOSTILE.to_owned(), made);
        let mut planned = plan::plan(&Wanted { apps: &apps, all: &apps, adopt: [].into() }, &observed);
        assert!(planned.changes() > 0, "it is to be closed");
        planned.notes.push(format!("a note of {HOSTILE}"));
        planned.orphans.push(Orphan { kind: "database", name: HOSTILE.to_owned() });
        let (app, target) = ("shop".parse().unwrap(), HOSTILE.to_owned());
        let (reason, remedy) = (format!("{HOSTILE} is not ours"), format!("drop {HOSTILE}"));
        planned.refusals.push(Refusal { app, action: Action::AlterDatabase, target, reason, remedy });
        let dialect = Dialect { version_number: 150_000, master: "platform_admin".to_owned() };
        let told = plan(&PlanView {
            plan: &planned,
            server: &observed.server,
            logins: &BTreeMap::new(),
            address: "db:5432",
            digest: "sha256:0",
            sql: None,
            needs_approval: true,
        });
        assert!(!told.lines().any(|line| line.starts_with("Nothing to do")), "{told}");
        assert!(!told.contains('\u{1b}') && told.contains(r"x\n\nNothing to do: 3 apps in sync.\u{1b}[8m"), "{told}");
        assert!(
            planned.steps().filter_map(|step| dialect.shown(step)).any(|sql| sql.contains(HOSTILE)),
            "sent as it is"
        );
    }
}
