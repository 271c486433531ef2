//! Servers and apps for tests of pure code.

use std::collections::{BTreeMap, BTreeSet};

use crate::marker::Marker;
use crate::model::{Access, App, Location};
use crate::observed::{Database, Inside, LoginState, Observed, Right, Role, Schema, SecretFact, Server};

/// An app `name` with a database and a role named after it.
pub fn app(name: &str, access: Access) -> App {
    App {
        key: name.parse().unwrap(),
        database: name.parse().unwrap(),
        role: format!("{name}_user").parse().unwrap(),
        access,
        secret: format!("goldenpath/dev/{name}/postgres").parse().unwrap(),
        createdb: access == Access::Owner,
        extensions: BTreeSet::new(),
        connection_limit: None,
        location: Location { file: "terraform.tfvars".to_owned(), line: 1 },
    }
}

/// A role that may do nothing but log in.
pub fn role(name: &str) -> Role {
    Role {
        name: name.to_owned(),
        superuser: false,
        createrole: false,
        createdb: false,
        login: true,
        replication: false,
        bypassrls: false,
        connection_limit: -1,
        expired: false,
        administered: true,
        comment: None,
    }
}

/// A server with its master, and nothing else.
pub fn server(version_number: u32) -> Server {
    let master = Role { createrole: true, createdb: true, ..role("platform_admin") };
    Server {
        version_number,
        version: format!("{}.0", version_number / 10_000),
        in_recovery: false,
        master: master.name.clone(),
        restricts_passwords: false,
        extensions: BTreeSet::new(),
        roles: BTreeMap::from([(master.name.clone(), master)]),
        memberships: Vec::new(),
        databases: BTreeMap::new(),
    }
}

/// A right.
pub fn right(grantee: Option<&str>, privilege: &str) -> Right {
    Right { grantee: grantee.map(ToOwned::to_owned), privilege: privilege.to_owned(), grantable: false }
}

/// Nothing is there but the secrets of `apps`.
pub fn empty(version_number: u32, apps: &[App]) -> Observed {
    let secret = |app: &App| (app.secret.clone(), SecretFact::Usable { version: "v1".to_owned() });
    Observed {
        server: server(version_number),
        logins: BTreeMap::new(),
        secrets: apps.iter().map(secret).collect(),
        insides: BTreeMap::new(),
        template: None,
    }
}

/// The state after a run for `apps`, each of which owns its database.
pub fn converged(version_number: u32, apps: &[App]) -> Observed {
    let mut observed = empty(version_number, apps);
    for app in apps {
        let comment = Some(Marker::finished(app, Some("v1")).to_string());
        let role = Role { createdb: app.createdb, comment, ..role(app.role.as_str()) };
        let owner = Some(app.role.as_str());
        let acl = ["CONNECT", "CREATE", "TEMPORARY"].map(|privilege| right(owner, privilege));
        let database = Database {
            name: app.database.to_string(),
            owner: role.name.clone(),
            accepts_connections: true,
            template: false,
            invalid: false,
            comment: None,
            acl: acl.into_iter().chain([right(Some("platform_admin"), "CONNECT")]).collect(),
        };
        let public = Schema {
            name: "public".to_owned(),
            owner: "pg_database_owner".to_owned(),
            acl: vec![right(None, "USAGE"), right(Some("pg_database_owner"), "CREATE")],
        };
        observed.server.databases.insert(database.name.clone(), database);
        observed.server.roles.insert(role.name.clone(), role);
        observed.logins.insert(app.key.clone(), LoginState::In);
        observed.insides.insert(app.database.clone(), Inside { schemas: vec![public], ..Inside::default() });
    }
    observed
}
