//! How the program is called: flags, variables, the settings file, input files, and what surrounds the process.

mod commands;
mod files;
mod flags;
mod platforms;
mod surroundings;

use acceptance::workspace::application_databases;
use acceptance::{App, Run, Workspace};

use crate::PROVISIONER;

/// A workspace with one app in its tfvars, and no secrets: enough for what needs no server.
fn offline() -> Workspace {
    let workspace = Workspace::new(PROVISIONER);
    workspace.write_tfvars(&application_databases(&[App::owner("backstage")]));
    workspace
}

/// `validate` with nothing but these arguments behind the command's name.
fn validate(workspace: &Workspace, arguments: &[&str]) -> Run {
    workspace.bare("validate").args(arguments)
}

/// The long flags that a text names, without their dashes.
pub(crate) fn flags_in(text: &str) -> std::collections::BTreeSet<String> {
    let mut flags = std::collections::BTreeSet::new();
    for (start, _) in text.match_indices("--") {
        let before = text[..start].chars().next_back().unwrap_or(' ');
        let name: String = text[start + 2..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        if !before.is_ascii_alphanumeric() && before != '-' && name.starts_with(|c: char| c.is_ascii_lowercase()) {
            flags.insert(name.trim_end_matches('-').to_owned());
        }
    }
    flags
}
