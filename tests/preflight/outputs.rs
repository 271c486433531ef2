//! What a run leaves: the report in its three forms, the files, the message for Kubernetes, the exit code.

use std::fs;
use std::time::{Duration, Instant};

use acceptance::engine::block_on;
use acceptance::{AwsFault, Delegation, Finished, Rule, Workspace, World};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use crate::{PREFLIGHT, assert_found, check, check_with, command, of, profile, text};

/// A run with a failure, a warning, blocked checks and skipped ones.
async fn spoiled() -> (World, Workspace) {
    let world = World::new().await;
    let role = [("RoleName", "goldenpath-idp-eso-role"), ("PolicyName", "own")];
    world.account.query("iam", "DeleteRolePolicy", &role).await;
    world.names.say(Delegation::Nobody);
    (world, Workspace::new(PREFLIGHT))
}

const FOUND: [&str; 4] = [
    "fnd.route53-zone warn undelegated",
    "irsa.role.external-secrets fail no_policy",
    "irsa.trust.external-secrets blocked needs",
    "irsa.perms.external-secrets blocked needs",
];

#[track_caller]
fn assert_complete(run: &Finished) {
    let report = run.report();
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    for key in
        ["schema", "tier", "gate", "verdict", "exit_code", "environment", "tool", "inputs", "started_at", "duration_ms"]
    {
        assert!(!report[key].is_null(), "{key}: {run}");
    }
    assert_eq!(report["schema"], "preflight-report/v1", "{run}");
    assert_eq!(report["tool"], serde_json::json!({"name": "preflight", "version": env!("CARGO_PKG_VERSION")}), "{run}");
    assert!(text(report, "started_at").ends_with('Z') && text(report, "started_at").contains('T'), "{run}");
    for (name, input) in report["inputs"].as_object().expect("inputs") {
        assert_eq!(keys(input), ["source", "value"], "{name}: {run}");
    }
    let checks = report["checks"].as_array().expect("checks");
    let count = |status: &str| checks.iter().filter(|check| check["status"] == status).count();
    let counts = report["counts"].as_object().expect("counts");
    assert_eq!(keys(&report["counts"]), ["blocked", "fail", "pass", "skipped", "unknown", "warn"], "{run}");
    for (status, number) in counts {
        assert_eq!(number, count(status), "{status}: {run}");
    }
    let fields = ["id", "title", "tier", "severity", "status", "reason", "summary", "remediation"];
    for check in checks {
        assert!(fields.iter().all(|field| check[field].is_string()), "{check}");
        assert!(["evidence", "needs"].iter().all(|field| check[field].is_array()), "{check}");
        assert!(["attempts", "duration_ms"].iter().all(|field| check[field].is_u64()), "{check}");
        let has_reason = !text(check, "reason").is_empty();
        assert_eq!(has_reason, check["status"] != "pass", "{check}");
        let to_do = matches!(text(check, "status"), "fail" | "warn");
        assert!(!to_do || !text(check, "remediation").is_empty(), "{check}");
        assert!(!text(check, "summary").is_empty(), "{check}");
    }
}

#[test]
fn the_report_says_everything_in_the_catalogues_order() {
    block_on(async {
        let (world, workspace) = spoiled().await;
        let run = check(&world, &workspace).flag("--tier", "1").flag("--output", "json").run();
        assert_found(&run, 1, &FOUND, "irsa.role.external-secrets");
        assert_complete(&run);
        assert_eq!(run.report()["inputs"]["maxTier"], serde_json::json!({"value": "3", "source": "--max-tier"}));
        assert_eq!(run.report()["verdict"], "not_ready");
        let printed: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"));
        assert_eq!(&printed, run.report(), "on stdout and in the file");
        assert_eq!(run.stderr, format!("preflight: {}\n", run.termination_line()), "{run}");
        let list = command(&workspace, "list").flag("--output", "json").expect(0);
        let catalogue: Value = serde_json::from_str(&list.stdout).unwrap();
        let rows: Vec<&str> = catalogue["checks"].as_array().unwrap().iter().map(|row| text(row, "id")).collect();
        let place = |check: &Value| {
            let is_of = |row: &&str| row.split(".{").next().is_some_and(|stem| text(check, "id").starts_with(stem));
            rows.iter().rposition(|row| *row == text(check, "id")).or_else(|| rows.iter().position(is_of))
        };
        let places: Vec<_> = run.report()["checks"].as_array().unwrap().iter().map(place).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
        let ended = of(&run, "irsa.trust.external-secrets");
        assert_eq!(ended["summary"], "needs irsa.role.external-secrets, which failed");
        assert_eq!(ended["needs"], serde_json::json!(["irsa.role.external-secrets"]));
    });
}

