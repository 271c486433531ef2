//! Flags, environment and profile, checked: everything that one run is told.

mod ids;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use platform::arguments::NoCommand;
use platform::process::{Process, TERMINATION_LOG};

use crate::catalogue;
use crate::check::{Check, Gate, RunGate, Tier};
use crate::flags::{self, Cluster, Command, Flags, Output, Request};
use crate::inputs::{Inputs, Name, Source};
use crate::profile::{Profile, ProfileError};
use crate::schedule::Planned;
use crate::scope::Asked;
pub use ids::find;
use ids::{known, stem};

/// How long a run may take where nobody says otherwise: less than the 300 s that the hooks allow a pod.
const DEADLINE: Duration = Duration::from_mins(4);

/// What is wrong with what the run was told.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A flag's value.
    #[error("--{flag} {value}: {reason}")]
    Value {
        /// The flag.
        flag: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        reason: String,
    },
    /// The profile cannot be read.
    #[error("read profile {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The profile is not good.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

/// The process' surroundings, as far as they are not flags.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `RUST_LOG`.
    pub log_filter: Option<String>,
    /// `ARGO_PROGRESS_FILE`.
    pub progress_file: Option<PathBuf>,
    /// Whether Kubernetes set this process up.
    pub inside: bool,
    /// Variables that look like flags and are none.
    pub unknown_variables: Vec<String>,
}

/// A failure that counts as a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The check's id, with its instance.
    pub id: String,
    /// Why.
    pub reason: String,
    /// The last day, as `2027-01-31`.
    pub until: String,
}

/// Everything that one run is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What to do.
    pub command: Command,
    /// What the caller asks for.
    pub asked: Asked,
    /// What the platform is like.
    pub profile: Profile,
    /// The inputs that the profile, the environment and flags give.
    pub inputs: Inputs,
    /// Failures that count as warnings.
    pub accepted: Vec<Accepted>,
    /// Whether warnings are told by the exit code.
    pub strict: bool,
    /// Whether a run that holds no check is no error.
    pub allow_empty: bool,
    /// Whether `plan` and `access` read the cluster.
    pub from_cluster: bool,
    /// A kubeconfig.
    pub kubeconfig: Option<PathBuf>,
    /// A context of it.
    pub context: Option<String>,
    /// Trust anchors for PostgreSQL.
    pub ca_bundle: Option<PathBuf>,
    /// How long connections to AWS are tried again.
    pub connect_patience: Duration,
    /// Bounds the whole run.
    pub deadline: Duration,
    /// Where files go.
    pub out: Option<PathBuf>,
    /// How data is printed.
    pub output: Output,
    /// Where the message for Kubernetes goes.
    pub termination_log: PathBuf,
    /// The rest.
    pub surroundings: Surroundings,
}

/// What the process was given.
pub fn given() -> (Result<Request, NoCommand>, Surroundings) {
    let process = Process::this();
    let surroundings = Surroundings {
        log_filter: process.variable("RUST_LOG").map(ToOwned::to_owned),
        progress_file: process.variable("ARGO_PROGRESS_FILE").map(PathBuf::from),
        inside: process.variable("KUBERNETES_SERVICE_HOST").is_some(),
        unknown_variables: flags::unknown_variables(&process.environment),
    };
    (flags::read(process.arguments, &process.environment), surroundings)
}

impl Settings {
    /// Checks what was given; reads the profile.
    pub fn new(request: Request, surroundings: Surroundings) -> Result<Self, SettingsError> {
        let Request { command, flags, inputs } = request;
        let profile = flags.profile.as_deref().map_or_else(|| Ok(Profile::default()), read_profile)?;
        let inputs = inputs.over(profile_inputs(&profile, flags.profile.as_deref())?);
        let catalogue = catalogue::checks();
        let asked = asked(&flags, &profile, &catalogue, surroundings.inside)?;
        let accepted = flags.accept.iter().map(|text| accepted(text, &catalogue)).collect::<Result<_, _>>()?;
        Ok(Self {
            command,
            asked,
            profile,
            inputs,
            accepted,
            strict: flags.strict.unwrap_or(false),
            allow_empty: flags.allow_empty.unwrap_or(false),
            from_cluster: flags.from_cluster.unwrap_or(false),
            kubeconfig: flags.kubeconfig,
            context: flags.context,
            ca_bundle: flags.ca_bundle,
            connect_patience: flags.connect_patience.map_or(platform::aws::CONNECT_PATIENCE, |time| time.0),
            deadline: flags.deadline.map_or(DEADLINE, |time| time.0),
            out: flags.out,
            output: flags.output.unwrap_or_default(),
            termination_log: flags.termination_log.unwrap_or_else(|| PathBuf::from(TERMINATION_LOG)),
            surroundings,
        })
    }

