//! Reads the catalogs: one query for the server, one for the inside of a database. No read error is ever dropped.

use std::collections::{BTreeMap, BTreeSet};

use platform::postgres::{Session, StatementFault, ToSql, Type};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::observed::{Database, Inside, Membership, Role, Server};

const SERVER: &str = include_str!("catalog/server.sql");
const INSIDE: &str = include_str!("catalog/inside.sql");
const INSIDE_OWN: &str = include_str!("catalog/inside_own.sql");

/// Why the catalogs could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The query failed.
    #[error("read the catalogs of {database}")]
    Query {
        database: String,
        #[source]
        source: StatementFault,
    },
    /// Its answer is not what was asked for: a defect of this program.
    #[error("understand the catalogs of {database}")]
    Answer {
        database: String,
        #[source]
        source: serde_json::Error,
    },
}

/// [`Server`] as the query writes it.
#[derive(Deserialize)]
struct ServerRow {
    version_number: u32,
    version: String,
    in_recovery: bool,
    master: String,
    restricts_passwords: bool,
    extensions: BTreeSet<String>,
    roles: Vec<Role>,
    memberships: Vec<Membership>,
    databases: Vec<Database>,
}

/// Reads the server; `extensions` are looked for on its disk.
pub async fn server(session: &Session, extensions: &BTreeSet<String>) -> Result<Server, CatalogError> {
    let names: Vec<&str> = extensions.iter().map(String::as_str).collect();
    let row: ServerRow = read(session, "the server", SERVER, &[(&names, Type::TEXT_ARRAY)]).await?;
    Ok(Server {
        version_number: row.version_number,
        version: row.version,
        in_recovery: row.in_recovery,
        master: row.master,
        restricts_passwords: row.restricts_passwords,
        extensions: row.extensions,
        roles: row.roles.into_iter().map(|role| (role.name.clone(), role)).collect::<BTreeMap<_, _>>(),
        memberships: row.memberships,
        databases: row.databases.into_iter().map(|found| (found.name.clone(), found)).collect::<BTreeMap<_, _>>(),
    })
}

/// Reads the database that `session` is in: the rights of `roles` there, and, where it is `shared`, on what its owner
/// owns.
pub async fn inside(session: &Session, database: &str, roles: &[String], shared: bool) -> Result<Inside, CatalogError> {
    if !shared {
        return read(session, database, INSIDE_OWN, &[]).await;
    }
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    read(session, database, INSIDE, &[(&roles, Type::TEXT_ARRAY)]).await
}

async fn read<T: DeserializeOwned>(
    session: &Session,
    database: &str,
    sql: &str,
    parameters: &[(&(dyn ToSql + Sync), Type)],
) -> Result<T, CatalogError> {
    let named = || database.to_owned();
    let text = session.text_with(sql, parameters).await;
    let text = text.map_err(|source| CatalogError::Query { database: named(), source })?;
    serde_json::from_str(&text).map_err(|source| CatalogError::Answer { database: named(), source })
}
