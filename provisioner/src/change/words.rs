//! Changes in words, as a plan and its outcomes tell them.

use std::fmt;

use platform::names::{DatabaseName, RoleName};

use super::{Attribute, Change, DatabaseOption, Grantee, Object, RightChange, Step};

impl fmt::Display for Grantee {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => out.write_str("PUBLIC"),
            Self::Role(role) => out.write_str(role),
        }
    }
}

impl fmt::Display for Step {
    /// In words, as a plan shows it: `create role keycloak_user`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.change {
            Change::CreateSecret { path } => write!(out, "create secret {path} with a new password"),
            Change::UpdateSecret { path } => write!(out, "put a new password into secret {path}"),
            Change::CreateRole { role, createdb, connection_limit, .. } => {
                write!(out, "create role {role}")?;
                out.write_str(if *createdb { ", may create databases" } else { "" })?;
                connection_limit.map_or(Ok(()), |limit| write!(out, ", at most {limit} connections"))
            }
            Change::SetPassword { role, attributes, .. } => {
                write!(out, "set the password of role {role} to the secret's")?;
                attributes.iter().try_for_each(|attribute| write!(out, ", {attribute}"))
            }
            Change::AlterRole { role, attributes, memberships } => alter_role(out, role, attributes, memberships),
            Change::AdoptRole { role } => write!(out, "take over role {role}"),
            Change::CreateDatabase { database, owner, template: Some(_) } => {
                write!(out, "create database {database}, owned by {owner}, closed to PUBLIC")
            }
            Change::CreateDatabase { database, owner, template: None } => {
                write!(out, "finish database {database}, which an earlier run began, owned by {owner}")
            }
            Change::AdoptDatabase { database, owner, from, .. } => {
                write!(out, "take over database {database} from {from}, to be owned by {owner}, closed to PUBLIC")
            }
            Change::AlterDatabase { database, options, rights, .. } => {
                write!(out, "alter database {database}")?;
                options.iter().try_for_each(|option| write!(out, ", {option}"))?;
                rights.iter().try_for_each(|right| write!(out, ", {right}"))
            }
            Change::CreateExtension { database, extension, .. } => {
                write!(out, "create extension {extension} in database {database}")
            }
            Change::ApplyGrants { database, rights, .. } => grants(out, database, rights),
        }
    }
}

fn alter_role(
    out: &mut fmt::Formatter<'_>,
    role: &RoleName,
    attributes: &[Attribute],
    memberships: &[(String, String)],
) -> fmt::Result {
    if attributes.is_empty() && memberships.is_empty() {
        return write!(out, "mark role {role} as done with its secret's version and what is declared");
    }
    write!(out, "alter role {role}")?;
    attributes.iter().try_for_each(|attribute| write!(out, ", {attribute}"))?;
    memberships.iter().try_for_each(|(role, member)| write!(out, ", end the membership of {member} in {role}"))
}

/// Rights by who gets or loses them. Long lists of tables are counted, not told: `--sql` has them all.
fn grants(out: &mut fmt::Formatter<'_>, database: &DatabaseName, rights: &[RightChange]) -> fmt::Result {
    const SHOWN: usize = 8;
    write!(out, "in database {database}:")?;
    let mut last = None;
    for right in rights.iter().take(SHOWN) {
        let side = (right.grant, &right.grantee);
        match last {
            Some(same) if same == side => write!(out, ", {}", right.what())?,
            previous => {
                let comma = if previous.is_some() { ";" } else { "" };
                let (verb, preposition) = right.words();
                write!(out, "{comma} {verb} {preposition} {} {}", right.grantee, right.what())?;
            }
        }
        last = Some(side);
    }
    match rights.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(out, ", and {more} more"),
    }
}

impl RightChange {
    const fn words(&self) -> (&'static str, &'static str) {
        if self.grant { ("grant", "to") } else { ("revoke", "from") }
    }

    /// The rights and what they are on, without whose.
    fn what(&self) -> String {
        format!("{} on {}", self.privileges.join(", "), self.object)
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Login => out.write_str("let it log in"),
            Self::Createdb(true) => out.write_str("let it create databases"),
            Self::Createdb(false) => out.write_str("no longer let it create databases"),
            Self::ConnectionLimit(Some(limit)) => write!(out, "at most {limit} connections"),
            Self::ConnectionLimit(None) => out.write_str("any number of connections"),
            Self::NeverExpires => out.write_str("lift its expiry"),
        }
    }
}

impl fmt::Display for DatabaseOption {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::AllowConnections => "let it accept connections",
            Self::NoTemplate => "no longer let others copy it as a template",
        })
    }
}

impl fmt::Display for RightChange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, preposition) = self.words();
        write!(out, "{verb} {} {preposition} {}", self.what(), self.grantee)
    }
}

impl fmt::Display for Object {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(name) => write!(out, "database {name}"),
            Self::Schema(name) => write!(out, "schema {name}"),
            Self::Table { schema, name } => write!(out, "table {schema}.{name}"),
            Self::Sequence { schema, name } => write!(out, "sequence {schema}.{name}"),
            Self::Default { kind, schema: None } => write!(out, "future {}", kind.words()),
            Self::Default { kind, schema: Some(schema) } => write!(out, "future {} in schema {schema}", kind.words()),
        }
    }
}
