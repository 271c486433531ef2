//! The command line and its twin, the environment: every flag is declared once, here.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use platform::arguments::{self, NoCommand, unknown_with_prefix};
use platform::choices::Time;
use platform::telemetry::LogFormat;
use platform::{choice, flags};

use crate::inputs::{Inputs, Name, Source};

/// The variables' prefix: `--env` is `PREFLIGHT_ENV`.
const PREFIX: &str = "PREFLIGHT_";
/// Flags whose value, where they have one, is true or false.
const SWITCHES: [&str; 3] = ["--strict", "--allow-empty", "--from-cluster"];

/// Says, tier by tier, whether what the platform's apps stand on is really there.
#[derive(Debug, Parser)]
#[command(name = "preflight", version, after_help = AFTER)]
struct Line {
    #[command(subcommand)]
    command: Subcommands,
}

const AFTER: &str = "Every flag can be set as a variable, PREFLIGHT_<FLAG>; an empty value means that none was given.\n\
     Exit codes: 0 ready, 1 not ready, 2 invalid input, 4 cannot tell, 5 warnings (--strict), 70 a defect, 75 not ready \
     yet, 143 stopped.";

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Look, judge and report: is what this tier stands on there?
    Check(Flags),
    /// Print the catalogue of checks
    List(Flags),
    /// Print what a check is for, what it needs, and how to fix what it finds
    Explain {
        /// The check's id, such as rds.tcp
        id: String,
        #[command(flatten)]
        flags: Flags,
    },
    /// Print what would run, and what is left out and why; offline, unless with --from-cluster
    Plan(Flags),
    /// Print the least Kubernetes roles and IAM policy for a run; offline, unless with --from-cluster
    Access(Flags),
}

/// What the program is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Look, judge and report.
    Check,
    /// Print the catalogue.
    List,
    /// Print one row of it.
    Explain(String),
    /// Print the schedule.
    Plan,
    /// Print the permissions.
    Access,
}

choice!(
    /// How data is printed.
    Output {
        /// For people.
        #[default]
        Human = "human",
        /// For programs.
        Json = "json",
        /// For what shows test results.
        Junit = "junit",
    }
);
choice!(
    /// Whether there is a cluster to ask.
    Cluster {
        /// The one that the process runs in, or that the kubeconfig names.
        #[default]
        Auto = "auto",
        /// None: the foundation alone.
        None = "none",
    }
);

flags! {
    /// The tier: 0, 1, 1.5, 2, 3, or auto for the highest allowed [default: auto]
    #[arg(long, value_name = "TIER")]
    tier: Option<String>,
    /// Where in the tier's order the run stands: before, after:APP or post [default: before]
    #[arg(long, value_name = "POINT")]
    gate: Option<String>,
    /// Limit the run to what this app needs
    #[arg(long, value_name = "APP")]
    app: Option<String>,
    /// none leaves out what only a cluster can answer [default: auto]
    #[arg(long, value_name = "WHICH")]
    cluster: Option<Cluster>,
    /// A profile: what this platform does otherwise
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Bounds the whole run [default: 240s]
    #[arg(long, value_name = "TIME")]
    deadline: Option<Time>,
    /// Count a failure as a warning until a day: ID=reason@2027-01-31; repeatable
    #[arg(long, value_name = "ID=REASON@DAY")]
    accept: Vec<String>,
    /// Also run a check that runs only where it is asked for, by its id; repeatable or separated by commas
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    opt_in: Vec<String>,
    /// Exit 5 if there are warnings
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    strict: Option<bool>,
    /// A run that holds no check is no error
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_empty: Option<bool>,
    /// plan, access: read the bootstrap ConfigMap
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    from_cluster: Option<bool>,
    /// A kubeconfig [default: the pod's own account, or as kubectl finds it]
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// A context of the kubeconfig [default: its current one]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// Trust anchors for PostgreSQL, PEM [default: Amazon's RDS roots, built in]
    #[arg(long, value_name = "FILE")]
    ca_bundle: Option<PathBuf>,
    /// How long connections to AWS are tried again [default: 30s]
    #[arg(long, value_name = "TIME")]
    connect_patience: Option<Time>,
    /// Input: persistent or ephemeral
    #[arg(long, value_name = "MODE")]
    mode: Option<String>,
    /// Input: the highest tier that may be asked for
    #[arg(long, value_name = "TIER")]
    max_tier: Option<String>,
    /// Input: the environment, such as dev
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// Input: the build of an ephemeral cluster
    #[arg(long, value_name = "ID")]
    build_id: Option<String>,
    /// Input: the AWS region [default: AWS_REGION]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Input: the AWS account that the run must be in
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Input: the cluster's name in EKS
    #[arg(long, value_name = "NAME")]
    cluster_name: Option<String>,
    /// Input: what the cluster's host names end with
    #[arg(long, value_name = "DOMAIN")]
    host_suffix: Option<String>,
    /// Input: the owner that ExternalDNS writes beside its records
    #[arg(long, value_name = "ID")]
    owner_id: Option<String>,
    /// Input: the platform's domain
    #[arg(long, value_name = "DOMAIN")]
    base_domain: Option<String>,
    /// Input: whether the platform has a database
    #[arg(long, value_name = "BOOL")]
    rds_available: Option<String>,
    /// Input: the database's host
    #[arg(long, value_name = "HOST")]
    rds_endpoint: Option<String>,
    /// Input: whether the platform has its buckets
    #[arg(long, value_name = "BOOL")]
    s3_available: Option<String>,
    /// Input: a hint
    #[arg(long, value_name = "BOOL")]
    storage_class_ready: Option<String>,
    /// Input: a hint
    #[arg(long, value_name = "BOOL")]
    irsa_configured: Option<String>,
    /// Input: whether apps need certificates [default: what the cluster's Ingresses ask for]
    #[arg(long, value_name = "BOOL")]
    tls_required: Option<String>,
    /// A folder for report.json and summary
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Where the message for Kubernetes goes, if the file is there [default: /dev/termination-log]
    #[arg(long, value_name = "FILE")]
    termination_log: Option<PathBuf>,
    /// human, json or junit [default: human]
    #[arg(long, value_name = "FORM")]
    output: Option<Output>,
    /// auto, json or text [default: auto]
    #[arg(long, value_name = "FORM")]
    log_format: Option<LogFormat>,
}

