//! What stands between the run and a server: each its own words and exit code, within its time.

mod network;
mod server;
mod trust;
mod warnings;

use std::time::Duration;

use acceptance::workspace::application_databases;
use acceptance::{ARGO_PHRASES, App, Finished, Secret, Workspace};

use crate::PROVISIONER;

/// More than any single time-out, on a machine that is busy with other things.
const IN_TIME: Duration = Duration::from_secs(40);

fn app() -> App {
    App::owner("backstage")
}

/// A workspace whose master, and whose one app, log in with this.
fn workspace_at(master: &Secret) -> Workspace {
    let workspace = Workspace::new(PROVISIONER);
    let app = app();
    workspace.put_master(master);
    let secret = Secret { username: app.role.clone(), dbname: app.database.clone(), ..master.clone() };
    workspace.put_secret(&app.secret_path(), &secret.with_password(&acceptance::secret::random_password()));
    workspace.write_tfvars(&application_databases(&[app]));
    workspace
}

/// Asserts that a run ended with this code and these words in the line that Argo shows; that the line holds a phrase
/// of Argo's exactly where the step is to be tried again; and that nothing was reached.
#[track_caller]
fn assert_ended(finished: &Finished, code: i32, words: &str) {
    assert_eq!(finished.code, Some(code), "{words:?} expected: {finished}");
    let line = finished.termination_line();
    assert!(line.contains(words), "{words:?} expected in {line:?}: {finished}");
    assert!(line.chars().count() <= 200, "{finished}");
    let whole = finished.termination.as_deref().unwrap_or_default();
    let retried =
        ARGO_PHRASES.iter().any(|phrase| if code == 75 { line.contains(phrase) } else { whole.contains(phrase) });
    assert_eq!(retried, code == 75, "{finished}");
    assert_eq!(finished.report()["exit_code"], code, "{finished}");
    assert_eq!(finished.report()["counts"]["apps"]["not_reached"], 1, "{finished}");
    assert_eq!(finished.report()["error"]["message"], line, "{finished}");
    assert!(finished.output("summary").contains(words), "{finished}");
    assert_eq!(finished.changes(), 0, "{finished}");
    assert!(finished.took < IN_TIME, "{finished}");
}
