//! Flags, environment and settings file, checked: everything that one run is told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use platform::arguments::NoCommand;
use platform::choices::Time;
use platform::names::{Environment, SecretPath};
use platform::process::{Process, TERMINATION_LOG};
use platform::tls::TlsMode;

use crate::desired::{self, Conventions};
use crate::flags::{self, Command, Flags, Lifecycle, MissingSecrets, Output, Probe};
use crate::secrets::Place;
use crate::site::{Site, SiteError};

/// What is wrong with what the run was told.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A flag that the command needs.
    #[error("{command} needs --{flag}")]
    Missing { command: &'static str, flag: &'static str },
    /// A flag's value.
    #[error("--{flag} {value}: {reason}")]
    Value { flag: &'static str, value: String, reason: String },
    /// Two flags that exclude each other.
    #[error("{0}")]
    Conflict(&'static str),
    /// The settings file cannot be read.
    #[error("read settings file {path}: {source}")]
    Read { path: String, source: std::io::Error },
    /// The settings file is not good.
    #[error(transparent)]
    Site(#[from] SiteError),
}

/// The process' surroundings, as far as they are not flags.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `RUST_LOG`.
    pub log_filter: Option<String>,
    /// `ALLOW_DB_PROVISION=true`.
    pub allow_provision: bool,
    /// `ARGO_PROGRESS_FILE`.
    pub progress_file: Option<PathBuf>,
    /// Variables that look like flags and are none.
    pub unknown_variables: Vec<String>,
}

/// Everything that one run is told.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "these are switches of the command line")]
pub struct Settings {
    pub command: Command,
    pub environment: Environment,
    pub tfvars: Vec<PathBuf>,
    pub tfvars_sha256: Vec<String>,
    pub only: Vec<String>,
    pub secrets: Place,
    pub master_secret: SecretPath,
    pub create_secrets: bool,
    pub adopt: Vec<String>,
    pub tls: TlsMode,
    pub ca_bundle: Option<PathBuf>,
    pub probe: Probe,
    pub lock_wait: Duration,
    pub concurrency: usize,
    pub connect_patience: Duration,
    pub build_id: String,
    pub run_id: String,
    pub audit: Vec<PathBuf>,
    pub out: Option<PathBuf>,
    pub termination_log: PathBuf,
    pub approve: Option<String>,
    pub dry_run: bool,
    pub detailed_exitcode: bool,
    pub sql: bool,
    pub fail_fast: bool,
    pub region: Option<String>,
    pub output: Output,
    pub lifecycle: Lifecycle,
    pub deadline: Option<Duration>,
    pub site: Site,
    pub surroundings: Surroundings,
}

/// What the process was given.
pub fn given() -> (Result<(Command, Flags), NoCommand>, Surroundings) {
    let process = Process::this();
    let surroundings = Surroundings {
        log_filter: process.variable("RUST_LOG").map(ToOwned::to_owned),
        allow_provision: process.variable("ALLOW_DB_PROVISION") == Some("true"),
        progress_file: process.variable("ARGO_PROGRESS_FILE").map(PathBuf::from),
        unknown_variables: flags::unknown_variables(&process.environment),
    };
    (flags::read(process.arguments, &process.environment), surroundings)
}

impl Settings {
    /// Checks what was given; reads the settings file.
    pub fn new(command: Command, flags: Flags, surroundings: Surroundings) -> Result<Self, SettingsError> {
        let missing = |flag| SettingsError::Missing { command: command.as_str(), flag };
        let site = flags.settings.as_deref().map_or_else(|| Ok(Site::default()), read_site)?;
        let environment = parse("env", flags.env.as_deref().ok_or_else(|| missing("env"))?)?;
        if flags.tfvars.is_empty() && command != Command::Access {
            return Err(missing("tfvars"));
        }
        if !flags.tfvars_sha256.is_empty() && flags.tfvars_sha256.len() != flags.tfvars.len() {
            return Err(SettingsError::Conflict("--tfvars-sha256 must be given once for each --tfvars, in order"));
        }
        let output = flags.output.unwrap_or_default();
        if output == Output::Json && flags.audit_output.iter().any(|path| path == Path::new("-")) {
            return Err(SettingsError::Conflict(
                "--audit-output - and --output json would both write to stdout: choose one",
            ));
        }
        let lifecycle = flags.lifecycle.unwrap_or_default();
        let build_id = flags.build_id.unwrap_or_else(|| "manual".to_owned());
        let master_secret = match &flags.master_secret {
            Some(name) => parse("master-secret", name)?,
            None => master_secret(&site, lifecycle, &environment, &build_id)?,
        };
        let time = |given: Option<Time>, default: u64| given.map_or(Duration::from_secs(default), |time| time.0);
        Ok(Self {
            command,
            environment,
            tfvars: flags.tfvars,
            tfvars_sha256: flags.tfvars_sha256,
            only: flags.only,
            secrets: parse("secrets", flags.secrets.as_deref().unwrap_or("aws"))?,
            master_secret,
            create_secrets: flags.missing_secrets.unwrap_or_default() == MissingSecrets::Create,
            adopt: flags.adopt,
            tls: flags.tls.unwrap_or_default(),
            ca_bundle: flags.ca_bundle,
            probe: flags.probe.unwrap_or_default(),
            lock_wait: time(flags.lock_wait, 60),
            concurrency: flags.concurrency.unwrap_or(8).max(1),
            connect_patience: time(flags.connect_patience, 30),
            build_id,
            run_id: flags.run_id.unwrap_or_else(|| "local".to_owned()),
            audit: flags.audit_output,
            out: flags.out,
            termination_log: flags.termination_log.unwrap_or_else(|| PathBuf::from(TERMINATION_LOG)),
            approve: flags.approve,
            dry_run: flags.dry_run.unwrap_or(false),
            detailed_exitcode: flags.detailed_exitcode.unwrap_or(false),
            sql: flags.sql.unwrap_or(false),
            fail_fast: flags.fail_fast.unwrap_or(false),
            region: flags.region,
            output,
            lifecycle,
            deadline: flags.deadline.map(|time| time.0),
            site,
            surroundings,
        })
    }

    /// How entries of the tfvars are read.
    pub fn conventions(&self) -> Conventions {
        let secrets = &self.site.secrets;
        Conventions {
            app_secret_pattern: match self.lifecycle {
                Lifecycle::Persistent => secrets.app.clone(),
                Lifecycle::Ephemeral => secrets.ephemeral.app.clone(),
            },
            build_id: self.build_id.clone(),
            ignore_attributes: self.site.tfvars.ignore_attributes.clone(),
            name_pattern: self.site.tfvars.name_pattern.clone(),
        }
    }

    /// Whether whatever the plan is may be carried out.
    pub fn is_approved_as_a_whole(&self) -> bool {
        let free = self.site.approval.free.iter().any(|environment| environment == self.environment.as_str());
        free || self.surroundings.allow_provision
    }

    /// Whether anything may be written at all.
    pub fn writes(&self) -> bool {
        self.command == Command::Apply && !self.dry_run
    }
}

fn parse<T: std::str::FromStr>(flag: &'static str, value: &str) -> Result<T, SettingsError>
where
    T::Err: ToString,
{
    value.parse().map_err(|error: T::Err| SettingsError::Value {
        flag,
        value: value.to_owned(),
        reason: error.to_string(),
    })
}

fn read_site(path: &Path) -> Result<Site, SettingsError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| SettingsError::Read { path: name.clone(), source })?;
    Ok(Site::parse(&text, &name)?)
}

fn master_secret(
    site: &Site,
    lifecycle: Lifecycle,
    environment: &Environment,
    build_id: &str,
) -> Result<SecretPath, SettingsError> {
    let pattern = match lifecycle {
        Lifecycle::Persistent => &site.secrets.master,
        Lifecycle::Ephemeral => &site.secrets.ephemeral.master,
    };
    desired::expand(pattern, environment, None, build_id).map_err(|error| SettingsError::Value {
        flag: "master-secret",
        value: pattern.clone(),
        reason: error.to_string(),
    })
}
