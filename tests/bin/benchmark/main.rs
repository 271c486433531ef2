//! How long the provisioner takes, next to the least that anybody could do on the same server in the same minute; and
//! how long preflight does, next to the slowest of its checks.
//!
//! `tests/benchmark` builds what this needs and runs it; `PROVISIONER` and `PREFLIGHT` are the paths of the programs to
//! measure, of which one may be left out. It prints numbers and judges nothing: what they mean is in
//! `docs/performance.md`.

mod floor;
mod preflight;
mod sample;
mod subject;
mod traffic;

use std::path::PathBuf;
use std::process::ExitCode;

use acceptance::postgres::ServerOptions;
use acceptance::{App, TestServer, Workspace, engine};

use floor::Floor;
use sample::{Sample, ratio};
use subject::Subject;

/// The traffic does not depend on how many there are but by one factor; a proxy that ends TLS need not carry more.
const COUNTED: usize = 100;

fn main() -> ExitCode {
    let named = |variable: &str| std::env::var_os(variable).map(PathBuf::from);
    let programs = (named("PROVISIONER"), named("PREFLIGHT"));
    if programs == (None, None) {
        eprintln!("benchmark: neither PROVISIONER nor PREFLIGHT names a program; run tests/benchmark");
        return ExitCode::FAILURE;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let sizes: Result<Vec<usize>, _> = arguments.iter().map(|argument| argument.parse()).collect();
    match sizes {
        Ok(sizes) if sizes.iter().all(|size| (1..=5000).contains(size)) => {
            let sizes = if sizes.is_empty() { vec![1, 10, 100, 500] } else { sizes };
            engine::run(async {
                if let Some(provisioner) = programs.0 {
                    measure(provisioner, &sizes).await;
                }
                if let Some(preflight) = programs.1 {
                    preflight::measure(&preflight).await;
                }
            });
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("benchmark: each argument is a number of apps");
            ExitCode::FAILURE
        }
    }
}

async fn measure(program: PathBuf, sizes: &[usize]) {
    let server = TestServer::of_any_version_with(as_in_production()).await;
    println!("{server}, {} cores; fsync and full_page_writes on, TLS, SCRAM with channel binding", cores());
    println!("Times in ms, medians of several rounds in which floor and program take turns; × is to the floor.\n");

    let version = subject::start_up(&program);
    let nothing = subject::start_up("/bin/true".as_ref());
    println!("start-up (`--version`): median {version:.2}, least {:.2}; /bin/true {nothing:.2}\n", version.least());

    println!(
        "| apps | statements | logins | first run | × | catalog | second run | × | `--probe changed` | `plan` | peak MB: first run | second run |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for size in sizes {
        println!("{}", row(&program, &server, *size).await);
    }

    println!("\n| traffic | apps | sessions | round trips | statements |\n|---|--:|--:|--:|--:|");
    for size in sizes.iter().copied().filter(|size| *size <= COUNTED) {
        traffic::on_the_server(&program, &server, size).await;
    }
    println!("\n| Secrets Manager | apps | calls |\n|---|--:|---|");
    for size in sizes.iter().copied().filter(|size| *size <= COUNTED) {
        traffic::to_secrets_manager(&program, &server, size).await;
    }
}

/// What RDS has, and the tests' servers, which may lose their data, have not.
fn as_in_production() -> ServerOptions {
    let settings = [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("shared_buffers", "256MB"),
        ("min_wal_size", "80MB"),
        ("max_wal_size", "1GB"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    ServerOptions { settings, local: true, ..ServerOptions::default() }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The apps that a run is about: each the owner of a database.
fn apps(size: usize) -> Vec<App> {
    (1..=size).map(|number| App::owner(&format!("app{number:04}"))).collect()
}

/// Fewer rounds where one takes long.
fn rounds(size: usize) -> usize {
    match size {
        0..=20 => 7,
        21..=200 => 5,
        _ => 1,
    }
}

/// One line of the table.
async fn row(program: &std::path::Path, server: &TestServer, size: usize) -> String {
    let apps = apps(size);
    let workspace = Workspace::with_apps(program, server, &apps);
    let subject = Subject::new(program, &workspace);
    let floor = Floor::new(server, &workspace, &apps, &subject);

    let (mut statements, mut first) = (Sample::default(), Sample::default());
    for _ in 0..rounds(size) {
        clear(server, &apps).await;
        statements.add(floor.statements().await);
        clear(server, &apps).await;
        first.add(subject.run("apply", &[]));
    }
    let memory_at_first = subject.peak();
    let (mut catalog, mut logins) = (Sample::default(), Sample::default());
    let (mut second, mut changed, mut plan) = (Sample::default(), Sample::default(), Sample::default());
    for _ in 0..rounds(size) + 4 {
        catalog.add(floor.catalog().await);
        logins.add(floor.logins());
        second.add(subject.run("apply", &[]));
        changed.add(subject.run("apply", &["--probe=changed"]));
        plan.add(subject.run("plan", &[]));
    }
    clear(server, &apps).await;
    let first_floor = statements.median() + logins.median();
    let second_floor = catalog.median() + logins.median();
    format!(
        "| {size} | {statements:.0} | {logins:.1} | {first:.0} | {} | {catalog:.1} | {second:.1} | {} | {changed:.1} | {plan:.1} | {memory_at_first:.1} | {:.1} |",
        ratio(&first, first_floor),
        ratio(&second, second_floor),
        subject.peak(),
    )
}

/// Takes the apps' databases and roles away, and leaves the server nothing to write behind.
async fn clear(server: &TestServer, apps: &[App]) {
    // Each drop writes a checkpoint, for which nobody needs to wait here.
    server.set("fsync", "off").await;
    let superuser = server.superuser().await;
    for App { database, role, .. } in apps {
        let database = format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)");
        for statement in [database, format!("DROP ROLE IF EXISTS {role}")] {
            superuser.batch_execute(&statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        }
    }
    superuser.batch_execute("CHECKPOINT").await.expect("write a checkpoint");
    // What the server left to the system would be written when it is next waited for. Not every system has this.
    let _ = std::process::Command::new("sync").status();
    server.set("fsync", "on").await;
}