impl Flags {
    fn input(&self, name: Name) -> Option<&str> {
        let value = match name {
            Name::Mode => &self.mode,
            Name::MaxTier => &self.max_tier,
            Name::Environment => &self.env,
            Name::BuildId => &self.build_id,
            Name::Region => &self.region,
            Name::Account => &self.account,
            Name::ClusterName => &self.cluster_name,
            Name::HostSuffix => &self.host_suffix,
            Name::OwnerId => &self.owner_id,
            Name::BaseDomain => &self.base_domain,
            Name::RdsAvailable => &self.rds_available,
            Name::RdsEndpoint => &self.rds_endpoint,
            Name::S3Available => &self.s3_available,
            Name::StorageClassReady => &self.storage_class_ready,
            Name::IrsaConfigured => &self.irsa_configured,
            Name::TlsRequired => &self.tls_required,
        };
        value.as_deref()
    }
}

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to do.
    pub command: Command,
    /// The flags, over their variables.
    pub flags: Flags,
    /// The inputs among them, with their sources.
    pub inputs: Inputs,
}

/// What is asked for: flags win over the environment.
pub fn read(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &[(String, String)],
) -> Result<Request, NoCommand> {
    let (command, given) = match arguments::line::<Line>(arguments, &SWITCHES)?.command {
        Subcommands::Check(flags) => (Command::Check, flags),
        Subcommands::List(flags) => (Command::List, flags),
        Subcommands::Explain { id, flags } => (Command::Explain(id), flags),
        Subcommands::Plan(flags) => (Command::Plan, flags),
        Subcommands::Access(flags) => (Command::Access, flags),
    };
    let set: Flags = arguments::variables(environment, PREFIX, &Flags::names())?;
    let mut inputs = Inputs::default();
    let region = environment.iter().find(|(name, value)| name == "AWS_REGION" && !value.is_empty());
    if let Some((name, value)) = region {
        inputs.add(Name::Region, value, Source::Variable(name.clone()));
    }
    for name in Name::ALL {
        let variable = format!("{PREFIX}{}", name.flag().replace('-', "_").to_uppercase());
        inputs.add(name, set.input(name).unwrap_or_default(), Source::Variable(variable));
        inputs.add(name, given.input(name).unwrap_or_default(), Source::Flag(name.flag()));
    }
    Ok(Request { command, flags: given.over(set), inputs })
}

/// Variables that look like flags and are none: a misspelt one would go unnoticed.
pub fn unknown_variables(environment: &[(String, String)]) -> Vec<String> {
    unknown_with_prefix(environment, PREFIX, &Flags::names())
}

#[cfg(test)]
mod tests {
    use super::{Cluster, Command, Output, Request, read};
    use crate::inputs::Name;
    use platform::arguments::NoCommand;

    fn parsed(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Request, NoCommand> {
        let line = std::iter::once("preflight").chain(arguments.iter().copied()).map(std::ffi::OsString::from);
        let environment: Vec<_> = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        read(line, &environment)
    }

    #[test]
    fn an_input_has_its_source_and_the_flag_wins() {
        let environment = [("PREFLIGHT_ENV", "test"), ("PREFLIGHT_MAX_TIER", "2"), ("AWS_REGION", "eu-west-2")];
        let request = parsed(&["check", "--env=dev", "--build-id="], &environment).unwrap();
        let told = |name| request.inputs.get(name).map(ToString::to_string);
        assert_eq!(told(Name::Environment).as_deref(), Some("dev (--env)"));
        assert_eq!(told(Name::MaxTier).as_deref(), Some("2 (variable PREFLIGHT_MAX_TIER)"));
        assert_eq!(told(Name::Region).as_deref(), Some("eu-west-2 (variable AWS_REGION)"));
        assert_eq!(told(Name::BuildId), None);
    }

    #[test]
    fn argo_passes_every_flag_with_or_without_a_value() {
        let line =
            ["check", "--tier=2", "--app=", "--strict", "false", "--gate", "", "--cluster=none", "--output=junit"];
        let request = parsed(&line, &[]).unwrap();
        assert_eq!((request.flags.strict, request.flags.gate, request.flags.app), (Some(false), None, None));
        assert_eq!((request.flags.cluster, request.flags.output), (Some(Cluster::None), Some(Output::Junit)));
    }

    #[test]
    fn explain_takes_an_id() {
        assert_eq!(parsed(&["explain", "rds.tcp"], &[]).unwrap().command, Command::Explain("rds.tcp".to_owned()));
        assert!(matches!(parsed(&["explain"], &[]), Err(NoCommand::Invalid { .. })));
        assert!(matches!(parsed(&["--help"], &[]), Err(NoCommand::Told(_))));
    }
}
