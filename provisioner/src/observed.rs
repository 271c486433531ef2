//! What is there: the server, its roles and databases, the inside of the apps' databases, and how each app's login went.

use std::collections::{BTreeMap, BTreeSet};

use platform::names::{AppKey, DatabaseName, SecretPath};
use serde::Deserialize;

/// One right, as `aclexplode` tells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Right {
    /// Who has it; `None` is `PUBLIC`.
    pub grantee: Option<String>,
    /// PostgreSQL's name of it: `CONNECT`, `SELECT`, …
    pub privilege: String,
    /// Whether it may be passed on; also where it was passed on, or is on columns alone.
    pub grantable: bool,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "these are the columns of pg_roles")]
pub struct Role {
    pub name: String,
    pub superuser: bool,
    pub createrole: bool,
    pub createdb: bool,
    pub login: bool,
    pub replication: bool,
    pub bypassrls: bool,
    /// -1 is unlimited.
    pub connection_limit: i64,
    /// `VALID UNTIL` has passed: the server then refuses the right password, too.
    pub expired: bool,
    /// Whether the master may alter it on PostgreSQL 16 and later.
    pub administered: bool,
    /// `COMMENT ON ROLE`: our marker, or somebody's note.
    pub comment: Option<String>,
}

/// One row of `pg_auth_members`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Membership {
    pub role: String,
    pub member: String,
    /// `None` where the grantor is no longer there.
    pub grantor: Option<String>,
    pub admin: bool,
    /// From PostgreSQL 16 on.
    pub inherit: Option<bool>,
    /// From PostgreSQL 16 on.
    pub set: Option<bool>,
}

/// A database.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Database {
    pub name: String,
    pub owner: String,
    pub accepts_connections: bool,
    /// Every role that may create databases may copy it, whatever is in it.
    pub template: bool,
    /// What an interrupted `DROP DATABASE` leaves: nobody can connect, and it can only be dropped.
    pub invalid: bool,
    pub comment: Option<String>,
    pub acl: Vec<Right>,
}

/// A schema that the owner of the database owns, or `public`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Schema {
    pub name: String,
    pub owner: String,
    pub acl: Vec<Right>,
}

/// A table, view, materialized view, foreign table or sequence that the owner of the database owns.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Relation {
    pub schema: String,
    pub name: String,
    pub sequence: bool,
    pub acl: Vec<Right>,
}

/// Default privileges of the database's owner: one row of `pg_default_acl`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DefaultRights {
    /// `None` is every schema.
    pub schema: Option<String>,
    /// `r`, `S`, `f`, `T` or `n`.
    pub kind: String,
    pub acl: Vec<Right>,
}

/// The inside of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Inside {
    pub extensions: BTreeSet<String>,
    /// The declared roles that own a relation, schema or function here; looked at in shared databases only.
    pub owners: BTreeSet<String>,
    pub schemas: Vec<Schema>,
    pub relations: Vec<Relation>,
    pub defaults: Vec<DefaultRights>,
}

/// The server, as one query tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// As `server_version_num`: 150015.
    pub version_number: u32,
    /// As `server_version`: 15.15.
    pub version: String,
    pub in_recovery: bool,
    /// The role that this program logs in as.
    pub master: String,
    /// RDS' `rds.restrict_password_commands`.
    pub restricts_passwords: bool,
    /// Those asked for that the server has on its disk.
    pub extensions: BTreeSet<String>,
    pub roles: BTreeMap<String, Role>,
    pub memberships: Vec<Membership>,
    pub databases: BTreeMap<String, Database>,
}

/// How the login of an app with its secret's password went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginState {
    /// It is in its database.
    In,
    /// The password is right; the database is not there, or closed.
    Correct,
    /// The password is right; the role, or the database, has all the connections that it may have.
    Full,
    /// The password is right; the role is `NOLOGIN`.
    NotPermitted,
    /// Wrong password, no role, no password, or expired: the server does not tell them apart.
    Refused,
    /// Refused before any password counts, by `pg_hba.conf`, PAM or IAM, in the server's words.
    Barred(String),
    /// There was nothing to try: no role, or a secret that is yet to be made.
    NotTried,
    /// Left out, because the marker agrees (`--probe changed`).
    Trusted,
}

/// What is in an app's secret, without what must not be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretFact {
    /// It holds credentials that agree with the tfvars and the master's.
    Usable {
        /// Secrets Manager's version id.
        version: String,
    },
    /// It is not there, and `--missing-secrets create` asks for it.
    ToCreate,
    /// It holds nothing usable, and `--missing-secrets create` asks for it.
    ToFill,
}

/// Everything that a plan is made from, beside what is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    pub server: Server,
    /// By app.
    pub logins: BTreeMap<AppKey, LoginState>,
    /// By app.
    pub secrets: BTreeMap<SecretPath, SecretFact>,
    /// The databases that are there and could be looked into.
    pub insides: BTreeMap<DatabaseName, Inside>,
    /// On PostgreSQL 13 and 14, what a new database begins with: its schema `public` is a copy of template1's.
    pub template: Option<Inside>,
}
