//! Preflight against real servers, without a cluster.

mod printing;

use std::fs;

use acceptance::{Run, Workspace};

/// The program under test.
const PREFLIGHT: &str = env!("CARGO_BIN_EXE_preflight-under-test");

/// A command whose outputs go to a folder of its own; the file of the termination message is there, as the kubelet makes
/// it.
fn command(workspace: &Workspace, name: &str) -> Run {
    let run = workspace.bare(name);
    let folder = run.folder().to_owned();
    fs::write(folder.join("termination"), "").expect("make the file of the termination message");
    run.flag("--out", folder.join("out").display()).flag("--termination-log", folder.join("termination").display())
}
