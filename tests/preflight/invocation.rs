//! How preflight is called: every flag, what wins over what, and what is refused before anything is looked at.

use std::collections::BTreeSet;
use std::fs;

use acceptance::{Finished, Run, Workspace, World, engine::block_on};
use serde_json::Value;

use crate::{PREFLIGHT, assert_found, check, check_with, command, ended, of, profile, text};

/// The flags of the contract.
const FLAGS: &str = "tier gate app cluster profile deadline accept opt-in strict allow-empty from-cluster kubeconfig context \
    ca-bundle connect-patience mode max-tier env build-id region account cluster-name host-suffix owner-id base-domain \
    rds-available rds-endpoint s3-available storage-class-ready irsa-configured tls-required out termination-log output \
    log-format";

/// The long flags that a text names, without their dashes.
fn flags_in(text: &str) -> BTreeSet<String> {
    let words = text.split_whitespace().filter_map(|word| word.strip_prefix("--"));
    let is_name = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-';
    words.map(|word| word.chars().take_while(is_name).collect()).collect()
}

fn variable(flag: &str) -> String {
    format!("PREFLIGHT_{}", flag.to_uppercase().replace('-', "_"))
}

/// `list`, with nothing but these arguments: enough to see what a run goes by.
fn list(workspace: &Workspace, arguments: &[&str]) -> Run {
    workspace.bare("list").args(arguments).args(&["--output=json"])
}

fn inputs(workspace: &Workspace, arguments: &[&str], variables: &[(&str, &str)]) -> Value {
    let run = variables.iter().fold(list(workspace, arguments), |run, (name, value)| run.env(name, value)).expect(0);
    let printed: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"));
    printed["inputs"].clone()
}

#[test]
fn every_command_knows_every_flag_of_the_contract() {
    let workspace = Workspace::new(PREFLIGHT);
    for name in ["check", "list", "explain", "plan", "access"] {
        let run = workspace.bare(name).args(&["--help"]).expect(0);
        let documented: BTreeSet<String> = FLAGS.split_whitespace().chain(["help"]).map(str::to_owned).collect();
        let missing: Vec<_> = documented.difference(&flags_in(&run.stdout)).cloned().collect();
        assert!(missing.is_empty(), "{name} lacks {missing:?}: {run}");
    }
    let version = workspace.bare("--version").expect(0);
    assert_eq!(version.stdout, format!("preflight {}\n", env!("CARGO_PKG_VERSION")));
    let help = workspace.bare("--help").expect(0).stdout;
    for command in ["check", "list", "explain", "plan", "access"] {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
    }
}

#[test]
fn help_shows_no_value_of_the_environment() {
    let workspace = Workspace::new(PREFLIGHT);
    for name in ["--help", "help", "check", "access"] {
        let run = workspace.bare(name);
        let run = if name.contains("help") { run } else { run.args(&["--help"]) };
        let run = FLAGS.split_whitespace().fold(run, |run, flag| run.env(&variable(flag), "hunter2"));
        let run = run.env("AWS_SECRET_ACCESS_KEY", "hunter2").expect(0);
        assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"), "{run}");
    }
}

#[test]
fn a_value_comes_behind_a_space_or_an_equals_sign_and_the_flag_wins() {
    let workspace = Workspace::new(PREFLIGHT);
    let file = workspace.path().join("preflight.toml");
    fs::write(&file, "contract = \"1\"\n[inputs]\nenv = \"staging\"\nmax_tier = 1.5\nrds_available = true\n").unwrap();
    let file = file.display().to_string();
    let value = |inputs: &Value, name: &str| inputs[name]["value"].as_str().unwrap_or_default().to_owned();
    let source = |inputs: &Value, name: &str| inputs[name]["source"].as_str().unwrap_or_default().to_owned();
    for arguments in [["--env", "dev", "--profile", &file].as_slice(), &["--env=dev", &format!("--profile={file}")]] {
        let told = inputs(&workspace, arguments, &[("PREFLIGHT_ENV", "test"), ("PREFLIGHT_MAX_TIER", "2")]);
        assert_eq!((value(&told, "environment"), source(&told, "environment")), ("dev".to_owned(), "--env".to_owned()));
        assert_eq!(value(&told, "maxTier"), "2");
        assert_eq!(source(&told, "maxTier"), "variable PREFLIGHT_MAX_TIER");
        assert_eq!(value(&told, "rdsAvailable"), "true");
        assert_eq!(source(&told, "rdsAvailable"), format!("profile {file}"));
    }
    // Nothing but the variables.
    let told = inputs(&workspace, &[], &[("PREFLIGHT_PROFILE", &file), ("AWS_REGION", "eu-west-2")]);
    assert_eq!((value(&told, "maxTier"), value(&told, "region")), ("1.5".to_owned(), "eu-west-2".to_owned()));
    assert_eq!(source(&told, "mode"), "default: no mode is given");
}

