//! What a run asks of others: counted by proxies, in runs of their own.

use std::path::Path;

use acceptance::workspace::{ENVIRONMENT, application_databases};
use acceptance::{AwsProxy, Proxy, SecretsManager, TestServer, Workspace};

use crate::subject::Subject;
use crate::{apps, clear};

const RUNS: [(&str, &[&str]); 3] =
    [("first run", &[]), ("second run", &[]), ("second run, `--probe changed`", &["--probe=changed"])];

/// Prints what each kind of run asks of PostgreSQL.
pub(crate) async fn on_the_server(program: &Path, server: &TestServer, size: usize) {
    let apps = apps(size);
    let proxy = Proxy::in_front_of(server).await;
    let workspace = Workspace::new(program);
    workspace.put_master(&proxy.route(server.master()));
    for app in &apps {
        workspace.put_secret(&app.secret_path(), &proxy.route(&server.secret(&app.role, &app.database)));
    }
    workspace.write_tfvars(&application_databases(&apps));
    let subject = Subject::new(program, &workspace);
    for (name, flags) in RUNS {
        proxy.forget();
        subject.run("apply", flags);
        let counts = proxy.counts();
        println!("| {name} | {size} | {} | {} | {} |", counts.connections, counts.round_trips, counts.units);
    }
    clear(server, &apps).await;
}

/// Prints the calls to Secrets Manager.
pub(crate) async fn to_secrets_manager(program: &Path, server: &TestServer, size: usize) {
    let apps = apps(size);
    let secrets = SecretsManager::new().await;
    secrets.create(&format!("goldenpath/{ENVIRONMENT}/rds/master"), server.master()).await;
    let workspace = Workspace::new(program);
    workspace.write_tfvars(&application_databases(&apps));
    let proxy = AwsProxy::in_front_of(&secrets).await;
    let subject = Subject::new(program, &workspace).with_aws(&proxy.route(&secrets));
    for (name, flags) in [
        ("first run, which makes the secrets", ["--missing-secrets=create"]),
        ("second run", ["--missing-secrets=create"]),
    ] {
        proxy.heal();
        subject.run("apply", &flags);
        println!("| {name} | {size} | {} |", told(&proxy.calls()));
    }
    clear(server, &apps).await;
}

/// How often each action was called.
fn told(calls: &[String]) -> String {
    let mut counted = std::collections::BTreeMap::<&str, usize>::new();
    for call in calls {
        *counted.entry(call).or_default() += 1;
    }
    let parts: Vec<String> = counted.iter().map(|(action, count)| format!("{count} {action}")).collect();
    parts.join(", ")
}
