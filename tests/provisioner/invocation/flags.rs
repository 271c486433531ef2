//! Every way to give a flag, and what wins over what.

use std::fs;

use acceptance::{App, Workspace, on_newest_major};

use super::{flags_in, offline, validate};
use crate::PROVISIONER;

/// The flags of the contract.
const FLAGS: &str = "env tfvars only tfvars-sha256 secrets master-secret lifecycle missing-secrets adopt tls ca-bundle probe \
    lock-wait concurrency connect-patience deadline build-id run-id audit-output out termination-log approve dry-run \
    detailed-exitcode sql fail-fast region settings output log-format";

fn help(command: &str) -> String {
    Workspace::new(PROVISIONER).bare(command).args(&["--help"]).expect(0).stdout
}

#[test]
fn every_command_knows_every_flag_of_the_contract() {
    for command in ["validate", "plan", "apply", "verify", "access"] {
        let (known, text) = (flags_in(&help(command)), help(command));
        for flag in FLAGS.split_whitespace() {
            assert!(known.contains(flag), "{command} --{flag}: {text}");
        }
        let documented = FLAGS.split_whitespace().chain(["help", "version"]).collect::<Vec<_>>();
        let unknown: Vec<_> = known.iter().filter(|flag| !documented.contains(&flag.as_str())).collect();
        assert!(unknown.is_empty(), "not in the contract: {unknown:?}");
    }
}

#[test]
fn help_shows_no_value_of_the_environment() {
    let workspace = offline();
    for command in ["--help", "help", "plan", "apply", "access"] {
        let run = workspace.bare(command);
        let run = if command.contains("help") { run } else { run.args(&["--help"]) };
        let run = FLAGS.split_whitespace().fold(run, |run, flag| {
            run.env(&format!("PROVISIONER_{}", flag.to_uppercase().replace('-', "_")), "hunter2")
        });
        let run = run.env("AWS_SECRET_ACCESS_KEY", "hunter2").expect(0);
        assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"), "{run}");
    }
    let version = workspace.bare("--version").expect(0);
    assert_eq!(version.stdout, format!("provisioner {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_value_comes_behind_a_space_or_an_equals_sign() {
    let workspace = offline();
    let tfvars = workspace.tfvars().display().to_string();
    let joined = format!("--tfvars={tfvars}");
    for arguments in [["--env", "dev", "--tfvars", &tfvars].as_slice(), &["--env=dev", &joined]] {
        let run = validate(&workspace, arguments).expect(0);
        assert!(
            run.stdout.starts_with("backstage: owner of backstage as backstage_user, secret goldenpath/dev/"),
            "{run}"
        );
    }
    let variables = validate(&workspace, &[]).env("PROVISIONER_ENV", "test").env("PROVISIONER_TFVARS", &tfvars);
    assert!(variables.expect(0).stdout.contains("goldenpath/test/backstage/postgres"));
}

#[test]
fn an_empty_value_means_that_none_was_given() {
    let workspace = offline();
    let tfvars = workspace.tfvars().display().to_string();
    let others: Vec<&str> = FLAGS.split_whitespace().filter(|flag| !["env", "tfvars"].contains(flag)).collect();
    let given = ["--env=dev".to_owned(), format!("--tfvars={tfvars}")];
    let joined: Vec<String> = given.iter().cloned().chain(others.iter().map(|flag| format!("--{flag}="))).collect();
    let apart: Vec<String> =
        given.iter().cloned().chain(others.iter().flat_map(|flag| [format!("--{flag}"), String::new()])).collect();
    for arguments in [joined, apart] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let run = validate(&workspace, &arguments);
        let run = others
            .iter()
            .fold(run, |run, flag| run.env(&format!("PROVISIONER_{}", flag.to_uppercase().replace('-', "_")), ""));
        let run = run.expect(0);
        assert_eq!(run.stderr, "", "{run}");
    }
    let nothing = validate(&workspace, &["--env=", "--tfvars", &tfvars]).expect(2);
    assert!(nothing.stderr.starts_with("provisioner: validate needs --env\n"), "{nothing}");
}

#[test]
fn a_switch_may_be_bare_or_have_a_value() {
    on_newest_major(async |server| {
        let workspace = Workspace::with_apps(PROVISIONER, server, &[App::owner("backstage")]);
        let variable = "PROVISIONER_DETAILED_EXITCODE";
        for (arguments, set, code) in [
            (["--detailed-exitcode"].as_slice(), "", 5),
            (&["--detailed-exitcode=true"], "", 5),
            (&["--detailed-exitcode", "true"], "", 5),
            (&["--detailed-exitcode=false"], "true", 0),
            (&["--detailed-exitcode", "false"], "true", 0),
            (&["--detailed-exitcode="], "true", 5),
            (&[], "true", 5),
            (&[], "false", 0),
            (&["--detailed-exitcode", "--sql=false"], "", 5),
        ] {
            let run = workspace.run("plan").args(arguments).env(variable, set).run();
            assert_eq!(run.code, Some(code), "{arguments:?} {set}: {run}");
        }
        let approved = workspace.run("apply").args(&["--dry-run"]).flag("--env", "dev").expect(0);
        assert_eq!(approved.report()["outcome"], "pending");
        assert_eq!(workspace.run("plan").args(&["--detailed-exitcode"]).expect(5).report()["exit_code"], 5);
        workspace.run("apply").args(&["--dry-run=false"]).expect(0);
        assert_eq!(workspace.run("plan").args(&["--detailed-exitcode"]).expect(0).changes(), 0);
    });
}

#[test]
fn a_flag_wins_over_the_variable_and_that_over_the_settings_file() {
    let workspace = offline();
    let settings = workspace.path().join("provisioner.toml");
    fs::write(&settings, "[secrets]\nmaster = \"from/settings\"\n").unwrap();
    let asked = |master: Option<&str>, variable: &str, settings: &str| {
        let run =
            workspace.run("plan").env("PROVISIONER_MASTER_SECRET", variable).env("PROVISIONER_SETTINGS", settings);
        let run = master.into_iter().fold(run, |run, name| run.flag("--master-secret", name)).expect(2);
        run.termination_line().split_whitespace().nth(1).unwrap().to_owned()
    };
    let file = settings.display().to_string();
    assert_eq!(asked(Some("from/flag"), "from/variable", &file), "from/flag");
    assert_eq!(asked(None, "from/variable", &file), "from/variable");
    assert_eq!(asked(None, "", &file), "from/settings");
    assert_eq!(asked(None, "", ""), "goldenpath/dev/rds/master");
}

#[test]
fn what_is_unknown_or_wrong_is_told_with_what_there_is() {
    let workspace = offline();
    for (arguments, line) in [
        (["--tfvar=x"].as_slice(), "unexpected argument '--tfvar' found"),
        (&["stray"], "unexpected argument 'stray' found"),
        (&["--output=xml"], "invalid value 'xml' for '--output <FORM>': must be one of: human json"),
        (&["--lock-wait=60"], "invalid value '60' for '--lock-wait <TIME>'"),
        (&["--concurrency=many"], "invalid value 'many' for '--concurrency <N>'"),
        (&["--tls=off"], "invalid value 'off' for '--tls <MODE>'"),
        (&["--probe=none"], "invalid value 'none' for '--probe <WHICH>': must be one of: all changed"),
        (&["--dry-run=yes"], "invalid value 'yes' for '--dry-run[=<BOOL>]'"),
        (&["--secrets=gcp"], "--secrets gcp: must be aws or file:DIR"),
        (&["--secrets=file:"], "--secrets file:: must be aws or file:DIR"),
        (&["--master-secret=a b"], "--master-secret a b: "),
    ] {
        let run = workspace.run("plan").without("--secrets").args(arguments).expect(2);
        assert!(run.stderr.starts_with(&format!("provisioner: {line}")), "{arguments:?}: {run}");
        assert_eq!(run.stdout, "");
    }
    let both = workspace.run("plan").args(&["--env=test"]).expect(2);
    assert!(
        both.stderr.starts_with("provisioner: the argument '--env <NAME>' cannot be used multiple times"),
        "{both}"
    );
    let name = workspace.run("plan").flag("--env", "Dev Env").expect(2);
    assert!(name.termination_line().starts_with("--env Dev Env: may hold only lower-case letters"), "{name}");
    for command in ["", "provision", "plans"] {
        let run = workspace.bare(command).run();
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run}");
    }
}