#[test]
fn an_empty_value_means_that_none_was_given() {
    let workspace = Workspace::new(PREFLIGHT);
    let flags: Vec<&str> = FLAGS.split_whitespace().collect();
    let joined: Vec<String> = flags.iter().map(|flag| format!("--{flag}=")).collect();
    let apart: Vec<String> = flags.iter().flat_map(|flag| [format!("--{flag}"), String::new()]).collect();
    let bare = workspace.bare("plan").expect(0);
    for arguments in [joined, apart] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let run = workspace.bare("plan").args(&arguments);
        let run = flags.iter().fold(run, |run, flag| run.env(&variable(flag), "")).expect(0);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), (bare.stdout.as_str(), ""), "{run}");
    }
}

#[test]
fn a_switch_may_say_what_it_is() {
    let workspace = Workspace::new(PREFLIGHT);
    let list = |arguments: &[&str]| list(&workspace, arguments);
    for arguments in [["--strict"].as_slice(), &["--strict=true"], &["--strict", "true"], &["--strict=false"]] {
        list(arguments).expect(0);
    }
    let run = list(&["--strict=perhaps"]).expect(2);
    assert!(run.stderr.contains("'perhaps'"), "{run}");
    list(&[]).env("PREFLIGHT_STRICT", "true").expect(0);
    let run = list(&[]).env("PREFLIGHT_STRICT", "perhaps").expect(2);
    assert!(run.stderr.contains("PREFLIGHT_"), "{run}");
}

#[test]
fn a_variable_that_looks_like_a_flag_and_is_none_is_warned_of() {
    let workspace = Workspace::new(PREFLIGHT);
    let list = |arguments: &[&str]| list(&workspace, arguments);
    let run = list(&[]).env("PREFLIGHT_TEIR", "2").expect(0);
    assert!(run.stderr.contains("PREFLIGHT_TEIR") && run.stderr.contains("no flag has this name"), "{run}");
    let logged: Value =
        serde_json::from_str(run.stderr.lines().next().unwrap()).expect("a line of JSON off a terminal");
    assert_eq!(logged["level"], "WARN", "{run}");
    let text = list(&["--log-format=text"]).env("PREFLIGHT_TEIR", "2").expect(0);
    assert!(text.stderr.contains("WARN") && !text.stderr.contains('{'), "{text}");
}

