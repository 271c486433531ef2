//! The runs that the README shows are real ones. `UPDATE_README=1` writes them anew.

use std::fs;
use std::path::Path;

use acceptance::world::{CLUSTER, DOMAIN, path};
use acceptance::{Finished, Impostor, Run, Workspace, World, on_newest_major};
use serde_json::json;

use crate::{PREFLIGHT, check_with, profile};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");

/// What a run printed, with what is the tests' own replaced by what a platform would have.
fn shown(world: &World, run: &Finished, ports: &[u16]) -> String {
    let network = &world.network;
    let mut text = run.stdout.clone();
    for port in ports {
        text = text.replace(&port.to_string(), "5432");
    }
    for (own, usual) in [
        // Who asks is another machine.
        ("timed out from 127.0.0.1", "timed out from 10.0.42.9"),
        ("127.0.0.0/16", "10.0.0.0/16"),
        ("127.0.0.1", "10.0.11.7"),
        (world.account.id.as_str(), "123456789012"),
        (network.vpc.as_str(), "vpc-0a1b2c3d4e5f60718"),
        (network.database_group.as_str(), "sg-0d1e2f3a4b5c60718"),
        (network.nodes_group.as_str(), "sg-0f1e2d3c4b5a60718"),
        (world.zone.as_str(), "Z0123456789ABCDEFGHIJ"),
    ] {
        text = text.replace(own, usual);
    }
    // Tenths of seconds are never alike.
    let words: Vec<String> =
        text.split(' ').map(|word| if is_time(word) { timeless(word) } else { word.to_owned() }).collect();
    words.join(" ")
}

fn is_time(word: &str) -> bool {
    let line = word.trim_end();
    line.strip_suffix('s').is_some_and(|number| number.contains('.') && number.parse::<f64>().is_ok())
}

fn timeless(word: &str) -> String {
    word.replace(word.trim_end(), "0.4s")
}

/// Compares a run with the block behind its mark.
fn compare(mark: &str, command: &str, printed: &str) {
    let mark = format!("<!-- generated: preflight {mark} -->\n");
    let readme = fs::read_to_string(README).expect("read the README");
    let (before, after) = readme.split_once(&mark).unwrap_or_else(|| panic!("README.md has no line {mark}"));
    let (block, rest) = match after.strip_prefix("```text\n") {
        Some(block) => block.split_once("```\n").expect("the end of a block"),
        None => ("", after),
    };
    let wanted = format!("$ {command}\n{printed}");
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(Path::new(README), format!("{before}{mark}```text\n{wanted}```\n{rest}")).expect("write the README");
        return;
    }
    assert_eq!(block, wanted, "README.md, below {mark}: UPDATE_README=1 writes it anew");
}

/// A run whose inputs are all in its profile.
fn look(world: &World, workspace: &Workspace, tier: &str) -> Run {
    let inputs = format!(
        "[inputs]\nmode = \"persistent\"\nmax_tier = 3\nenv = \"dev\"\nregion = \"eu-west-2\"\naccount = \"{}\"\n\
         cluster_name = \"{CLUSTER}\"\nbase_domain = \"{DOMAIN}\"\nhost_suffix = \"dev.{DOMAIN}\"\nrds_available = true\n",
        world.account.id
    );
    let run = check_with(world, workspace, &(profile(world) + &inputs));
    let flags =
        ["mode", "max-tier", "env", "region", "account", "cluster-name", "base-domain", "host-suffix", "rds-available"];
    let run = flags.iter().fold(run, |run, flag| run.without(&format!("--{flag}")));
    run.flag("--profile", "preflight.toml").flag("--tier", tier)
}

fn command(tier: &str) -> String {
    format!("preflight check --tier {tier} --cluster none --profile preflight.toml")
}

#[test]
fn the_runs_that_are_shown_are_real() {
    on_newest_major(async |server| {
        let (world, workspace) = (World::with_database(server).await, Workspace::new(PREFLIGHT));
        let run = look(&world, &workspace, "0").expect(0);
        compare("passing", &command("0"), &shown(&world, &run, &[]));

        // A security group that lets nobody in, and a secret that nobody has filled.
        let silent = Impostor::full().await;
        let login = world.login("backstage").await.at("127.0.0.1", silent.port());
        world.put_login("backstage", &login).await;
        let empty = json!({"SecretId": path("backstage/secrets"), "SecretString": "{\"token\": \"PLACEHOLDER\"}"});
        world.secrets().must("PutSecretValue", &empty).await;
        let run = look(&world, &workspace, "2").expect(1);
        compare("failing", &command("2"), &shown(&world, &run, &[silent.port()]));
    });
}
