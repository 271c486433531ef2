//! What Argo asks of a command line.
//!
//! The arguments of a workflow step cannot be conditional without a shell, so a template passes every flag it knows,
//! and an empty value means that none was given.

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches};
use serde::de::DeserializeOwned;

/// Why there is nothing to run.
#[derive(Debug)]
pub enum NoCommand {
    /// `--help` or `--version`: a text for stdout.
    Told(String),
    /// What is wrong, in one line, and all that there is to say of it, for stderr.
    Invalid {
        /// The line.
        line: String,
        /// The text.
        text: String,
    },
}

impl NoCommand {
    fn invalid(text: String) -> Self {
        let line = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Self::Invalid { line, text }
    }
}

/// A command line as `Line` declares it. `switches` are the flags whose value, where they have one, is true or false.
pub fn line<Line: CommandFactory + FromArgMatches>(
    arguments: impl IntoIterator<Item = OsString>,
    switches: &[&str],
) -> Result<Line, NoCommand> {
    let arguments = switch_values_joined(without_empty_values(arguments), switches);
    let matches = Line::command().try_get_matches_from(arguments);
    matches.and_then(|matches| Line::from_arg_matches(&matches)).map_err(|error| {
        let text = error.render().to_string();
        if error.use_stderr() { NoCommand::invalid(text) } else { NoCommand::Told(text) }
    })
}

/// The flags that the environment sets, of those whose names are `known`.
pub fn variables<Flags: DeserializeOwned>(
    environment: &[(String, String)],
    prefix: &str,
    known: &[String],
) -> Result<Flags, NoCommand> {
    envy::from_iter(with_prefix(environment.iter().cloned(), prefix, known))
        .map_err(|error| NoCommand::invalid(format!("error: a variable {prefix}… is not valid: {error}\n")))
}

/// Declares a program's flags once: for the command line, for the environment, and for laying one over the other. The
/// program depends on clap and serde, whose derives this uses.
#[macro_export]
macro_rules! flags {
    ($($(#[$attribute:meta])* $name:ident: $type:ty),+ $(,)?) => {
        /// The flags; `None`, or an empty list, is not given.
        #[derive(Clone, Debug, Default, ::clap::Args, ::serde::Deserialize)]
        #[serde(default)]
        #[expect(clippy::doc_markdown, reason = "these are the texts of --help")]
        pub struct Flags { $($(#[$attribute])* pub $name: $type),+ }

        impl Flags {
            /// Their names, as in the environment but in lower case.
            pub fn names() -> Vec<String> {
                vec![$(stringify!($name).to_owned()),+]
            }

            /// These flags, and where one is not given, the other's.
            fn over(self, other: Self) -> Self {
                Self { $($name: $crate::arguments::Given::or_else_given(self.$name, other.$name)),+ }
            }
        }
    };
}

/// A flag that may be given or not.
pub trait Given {
    /// This one where it is given, else the other.
    #[must_use]
    fn or_else_given(self, other: Self) -> Self;
}

impl<T> Given for Option<T> {
    fn or_else_given(self, other: Self) -> Self {
        self.or(other)
    }
}

impl<T> Given for Vec<T> {
    fn or_else_given(self, other: Self) -> Self {
        if self.is_empty() { other } else { self }
    }
}

/// The arguments without the flags whose value is empty: `--flag=` and `--flag ""`.
fn without_empty_values(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut kept: Vec<OsString> = Vec::new();
    for argument in arguments {
        let text = argument.to_string_lossy();
        if text.starts_with("--") && text.ends_with('=') {
            continue;
        }
        if text.is_empty() {
            let flag = kept.pop_if(|last| is_bare_flag(&last.to_string_lossy()));
            if flag.is_some() {
                continue;
            }
        }
        kept.push(argument);
    }
    kept
}

/// The variables of the environment that are set to something and begin with `prefix`, without it.
///
/// Kubernetes makes `<SERVICE>_PORT` and the like of every service beside a pod: only the names of `known` are taken,
/// so that a service named `provisioner` does not set a flag.
fn with_prefix<'a>(
    environment: impl IntoIterator<Item = (String, String)> + 'a,
    prefix: &'a str,
    known: &'a [String],
) -> impl Iterator<Item = (String, String)> + 'a {
    environment.into_iter().filter(|(_, value)| !value.is_empty()).filter_map(move |(name, value)| {
        let flag = name.strip_prefix(prefix)?.to_owned();
        known.contains(&flag.to_lowercase()).then_some((flag, value))
    })
}

/// Variables with `prefix` that are none of `known`: a misspelt one would go unnoticed. What Kubernetes makes of a service
/// whose name is the prefix is left out.
pub fn unknown_with_prefix(environment: &[(String, String)], prefix: &str, known: &[String]) -> Vec<String> {
    let of_a_service = |flag: &str| {
        flag == "PORT" || flag.starts_with("PORT_") || flag == "SERVICE_HOST" || flag.starts_with("SERVICE_PORT")
    };
    let is_unknown = |name: &str| {
        name.strip_prefix(prefix).is_some_and(|flag| !known.contains(&flag.to_lowercase()) && !of_a_service(flag))
    };
    environment.iter().map(|(name, _)| name).filter(|name| is_unknown(name)).cloned().collect()
}

/// `--switch false` as `--switch=false`: a switch takes its value with `=` alone, or it would eat what follows it.
fn switch_values_joined(arguments: Vec<OsString>, switches: &[&str]) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    for argument in arguments {
        let is_value = argument == "true" || argument == "false";
        match joined.last_mut() {
            Some(last) if is_value && switches.iter().any(|switch| last == switch) => {
                last.push("=");
                last.push(argument);
            }
            _ => joined.push(argument),
        }
    }
    joined
}

fn is_bare_flag(text: &str) -> bool {
    text.len() > 2 && text.starts_with("--") && !text.contains('=')
}

#[cfg(test)]
mod tests {
    use super::{with_prefix, without_empty_values};

    fn kept(arguments: &[&str]) -> Vec<String> {
        let given = arguments.iter().map(std::ffi::OsString::from);
        without_empty_values(given).into_iter().map(|text| text.into_string().unwrap()).collect()
    }

    #[test]
    fn an_empty_value_is_no_value() {
        assert_eq!(kept(&["apply", "--only=", "--approve", "", "--dry-run=false"]), ["apply", "--dry-run=false"]);
        assert_eq!(kept(&["apply", "--env", "dev", "--"]), ["apply", "--env", "dev", "--"]);
    }

    #[test]
    fn an_empty_argument_that_belongs_to_no_flag_stays() {
        assert_eq!(kept(&["", "--env=dev", ""]), ["", "--env=dev", ""]);
    }

    #[test]
    fn only_known_variables_count() {
        let environment = [("P_ENV", "dev"), ("P_PORT", "tcp://10.0.0.1"), ("P_REGION", ""), ("HOME", "/")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let known = ["env".to_owned(), "region".to_owned()];
        let found: Vec<_> = with_prefix(environment, "P_", &known).collect();
        assert_eq!(found, [("ENV".to_owned(), "dev".to_owned())]);
    }
}
