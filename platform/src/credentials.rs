//! What a secret holds: who logs in where, as JSON.
//!
//! No error quotes the content of a secret, not even a name: what stands in the wrong place may be the password.

use std::fmt;

use serde_json::{Map, Value};

use crate::password::Password;

/// Keys that repeat the password, for charts that want it under another name.
const ALIASES: [&str; 2] = ["postgres-password", "admin-password"];
const INSTANCE: &str = "dbInstanceIdentifier";

/// What is wrong with the content of a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// It is binary.
    #[error("is binary, not JSON text")]
    Binary,
    /// It is text, and no JSON.
    #[error("is not JSON")]
    NotJson,
    /// It is a JSON list, number or the like.
    #[error("is JSON, but not an object")]
    NotAnObject,
    /// A key is not there.
    #[error("has no key {key}")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// There is nothing under a key.
    #[error("has nothing under the key {key}")]
    Empty {
        /// The key.
        key: &'static str,
    },
    /// What is under a key is of another kind.
    #[error("holds under the key {key} something that is not {wanted}")]
    Kind {
        /// The key.
        key: &'static str,
        /// What is wanted there.
        wanted: &'static str,
    },
    /// The password has not been set yet.
    #[error("still holds a placeholder instead of a password")]
    Placeholder,
}

/// The whole content of a secret, with the keys that mean nothing to us. It does not print what it holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Document(Map<String, Value>);

impl Document {
    /// Reads a secret's content.
    pub fn parse(text: &str) -> Result<Self, ContentError> {
        match serde_json::from_str(text) {
            Ok(Value::Object(map)) => Ok(Self(map)),
            Ok(_) => Err(ContentError::NotAnObject),
            // The error of the parser would quote the text.
            Err(_) => Err(ContentError::NotJson),
        }
    }

    fn text(&self, key: &'static str) -> Result<&str, ContentError> {
        match self.0.get(key) {
            None | Some(Value::Null) => Err(ContentError::Missing { key }),
            Some(Value::String(text)) if text.is_empty() => Err(ContentError::Empty { key }),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(ContentError::Kind { key, wanted: "a text" }),
        }
    }

    fn port(&self) -> Result<u16, ContentError> {
        let (key, wanted) = ("port", "a port number from 1 to 65535");
        let port = match self.0.get(key) {
            None | Some(Value::Null) => return Err(ContentError::Missing { key }),
            Some(Value::Number(number)) => number.as_u64().and_then(|number| u16::try_from(number).ok()),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        port.filter(|port| *port != 0).ok_or(ContentError::Kind { key, wanted })
    }

    /// Sets a key; a number that stood there as text stays text.
    fn set(&mut self, key: &str, value: Value) {
        let value = match (self.0.get(key), value) {
            (Some(Value::String(_)), Value::Number(number)) => Value::String(number.to_string()),
            (_, value) => value,
        };
        self.0.insert(key.to_owned(), value);
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Document").finish_non_exhaustive()
    }
}

/// Who logs in where: all of a secret but its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The role.
    pub username: String,
    /// The server's host name or address.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// The database.
    pub dbname: String,
    /// The name of the RDS instance, where the master's secret has it.
    pub instance: Option<String>,
}

/// What a secret says, checked: nothing is empty, and the password is no placeholder.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The role.
    pub username: String,
    /// Its password.
    pub password: Password,
    /// The server's host name or address.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// The database.
    pub dbname: String,
    document: Document,
}

impl Credentials {
    /// Reads a secret's content. A password that begins with one of `placeholders`, in capitals or not, is none; so is
    /// a whole content that does.
    pub fn parse(text: &str, placeholders: &[String]) -> Result<Self, ContentError> {
        match Document::parse(text) {
            Err(ContentError::NotJson) if is_placeholder(text.trim(), placeholders) => Err(ContentError::Placeholder),
            parsed => Self::from_document(parsed?, placeholders),
        }
    }

    /// The same of a content that has been read. The placeholder comes first: whoever put it left other keys out too.
    pub fn from_document(document: Document, placeholders: &[String]) -> Result<Self, ContentError> {
        let password = document.text("password");
        if password.as_ref().is_ok_and(|password| is_placeholder(password, placeholders)) {
            return Err(ContentError::Placeholder);
        }
        Ok(Self {
            username: document.text("username")?.to_owned(),
            password: Password::new(password?),
            host: document.text("host")?.to_owned(),
            port: document.port()?,
            dbname: document.text("dbname")?.to_owned(),
            document,
        })
    }

    /// Credentials that are to be written. Over an `old` content its other keys stay, and of the password's aliases
    /// those that it has; a new one gets all of them.
    pub fn new(login: &Login, password: &Password, old: Option<&Document>) -> Self {
        let mut document = old.cloned().unwrap_or_else(|| Document(Map::new()));
        for (key, text) in [("username", &login.username), ("host", &login.host), ("dbname", &login.dbname)] {
            document.set(key, Value::from(text.as_str()));
        }
        document.set("port", Value::from(login.port));
        document.set("engine", Value::from("postgres"));
        if let Some(instance) = &login.instance {
            document.set(INSTANCE, Value::from(instance.as_str()));
        }
        document.set("password", Value::from(password.expose()));
        for alias in ALIASES.into_iter().filter(|alias| old.is_none_or(|old| old.0.contains_key(*alias))) {
            document.set(alias, Value::from(password.expose()));
        }
        Self {
            username: login.username.clone(),
            password: password.clone(),
            host: login.host.clone(),
            port: login.port,
            dbname: login.dbname.clone(),
            document,
        }
    }

    /// The name of the RDS instance, if the secret has it.
    pub fn instance(&self) -> Option<&str> {
        self.document.text(INSTANCE).ok()
    }

    /// The whole content.
    pub const fn document(&self) -> &Document {
        &self.document
    }

    /// The content as it is written, in clear: for the call that writes it, and nothing else.
    pub fn expose_json(&self) -> String {
        Value::Object(self.document.0.clone()).to_string()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Credentials").finish_non_exhaustive()
    }
}

fn is_placeholder(text: &str, placeholders: &[String]) -> bool {
    let begins = |with: &String| text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    placeholders.iter().filter(|placeholder| !placeholder.is_empty()).any(begins)
}

#[cfg(test)]
mod tests;