#[test]
fn people_are_told_what_is_wrong_and_what_to_do() {
    block_on(async {
        let (world, workspace) = spoiled().await;
        let run = check(&world, &workspace).flag("--tier", "1").run();
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert_eq!(
            lines[0],
            "tier 1 (before), mode persistent (--mode), maxTier 3 (--max-tier), environment dev (--env)"
        );
        let failed = "  FAIL    irsa.role.external-secrets: role goldenpath-idp-eso-role has no policy, neither attached nor inline: it may do nothing";
        let at = lines.iter().position(|line| *line == failed).unwrap_or_else(|| panic!("{run}"));
        assert!(lines[at + 1].starts_with("          fix: Apply module.iam of envs/dev"), "{run}");
        assert!(lines[lines.len() - 2].starts_with("NOT READY tier=1 env=dev: irsa.role.external-secrets: "), "{run}");
        assert!(lines.last().unwrap().contains("1 warn, 1 fail, 2 blocked"), "{run}");
        assert!(!run.stdout.contains('\u{1b}'), "no colours off a terminal");
        assert_eq!(run.output("summary"), lines[lines.len() - 2], "{run}");
    });
}

/// The attributes of the elements of this name, in their order.
fn elements(xml: &str, name: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = Reader::from_str(xml);
    let mut found = Vec::new();
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}: {xml}")) {
            Event::Start(element) | Event::Empty(element) if element.name().as_ref() == name => {
                let attributes = element.attributes().map(|attribute| attribute.expect("an attribute"));
                let pairs = attributes.map(|it| (it.key.as_ref().to_owned(), it.value.clone().into_owned()));
                found.push(pairs.collect());
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

#[test]
fn what_shows_test_results_is_told_too() {
    block_on(async {
        let (world, workspace) = spoiled().await;
        let run = check(&world, &workspace).flag("--tier", "1").flag("--output", "junit").run();
        assert_eq!(run.code, Some(1), "{run}");
        let suite = &elements(&run.stdout, "testsuite")[0];
        let counts = &run.report()["counts"];
        assert_eq!(suite["tests"], run.report()["checks"].as_array().unwrap().len().to_string());
        assert_eq!((suite["failures"].as_str(), suite["errors"].as_str()), ("1", "2"), "{run}");
        assert_eq!(suite["skipped"], counts["skipped"].to_string());
        let cases = elements(&run.stdout, "testcase");
        let names: Vec<&str> = cases.iter().map(|case| case["name"].as_str()).collect();
        let ids: Vec<&str> = run.report()["checks"].as_array().unwrap().iter().map(|check| text(check, "id")).collect();
        assert_eq!(names, ids);
        assert_eq!(elements(&run.stdout, "failure")[0]["type"], "no_policy");
        let invalid = check(&world, &workspace).flag("--mode", "sometimes").flag("--output", "junit").expect(2);
        assert_eq!(elements(&invalid.stdout, "error").len(), 1, "{invalid}");
    });
}

#[test]
fn warnings_are_told_by_the_exit_code_where_that_is_asked_for() {
    block_on(async {
        let world = World::new().await;
        let workspace = Workspace::new(PREFLIGHT);
        assert_found(&check(&world, &workspace).flag("--tier", "0").args(&["--strict"]).run(), 0, &[], "");
        world.names.say(Delegation::Nobody);
        let warned = ["fnd.route53-zone warn undelegated"];
        let lax = check(&world, &workspace).flag("--tier", "0").run();
        assert_found(&lax, 0, &warned, "");
        assert!(lax.stdout.contains("READY tier=0 env=dev: 7 pass, 1 warn"), "{lax}");
        let strict = check(&world, &workspace).flag("--tier", "0").args(&["--strict"]).run();
        assert_found(&strict, 5, &warned, "READY tier=0 env=dev: fnd.route53-zone: the hosted zone");
        assert_eq!(strict.report()["verdict"], "findings", "{strict}");
    });
}

#[test]
fn files_are_written_whole_or_the_run_fails() {
    block_on(async {
        let world = World::new().await;
        let workspace = Workspace::new(PREFLIGHT);
        let run = check(&world, &workspace).flag("--tier", "0").run();
        assert_eq!(run.out.keys().collect::<Vec<_>>(), ["report.json", "summary"], "and nothing half-written: {run}");
        assert!(run.output("summary").starts_with("READY tier=0 env=dev: 8 pass"), "{run}");
        let none = check(&world, &workspace).flag("--tier", "0").without("--out").run();
        assert_eq!((none.code, none.out.len()), (Some(0), 0), "{none}");
        let file = workspace.path().join("a-file");
        fs::write(&file, "").unwrap();
        let run = check(&world, &workspace).flag("--tier", "0").flag("--out", file.display()).expect(1);
        assert!(run.termination_line().contains("a-file"), "{run}");
        assert!(run.stdout.contains("READY tier=0"), "what could be said is said: {run}");
        // Off Argo nobody made the file of the message, and that is no error.
        let nowhere = workspace.path().join("no-such-file");
        let run = check(&world, &workspace)
            .flag("--tier", "0")
            .flag("--mode", "x")
            .flag("--termination-log", nowhere.display());
        assert!(run.expect(2).stderr.contains("--mode") && !nowhere.exists());
    });
}

/// An account in which there is nothing: more is wrong than a message can hold.
#[test]
fn the_message_for_kubernetes_keeps_within_its_bounds() {
    block_on(async {
        let world = World::new().await;
        let workspace = Workspace::new(PREFLIGHT);
        for (role, ..) in acceptance::world::COMPONENTS {
            world.account.query("iam", "DeleteRolePolicy", &[("RoleName", role), ("PolicyName", "own")]).await;
        }
        let apps: String = (0..60)
            .map(|number| {
                format!("[[apps]]\nname = \"app-{number}\"\ntier = \"2\"\nsecrets = [{{ path = \"goldenpath/{{env}}/app-{number}/secrets\" }}]\n")
            })
            .collect();
        let run = check_with(&world, &workspace, &(profile(&world) + &apps)).flag("--tier", "2").run();
        assert_eq!(run.code, Some(1), "{run}");
        let message = run.termination.as_deref().unwrap();
        assert!(message.len() <= 4096 && message.len() > 3000, "{} bytes: {run}", message.len());
        assert!(run.termination_line().chars().count() <= 200, "{run}");
        assert!(run.termination_line().starts_with("NOT READY tier=2 env=dev: irsa.role.external-secrets: "), "{run}");
        assert!(!message.ends_with('\n'), "{run}");
    });
}

#[test]
fn a_run_that_is_stopped_says_what_it_knows() {
    block_on(async {
        let world = World::new().await;
        let workspace = Workspace::new(PREFLIGHT);
        world.fault(Rule::only("DescribeVpcs", AwsFault::Hang));
        for signal in ["TERM", "INT"] {
            let called = world.calls().len();
            let mut running = check(&world, &workspace).flag("--tier", "0").flag("--output", "json").spawn();
            let hangs = async || world.calls()[called..].iter().any(|call| call == "DescribeVpcs");
            running.until("it looks at the VPC", hangs).await;
            let told = Instant::now();
            running.signal(signal);
            let run = running.wait();
            assert!(told.elapsed() < Duration::from_secs(10), "{run}");
            assert_eq!(run.code, Some(143), "{run}");
            assert_complete(&run);
            assert_eq!(run.report()["verdict"], "stopped", "{run}");
            assert_eq!(of(&run, "fnd.vpc")["reason"], "stopped", "{run}");
            assert_eq!(of(&run, "config.bootstrap")["status"], "pass", "{run}");
            assert_eq!(
                run.termination_line(),
                "stopped by a signal (tier=0 env=dev); nothing was changed, run it again"
            );
            assert_eq!(run.output("summary"), run.termination_line(), "{run}");
            assert_eq!(serde_json::from_str::<Value>(&run.stdout).unwrap(), *run.report());
        }
    });
}

#[test]
fn argo_is_told_how_far_it_is() {
    block_on(async {
        let world = World::new().await;
        let workspace = Workspace::new(PREFLIGHT);
        let progress = workspace.path().join("progress");
        let run = check(&world, &workspace).flag("--tier", "0").env("ARGO_PROGRESS_FILE", progress.display()).expect(0);
        let all = run.report()["checks"].as_array().unwrap().len();
        assert_eq!(fs::read_to_string(&progress).unwrap().trim(), format!("{all}/{all}"), "{run}");
        assert_eq!(run.stderr, "", "off a terminal nothing moves: {run}");
        let logged = check(&world, &workspace).flag("--tier", "0").env("RUST_LOG", "info").expect(0);
        let lines: Vec<Value> = logged.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines.iter().any(|line| line.to_string().contains("fnd.vpc")), "{logged}");
    });
}
