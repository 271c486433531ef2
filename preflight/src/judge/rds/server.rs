//! Where the database is, by the word of those who use it. Pure.

use serde_json::Value;

use crate::inputs::Name;
use crate::judge::hosts::plain;
use crate::judge::secrets;
use crate::look::Aws;
use crate::verdict::Short;
use crate::view::View;

/// PostgreSQL's own port.
const PORT: u16 = 5432;

/// A server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its host name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who says so.
    pub by: String,
}

impl Server {
    /// Host and port.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// The servers that the apps in scope use; usually one. Where no app's secret tells, the one of the inputs or of the
/// master's secret.
pub fn servers(view: &View<'_>) -> Result<Vec<Server>, Short> {
    let paths = login_paths(view);
    secrets::read_all(view, &paths.iter().map(String::as_str).collect::<Vec<_>>())?;
    let mut found: Vec<Server> = Vec::new();
    for path in &paths {
        match of_secret(view, path) {
            Ok(server) if found.iter().any(|other| other.address() == server.address()) => {}
            Ok(server) => found.push(server),
            // This secret is another check's.
            Err(Short::Blocked(_)) => {}
            Err(short) => return Err(short),
        }
    }
    if found.is_empty() {
        found.push(match of_input(view) {
            Some(server) => server,
            None => of_secret(view, &view.scope.expand(&view.scope.profile.database.master))?,
        });
    }
    Ok(found)
}

/// The paths of the secrets with which the apps in scope log in.
pub fn login_paths(view: &View<'_>) -> Vec<String> {
    view.scope.secrets().into_iter().filter(|(_, usage)| usage.is_login).map(|(path, _)| path).collect()
}

/// The secret with which an app logs in.
pub fn login_path(view: &View<'_>, app: &str) -> Option<String> {
    Some(view.scope.expand(&view.scope.profile.app(app)?.database.as_ref()?.secret))
}

/// The server that a secret names.
fn of_secret(view: &View<'_>, path: &str) -> Result<Server, Short> {
    let login = secrets::login(view, path)?;
    Ok(Server { host: plain(&login.host), port: login.port, by: format!("secret {path}") })
}

/// The server of `rdsEndpoint`: a host, or host and port.
pub fn of_input(view: &View<'_>) -> Option<Server> {
    let given = view.scope.inputs.get(Name::RdsEndpoint)?;
    let (host, port) = match given.value.rsplit_once(':').map(|(host, port)| (host, port.parse())) {
        Some((host, Ok(port))) => (host, port),
        _ => (given.value.as_str(), PORT),
    };
    Some(Server { host: plain(host), port, by: format!("rdsEndpoint ({})", given.source) })
}

/// The instances of RDS: the one that the profile names, or all.
pub fn instances<'a>(view: &View<'a>) -> Result<&'a [Value], Short> {
    let found = view.aws(instances_question(view))?;
    Ok(found.and_then(Value::as_array).map_or(&[], Vec::as_slice))
}

/// The question for them.
pub fn instances_question(view: &View<'_>) -> Aws {
    Aws::DatabaseInstances { id: view.scope.expand(&view.scope.profile.database.instance) }
}

/// The instance of these that has this endpoint.
pub fn instance_of<'a>(instances: &'a [Value], host: &str) -> Option<&'a Value> {
    instances.iter().find(|instance| endpoint(instance).is_some_and(|endpoint| endpoint == host))
}

/// The host of an instance's endpoint; one that is being made has none yet.
pub fn endpoint(instance: &Value) -> Option<String> {
    instance.pointer("/Endpoint/Address")?.as_str().map(plain)
}

/// Whether a name is one that RDS gives to an instance. A proxy's, and those of a cluster, are of no instance's endpoint:
/// `x.proxy-a1b2.eu-west-2.rds.amazonaws.com`, `x.cluster-ro-a1b2.…`.
pub fn is_of_an_instance(host: &str) -> bool {
    let kind = host.split('.').nth(1).unwrap_or_default();
    is_of_rds(host) && !["proxy-", "cluster-"].iter().any(|other| kind.starts_with(other))
}

/// Whether a name is one that RDS gives.
pub fn is_of_rds(host: &str) -> bool {
    host.ends_with(".rds.amazonaws.com") || host.ends_with(".rds.amazonaws.com.cn")
}
