//! Seeded random inputs: what the tfvars declare, and how a server drifts away from it.
//!
//! The same seed gives the same inputs. Everything that is made here is allowed; what is not belongs to tests of
//! refusals.

mod drift;
mod sql;

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};

pub use drift::{Drift, drift};
pub use sql::{identifier, literal};

use crate::workspace::App;

/// Keys of applications: with every character that is allowed, and some that need quotes in HCL.
const KEYS: [&str; 10] =
    ["keycloak", "Shop.Web+1", "a", "9lives", "argo-cd", "x=y@z", "UPPER_Case", "for", "in.out", "t-_-t"];
/// Names of roles and databases: keywords of SQL, the shortest, and (by [`longest`]) the longest.
const NAMES: [&str; 14] = [
    "user",
    "select",
    "table",
    "a",
    "x_",
    "order_2",
    "backstage_plugin_catalog",
    "authorization",
    "current_user",
    "all",
    "default",
    "c9__",
    "session_user",
    "grant",
];

/// What is declared, and what the judge needs to know of it.
#[derive(Debug)]
pub struct Scenario {
    /// In the order of the file.
    pub apps: Vec<Declared>,
    /// The file.
    pub tfvars: String,
    seed: u64,
}

/// An application, with its defaults filled in.
#[derive(Clone, Debug)]
pub struct Declared {
    /// As it is written.
    pub app: App,
    /// Whether its role may create databases.
    pub createdb: bool,
    /// Its connection limit; -1 is none.
    pub limit: i32,
    /// The extensions of its database.
    pub extensions: Vec<String>,
}

impl Declared {
    /// Whether it owns its database.
    pub fn is_owner(&self) -> bool {
        self.app.access.is_none_or(|access| access == "owner")
    }

    /// Whether it writes in a database that another one owns.
    pub fn is_editor(&self) -> bool {
        self.app.access == Some("editor")
    }
}

impl Scenario {
    /// A scenario of two or three databases, each with its owner and up to three guests.
    pub fn new(seed: u64, extensions: &[&str]) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let (mut keys, mut roles, mut databases) = (KEYS.to_vec(), names(), names());
        for pool in [&mut keys, &mut NAMES.to_vec()] {
            pool.shuffle(&mut rng);
        }
        roles.shuffle(&mut rng);
        databases.shuffle(&mut rng);
        let mut apps = Vec::new();
        for _ in 0..rng.random_range(2..=3) {
            let database = databases.pop().expect("enough databases");
            let guests = rng.random_range(0..=3);
            for guest in 0..=guests {
                let access = match guest {
                    0 => *[None, None, Some("owner")].choose(&mut rng).expect("an access level"),
                    _ => Some(*["editor", "reader"].choose(&mut rng).expect("an access level")),
                };
                let (Some(name), Some(role)) = (keys.pop(), roles.pop()) else { break };
                let app = App { name: name.to_owned(), database: database.clone(), role, access, attributes: vec![] };
                apps.push(declared(app, extensions, &mut rng));
            }
        }
        apps.shuffle(&mut rng);
        let tfvars = tfvars(&apps, &mut rng);
        Self { apps, tfvars, seed }
    }

    /// The applications as they are written.
    pub fn declared(&self) -> Vec<App> {
        self.apps.iter().map(|declared| declared.app.clone()).collect()
    }

    /// The owners.
    pub fn owners(&self) -> impl Iterator<Item = &Declared> {
        self.apps.iter().filter(|app| app.is_owner())
    }

    /// Those who work in a database that another one owns.
    pub fn guests<'a>(&'a self, database: &'a str) -> impl Iterator<Item = &'a Declared> {
        self.apps.iter().filter(move |app| !app.is_owner() && app.app.database == database)
    }
}

fn names() -> Vec<String> {
    let longest = ["n".repeat(63), format!("m{}", "_0".repeat(31))];
    NAMES.iter().map(ToString::to_string).chain(longest).collect()
}

fn declared(mut app: App, extensions: &[&str], rng: &mut StdRng) -> Declared {
    let owner = app.access.is_none_or(|access| access == "owner");
    let createdb = rng.random_bool(0.4).then(|| rng.random_bool(0.5));
    let limit = rng.random_bool(0.4).then(|| *[-1, 6, 40].choose(rng).expect("a limit"));
    let wanted = extensions.iter().filter(|_| owner && rng.random_bool(0.3));
    let wanted: Vec<String> = wanted.map(ToString::to_string).collect();
    if let Some(createdb) = createdb {
        app = app.with("createdb", createdb);
    }
    if let Some(limit) = limit {
        app = app.with("connection_limit", limit);
    }
    if !wanted.is_empty() {
        app = app.with("extensions", format!("{wanted:?}"));
    }
    Declared { app, createdb: createdb.unwrap_or(owner), limit: limit.unwrap_or(-1), extensions: wanted }
}

/// The file, in one of the forms that Terraform takes: at the top or under `rds_config`, keys with or without quotes,
/// commas or none, comments, other settings around.
fn tfvars(apps: &[Declared], rng: &mut StdRng) -> String {
    let comma = *["", ","].choose(rng).expect("a comma or none");
    let mut entries = String::new();
    for Declared { app, .. } in apps {
        let plain = app.name.starts_with(|c: char| c.is_ascii_alphabetic())
            && app.name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
            && app.name != "for";
        let key = if plain && rng.random_bool(0.5) { app.name.clone() } else { format!("\"{}\"", app.name) };
        let mut lines = vec![format!("database_name = \"{}\"", app.database), format!("username = \"{}\"", app.role)];
        lines.extend(app.access.map(|access| format!("\"access_level\" : \"{access}\"")));
        lines.extend(app.attributes.iter().map(|(name, value)| format!("{name} = {value} # as declared")));
        lines.shuffle(rng);
        entries.push_str(&format!("  {key} = {{ // {}\n    {}\n  }}{comma}\n", app.role, lines.join("\n    ")));
    }
    let map = format!("application_databases = {{\n{entries}}}\n");
    let coupled = rng.random_bool(0.3);
    let file = if coupled { format!("rds_config = {{\nenabled = true\n{map}}}\n") } else { map };
    let file =
        format!("region = \"eu-central-1\"\n/* application_databases = {{}} */\n{file}tags = {{ a = [1, {{}}] }}\n");
    if rng.random_bool(0.2) { file.replace('\n', "\r\n") } else { file }
}
