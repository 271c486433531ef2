//! The settings file: a site's conventions, so that the tool serves more than one platform.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Why a settings file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("settings file {path}:{line}:{column}: {message}")]
pub struct SiteError {
    path: String,
    line: usize,
    column: usize,
    message: String,
    /// The same with the line shown, as the parser has it.
    pub shown: String,
}

/// A settings file; what it leaves out has the platform's defaults.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Site {
    pub secrets: Secrets,
    pub tfvars: Tfvars,
    pub approval: Approval,
    /// How old a password may be, in days, by environment and by `default`. Read and checked now, so that a settings
    /// file is good for the command to come.
    pub rotation: BTreeMap<String, u32>,
}

/// Where secrets are, and what they look like.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Secrets {
    pub master: String,
    pub app: String,
    pub placeholders: Vec<String>,
    pub tags: BTreeMap<String, String>,
    pub ephemeral: Ephemeral,
}

/// The same where the database instance is made for one build.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ephemeral {
    pub master: String,
    pub app: String,
}

/// How entries of `application_databases` are read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tfvars {
    pub ignore_attributes: Vec<String>,
    pub name_pattern: String,
}

/// Who needs no approval.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Approval {
    pub free: Vec<String>,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            secrets: Secrets::default(),
            tfvars: Tfvars::default(),
            approval: Approval::default(),
            rotation: BTreeMap::from([("default".to_owned(), 14), ("dev".to_owned(), 30)]),
        }
    }
}

impl Default for Secrets {
    fn default() -> Self {
        Self {
            master: "goldenpath/{env}/rds/master".to_owned(),
            app: "goldenpath/{env}/{app}/postgres".to_owned(),
            placeholders: vec!["PLACEHOLDER".to_owned(), "CHANGEME".to_owned()],
            tags: BTreeMap::new(),
            ephemeral: Ephemeral::default(),
        }
    }
}

impl Default for Ephemeral {
    fn default() -> Self {
        Self {
            master: "goldenpath/{env}/builds/{build_id}/rds/master".to_owned(),
            app: "goldenpath/{env}/builds/{build_id}/{app}/postgres".to_owned(),
        }
    }
}

impl Default for Tfvars {
    fn default() -> Self {
        let ignored = ["description", "comment", "tags"];
        Self {
            ignore_attributes: ignored.map(ToOwned::to_owned).to_vec(),
            name_pattern: "[a-z][a-z0-9_]{0,62}".to_owned(),
        }
    }
}

impl Default for Approval {
    fn default() -> Self {
        Self { free: vec!["dev".to_owned()] }
    }
}

impl Site {
    /// Reads a settings file's text; `path` is for messages.
    pub fn parse(text: &str, path: &str) -> Result<Self, SiteError> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let before = text.get(..error.span().map_or(0, |span| span.start)).unwrap_or(text);
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
            let line = before.matches('\n').count() + 1;
            SiteError { path: path.to_owned(), line, column, message, shown: error.to_string() }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Site;

    #[test]
    fn an_empty_file_has_the_defaults() {
        assert_eq!(Site::parse("", "x").unwrap(), Site::default());
    }

    #[test]
    fn what_is_given_wins_and_the_rest_stays() {
        let site = Site::parse("[secrets]\napp = \"x/{app}\"\n[rotation]\nprod = 7\n", "x").unwrap();
        assert_eq!(site.secrets.app, "x/{app}");
        assert_eq!(site.secrets.master, Site::default().secrets.master);
        assert_eq!(site.rotation["prod"], 7);
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_place() {
        let error = Site::parse("[secrets]\nmastr = \"x\"\n", "s.toml").unwrap_err().to_string();
        assert!(error.starts_with("settings file s.toml:2:1: unknown field `mastr`"), "{error}");
    }
}
