//! The identity provider: what it stands on before it is there, and what it says of itself once it is.

mod provider;
mod tls;

use crate::judge::objects::{counted, listed};
use crate::judge::rds::{Attempt, attempt, lacking_privileges, presence};
use crate::judge::secrets::problem;
use crate::profile::App;
use crate::scope::Scope;
use crate::verdict::{Judged, Verdict};
use crate::view::View;
pub use provider::{discovery, realm};
pub use tls::tls;

/// The identity provider among the apps of the run.
fn app(scope: &Scope) -> Result<&App, String> {
    let name = &scope.profile.delivery.identity_application;
    let app = scope.apps().into_iter().find(|app| app.name == *name);
    app.ok_or_else(|| format!("the profile has no app {name} in this scope"))
}

/// `idp.secrets`: all that `secrets.*` ask, of the identity provider's own. Those checks tell what is wrong, and hold
/// this one back; what was accepted there is still a warning here.
pub fn secrets(view: &View<'_>) -> Judged {
    if let Some(skip) = presence::skip_for_auto(view)? {
        return Ok(skip);
    }
    let app = match app(view.scope) {
        Ok(app) => app,
        Err(why) => return Ok(Verdict::Skip(why)),
    };
    let own =
        app.secrets.iter().map(|secret| &secret.path).chain(app.database.as_ref().map(|database| &database.secret));
    let paths: Vec<String> = own.map(|path| view.scope.expand(path)).collect();
    let names: Vec<&str> = paths.iter().map(String::as_str).collect();
    Ok(match problem(view, &names)? {
        Some(finding) => Verdict::Warn(finding),
        None => Verdict::Pass(format!("{} of {} good: {}", counted(names.len(), "secret"), app.name, listed(&names))),
    })
}

/// `idp.db`: the identity provider logs in to its database, and may do there what it does. As with its secrets, what is
/// wrong is told by `rds.auth` and `rds.privs`.
pub fn database(view: &View<'_>) -> Judged {
    if let Some(skip) = presence::skip_without(view)? {
        return Ok(skip);
    }
    let app = match app(view.scope) {
        Ok(app) if app.database.is_some() => app,
        Ok(app) => return Ok(Verdict::Skip(format!("the profile has no database for {}", app.name))),
        Err(why) => return Ok(Verdict::Skip(why)),
    };
    let facts = match attempt(view, &app.name)? {
        Attempt::In(facts) => facts,
        Attempt::Refused(finding) => return Ok(Verdict::Warn(finding)),
    };
    Ok(match lacking_privileges(view, &app.name)? {
        Some(finding) => Verdict::Warn(finding),
        None => Verdict::Pass(format!(
            "{} logs in to {} as {}, and may do what it needs",
            app.name, facts.database, facts.role
        )),
    })
}

#[cfg(test)]
mod tests;
