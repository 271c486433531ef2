//! The content of a secret, as Secrets Manager or a file holds it.

use serde_json::{Value, json};

/// What an application, or the master, logs in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The role.
    pub username: String,
    /// Its password.
    pub password: String,
    /// The server's name or address.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// The database to connect to.
    pub dbname: String,
}

impl Secret {
    /// The JSON that the secret holds.
    pub fn json(&self) -> Value {
        let Self { username, password, host, port, dbname } = self;
        json!({"username": username, "password": password, "host": host, "port": port, "dbname": dbname})
    }

    /// Reads what the program under test wrote; panics where a key is missing.
    pub fn from_json(value: &Value) -> Self {
        let text = |key: &str| match &value[key] {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            other => panic!("the secret's {key} is {other}"),
        };
        Self {
            username: text("username"),
            password: text("password"),
            host: text("host"),
            port: text("port").parse().expect("the secret's port is a number"),
            dbname: text("dbname"),
        }
    }

    /// The same secret with another password.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        password.clone_into(&mut self.password);
        self
    }

    /// The same secret by way of another address: a proxy, or a server that is not one.
    #[must_use]
    pub fn at(mut self, host: &str, port: u16) -> Self {
        host.clone_into(&mut self.host);
        self.port = port;
        self
    }
}

/// A password that occurs nowhere else, so that finding it somewhere means that it leaked.
pub fn random_password() -> String {
    format!("Pw{:016x}{:016x}", rand::random::<u64>(), rand::random::<u64>())
}
