//! What a plan is made of: changes that name roles, databases and secret paths, and never hold a password.

mod words;

use platform::names::{AppKey, DatabaseName, RoleName, SecretPath};
use serde::Serialize;

use crate::marker::Marker;

/// The database for what belongs to the whole server. It is there on every instance, and the lock is taken in it,
/// whatever database the master's secret names.
pub const MAINTENANCE: &str = "postgres";

/// The kind of a step, as reports and audit rows name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    CreateSecret,
    UpdateSecret,
    Adopt,
    CreateRole,
    AlterRole,
    SetPassword,
    CreateDatabase,
    AlterDatabase,
    CreateExtension,
    ApplyGrants,
    VerifyLogin,
}

impl Action {
    /// As it is written in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateSecret => "create_secret",
            Self::UpdateSecret => "update_secret",
            Self::Adopt => "adopt",
            Self::CreateRole => "create_role",
            Self::AlterRole => "alter_role",
            Self::SetPassword => "set_password",
            Self::CreateDatabase => "create_database",
            Self::AlterDatabase => "alter_database",
            Self::CreateExtension => "create_extension",
            Self::ApplyGrants => "apply_grants",
            Self::VerifyLogin => "verify_login",
        }
    }
}

/// An attribute of a role that differs from what is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// `LOGIN`: the role could not log in.
    Login,
    /// `CREATEDB` or `NOCREATEDB`.
    Createdb(bool),
    /// `CONNECTION LIMIT`; `None` is unlimited.
    ConnectionLimit(Option<u32>),
    /// `VALID UNTIL 'infinity'`: its time had passed.
    NeverExpires,
}

/// An option of a database that differs from what it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseOption {
    /// `ALLOW_CONNECTIONS true`: nobody could connect.
    AllowConnections,
    /// `IS_TEMPLATE false`: every role that may create databases could copy it.
    NoTemplate,
}

/// Who gets or loses a right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grantee {
    /// `PUBLIC`.
    Public,
    /// A role.
    Role(String),
}

/// What a right is on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    Database(String),
    Schema(String),
    Table {
        schema: String,
        name: String,
    },
    Sequence {
        schema: String,
        name: String,
    },
    /// What the owner will create: `TABLES`, `SEQUENCES` or `SCHEMAS`, in one schema or everywhere.
    Default {
        kind: DefaultKind,
        schema: Option<String>,
    },
}

/// The kinds of objects that default privileges are set for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DefaultKind {
    Tables,
    Sequences,
    Schemas,
    /// Never granted by us, only taken back.
    Functions,
    /// Never granted by us, only taken back.
    Types,
}

/// One `GRANT` or `REVOKE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightChange {
    /// Whether it is a `GRANT`.
    pub grant: bool,
    /// PostgreSQL's names of the rights, in order.
    pub privileges: Vec<String>,
    pub object: Object,
    pub grantee: Grantee,
}

/// As whom rights are changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acting {
    /// As the role that owns the object, within a membership that no other session sees.
    As(String),
    /// The same through a membership that the master has anyway, and keeps.
    Member(String),
    /// As the master itself, which owns the object.
    Master,
}

/// One thing to do, all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    CreateSecret {
        path: SecretPath,
    },
    UpdateSecret {
        path: SecretPath,
    },
    CreateRole {
        role: RoleName,
        secret: SecretPath,
        createdb: bool,
        connection_limit: Option<u32>,
    },
    SetPassword {
        role: RoleName,
        secret: SecretPath,
        attributes: Vec<Attribute>,
    },
    /// Attributes, memberships to end (`role` from `member`), or the marker alone.
    AlterRole {
        role: RoleName,
        attributes: Vec<Attribute>,
        memberships: Vec<(String, String)>,
    },
    AdoptRole {
        role: RoleName,
    },
    /// From `template`, or, without one, what is left of the one that an earlier run began.
    CreateDatabase {
        database: DatabaseName,
        owner: RoleName,
        template: Option<&'static str>,
    },
    /// Takes over a database that `from` owns.
    AdoptDatabase {
        database: DatabaseName,
        owner: RoleName,
        from: String,
        /// How the master comes by what only `from` may do.
        acting: Acting,
    },
    AlterDatabase {
        database: DatabaseName,
        acting: Acting,
        options: Vec<DatabaseOption>,
        rights: Vec<RightChange>,
    },
    CreateExtension {
        database: DatabaseName,
        owner: String,
        extension: String,
    },
    ApplyGrants {
        database: DatabaseName,
        acting: Acting,
        rights: Vec<RightChange>,
    },
}

