//! `provisioner access`: what the program must be allowed, in AWS and on the server.

use platform::exit::Exit;
use platform::names::{DatabaseName, RoleName, SecretPath};
use serde_json::json;

use super::input;
use crate::access::{AccessScope, iam_policy, master_grants, policy_notes};
use crate::ending::Ending;
use crate::flags::Output;
use crate::outputs::Outputs;
use crate::settings::Settings;

/// Stands for the master where only its secret knows its name.
const MASTER: &str = "MASTER";

/// Prints it; the tfvars, where they are given, name the roles, the databases and the secrets with names of their own.
pub(super) fn print(settings: &Settings, outputs: &Outputs) -> Result<Exit, Ending> {
    let apps = match settings.tfvars.is_empty() {
        true => Vec::new(),
        false => {
            input::read(settings, outputs)?.into_desired().map_err(|problems| Ending::of_problems(&problems))?.apps
        }
    };
    let secrets = &settings.site.secrets;
    let patterns = [secrets.app.clone(), secrets.ephemeral.app.clone()];
    let masters = [settings.master_secret.to_string()];
    let named: Vec<SecretPath> = apps.iter().map(|app| app.secret.clone()).collect();
    let roles: Vec<RoleName> = apps.iter().map(|app| app.role.clone()).collect();
    let databases: Vec<DatabaseName> = apps.iter().map(|app| app.database.clone()).collect();
    let scope = AccessScope {
        region: settings.region.as_deref(),
        account: None,
        environment: &settings.environment,
        apps: match settings.lifecycle {
            crate::flags::Lifecycle::Persistent => &patterns[..1],
            crate::flags::Lifecycle::Ephemeral => &patterns[1..],
        },
        masters: &masters,
        named: &named,
        create: settings.create_secrets,
        key: None,
    };
    let (policy, notes, sql) = (iam_policy(&scope), policy_notes(&scope), master_grants(MASTER, &roles, &databases));
    platform::streams::stdout(&match settings.output {
        Output::Json => {
            format!("{}\n", json!({"schema": "provision-access/v1", "iam_policy": policy, "notes": notes, "sql": sql}))
        }
        Output::Human => {
            let notes: String = notes.iter().map(|note| format!("# {note}\n")).collect();
            format!("{notes}{policy:#}\n\n-- On the server, by an administrator, where it is not so already:\n{sql}")
        }
    });
    Ok(Exit::Ok)
}