#[test]
fn what_is_wrong_with_a_value_is_said_and_is_2() {
    let workspace = Workspace::new(PREFLIGHT);
    for (arguments, words) in [
        (["--tier=4"].as_slice(), "--tier 4: must be 0, 1, 1.5, 2 or 3, or auto"),
        (&["--gate=later"], "--gate later: must be before, after:APP or post"),
        (
            &["--gate=after:nobody"],
            "--gate after:nobody: no app is called nobody; there are aws-load-balancer-controller, backstage",
        ),
        (&["--app=nobody"], "--app nobody: the profile has no such app; it has backstage, keycloak"),
        (&["--opt-in=storage.prob"], "--opt-in storage.prob: no check has this id; did you mean storage.probe?"),
        (&["--accept=rds.tcp"], "--accept rds.tcp: must be ID=reason@2027-01-31"),
        (&["--accept=rds.tcp=known"], "needs a last day: ID=reason@2027-01-31"),
        (&["--accept=rds.tcp=@2027-01-31"], "needs a reason: ID=reason@2027-01-31"),
        (&["--accept=rds.tcp=known@31.1.2027"], "the last day must be written like 2027-01-31"),
        (&["--accept=rds.tcp=known@2027-02-30"], "the last day must be written like 2027-01-31"),
        (&["--accept=rds.tpc=known@2027-01-31"], "no check has this id; did you mean rds.tcp?"),
        (&["--accept=rds.authx=known@2027-01-31"], "no check has this id"),
        (&["--mode=sometimes"], "mode \"sometimes\" from --mode: must be ephemeral or persistent"),
        (&["--max-tier=7"], "maxTier \"7\" from --max-tier: must be 0, 1, 1.5, 2 or 3"),
        (&["--rds-available=perhaps"], "rdsAvailable \"perhaps\" from --rds-available: must be true or false"),
        (&["--deadline=soon"], "soon"),
        (&["--output=yaml"], "yaml"),
        (&["--cluster=kind"], "kind"),
        (&["--teir=2"], "--teir"),
        (&["--profile=/nowhere.toml"], "read profile /nowhere.toml"),
        (&["--ca-bundle=/nowhere.pem"], "/nowhere.pem"),
    ] {
        let run = command(&workspace, "check").args(arguments).args(&["--cluster=none"]).run();
        let run =
            if arguments == ["--cluster=kind"] { command(&workspace, "check").args(arguments).run() } else { run };
        assert_eq!(run.code, Some(2), "{arguments:?}: {run}");
        assert!(run.stderr.contains(words), "{words:?} expected: {run}");
        assert!(run.stderr.starts_with("preflight: "), "{run}");
    }
}

/// The file of the termination message is a flag itself: it says why the other flags are wrong all the same.
#[test]
fn the_message_for_kubernetes_tells_of_bad_values_too() {
    let workspace = Workspace::new(PREFLIGHT);
    let run = command(&workspace, "check").args(&["--tier=4"]).expect(2);
    assert_eq!(run.termination_line(), "--tier 4: must be 0, 1, 1.5, 2 or 3, or auto");
    let run = command(&workspace, "check").args(&["--mode=sometimes", "--cluster=none"]).expect(2);
    assert_eq!(run.termination_line(), "mode \"sometimes\" from --mode: must be ephemeral or persistent");
    assert_eq!(run.report()["verdict"], "invalid", "{run}");
    assert_eq!(run.report()["exit_code"], 2, "{run}");
}

#[test]
fn a_profile_that_cannot_be_used_is_2_with_its_line() {
    let workspace = Workspace::new(PREFLIGHT);
    let with = |text: &str| -> Finished {
        let file = workspace.path().join("preflight.toml");
        fs::write(&file, text).unwrap();
        command(&workspace, "check").flag("--profile", file.display()).flag("--cluster", "none").run()
    };
    for (text, words) in [
        ("", "contract = nothing is not known here; this version reads contract = \"1\""),
        ("contract = \"2\"\n", "is not known here"),
        ("contract = \"1\"\n[database]\nverions = [15]\n", "unknown field `verions`"),
        ("contract = \"1\"\n[database]\nversions = \"15\"\n", "line 3"),
        ("contract = \"1\"\n[inputs]\ntier = 2\n", "inputs.tier is no input"),
        ("contract = \"1\"\n[inputs]\nenv = [\"dev\"]\n", "inputs.env must be a text, a number or a truth"),
        ("contract = \"1\"\n[[apps]]\nname = \"x\"\n", "missing field `tier`"),
        ("contract", "line 1"),
    ] {
        let run = with(text);
        assert_eq!(run.code, Some(2), "{text}: {run}");
        assert!(run.stderr.contains(words), "{words:?} expected: {run}");
        assert!(run.stderr.contains("preflight.toml") && !run.termination_line().is_empty(), "{run}");
    }
}

