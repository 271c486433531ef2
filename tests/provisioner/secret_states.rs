//! Everything that can be the matter with a secret: what the run says, that it touches nothing, and how it gives a
//! secret a value.

mod creating;
mod faults;
mod master;
mod states;
mod versions;

use std::collections::BTreeMap;

use acceptance::workspace::application_databases;
use acceptance::{ARGO_PHRASES, App, AwsProxy, Finished, Lease, Run, Secret, SecretsManager, TestServer, Workspace};
use serde_json::{Value, json};
use tokio_postgres::error::SqlState;

use crate::PROVISIONER;

const MASTER: &str = "goldenpath/dev/rds/master";

/// A server, a Secrets Manager behind a proxy, and apps that are declared.
struct Site<'a> {
    server: &'a TestServer,
    secrets: SecretsManager,
    proxy: AwsProxy,
    workspace: Workspace,
    apps: Vec<App>,
}

impl<'a> Site<'a> {
    /// The master's secret is there, and nobody else's.
    async fn new(server: &'a Lease, apps: &[App]) -> Self {
        let secrets = SecretsManager::new().await;
        secrets.create(MASTER, server.master()).await;
        let proxy = AwsProxy::in_front_of(&secrets).await;
        let workspace = Workspace::new(PROVISIONER);
        workspace.write_tfvars(&application_databases(apps));
        Self { server, secrets, proxy, workspace, apps: apps.to_vec() }
    }

    /// Every app's secret is there, too.
    async fn furnished(server: &'a Lease, apps: &[App]) -> Self {
        let site = Self::new(server, apps).await;
        for app in apps {
            site.secrets.create(&app.secret_path(), &site.good(app)).await;
        }
        site
    }

    /// What an app's secret should say.
    fn good(&self, app: &App) -> Secret {
        self.server.secret(&app.role, &app.database)
    }

    fn run(&self, command: &str) -> Run {
        self.proxy.route(&self.secrets).serve(self.workspace.run(command))
    }

    fn creating(&self, command: &str) -> Run {
        self.run(command).flag("--missing-secrets", "create")
    }

    /// What a secret says now.
    async fn secret(&self, app: &App) -> Secret {
        Secret::from_json(&self.secrets.content(&app.secret_path()).await.expect("the app's secret"))
    }

    /// Every secret's versions with their stages.
    async fn versions(&self) -> BTreeMap<String, Value> {
        let mut versions = BTreeMap::new();
        for path in self.apps.iter().map(App::secret_path).chain([MASTER.to_owned()]) {
            let known =
                self.secrets.describe(&path).await.map(|secret| {
                    json!([secret["VersionIdsToStages"], secret["DeletedDate"], secret["LastChangedDate"]])
                });
            versions.insert(path, known.unwrap_or_default());
        }
        versions
    }

    /// Runs, and asserts that nothing was changed anywhere.
    async fn expect_untouched(&self, run: Run, code: i32) -> Finished {
        let (mark, versions) = (self.server.log_mark().await, self.versions().await);
        let finished = run.expect(code);
        assert_eq!(self.server.ddl_since(&mark).await, Vec::<String>::new(), "{finished}");
        assert_eq!(self.versions().await, versions, "{finished}");
        assert_eq!(finished.changes(), 0, "{finished}");
        assert_line(&finished, code);
        finished
    }
}

/// What Argo is told: one line of at most 200 characters, with a phrase that makes it try again exactly with 75.
#[track_caller]
fn assert_line(finished: &Finished, code: i32) {
    let (line, message) = (finished.termination_line(), finished.termination.as_deref().unwrap_or_default());
    assert!(!line.is_empty() && line.chars().count() <= 200, "{finished}");
    assert_eq!(ARGO_PHRASES.iter().any(|phrase| message.contains(phrase)), code == 75, "{finished}");
    assert_eq!(finished.report()["error"]["message"].as_str().map(|text| text.contains(&line[..40])), Some(true));
}

/// Whether a login fails for its password.
async fn is_refused(server: &TestServer, secret: &Secret) -> bool {
    server.login(secret).await.is_err_and(|error| error.code() == Some(&SqlState::INVALID_PASSWORD))
}
