//! How an `ExternalDNS` is set up: the flags of its container, wherever they come from.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::verdict::{CannotLook, Short};

/// How a variable is called that sets a flag; kingpin makes the rest of the flag's name.
const VARIABLE: &str = "EXTERNAL_DNS_";

/// A version, for what differs between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) u32, pub(super) u32, pub(super) u32);

impl Version {
    /// From an image's tag, such as `v0.14.0` or `0.14.0-debian-11-r2`; none where it tells no version.
    pub(super) fn of_tag(tag: &str) -> Option<Self> {
        let tag = tag.strip_prefix('v').unwrap_or(tag);
        let end = tag.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(tag.len());
        let mut numbers = tag[..end].split('.').map(|number| number.parse::<u32>().ok());
        Some(Self(numbers.next()??, numbers.next()??, numbers.next()??))
    }

    /// From an image's reference.
    pub(super) fn of_image(image: &str) -> Option<Self> {
        let name = image.split('@').next().unwrap_or_default();
        let last = name.rsplit('/').next().unwrap_or_default();
        Self::of_tag(last.split_once(':')?.1)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "v{}.{}.{}", self.0, self.1, self.2)
    }
}

/// One `ExternalDNS`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ExternalDns {
    /// What was looked at, such as `Deployment kube-system/external-dns`.
    pub(super) what: String,
    /// Its version, where its image tells.
    pub(super) version: Option<Version>,
    /// Where flags may be set that are not seen here: the value files of an Application.
    pub(super) elsewhere: Option<String>,
    given: BTreeMap<String, Vec<String>>,
    hidden: BTreeMap<String, String>,
}

impl ExternalDns {
    /// From a container's command, arguments and variables.
    pub(super) fn of_container(what: String, container: &Value) -> Self {
        let image = container["image"].as_str().unwrap_or_default();
        let mut external_dns = Self { what, version: Version::of_image(image), ..Self::default() };
        let variables = Variables::of(&container["env"]);
        let words = ["command", "args"].into_iter().filter_map(|part| container[part].as_array()).flatten();
        external_dns.add_words(words.filter_map(Value::as_str), &variables);
        external_dns.add_variables(&variables);
        external_dns
    }

    /// Adds what a command line says: `--flag=value`, `--flag value` or `--flag`.
    pub(super) fn add_words<'a>(&mut self, words: impl Iterator<Item = &'a str>, variables: &Variables) {
        let mut words = words.peekable();
        while let Some(word) = words.next() {
            let Some(flag) = word.strip_prefix("--") else { continue };
            let (flag, value) = match flag.split_once('=') {
                Some((flag, value)) => (flag, value),
                None => (flag, words.next_if(|next| !next.starts_with('-')).unwrap_or("true")),
            };
            match variables.expand(value) {
                Ok(value) => self.add(flag, value),
                Err(place) => {
                    self.hidden.insert(flag.to_owned(), place);
                }
            }
        }
    }

    /// Adds what variables say of flags that the command line leaves out; lines are values of a flag that repeats.
    pub(super) fn add_variables(&mut self, variables: &Variables) {
        for (name, value) in &variables.0 {
            let Some(flag) = name.strip_prefix(VARIABLE).map(|flag| flag.to_ascii_lowercase().replace('_', "-")) else {
                continue;
            };
            if self.given.contains_key(&flag) || self.hidden.contains_key(&flag) {
                continue;
            }
            match value {
                Ok(text) => text.trim_end().lines().for_each(|line| self.add(&flag, line.to_owned())),
                Err(place) => {
                    self.hidden.insert(flag, place.clone());
                }
            }
        }
    }

    /// Adds one value of a flag.
    pub(super) fn add(&mut self, flag: &str, value: String) {
        self.given.entry(flag.to_owned()).or_default().push(value);
    }

    /// All values of a flag; an empty one is none, as `ExternalDNS` takes it.
    pub(super) fn values(&self, flag: &str) -> Result<Vec<&str>, Short> {
        if let Some(place) = self.hidden.get(flag) {
            let summary = format!("{}: --{flag} comes from {place}, which is not read", self.what);
            let remedy = format!("Write --{flag} out in the arguments, so that it can be checked.");
            return Err(Short::Cannot(CannotLook::new("unread", summary).fix(remedy)));
        }
        let values = self.given.get(flag).into_iter().flatten();
        Ok(values.map(|value| value.trim()).filter(|value| !value.is_empty()).collect())
    }

    /// The value of a flag that does not repeat.
    pub(super) fn value(&self, flag: &str) -> Result<Option<&str>, Short> {
        Ok(self.values(flag)?.last().copied())
    }

    /// Whether a switch is on.
    pub(super) fn is_set(&self, flag: &str) -> Result<bool, Short> {
        let is_off = self.given.contains_key(&format!("no-{flag}"));
        Ok(!is_off && self.value(flag)?.is_some_and(|value| value != "false"))
    }

    /// Why these flags cannot be told yet: none of them is seen, and they may be set elsewhere.
    pub(super) fn is_untold(&self, flags: &[&str]) -> Option<String> {
        let seen = flags.iter().any(|flag| self.given.contains_key(*flag) || self.hidden.contains_key(*flag));
        let place = self.elsewhere.as_ref().filter(|_| !seen)?;
        Some(format!(
            "{}: --{} may be set in {place}, and is seen once it is deployed",
            self.what,
            flags.join(" or --")
        ))
    }

    /// Whether it writes to Route 53, as far as it says.
    pub(super) fn is_aws(&self) -> Result<bool, Short> {
        Ok(self.value("provider")?.is_none_or(|provider| provider == "aws"))
    }
}

