//! The commands that only print: they ask nobody, and say the same everywhere.

use acceptance::postgres::free_port;
use acceptance::{Finished, Run, Workspace};
use serde_json::Value;

use crate::{PREFLIGHT, command};

/// Where AWS is asked, nobody answers, and nothing says where a cluster is.
fn offline(run: Run) -> Run {
    run.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", free_port()))
        .env("AWS_ACCESS_KEY_ID", "AKIAACCEPTANCE")
        .env("AWS_SECRET_ACCESS_KEY", "acceptance")
        .env("AWS_REGION", "eu-west-2")
        .flag("--connect-patience", "100ms")
}

fn printed(name: &str, arguments: &[&str]) -> Finished {
    offline(command(&Workspace::new(PREFLIGHT), name)).args(arguments).expect(0)
}

fn json(name: &str, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--output=json"]].concat();
    let run = printed(name, &arguments);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"))
}

fn ids(document: &Value) -> Vec<&str> {
    let checks = document["checks"].as_array().expect("checks");
    checks.iter().map(|check| check["id"].as_str().expect("an id")).collect()
}

#[test]
fn the_catalogue_is_printed_whole_or_up_to_a_tier() {
    let all = json("list", &[]);
    assert_eq!(all["schema"], "preflight-catalogue/v1");
    for check in all["checks"].as_array().unwrap() {
        for key in ["id", "tier", "gate", "severity", "title", "why", "remediation"] {
            assert!(check[key].as_str().is_some_and(|text| !text.is_empty()), "{key} of {check}");
        }
        assert!(check["needs"].is_array() && check["access"].is_array(), "{check}");
    }
    let first = json("list", &["--tier", "0"]);
    assert!(first["checks"].as_array().unwrap().iter().all(|check| check["tier"] == "0"), "{first}");
    assert!(ids(&first).len() < ids(&all).len() && ids(&all).contains(&"rds.tcp"), "{all}");
    let human = printed("list", &[]);
    assert!(ids(&all).iter().all(|id| human.stdout.contains(id)), "{human}");
    assert!(human.stdout.contains("region = eu-west-2 (variable AWS_REGION)"), "{human}");
}

#[test]
fn every_check_is_explained() {
    for id in ids(&json("list", &[])) {
        let run = printed("explain", &[id]);
        for part in [id, "fix:", "tier:", "severity:", "retry:"] {
            assert!(run.stdout.contains(part), "{part}: {run}");
        }
    }
    assert!(printed("explain", &["rds.auth.backstage"]).stdout.starts_with("rds.auth.{app}: "));
    assert_eq!(json("explain", &["rds.tcp"])["id"], "rds.tcp");
}

#[test]
fn a_schedule_says_what_it_leaves_out_and_why() {
    let ephemeral = ["--tier=auto", "--mode=ephemeral", "--env=dev", "--build-id=26-01-23-01"];
    let plan = json("plan", &ephemeral);
    assert_eq!(
        (&plan["schema"], &plan["tier"], &plan["gate"]),
        (&"preflight-plan/v1".into(), &"1.5".into(), &"before".into())
    );
    let skipped = |id: &str| {
        let checks = plan["checks"].as_array().unwrap();
        checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no {id}"))["skipped"].clone()
    };
    assert_eq!(skipped("fnd.vpc"), Value::Null);
    assert_eq!(skipped("rds.tcp"), "tier 2 > maxTier 1.5 (derived: ephemeral without a database)");
    let human = printed("plan", &ephemeral);
    assert!(human.stdout.contains("rds.tcp: tier 2 > maxTier 1.5"), "{human}");
    assert!(human.stdout.contains("mode = ephemeral (--mode)"), "{human}");
    let without = json("plan", &["--tier=0", "--cluster=none"]);
    assert!(without["checks"].as_array().unwrap().iter().any(|check| {
        check["id"] == "cluster.api" && check["skipped"] == "only a cluster can answer (--cluster none)"
    }));
}

#[test]
fn permissions_are_those_of_the_run_and_patterns_where_nothing_is_known() {
    let first = json("access", &["--tier=0", "--cluster=none", "--env=dev", "--account=123456789012"]);
    assert_eq!(first["schema"], "preflight-access/v1");
    assert!(first["iam"].to_string().contains("secret:goldenpath/dev/rds/master-??????"), "{first}");
    assert!(!first["iam"].to_string().contains("rds:Describe"), "{first}");
    let second = json("access", &["--tier=2"]);
    assert!(second["iam"].to_string().contains("rds:DescribeDBInstances"), "{second}");
    assert!(second["kubernetes"].to_string().contains("externalsecrets"), "{second}");
    let human = printed("access", &["--tier=2"]);
    assert!(human.stdout.contains("kind: ClusterRole"), "{human}");
}

#[test]
fn what_is_not_in_the_catalogue_is_2() {
    let run = offline(command(&Workspace::new(PREFLIGHT), "explain")).args(&["rds.tpc"]).expect(2);
    assert_eq!(run.termination_line(), "explain rds.tpc: no check has this id; did you mean rds.tcp?");
    assert_eq!(run.stderr, "preflight: explain rds.tpc: no check has this id; did you mean rds.tcp?\n");
}
