//! Apps and what they need, and Golden Path's.

use serde::{Deserialize, Serialize};

use super::texts;

/// An app, and what it needs.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Its name.
    pub name: String,
    /// Its tier.
    pub tier: String,
    /// Its namespaces.
    #[serde(default)]
    pub namespaces: Vec<String>,
    /// Its secrets, beside its database's.
    #[serde(default)]
    pub secrets: Vec<Secret>,
    /// Names of Kubernetes Secrets in its namespaces that `ExternalSecrets` make, and whose keys are to be looked at. This
    /// takes `get` on each of them; of the others, the condition of the `ExternalSecret` is what is known.
    #[serde(default)]
    pub kubernetes_secrets: Vec<String>,
    /// Its database, if it has one.
    #[serde(default)]
    pub database: Option<AppDatabase>,
}

/// A secret of an app.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// Its path.
    pub path: String,
    /// Keys that it must have, beside those that `ExternalSecrets` read.
    #[serde(default)]
    pub keys: Vec<String>,
}

/// A database of an app.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AppDatabase {
    /// The path of its secret.
    pub secret: String,
    /// Whether its role must be able to create databases.
    #[serde(default)]
    pub createdb: bool,
    /// Whether its role must be able to create schemas in its database, and tables in `public`: not where it only reads
    /// and writes what another one makes.
    #[serde(default = "yes")]
    pub owner: bool,
}

const fn yes() -> bool {
    true
}

pub(super) fn apps() -> Vec<App> {
    let secret = |path: &str, keys: &[&str]| Secret { path: format!("goldenpath/{{env}}/{path}"), keys: texts(keys) };
    let database =
        |path: &str| Some(AppDatabase { secret: format!("goldenpath/{{env}}/{path}"), createdb: true, owner: true });
    vec![
        App {
            name: "backstage".to_owned(),
            tier: "2".to_owned(),
            namespaces: texts(&["backstage"]),
            kubernetes_secrets: Vec::new(),
            secrets: vec![secret("backstage/secrets", &[])],
            database: database("backstage/postgres"),
        },
        App {
            name: "keycloak".to_owned(),
            tier: "3".to_owned(),
            namespaces: texts(&["keycloak"]),
            kubernetes_secrets: Vec::new(),
            secrets: vec![secret("keycloak/admin", &["admin-password"])],
            database: database("keycloak/postgres"),
        },
    ]
}

/// A bucket, and who writes to it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Who it is for, in the check's id: `s3.<name>`.
    pub user: String,
    /// The role that reads and writes there; empty where that is not checked.
    #[serde(default)]
    pub role: String,
}
