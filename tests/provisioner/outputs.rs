//! What a run leaves behind, against the contract: the report, the files, audit rows, stdout, stderr, progress and the
//! message for Kubernetes.

mod audit;
mod files;
mod report;
mod streams;
mod termination;

use acceptance::{App, Workspace};

use crate::PROVISIONER;

/// Two owners and a guest, in an order that is not the alphabet's.
fn apps() -> [App; 3] {
    [App::owner("keycloak"), App::owner("backstage"), App::guest("analytics", "backstage", "reader")]
}

/// A workspace for these apps.
fn workspace(server: &acceptance::TestServer) -> Workspace {
    Workspace::with_apps(PROVISIONER, server, &apps())
}
