//! What the run is about: files, apps, secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use platform::exit::Exit;

use super::server::Connected;
use crate::caller;
use crate::desired::{self, Reading};
use crate::diagnostic::Problem;
use crate::digest::sha256_hex;
use crate::ending::Ending;
use crate::flags::Output;
use crate::model::{Access, App, Desired};
use crate::outputs::Outputs;
use crate::plan::{Plan, Wanted};
use crate::report::FileFacts;
use crate::secrets::{Place, Store};
use crate::settings::Settings;
use crate::tfvars::{self, Source};
use crate::validation::Validation;
use crate::vault::{Policy, Vault};

/// The apps of the tfvars, and those that the run concerns.
pub(super) struct Input {
    pub(super) all: Vec<App>,
    pub(super) apps: Vec<App>,
    adopt: BTreeSet<String>,
}

impl Input {
    /// What is wanted of these apps.
    pub(super) fn of<'a>(&'a self, apps: &'a [App]) -> Wanted<'a> {
        Wanted { apps, all: &self.all, adopt: self.adopt.clone() }
    }

    /// Every extension that is asked for.
    pub(super) fn extensions(&self) -> BTreeSet<String> {
        self.apps.iter().flat_map(|app| app.extensions.iter().cloned()).collect()
    }
}

/// Reads the tfvars, and compares them with what was reviewed.
pub(super) fn read(settings: &Settings, outputs: &Outputs) -> Result<Reading, Ending> {
    let mut sources = Vec::new();
    for path in &settings.tfvars {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| {
            Ending::new(
                Exit::Invalid,
                format!("read tfvars {name}: {}{}", platform::error::plain(&error), hint(path, &error)),
            )
        })?;
        let sha256 = sha256_hex(&bytes);
        outputs.facts().tfvars.push(FileFacts { path: name.clone(), sha256 });
        sources.push(Source { name, bytes });
    }
    for (reviewed, found) in settings.tfvars_sha256.iter().zip(&outputs.facts().tfvars) {
        if !reviewed.eq_ignore_ascii_case(&found.sha256) {
            let short = |hash: &str| hash.chars().take(12).collect::<String>();
            let message = format!(
                "{} is not what was reviewed: its SHA-256 is {}…, not {}…; if it was merged just now, wait until it is synced",
                found.path,
                short(&found.sha256),
                short(reviewed)
            );
            let detail = format!("found    {}\nreviewed {reviewed}", found.sha256);
            return Err(Ending { detail, ..Ending::new(Exit::Invalid, message) });
        }
    }
    let entries = tfvars::read(&sources);
    Ok(desired::desired(entries, settings.environment.clone(), &settings.conventions()))
}

/// A ConfigMap that is not there, mounted as optional, is an empty folder.
fn hint(path: &Path, error: &std::io::Error) -> &'static str {
    let empty = path.parent().and_then(|folder| folder.read_dir().ok()).is_some_and(|folder| {
        // The kubelet's own entries in a mounted ConfigMap, also in one that is not there.
        folder.flatten().all(|entry| entry.file_name().as_encoded_bytes().starts_with(b".."))
    });
    match error.kind() {
        std::io::ErrorKind::NotFound if empty => "; its folder is empty: is the ConfigMap with the tfvars there?",
        _ => "",
    }
}

/// Prints what `validate` found.
pub(super) fn validate(reading: Reading, settings: &Settings) -> Result<Exit, Ending> {
    if settings.output == Output::Json {
        platform::streams::stdout(&format!("{}\n", Validation::new(&reading).to_json()));
    }
    let apps = reading.into_desired().map_err(|problems| Ending::of_problems(&problems))?.apps;
    if settings.output == Output::Human {
        for App { key, database, role, access, secret, .. } in &apps {
            platform::streams::stdout(&format!("{key}: {access} of {database} as {role}, secret {secret}\n"));
        }
    }
    Ok(Exit::Ok)
}

