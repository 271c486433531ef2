//! The folder that a run of the program under test works in: tfvars, secrets, and a folder per run for what it writes.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use tempfile::TempDir;

use crate::command::Run;
use crate::postgres::TestServer;
use crate::secret::Secret;

/// The environment that runs are about, unless a test says otherwise.
pub const ENVIRONMENT: &str = "dev";

/// A temporary folder with the inputs of a run, and what its runs wrote.
#[derive(Debug)]
pub struct Workspace {
    folder: TempDir,
    program: PathBuf,
    runs: AtomicU32,
}

/// An application as a test declares it: a row of `application_databases`.
#[derive(Clone, Debug)]
pub struct App {
    /// The key.
    pub name: String,
    /// Its `database_name`.
    pub database: String,
    /// Its `username`.
    pub role: String,
    /// Its `access_level`, where one is written.
    pub access: Option<&'static str>,
    /// Further attributes, as HCL: `("connection_limit", "5")`.
    pub attributes: Vec<(&'static str, String)>,
}

impl App {
    /// The owner of a database, with the platform's usual names.
    pub fn owner(name: &str) -> Self {
        let identifier = name.replace('-', "_");
        Self {
            name: name.to_owned(),
            role: format!("{identifier}_user"),
            database: identifier,
            access: None,
            attributes: Vec::new(),
        }
    }

    /// An application that works in a database which another one owns.
    pub fn guest(name: &str, database: &str, access: &'static str) -> Self {
        Self { database: database.to_owned(), access: Some(access), ..Self::owner(name) }
    }

    /// The same with one more attribute, its value as HCL.
    #[must_use]
    pub fn with(mut self, attribute: &'static str, value: impl ToString) -> Self {
        self.attributes.push((attribute, value.to_string()));
        self
    }

    /// The path of its secret.
    pub fn secret_path(&self) -> String {
        format!("goldenpath/{ENVIRONMENT}/{}/postgres", self.name)
    }

    fn hcl(&self) -> String {
        let Self { name, database, role, .. } = self;
        let access = self.access.map(|access| format!("    access_level  = \"{access}\"\n")).unwrap_or_default();
        let others: String =
            self.attributes.iter().map(|(attribute, value)| format!("    {attribute} = {value}\n")).collect();
        format!(
            "  {name} = {{\n    database_name = \"{database}\"\n    username      = \"{role}\"\n{access}{others}  }}\n"
        )
    }
}

/// `application_databases` at the top level of a file, with these applications.
pub fn application_databases(apps: &[App]) -> String {
    let entries: String = apps.iter().map(App::hcl).collect();
    format!("application_databases = {{\n{entries}}}\n")
}

impl Workspace {
    /// An empty workspace for a program.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let folder = tempfile::Builder::new().prefix("acceptance-run-").tempdir().expect("make a workspace");
        let workspace = Self { folder, program: program.into(), runs: AtomicU32::new(0) };
        fs::DirBuilder::new().mode(0o700).create(workspace.secrets_folder()).expect("make the secrets' folder");
        workspace
    }

    /// A workspace for a server: the master's secret and these applications' are there, and so is the tfvars file.
    pub fn with_apps(program: impl Into<PathBuf>, server: &TestServer, apps: &[App]) -> Self {
        let workspace = Self::new(program);
        workspace.put_master(server.master());
        for app in apps {
            workspace.put_secret(&app.secret_path(), &server.secret(&app.role, &app.database));
        }
        workspace.write_tfvars(&application_databases(apps));
        workspace
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of `--secrets file:`.
    pub fn secrets_folder(&self) -> PathBuf {
        self.path().join("secrets")
    }

    /// The file that [`Workspace::write_tfvars`] writes.
    pub fn tfvars(&self) -> PathBuf {
        self.path().join("terraform.tfvars")
    }

    /// Writes the tfvars file.
    pub fn write_tfvars(&self, text: &str) {
        fs::write(self.tfvars(), text).expect("write the tfvars");
    }

    /// Writes the master's secret.
    pub fn put_master(&self, master: &Secret) {
        self.put_secret(&format!("goldenpath/{ENVIRONMENT}/rds/master"), master);
    }

    /// Writes a secret.
    pub fn put_secret(&self, path: &str, secret: &Secret) {
        self.put_secret_text(path, &secret.json().to_string());
    }

    /// Writes a secret's content as it is, JSON or not.
    pub fn put_secret_text(&self, path: &str, text: &str) {
        let file = self.secret_file(path);
        fs::create_dir_all(file.parent().expect("a secret's folder")).expect("make a secret's folder");
        fs::write(&file, text).expect("write a secret");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("narrow a secret's permissions");
    }

    /// A secret's content, if it exists.
    pub fn secret_json(&self, path: &str) -> Option<Value> {
        let text = fs::read_to_string(self.secret_file(path)).ok()?;
        Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("the secret {path} is no JSON: {error}")))
    }

    /// What an application's secret says; panics where it does not exist.
    pub fn secret(&self, path: &str) -> Secret {
        Secret::from_json(&self.secret_json(path).unwrap_or_else(|| panic!("there is no secret {path}")))
    }

    /// The file of a secret.
    pub fn secret_file(&self, path: &str) -> PathBuf {
        self.secrets_folder().join(format!("{path}.json"))
    }

    /// Gives everything in the workspace to another user, who is also to reach it.
    pub fn give_to(&self, user: u32) {
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            chown(&folder, Some(user), Some(user)).expect("give a folder away");
            for entry in fs::read_dir(&folder).expect("read a folder").flatten() {
                match entry.file_type().expect("the kind of a file").is_dir() {
                    true => folders.push(entry.path()),
                    false => chown(entry.path(), Some(user), Some(user)).expect("give a file away"),
                }
            }
        }
    }

    /// Every password in the secrets' folder: what must not be found anywhere else.
    pub fn passwords(&self) -> Vec<String> {
        files_below(&self.secrets_folder())
            .iter()
            .filter_map(|file| serde_json::from_slice::<Value>(&fs::read(file).expect("read a secret")).ok())
            .filter_map(|secret| secret["password"].as_str().filter(|password| !password.is_empty()).map(str::to_owned))
            .collect()
    }

    /// A command with the usual flags: environment, tfvars, secrets from files, the test authority, outputs into a
    /// folder of its own. [`Run::flag`] replaces and [`Run::without`] takes away. The file of the termination message is
    /// there, as the kubelet makes it.
    pub fn run(&self, command: &str) -> Run {
        let run = self.bare(command);
        let outputs = run.folder().to_owned();
        fs::write(outputs.join("termination"), "").expect("make the file of the termination message");
        run.flag("--env", ENVIRONMENT)
            .flag("--tfvars", self.tfvars().display())
            .flag("--secrets", format!("file:{}", self.secrets_folder().display()))
            .flag("--ca-bundle", crate::tls::authority_file().display())
            .flag("--out", outputs.join("out").display())
            .flag("--audit-output", outputs.join("audit.csv").display())
            .flag("--termination-log", outputs.join("termination").display())
    }

    /// A command without any flag.
    pub fn bare(&self, command: &str) -> Run {
        let number = self.runs.fetch_add(1, Ordering::Relaxed) + 1;
        let outputs = self.path().join(format!("run-{number}"));
        fs::create_dir(&outputs).expect("make a folder for a run's outputs");
        Run::new(&self.program, command, self.path(), &outputs)
    }
}

/// Every file below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let kind = entry.file_type().expect("the kind of a file");
            if kind.is_dir() {
                folders.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    files
}
