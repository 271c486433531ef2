//! What the entries of the tfvars mean: [`Desired`], or every problem at once.

use std::collections::BTreeMap;

use platform::names::Environment;

use crate::diagnostic::{Place, Problem, quoted};
use crate::model::{App, Desired};
use crate::tfvars::Entries;

mod entry;
mod pattern;
mod together;

pub use pattern::expand;

/// The site's conventions, from the settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conventions {
    /// Where an app's secret is, unless its entry says it; `{env}`, `{app}` and `{build_id}` stand for what they name.
    pub app_secret_pattern: String,
    /// What `{build_id}` stands for.
    pub build_id: String,
    /// Attributes of entries that are none of our business.
    pub ignore_attributes: Vec<String>,
    /// What the names of databases and roles look like, as a regular expression for the whole name.
    pub name_pattern: String,
}

/// What could be read, and what could not.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The environment that the run is for.
    pub environment: Environment,
    /// The apps whose entries are right, in the order of the file.
    pub apps: Vec<App>,
    /// Everything that is wrong, in the order of the files.
    pub problems: Vec<Problem>,
}

impl Reading {
    /// What is wanted, if nothing is wrong.
    pub fn into_desired(self) -> Result<Desired, Vec<Problem>> {
        if self.problems.is_empty() {
            Ok(Desired { environment: self.environment, apps: self.apps })
        } else {
            Err(self.problems)
        }
    }
}

/// What the entries mean in this environment.
pub fn desired(entries: Entries, environment: Environment, conventions: &Conventions) -> Reading {
    let Entries { documents, items, mut problems } = entries;
    let names = match entry::NamePattern::new(&conventions.name_pattern) {
        Ok(names) => names,
        Err(reason) => {
            let message = format!("`name_pattern` in the settings is not a regular expression: {reason}");
            problems.push(Problem::new(Place::nowhere(), message));
            return Reading { environment, apps: Vec::new(), problems };
        }
    };
    let context = entry::Context { environment: &environment, conventions, names: &names };
    let mut drafts: Vec<_> = items.iter().map(|item| entry::draft(item, &context)).collect();
    together::check(&mut drafts);

    let mut apps = Vec::new();
    for draft in drafts {
        let location = documents.place(draft.key.span);
        if draft.problems.is_empty() {
            apps.extend(draft.app(&location));
        }
        problems.extend(draft.problems.iter().map(|problem| {
            let shown = documents.problem(&problem.fault);
            if problem.conceal { Problem { place: shown.place.without_rest(), ..shown } } else { shown }
        }));
    }
    let order: BTreeMap<&str, usize> = documents.names().zip(0..).collect();
    problems.sort_by_key(|problem| {
        let place = &problem.place;
        (order.get(place.file.as_str()).copied(), place.line, place.column)
    });
    problems.dedup();
    Reading { environment, apps, problems }
}

/// Entries that use the master's own name, which is known only when its secret has been read.
pub fn check_master(apps: &[App], master_user: &str) -> Vec<Problem> {
    let uses_master = |app: &&App| app.role.as_str() == master_user;
    let problem = |app: &App| {
        let place = Place::new(&app.location.file, app.location.line, 1);
        let message =
            format!("{} has the master's name {} as `username`", quoted(app.key.as_str()), quoted(master_user));
        Problem::new(place, message).help("give the app a user of its own; the master can do everything on the server")
    };
    apps.iter().filter(uses_master).map(problem).collect()
}

#[cfg(test)]
mod tests;