/// The apps that `--only` names, with the owners of their databases; all of them without it.
pub(super) fn select(reading: Reading, settings: &Settings, outputs: &Outputs) -> Result<Input, Ending> {
    let Desired { apps: all, .. } = reading.into_desired().map_err(|problems| Ending::of_problems(&problems))?;
    for name in &settings.only {
        if !all.iter().any(|app| app.key.as_str() == name) {
            let known: Vec<&str> = all.iter().map(|app| app.key.as_str()).collect();
            let message = format!("--only {name}: no such app in the tfvars; there are {}", known.join(", "));
            return Err(Ending::new(Exit::Invalid, message));
        }
    }
    let named = |app: &App| settings.only.is_empty() || settings.only.iter().any(|name| name == app.key.as_str());
    let databases: BTreeSet<_> = all.iter().filter(|app| named(app)).map(|app| app.database.clone()).collect();
    let concerned = |app: &&App| named(app) || (app.access == Access::Owner && databases.contains(&app.database));
    let apps: Vec<App> = all.iter().filter(concerned).cloned().collect();
    {
        let mut facts = outputs.facts();
        facts.skipped = all.len() - apps.len();
        facts.apps.clone_from(&apps);
    }
    Ok(Input { all, apps, adopt: settings.adopt.iter().cloned().collect() })
}

/// Reads the secrets.
pub(super) async fn open_vault(settings: &Settings, input: &Input, outputs: &Outputs) -> Result<Vault, Ending> {
    let placeholders = settings.site.secrets.placeholders.clone();
    let store = match &settings.secrets {
        Place::Folder(folder) => Store::folder(folder.clone(), placeholders),
        Place::SecretsManager => {
            let region = settings.region.as_deref();
            let config = platform::aws::sdk_config("provisioner", region, settings.connect_patience).await;
            let config = config.map_err(|error| Ending::new(Exit::Invalid, error.to_string()))?;
            if outputs.journal().asks_for_caller() {
                outputs.journal().called_by(caller::arn(&config).await);
            }
            Store::aws(&config, placeholders)
        }
    };
    let mut tags = BTreeMap::from([
        ("ManagedBy".to_owned(), "provisioner".to_owned()),
        ("Environment".to_owned(), settings.environment.to_string()),
        ("BuildId".to_owned(), settings.build_id.clone()),
    ]);
    tags.extend(settings.site.secrets.tags.clone());
    let policy = Policy { create: settings.create_secrets, tags };
    let opened = Vault::open(store, &settings.master_secret, &input.apps, policy).await;
    opened.map_err(|problems| Ending::of_secrets(&problems))
}

/// No app may be the master.
pub(super) fn check_master(input: &Input, vault: &Vault) -> Result<(), Ending> {
    let problems: Vec<Problem> = desired::check_master(&input.all, &vault.master().username);
    if problems.is_empty() { Ok(()) } else { Err(Ending::of_problems(&problems)) }
}

/// Reads secrets again that the run before this one may have written.
pub(super) async fn look_again(
    input: &Input,
    vault: &Vault,
    connected: &Connected,
    outputs: &Outputs,
) -> Result<(), Ending> {
    let looked = vault.look_again(&input.apps, connected.waited()).await;
    looked.map_err(|problems| Ending::of_secrets(&problems))?;
    tell_versions(input, vault, outputs);
    Ok(())
}

/// Tells the report and the audit which version of each secret the run has read.
pub(super) fn tell_versions(input: &Input, vault: &Vault, outputs: &Outputs) {
    let version = |app: &App| Some((app.key.clone(), vault.version_of(&app.key)?));
    let versions: BTreeMap<_, _> = input.apps.iter().filter_map(version).collect();
    outputs.journal().about(&input.apps, versions.clone());
    outputs.facts().versions = versions;
}

/// Tells the report and the audit of the plan.
pub(super) fn tell_plan(plan: &Plan, digest: &str, connected: &Connected, outputs: &Outputs) {
    outputs.journal().planned(digest, &connected.address(), connected.master());
    let mut facts = outputs.facts();
    facts.plan_digest = Some(digest.to_owned());
    facts.new = plan.apps.iter().filter(|app| app.is_new).map(|app| app.app.key.clone()).collect();
    facts.orphans.clone_from(&plan.orphans);
    facts.notes.clone_from(&plan.notes);
    facts.refused = plan.refusals.iter().map(|refusal| refusal.app.clone()).collect();
}
