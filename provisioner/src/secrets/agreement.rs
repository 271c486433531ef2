//! Whether a secret says what the tfvars and the master's secret say. Pure.

use std::fmt;

use platform::credentials::Credentials;
use platform::names::{DatabaseName, RoleName};

/// A key under which a secret says something else. The message names what is wanted, never what is there: a value in
/// the wrong place may be the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The key in the secret.
    pub key: &'static str,
    /// What it should hold.
    pub wanted: String,
    /// Who says so.
    pub according_to: &'static str,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is not {}, as {}", self.key, self.wanted, self.according_to)
    }
}

/// In what the secret of an app disagrees with its entry and with the master's secret; nothing where it agrees.
pub fn disagreements(
    found: &Credentials,
    role: &RoleName,
    database: &DatabaseName,
    master: &Credentials,
) -> Vec<Disagreement> {
    let tfvars = "the tfvars say";
    let masters = "the master's secret says";
    [
        (found.username == role.as_str(), "username", role.to_string(), tfvars),
        (found.dbname == database.as_str(), "dbname", database.to_string(), tfvars),
        (is_same_host(&found.host, &master.host), "host", master.host.clone(), masters),
        (found.port == master.port, "port", master.port.to_string(), masters),
    ]
    .into_iter()
    .filter(|(agrees, ..)| !agrees)
    .map(|(_, key, wanted, according_to)| Disagreement { key, wanted, according_to })
    .collect()
}

/// As DNS compares names: in any case, with or without the root's dot. An alias is another name.
fn is_same_host(one: &str, other: &str) -> bool {
    one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use platform::credentials::{Credentials, Login};
    use platform::password::Password;

    use super::disagreements;

    fn credentials(username: &str, host: &str, port: u16, dbname: &str) -> Credentials {
        let login = Login {
            username: username.to_owned(),
            host: host.to_owned(),
            port,
            dbname: dbname.to_owned(),
            instance: None,
        };
        Credentials::new(&login, &Password::new("S3cret"), None)
    }

    fn texts(found: &Credentials) -> Vec<String> {
        let master = credentials("admin", "db.example.com", 5432, "platform");
        let found = disagreements(found, &"app_user".parse().unwrap(), &"app".parse().unwrap(), &master);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_are_compared_as_dns_does() {
        for host in ["db.example.com", "DB.Example.Com", "db.example.com."] {
            assert_eq!(texts(&credentials("app_user", host, 5432, "app")), [""; 0], "{host}");
        }
        assert_eq!(texts(&credentials("app_user", "10.0.0.1", 5432, "app")).len(), 1);
    }

    #[test]
    fn every_disagreement_is_named_without_what_is_there() {
        let found = texts(&credentials("swapped_password", "swapped_password", 1, "App"));
        assert_eq!(
            found,
            [
                "username is not app_user, as the tfvars say",
                "dbname is not app, as the tfvars say",
                "host is not db.example.com, as the master's secret says",
                "port is not 5432, as the master's secret says",
            ]
        );
    }
}