/// The variables of a container: their values, or where a value lies that is not in the container itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables(BTreeMap<String, Result<String, String>>);

impl Variables {
    /// From a container's `env`.
    pub(super) fn of(list: &Value) -> Self {
        let entries = list.as_array().into_iter().flatten();
        let variable = |entry: &Value| {
            let name = entry["name"].as_str()?.to_owned();
            let value = match entry["valueFrom"].as_object().and_then(|from| from.iter().next()) {
                Some((kind, from)) => {
                    Err(format!("{kind} {}", from["name"].as_str().unwrap_or_default()).trim().to_owned())
                }
                None => Ok(entry["value"].as_str().unwrap_or_default().to_owned()),
            };
            Some((name, value))
        };
        Self(entries.filter_map(variable).collect())
    }

    /// A text with `$(NAME)` filled in, as Kubernetes does; what is no variable stays.
    fn expand(&self, text: &str) -> Result<String, String> {
        let mut expanded = text.to_owned();
        for (name, value) in &self.0 {
            let reference = format!("$({name})");
            if expanded.contains(&reference) {
                expanded = expanded.replace(&reference, value.as_ref().map_err(Clone::clone)?);
            }
        }
        Ok(expanded)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ExternalDns, Version};
    use crate::verdict::Short;

    fn of(container: &Value) -> ExternalDns {
        ExternalDns::of_container("Deployment kube-system/external-dns".to_owned(), container)
    }

    #[test]
    fn flags_are_read_however_they_are_written() {
        let seen = of(&json!({
            "image": "registry.k8s.io/external-dns/external-dns:v0.14.0@sha256:00",
            "command": ["/bin/external-dns", "--policy", "sync"],
            "args": ["--txt-owner-id=goldenpath-dev", "--domain-filter=a.io", "--domain-filter", "b.io", "--events",
                "--aws-zone-match-parent", "--zone-id-filter="],
        }));
        assert_eq!(seen.value("txt-owner-id").unwrap(), Some("goldenpath-dev"));
        assert_eq!(seen.values("domain-filter").unwrap(), ["a.io", "b.io"]);
        assert_eq!(seen.value("policy").unwrap(), Some("sync"));
        assert!(seen.is_set("aws-zone-match-parent").unwrap());
        assert!(seen.values("zone-id-filter").unwrap().is_empty());
        assert_eq!(seen.version, Some(Version(0, 14, 0)));
        let off = of(&json!({"args": ["--no-aws-zone-match-parent", "--txt-new-format-only=false"]}));
        assert!(!off.is_set("aws-zone-match-parent").unwrap() && !off.is_set("txt-new-format-only").unwrap());
        assert_eq!(of(&json!({})), ExternalDns { what: seen.what, ..ExternalDns::default() });
    }

    #[test]
    fn variables_set_what_arguments_leave_out() {
        let seen = of(&json!({
            "args": ["--txt-owner-id=from-args", "--txt-prefix=$(PREFIX)x"],
            "env": [
                {"name": "PREFIX", "value": "external-dns"},
                {"name": "EXTERNAL_DNS_TXT_OWNER_ID", "value": "from-env"},
                {"name": "EXTERNAL_DNS_DOMAIN_FILTER", "value": "a.io\nb.io\n"},
            ],
        }));
        assert_eq!(seen.value("txt-owner-id").unwrap(), Some("from-args"));
        assert_eq!(seen.value("txt-prefix").unwrap(), Some("external-dnsx"));
        assert_eq!(seen.values("domain-filter").unwrap(), ["a.io", "b.io"]);
    }

    #[test]
    fn a_value_that_lies_in_another_object_is_not_taken_for_none() {
        let seen = of(&json!({
            "args": ["--txt-owner-id=$(OWNER)"],
            "env": [
                {"name": "OWNER", "valueFrom": {"configMapKeyRef": {"name": "dns", "key": "owner"}}},
                {"name": "EXTERNAL_DNS_TXT_PREFIX", "valueFrom": {"secretKeyRef": {"name": "dns", "key": "prefix"}}},
            ],
        }));
        for flag in ["txt-owner-id", "txt-prefix"] {
            let Err(Short::Cannot(cannot)) = seen.value(flag) else { panic!("{flag} is not known") };
            assert_eq!(cannot.reason, "unread");
            assert!(cannot.summary.contains("KeyRef dns"), "{}", cannot.summary);
        }
    }

    #[test]
    fn versions_come_from_tags() {
        assert_eq!(Version::of_image("localhost:5000/external-dns:0.14.2-debian-12-r1"), Some(Version(0, 14, 2)));
        assert_eq!(Version::of_image("localhost:5000/external-dns"), None);
        assert_eq!(Version::of_image("external-dns@sha256:12"), None);
        assert_eq!(Version::of_tag("latest"), None);
        assert!(Version(0, 14, 1) > Version(0, 14, 0) && Version(0, 20, 0) > Version(0, 14, 1));
    }
}
