//! Preflight: its start, and a run of everything that needs no cluster, next to the slowest check of that run.

use std::fs;
use std::path::Path;
use std::time::Duration;

use acceptance::{TestServer, Workspace, World, tls};

use crate::sample::Sample;
use crate::subject::{Subject, start_up};

const ROUNDS: usize = 11;

/// Prints what a run takes.
pub(crate) async fn measure(program: &Path) {
    let version = start_up(program);
    let nothing = start_up("/bin/true".as_ref());
    println!("\npreflight");
    println!("start-up (`--version`): median {version:.2}, least {:.2}; /bin/true {nothing:.2}\n", version.least());
    let server = TestServer::of_any_version().await;
    let (world, workspace) = (World::with_database(&server).await, Workspace::new(program));
    let profile = workspace.path().join("preflight.toml");
    let text = format!(
        "contract = \"1\"\n[database]\nversions = []\n[dns]\npublic_resolver = \"{}\"\n",
        world.names.address()
    );
    fs::write(&profile, text).expect("write the profile");
    println!("| tier, without a cluster | checks | calls to AWS | run | slowest check | beyond it | peak MB |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for tier in ["0", "1", "2"] {
        println!("{}", row(program, &world, &workspace, (&profile, tier)));
    }
}

fn row(program: &Path, world: &World, workspace: &Workspace, (profile, tier): (&Path, &str)) -> String {
    let mut arguments = vec![
        format!("--tier={tier}"),
        "--cluster=none".to_owned(),
        format!("--profile={}", profile.display()),
        format!("--ca-bundle={}", tls::authority_file().display()),
        format!("--out={}", workspace.path().join("out").display()),
    ];
    arguments.extend(world.inputs().into_iter().map(|(flag, value)| format!("{flag}={value}")));
    let subject = Subject::of(program, workspace.path(), arguments, world.environment());
    let (mut whole, mut slowest, mut beyond) = (Sample::default(), Sample::default(), Sample::default());
    let mut told = (0, 0);
    for _ in 0..ROUNDS {
        world.heal();
        let took = subject.run("check", &[]);
        let report = subject.report();
        let checks = report["checks"].as_array().expect("checks");
        let times = checks.iter().filter_map(|check| check["duration_ms"].as_u64());
        let longest = Duration::from_millis(times.max().unwrap_or_default());
        whole.add(took);
        slowest.add(longest);
        beyond.add(took.saturating_sub(longest));
        told = (checks.iter().filter(|check| check["status"] != "skipped").count(), world.calls().len());
    }
    let (held, calls) = told;
    format!("| {tier} | {held} | {calls} | {whole:.1} | {slowest:.1} | {beyond:.1} | {:.1} |", subject.peak())
}
