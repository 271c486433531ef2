//! The command line and its twin, the environment: every flag is declared once, here.

mod choices;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use platform::arguments::{self, NoCommand, unknown_with_prefix};
use platform::choices::Time;
use platform::flags;
use platform::telemetry::LogFormat;
use platform::tls::TlsMode;

pub use choices::{Lifecycle, MissingSecrets, Output, Probe};

/// The variables' prefix: `--env` is `PROVISIONER_ENV`.
const PREFIX: &str = "PROVISIONER_";
/// Flags whose value, where they have one, is true or false.
const SWITCHES: [&str; 4] = ["--dry-run", "--detailed-exitcode", "--sql", "--fail-fast"];

/// Makes PostgreSQL and AWS Secrets Manager agree with `application_databases` in a terraform.tfvars.
#[derive(Debug, Parser)]
#[command(name = "provisioner", version, after_help = AFTER)]
struct Line {
    #[command(subcommand)]
    command: Subcommands,
}

const AFTER: &str = "Every flag can be set as a variable, PROVISIONER_<FLAG>; an empty value means that none was given.\n\
     Exit codes: 0 in sync, 1 failed, 2 invalid input, 3 refused, 4 cannot tell, 5 changes found (plan \
     --detailed-exitcode), 70 a defect, 75 try again, 143 stopped.";

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Parse and check the tfvars; offline
    Validate(Flags),
    /// Connect, read everything, and print what apply would do; writes nothing
    Plan(Flags),
    /// Plan, carry the plan out, and verify
    Apply(Flags),
    /// Log in as every app, and check what it may and may not do; writes nothing
    Verify(Flags),
    /// Print the least IAM policy and the grants that the master needs; offline
    Access(Flags),
}

/// What the program is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Validate,
    Plan,
    Apply,
    Verify,
    Access,
}

impl Command {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Validate => "validate",
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Verify => "verify",
            Self::Access => "access",
        }
    }
}

flags! {
    /// Environment; fills {env} in secret paths
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// terraform.tfvars, *.auto.tfvars or *.tfvars.json; repeatable, the last definition of a variable wins
    #[arg(long, value_name = "FILE")]
    tfvars: Vec<PathBuf>,
    /// Limit to these apps; repeatable or separated by commas
    #[arg(long, value_name = "APP", value_delimiter = ',')]
    only: Vec<String>,
    /// Refuse if the file differs from what was reviewed; one for each file, in order
    #[arg(long, value_name = "HEX", value_delimiter = ',')]
    tfvars_sha256: Vec<String>,
    /// Where secrets are: aws, or file:DIR for a folder of JSON files [default: aws]
    #[arg(long, value_name = "PLACE")]
    secrets: Option<String>,
    /// The secret of the admin credentials [default: from settings]
    #[arg(long, value_name = "NAME")]
    master_secret: Option<String>,
    /// What the database instance is: persistent or ephemeral [default: persistent]
    #[arg(long, value_name = "KIND")]
    lifecycle: Option<Lifecycle>,
    /// For a secret without a value: refuse or create [default: refuse]
    #[arg(long, value_name = "WHAT")]
    missing_secrets: Option<MissingSecrets>,
    /// Take over this role or database without proof that it is ours; repeatable or separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    adopt: Vec<String>,
    /// verify-full, verify-ca, require or disable [default: verify-full]
    #[arg(long, value_name = "MODE")]
    tls: Option<TlsMode>,
    /// Trust anchors for PostgreSQL, PEM [default: Amazon's RDS roots, built in]
    #[arg(long, value_name = "FILE")]
    ca_bundle: Option<PathBuf>,
    /// Log in as all apps, or as changed ones [default: all]
    #[arg(long, value_name = "WHICH")]
    probe: Option<Probe>,
    /// How long to wait for another run on the same server [default: 60s]
    #[arg(long, value_name = "TIME")]
    lock_wait: Option<Time>,
    /// Logins and databases worked on side by side [default: 8]
    #[arg(long, value_name = "N")]
    concurrency: Option<usize>,
    /// How long connections are tried again [default: 30s]
    #[arg(long, value_name = "TIME")]
    connect_patience: Option<Time>,
    /// Bounds the whole run [default: none]
    #[arg(long, value_name = "TIME")]
    deadline: Option<Time>,
    /// Fills {build_id} in secret paths, and goes into the audit [default: manual]
    #[arg(long, value_name = "ID")]
    build_id: Option<String>,
    /// Goes into the audit and the server's log [default: local]
    #[arg(long, value_name = "ID")]
    run_id: Option<String>,
    /// Append audit rows to this file (CSV; .jsonl gives JSON lines; - is stdout); repeatable
    #[arg(long, value_name = "FILE")]
    audit_output: Vec<PathBuf>,
    /// A folder for report.json, summary, changes and digest
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Where the message for Kubernetes goes, if the file is there [default: /dev/termination-log]
    #[arg(long, value_name = "FILE")]
    termination_log: Option<PathBuf>,
    /// The approval of a plan: the digest that plan printed
    #[arg(long, value_name = "DIGEST")]
    approve: Option<String>,
    /// apply: only plan
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    dry_run: Option<bool>,
    /// plan: exit 5 if there are changes
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    detailed_exitcode: Option<bool>,
    /// plan: print the SQL, without passwords
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    sql: Option<bool>,
    /// Stop at the first app that fails
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    fail_fast: Option<bool>,
    /// AWS region [default: AWS_REGION]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// A settings file with the site's conventions
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// human or json [default: human]
    #[arg(long, value_name = "FORM")]
    output: Option<Output>,
    /// auto, json or text [default: auto]
    #[arg(long, value_name = "FORM")]
    log_format: Option<LogFormat>,
}

