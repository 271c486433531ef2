//! Whether all who name the database's host name the same. Pure.

use std::collections::BTreeSet;

use super::presence::{self, Presence};
use super::{consumers, presence::skip_for_auto, server};
use crate::judge::hosts::plain;
use crate::judge::objects::{listed, place};
use crate::judge::secrets;
use crate::kinds::APPLICATIONS;
use crate::look::{LoginFacts, Look};
use crate::verdict::{Finding, Judged, Short, Verdict};
use crate::view::{View, list};

/// Who names a host, the most reliable first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Instance,
    Secret,
    Input,
    Application,
}

impl Kind {
    /// The reason where this one is the first to differ.
    const fn reason(self) -> &'static str {
        match self {
            Self::Instance | Self::Secret => "secret_differs",
            Self::Input => "endpoint_differs",
            Self::Application => "stale_host",
        }
    }
}

struct Claim {
    host: String,
    by: String,
    kind: Kind,
}

/// `rds.hosts-agree`.
pub fn agree(view: &View<'_>) -> Judged {
    if let Some(skip) = skip_for_auto(view)? {
        return Ok(skip);
    }
    if let Presence::Nowhere(master) = presence::presence(view)? {
        return Ok(Verdict::Fail(no_database(view, &presence::nowhere(view.scope, &master))));
    }
    let claims = claims(view)?;
    let Some(first) = claims.first() else {
        return Err(Short::Blocked("needs secrets.*: no secret says where the database is".to_owned()));
    };
    let others: Vec<&Claim> = claims.iter().filter(|claim| claim.host != first.host).collect();
    if let Some(other) = others.first() {
        let summary = format!("{} names the host {}, but {} names {}", other.by, other.host, first.by, first.host);
        let evidence = claims.iter().map(|claim| format!("{}: {}", claim.by, claim.host));
        return Ok(Verdict::Fail(Finding::new(other.kind.reason(), summary).seen(evidence).fix(format!(
            "Make all name {}: {}",
            first.host,
            listed(others.iter().map(|claim| claim.by.as_str()))
        ))));
    }
    let by = listed(claims.iter().map(|claim| claim.by.as_str()));
    Ok(Verdict::Pass(format!("{} is named by {by}", first.host)))
}

/// A tier was asked for that has no database.
fn no_database(view: &View<'_>, why: &str) -> Finding {
    let scope = view.scope;
    let summary = format!("tier {} needs a database, and there is none: {why}", scope.tier());
    Finding::new("no_database", summary).fix(format!(
        "Make it ({}; then {}), give --rds-endpoint, or ask for a lower tier",
        scope.expand(&scope.profile.database.command),
        secrets::provision(scope)
    ))
}

fn claims(view: &View<'_>) -> Result<Vec<Claim>, Short> {
    let master = view.scope.expand(&view.scope.profile.database.master);
    let paths: Vec<String> = server::login_paths(view).into_iter().chain([master]).collect();
    let asks_cluster = view.scope.asked.cluster;
    let descriptions = paths.iter().filter_map(|path| secrets::description(path).ok()).map(Look::Aws);
    let others = [Some(Look::Aws(server::instances_question(view))), asks_cluster.then(applications)];
    view.all(descriptions.chain(others.into_iter().flatten()))?;
    secrets::read_all(view, &paths.iter().map(String::as_str).collect::<Vec<_>>())?;
    let mut logins: Vec<(&str, &LoginFacts)> = Vec::new();
    for path in &paths {
        match secrets::login(view, path) {
            Ok(login) => logins.push((path, login)),
            // What is wrong with the secret is another check's. A master's secret need not be there.
            Err(Short::Blocked(_)) => {}
            Err(short) => return Err(short),
        }
    }
    let mut claims = instance(view, &logins)?;
    let secret = |(path, login): &(&str, &LoginFacts)| claim(&login.host, format!("secret {path}"), Kind::Secret);
    claims.extend(logins.iter().map(secret));
    claims.extend(server::of_input(view).map(|server| claim(&server.host, server.by, Kind::Input)));
    claims.extend(if asks_cluster { in_applications(view)? } else { Vec::new() });
    claims.sort_by_key(|claim| claim.kind);
    Ok(claims)
}

fn claim(host: &str, by: String, kind: Kind) -> Claim {
    Claim { host: plain(host), by, kind }
}

/// The endpoint of the instance that the profile names, or the secrets.
fn instance(view: &View<'_>, logins: &[(&str, &LoginFacts)]) -> Result<Vec<Claim>, Short> {
    let named = view.scope.expand(&view.scope.profile.database.instance);
    let by_secrets = logins.iter().filter_map(|(_, login)| login.instance.clone());
    let names: BTreeSet<String> = if named.is_empty() { by_secrets.collect() } else { BTreeSet::from([named]) };
    let mut claims = Vec::new();
    for instance in server::instances(view)? {
        let id = instance.get("DBInstanceIdentifier").and_then(serde_json::Value::as_str).unwrap_or_default();
        if names.contains(id) {
            let endpoint = server::endpoint(instance);
            claims.extend(endpoint.map(|host| claim(&host, format!("RDS instance {id}"), Kind::Instance)));
        }
    }
    Ok(claims)
}

fn applications() -> Look {
    Look::Kubernetes(list(APPLICATIONS))
}

fn in_applications(view: &View<'_>) -> Result<Vec<Claim>, Short> {
    let apps: Vec<_> = view.scope.apps().into_iter().filter(|app| app.database.is_some()).collect();
    let mut claims = Vec::new();
    for application in view.objects(APPLICATIONS)? {
        if apps.iter().any(|app| consumers::installs(application, app)) {
            let hosts = consumers::hosts(application);
            let by = || format!("Application {}", place(application));
            claims.extend(hosts.iter().map(|host| claim(host, by(), Kind::Application)));
        }
    }
    Ok(claims)
}
