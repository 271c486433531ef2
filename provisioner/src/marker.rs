//! The marker on a role or database of ours: a `COMMENT` that every role can read, so nothing secret is in it.

use std::fmt;

use platform::names::AppKey;

use crate::model::App;

const OURS: &str = "managed-by=provisioner";

/// What the comment on a role says: that it is ours, for which app, and how far the last run came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// The app's key.
    pub app: String,
    /// The version of the secret whose password the role has; `None` in a marker that is yet to be written is the
    /// version that the run itself makes.
    pub secret_version: Option<String>,
    /// A digest of what the tfvars declared. It is written last: without it, the app was not finished.
    pub declared: Option<String>,
}

impl Marker {
    /// Reads a comment; `None` where it is not one of ours.
    pub fn parse(comment: &str) -> Option<Self> {
        let mut words = comment.split_whitespace();
        if words.next() != Some(OURS) {
            return None;
        }
        let mut marker = Self { app: String::new(), secret_version: None, declared: None };
        for (key, value) in words.filter_map(|word| word.split_once('=')) {
            match key {
                "app" => value.clone_into(&mut marker.app),
                "secret-version" => marker.secret_version = Some(value.to_owned()),
                "declared" => marker.declared = Some(value.to_owned()),
                // A later version may say more.
                _ => {}
            }
        }
        Some(marker)
    }

    /// What a finished run writes for `app`.
    pub fn finished(app: &App, secret_version: Option<&str>) -> Self {
        Self {
            app: app.key.to_string(),
            secret_version: secret_version.map(ToOwned::to_owned),
            declared: Some(declared(app)),
        }
    }

    /// The same before the app's last step.
    #[must_use]
    pub fn unfinished(&self) -> Self {
        Self { declared: None, ..self.clone() }
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{OURS} app={}", self.app)?;
        if let Some(version) = &self.secret_version {
            write!(out, " secret-version={version}")?;
        }
        if let Some(declared) = &self.declared {
            write!(out, " declared={declared}")?;
        }
        Ok(())
    }
}

/// The comment on a database that we made or adopted.
pub fn of_database(app: &AppKey) -> String {
    format!("{OURS} app={app}")
}

/// Whether a comment is a marker of ours.
pub fn is_ours(comment: Option<&str>) -> bool {
    comment.is_some_and(|comment| Marker::parse(comment).is_some())
}

/// A digest of what an entry asks for beside its secret.
fn declared(app: &App) -> String {
    let App { database, role, access, createdb, extensions, connection_limit, .. } = app;
    let extensions = extensions.iter().map(String::as_str).collect::<Vec<_>>().join(",");
    let limit = connection_limit.map_or("unlimited".to_owned(), |limit| limit.to_string());
    let text = format!("{database}\n{role}\n{access}\n{createdb}\n{extensions}\n{limit}");
    crate::digest::sha256_hex(text.as_bytes())[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Marker, is_ours};

    #[test]
    fn a_marker_survives_its_comment() {
        let marker =
            Marker { app: "keycloak".into(), secret_version: Some("v-1".into()), declared: Some("0123".into()) };
        assert_eq!(Marker::parse(&marker.to_string()), Some(marker.clone()));
        assert_eq!(Marker::parse(&marker.unfinished().to_string()), Some(marker.unfinished()));
    }

    #[test]
    fn somebody_elses_comment_is_no_marker() {
        for comment in ["", "our billing role", "managed-by=terraform app=x", "x managed-by=provisioner"] {
            assert!(!is_ours(Some(comment)), "{comment}");
        }
        assert!(!is_ours(None));
    }
}