/// What is asked for: flags win over the environment.
pub fn read(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &[(String, String)],
) -> Result<(Command, Flags), NoCommand> {
    let (command, given) = match arguments::line::<Line>(arguments, &SWITCHES)?.command {
        Subcommands::Validate(flags) => (Command::Validate, flags),
        Subcommands::Plan(flags) => (Command::Plan, flags),
        Subcommands::Apply(flags) => (Command::Apply, flags),
        Subcommands::Verify(flags) => (Command::Verify, flags),
        Subcommands::Access(flags) => (Command::Access, flags),
    };
    Ok((command, given.over(arguments::variables(environment, PREFIX, &Flags::names())?)))
}

/// Variables that look like flags and are none: a misspelt one would go unnoticed.
pub fn unknown_variables(environment: &[(String, String)]) -> Vec<String> {
    unknown_with_prefix(environment, PREFIX, &Flags::names())
}

#[cfg(test)]
mod tests {
    use super::{Command, Flags, Output, read};
    use platform::arguments::NoCommand;

    fn parsed(arguments: &[&str], environment: &[(&str, &str)]) -> Result<(Command, Flags), NoCommand> {
        let line = std::iter::once("provisioner").chain(arguments.iter().copied()).map(std::ffi::OsString::from);
        let environment: Vec<_> = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        read(line, &environment)
    }

    #[test]
    fn the_flag_wins_over_the_environment() {
        let environment = [("PROVISIONER_ENV", "test"), ("PROVISIONER_ONLY", "a,b"), ("PROVISIONER_FAIL_FAST", "true")];
        let (command, flags) = parsed(&["apply", "--env", "dev"], &environment).unwrap();
        assert_eq!(command, Command::Apply);
        assert_eq!(flags.env.as_deref(), Some("dev"));
        assert_eq!(flags.only, ["a", "b"]);
        assert_eq!(flags.fail_fast, Some(true));
    }

    #[test]
    fn argo_passes_every_flag_with_or_without_a_value() {
        let line =
            ["apply", "--env=dev", "--tfvars-sha256=", "--dry-run=false", "--approve=", "--sql", "false", "--only", ""];
        let (_, flags) = parsed(&line, &[("PROVISIONER_APPROVE", "")]).unwrap();
        assert_eq!((flags.dry_run, flags.sql, flags.approve), (Some(false), Some(false), None));
        assert!(flags.tfvars_sha256.is_empty() && flags.only.is_empty());
        assert_eq!(parsed(&["plan", "--detailed-exitcode"], &[]).unwrap().1.detailed_exitcode, Some(true));
    }

    #[test]
    fn choices_and_times_are_checked_in_both_places() {
        assert!(matches!(parsed(&["plan", "--output", "xml"], &[]), Err(NoCommand::Invalid { .. })));
        assert!(matches!(parsed(&["plan"], &[("PROVISIONER_LOCK_WAIT", "60")]), Err(NoCommand::Invalid { .. })));
        let (_, flags) = parsed(&["plan", "--lock-wait=2m"], &[("PROVISIONER_OUTPUT", "json")]).unwrap();
        assert_eq!(flags.lock_wait.unwrap().0.as_secs(), 120);
        assert_eq!(flags.output, Some(Output::Json));
    }

    #[test]
    fn a_misspelt_variable_is_noticed_and_a_service_is_not() {
        let names =
            ["PROVISIONER_APROVE", "PROVISIONER_APPROVE", "PROVISIONER_PORT", "PROVISIONER_SERVICE_HOST", "HOME"];
        let environment = names.map(|name| (name.to_owned(), "x".to_owned()));
        assert_eq!(super::unknown_variables(&environment), ["PROVISIONER_APROVE"]);
    }

    #[test]
    fn help_is_no_error_and_unknown_flags_are() {
        assert!(matches!(parsed(&["--help"], &[]), Err(NoCommand::Told(_))));
        assert!(
            matches!(parsed(&["apply", "--tfvar", "x"], &[]), Err(NoCommand::Invalid { text, .. }) if text.contains("--tfvars"))
        );
    }
}