#[test]
fn variables_are_checked_and_those_of_kubernetes_are_no_flags() {
    let workspace = offline();
    for (variable, value) in
        [("PROVISIONER_OUTPUT", "xml"), ("PROVISIONER_LOCK_WAIT", "60"), ("PROVISIONER_DRY_RUN", "maybe")]
    {
        let run = workspace.run("plan").env(variable, value).expect(2);
        assert!(run.stderr.contains("a variable PROVISIONER_… is not valid"), "{variable}: {run}");
    }
    // What Kubernetes sets beside a Service named provisioner.
    let service = workspace
        .run("validate")
        .env("PROVISIONER_PORT", "tcp://10.0.0.1:80")
        .env("PROVISIONER_SERVICE_HOST", "10.0.0.1")
        .env("PROVISIONER_PORT_80_TCP", "tcp://10.0.0.1:80");
    service.expect(0);
}

#[test]
fn the_settings_file_is_checked() {
    let workspace = offline();
    let settings = workspace.path().join("provisioner.toml");
    for (text, what) in [
        ("[secrets]\nmastr = \"x\"\n", "unknown field `mastr`"),
        ("[approvals]\n", "unknown field `approvals`"),
        ("[approval]\nfree = \"dev\"\n", "expected a sequence"),
        ("[secrets\n", "unclosed table"),
        ("[rotation]\ndev = -1\n", "expected u32"),
    ] {
        fs::write(&settings, text).unwrap();
        let run = workspace.run("plan").flag("--settings", settings.display()).expect(2);
        let place = format!("settings file {}:", settings.display());
        let line = run.termination_line();
        assert!(line.starts_with(&place) && line.contains(what), "{text}: {run}");
        assert!(run.stderr.contains("  |"), "the source line is shown: {run}");
    }
    let nowhere = workspace.run("plan").flag("--settings", "/nowhere/x.toml").expect(2);
    assert!(nowhere.termination_line().starts_with("read settings file /nowhere/x.toml: "), "{nowhere}");
}