    /// What is accepted on this day (as `2027-01-31`) of these checks, by id: of a check that there is several times one
    /// instance, or all of them.
    pub fn accepted_on(&self, today: &str, planned: &[Planned]) -> BTreeMap<String, String> {
        let told = |accepted: &Accepted| format!("{} (until {})", accepted.reason, accepted.until);
        let of = |planned: &Planned| {
            let mut all = self.accepted.iter().filter(|accepted| today <= accepted.until.as_str());
            let is_it = |accepted: &&Accepted| accepted.id == planned.id || stem(planned.check) == Some(&accepted.id);
            all.find(is_it).map(|accepted| (planned.id.clone(), told(accepted)))
        };
        planned.iter().filter_map(of).collect()
    }

    /// Whose last day was before this one.
    pub fn accepted_before(&self, today: &str) -> impl Iterator<Item = &Accepted> {
        self.accepted.iter().filter(move |accepted| today > accepted.until.as_str())
    }
}

fn read_profile(path: &Path) -> Result<Profile, SettingsError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| SettingsError::Read { path: name.clone(), source })?;
    Ok(Profile::parse(&text, &name)?)
}

fn profile_inputs(profile: &Profile, path: Option<&Path>) -> Result<Inputs, SettingsError> {
    let mut inputs = Inputs::default();
    let file = path.map(|path| path.display().to_string()).unwrap_or_default();
    for (key, value) in &profile.inputs {
        let name = Name::ALL.into_iter().find(|name| name.flag().replace('-', "_") == *key);
        let text = match value {
            toml::Value::String(text) => text.clone(),
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Float(number) => number.to_string(),
            toml::Value::Boolean(truth) => truth.to_string(),
            _ => return Err(in_profile(&file, format!("inputs.{key} must be a text, a number or a truth"))),
        };
        let name = name.ok_or_else(|| in_profile(&file, format!("inputs.{key} is no input")))?;
        inputs.add(name, text, Source::Profile(file.clone()));
    }
    Ok(inputs)
}

fn in_profile(path: &str, reason: String) -> SettingsError {
    SettingsError::Profile(ProfileError::Content { path: path.to_owned(), reason })
}

fn asked(flags: &Flags, profile: &Profile, catalogue: &[&'static Check], inside: bool) -> Result<Asked, SettingsError> {
    let tier = match flags.tier.as_deref() {
        None | Some("auto") => None,
        Some(text) => Some(text.parse::<Tier>().map_err(|reason| value("tier", text, format!("{reason}, or auto")))?),
    };
    let gate = flags.gate.as_deref().map_or(Ok(RunGate::Before), |text| {
        let gate = text.parse().map_err(|reason| value("gate", text, reason))?;
        known_gate(&gate, profile, catalogue).map_err(|reason| value("gate", text, reason)).map(|()| gate)
    })?;
    if let Some(app) = &flags.app
        && profile.app(app).is_none()
    {
        let names: Vec<&str> = profile.apps.iter().map(|app| app.name.as_str()).collect();
        return Err(value("app", app, format!("the profile has no such app; it has {}", names.join(", "))));
    }
    for id in &flags.opt_in {
        known(id, catalogue).map_err(|reason| value("opt-in", id, reason))?;
    }
    let cluster = flags.cluster.unwrap_or_default() == Cluster::Auto;
    Ok(Asked { tier, gate, app: flags.app.clone(), cluster, inside, opt_in: flags.opt_in.clone() })
}

/// A gate behind an app that nothing knows would hold what `before` holds, and look like more.
fn known_gate(gate: &RunGate, profile: &Profile, catalogue: &[&'static Check]) -> Result<(), String> {
    let RunGate::After(app) = gate else { return Ok(()) };
    let after = |check: &&'static Check| match check.gate {
        Gate::After(name) => Some(name),
        Gate::Before | Gate::Post => None,
    };
    let components = profile.components.iter().map(|component| component.name.as_str());
    let apps = profile.apps.iter().map(|app| app.name.as_str());
    let known: BTreeSet<&str> = catalogue.iter().filter_map(after).chain(components).chain(apps).collect();
    if known.contains(app.as_str()) {
        return Ok(());
    }
    Err(format!("no app is called {app}; there are {}", known.into_iter().collect::<Vec<_>>().join(", ")))
}

fn accepted(text: &str, catalogue: &[&'static Check]) -> Result<Accepted, SettingsError> {
    let wrong = |reason: &str| value("accept", text, reason.to_owned());
    let (id, rest) = text.split_once('=').ok_or_else(|| wrong("must be ID=reason@2027-01-31"))?;
    let (reason, until) = rest.rsplit_once('@').ok_or_else(|| wrong("needs a last day: ID=reason@2027-01-31"))?;
    known(id, catalogue).map_err(|reason| wrong(&reason))?;
    if reason.trim().is_empty() {
        return Err(wrong("needs a reason: ID=reason@2027-01-31"));
    }
    let is_day = until.len() == 10 && humantime::parse_rfc3339(&format!("{until}T00:00:00Z")).is_ok();
    if !is_day {
        return Err(wrong("the last day must be written like 2027-01-31"));
    }
    Ok(Accepted { id: id.to_owned(), reason: reason.trim().to_owned(), until: until.to_owned() })
}

fn value(flag: &'static str, value: &str, reason: String) -> SettingsError {
    SettingsError::Value { flag, value: value.to_owned(), reason }
}
