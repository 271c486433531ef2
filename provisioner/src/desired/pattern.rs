//! Secret paths from the site's patterns.

use platform::names::{AppKey, Environment, NameError, SecretPath};

/// Why a pattern gives no secret path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A placeholder that is not known here.
    #[error("the secret pattern `{pattern}` has the unknown placeholder `{{{name}}}`; known are {known}")]
    Placeholder {
        /// The pattern.
        pattern: String,
        /// What stands between the braces.
        name: String,
        /// What may stand there.
        known: &'static str,
    },
    /// A brace without its counterpart.
    #[error("the secret pattern `{pattern}` has a brace without its counterpart")]
    Brace {
        /// The pattern.
        pattern: String,
    },
    /// What comes out is no path.
    #[error("the secret pattern `{pattern}` gives `{path}`, which {reason}")]
    Path {
        /// The pattern.
        pattern: String,
        /// What comes out.
        path: String,
        /// Why that is no path.
        reason: NameError,
    },
}

/// The path that a pattern gives. Without an app, as for the master's secret, `{app}` is not known.
pub fn expand(
    pattern: &str,
    environment: &Environment,
    app: Option<&AppKey>,
    build_id: &str,
) -> Result<SecretPath, PatternError> {
    let mut path = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        let unmatched = || PatternError::Brace { pattern: pattern.to_owned() };
        let (before, placeholder) = rest.split_at(at);
        let (name, after) =
            placeholder.strip_prefix('{').and_then(|inner| inner.split_once('}')).ok_or_else(unmatched)?;
        path.push_str(before);
        path.push_str(match (name, app) {
            ("env", _) => environment.as_str(),
            ("build_id", _) => build_id,
            ("app", Some(app)) => app.as_str(),
            _ => {
                let known = if app.is_some() { "{env}, {app}, {build_id}" } else { "{env}, {build_id}" };
                return Err(PatternError::Placeholder { pattern: pattern.to_owned(), name: name.to_owned(), known });
            }
        });
        rest = after;
    }
    path.push_str(rest);
    path.parse().map_err(|reason| PatternError::Path { pattern: pattern.to_owned(), path, reason })
}

#[cfg(test)]
mod tests {
    use super::{PatternError, expand};

    #[test]
    fn placeholders_are_filled() {
        let (environment, app) = ("dev".parse().unwrap(), "keycloak".parse().unwrap());
        let path = expand("g/{env}/builds/{build_id}/{app}/postgres", &environment, Some(&app), "7").unwrap();
        assert_eq!(path.as_str(), "g/dev/builds/7/keycloak/postgres");
        assert_eq!(expand("g/{env}/rds/master", &environment, None, "7").unwrap().as_str(), "g/dev/rds/master");
    }

    #[test]
    fn what_cannot_be_filled_is_told() {
        let environment = "dev".parse().unwrap();
        let error = |pattern, build_id| expand(pattern, &environment, None, build_id).unwrap_err();
        assert!(matches!(error("g/{app}", "7"), PatternError::Placeholder { .. }));
        assert!(matches!(error("g/{en}", "7"), PatternError::Placeholder { .. }));
        assert!(matches!(error("g/{env", "7"), PatternError::Brace { .. }));
        assert!(matches!(error("g/env}", "7"), PatternError::Brace { .. }));
        assert!(matches!(error("g/{build_id}/x", ""), PatternError::Path { .. }));
        assert!(matches!(error("g/{build_id}/x", "../.."), PatternError::Path { .. }));
    }
}