/// A step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The app that it is for.
    pub app: AppKey,
    pub change: Change,
    /// The marker that the step leaves on the app's role, in the same transaction.
    pub marker: Option<(RoleName, Marker)>,
}

impl Step {
    pub const fn action(&self) -> Action {
        match self.change {
            Change::CreateSecret { .. } => Action::CreateSecret,
            Change::UpdateSecret { .. } => Action::UpdateSecret,
            Change::CreateRole { .. } => Action::CreateRole,
            Change::SetPassword { .. } => Action::SetPassword,
            Change::AlterRole { .. } => Action::AlterRole,
            Change::AdoptRole { .. } | Change::AdoptDatabase { .. } => Action::Adopt,
            Change::CreateDatabase { .. } => Action::CreateDatabase,
            Change::AlterDatabase { .. } => Action::AlterDatabase,
            Change::CreateExtension { .. } => Action::CreateExtension,
            Change::ApplyGrants { .. } => Action::ApplyGrants,
        }
    }

    /// What the step works on: a role, a database, a secret's path or an extension.
    pub fn target(&self) -> String {
        match &self.change {
            Change::CreateSecret { path } | Change::UpdateSecret { path } => path.to_string(),
            Change::CreateRole { role, .. }
            | Change::SetPassword { role, .. }
            | Change::AlterRole { role, .. }
            | Change::AdoptRole { role } => role.to_string(),
            Change::CreateDatabase { database, .. }
            | Change::AdoptDatabase { database, .. }
            | Change::AlterDatabase { database, .. }
            | Change::ApplyGrants { database, .. } => database.to_string(),
            Change::CreateExtension { extension, .. } => extension.clone(),
        }
    }

    /// The database that the step's statements run in; `None` where there are none.
    pub fn runs_in(&self) -> Option<String> {
        match (&self.change, self.inside()) {
            (Change::CreateSecret { .. } | Change::UpdateSecret { .. }, _) => None,
            (_, Some(database)) => Some(database.to_string()),
            (_, None) => Some(MAINTENANCE.to_owned()),
        }
    }

    /// The database that the step needs a session in; `None` where any will do, or none at all.
    pub const fn inside(&self) -> Option<&DatabaseName> {
        match &self.change {
            Change::CreateExtension { database, .. } | Change::ApplyGrants { database, .. } => Some(database),
            _ => None,
        }
    }
}

impl DefaultKind {
    /// As SQL has it.
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Tables => "TABLES",
            Self::Sequences => "SEQUENCES",
            Self::Schemas => "SCHEMAS",
            Self::Functions => "FUNCTIONS",
            Self::Types => "TYPES",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Tables => "tables",
            Self::Sequences => "sequences",
            Self::Schemas => "schemas",
            Self::Functions => "functions",
            Self::Types => "types",
        }
    }

    /// The kind behind `pg_default_acl.defaclobjtype`.
    pub fn of_catalog(code: &str) -> Option<Self> {
        match code {
            "r" => Some(Self::Tables),
            "S" => Some(Self::Sequences),
            "n" => Some(Self::Schemas),
            "f" => Some(Self::Functions),
            "T" => Some(Self::Types),
            _ => None,
        }
    }
}