#[test]
fn a_failure_is_accepted_until_its_day() {
    block_on(async {
        let (world, workspace) = (World::new().await, Workspace::new(PREFLIGHT));
        let route = [("RouteTableId", world.network.private_table.as_str()), ("DestinationCidrBlock", "0.0.0.0/0")];
        world.account.query("ec2", "DeleteRoute", &route).await;
        let run = |accept: &str| check(&world, &workspace).flag("--tier", "0").flag("--accept", accept).run();
        let accepted = run("fnd.vpc=known=and told@2099-01-31");
        assert_found(&accepted, 0, &["fnd.vpc warn no_egress"], "");
        assert_eq!(of(&accepted, "fnd.vpc")["accepted"], "known=and told (until 2099-01-31)");
        assert!(accepted.stdout.contains("accepted: known=and told (until 2099-01-31)"), "{accepted}");
        let over = run("fnd.vpc=known@2026-01-31");
        assert_found(&over, 1, &["fnd.vpc fail no_egress"], "has no 0.0.0.0/0 route");
        assert!(over.stderr.contains("accepted no longer: its last day is over"), "{over}");
        let other = run("fnd.oidc=known@2099-01-31");
        assert_found(&other, 1, &["fnd.vpc fail no_egress"], "has no 0.0.0.0/0 route");
        // Of a check that there is several times, one or all.
        let role = [("RoleName", "goldenpath-idp-eso-role"), ("PolicyName", "own")];
        world.account.query("iam", "DeleteRolePolicy", &role).await;
        for id in ["irsa.role", "irsa.role.external-secrets"] {
            let both = ["--accept=fnd.vpc=known@2099-01-31", &format!("--accept={id}=known@2099-01-31")];
            let run = check(&world, &workspace).flag("--tier", "1").args(&both).run();
            assert_found(&run, 0, &["fnd.vpc warn no_egress", "irsa.role.external-secrets warn no_policy"], "");
        }
    });
}

#[test]
fn a_run_may_be_for_one_app() {
    block_on(async {
        let (world, workspace) = (World::new().await, Workspace::new(PREFLIGHT));
        let only =
            |app: &str| check(&world, &workspace).flag("--tier", "3").flag("--app", app).flag("--deadline", "1s").run();
        let run = only("keycloak");
        let has = |run: &Finished, id: &str| run.report()["checks"].as_array().unwrap().iter().any(|it| it["id"] == id);
        assert!(has(&run, "rds.auth.keycloak") && !has(&run, "rds.auth.backstage"), "{run}");
        assert!(has(&run, "secrets.exists.keycloak/admin") && !has(&run, "secrets.exists.backstage/secrets"), "{run}");
        let run = only("backstage");
        assert!(has(&run, "rds.auth.backstage") && !has(&run, "rds.auth.keycloak"), "{run}");
    });
}

#[test]
fn without_a_cluster_to_ask_nothing_is_told_of_it() {
    block_on(async {
        let (world, workspace) = (World::new().await, Workspace::new(PREFLIGHT));
        let run = check(&world, &workspace)
            .flag("--tier", "0")
            .without("--cluster")
            .without_env("KUBERNETES_SERVICE_HOST")
            // The account of whoever runs the tests may have a cluster.
            .env("HOME", workspace.path().display())
            .run();
        assert_eq!(run.code, Some(4), "{run}");
        assert!(ended(of(&run, "config.bootstrap")).starts_with("unknown "), "{run}");
        assert!(text(of(&run, "config.bootstrap"), "remediation").starts_with("set KUBECONFIG"), "{run}");
        assert_eq!(of(&run, "fnd.vpc")["status"], "pass", "what AWS says is told all the same: {run}");
        assert!(run.termination_line().starts_with("CANNOT TELL tier=0 env=dev: config.bootstrap: "), "{run}");
        let missing = check_with(&world, &workspace, &profile(&world))
            .flag("--tier", "0")
            .without("--cluster")
            .flag("--kubeconfig", "/nowhere/kubeconfig")
            .run();
        assert_eq!(missing.code, Some(4), "{missing}");
        assert!(text(of(&missing, "config.bootstrap"), "summary").contains("/nowhere/kubeconfig"), "{missing}");
    });
}
