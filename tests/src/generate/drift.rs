//! Drift: what people, applications and older tools do to a server, as SQL.

use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, IteratorRandom};
use rand::{RngExt, SeedableRng};

use super::sql::identifier;
use super::{Declared, Scenario};

mod kinds;

use kinds::{By, IN_DATABASE, Kind, ON_DATABASE, ON_ROLE};

/// Names that need quotes, all of them allowed.
const ODD_NAMES: [&str; 8] =
    ["plain", "Upper Case", "quo\"te", "apo'strophe", "ünïcödé 表", "select", "back\\slash", "a.b"];

/// One statement of a drift.
#[derive(Clone, Debug)]
pub struct Drift {
    /// What kind of drift it belongs to.
    pub kind: &'static str,
    /// The role that does it; none is the superuser.
    pub by: Option<String>,
    /// The database that it happens in.
    pub database: String,
    /// What is done.
    pub sql: String,
}

/// A random drift of some ten kinds, in an order in which each of its statements works.
pub fn drift(scenario: &Scenario, major: u8, master: &str) -> Vec<Drift> {
    let mut rng = StdRng::seed_from_u64(!scenario.seed);
    let mut draft =
        Draft { scenario, major, master, rng: &mut rng, drifts: Vec::new(), odd: 0, unproven: BTreeSet::new() };
    let owners: Vec<Declared> = draft.scenario.owners().cloned().collect();
    for owner in &owners {
        for (kinds, most) in [(IN_DATABASE, 8), (ON_DATABASE, 3)] {
            let count = draft.rng.random_range(0..=most);
            let chosen: Vec<&Kind> = kinds.iter().sample(draft.rng, count);
            for kind in chosen {
                draft.happen(kind, owner);
            }
        }
    }
    for app in draft.scenario.apps.clone() {
        let count = draft.rng.random_range(0..=2);
        let chosen: Vec<&Kind> = ON_ROLE.iter().sample(draft.rng, count);
        for kind in chosen {
            draft.happen(kind, &app);
        }
    }
    let Draft { mut drifts, .. } = draft;
    // Nobody enters a database that accepts no connections, to make more drift in it.
    drifts.sort_by_key(|drift| drift.sql.contains("ALLOW_CONNECTIONS"));
    drifts
}

struct Draft<'a> {
    scenario: &'a Scenario,
    major: u8,
    master: &'a str,
    rng: &'a mut StdRng,
    drifts: Vec<Drift>,
    odd: usize,
    /// Roles that lost their password or their marker: losing the other one, too, would make them somebody else's.
    unproven: BTreeSet<String>,
}

impl Draft<'_> {
    /// Adds a kind of drift around `app`, if everybody is there who takes part in it.
    fn happen(&mut self, kind: &Kind, app: &Declared) {
        let fits = kind.majors.contains(&self.major)
            && (!kind.needs_createdb || app.createdb)
            && (!kind.unproves || self.unproven.insert(app.app.role.clone()));
        let Some(names) = fits.then(|| self.names(app)).flatten() else { return };
        let statement = |by: By, sql: &str| Some((self.role_of(by, &names).ok()?, fill(sql, &names)?));
        let statements: Option<Vec<_>> = kind.sql.iter().map(|(by, sql)| statement(*by, sql)).collect();
        for (by, sql) in statements.into_iter().flatten() {
            let database = if kind.inside { app.app.database.clone() } else { "postgres".to_owned() };
            self.drifts.push(Drift { kind: kind.name, by, database, sql });
        }
    }

    /// What the gaps of a template stand for.
    fn names(&mut self, app: &Declared) -> Option<BTreeMap<&'static str, String>> {
        let mut odd = |kind: &str| {
            self.odd += 1;
            let name = ODD_NAMES.choose(self.rng).copied().unwrap_or("plain");
            format!("{name} {kind}{}", self.odd)
        };
        let (table, other_table, schema) = (odd("t"), odd("t"), odd("s"));
        self.odd += 1;
        let own = ["rds_plugin", "pg_plugin", "Plugin-ü", "backstage_plugin_tech-insights", "plug\"in"];
        let new_database = format!("{}{}", own.choose(self.rng)?, self.odd);
        let owner = self.scenario.owners().find(|owner| owner.app.database == app.app.database)?;
        let mut names = BTreeMap::from([
            ("role", app.app.role.clone()),
            ("owner", owner.app.role.clone()),
            ("db", app.app.database.clone()),
            ("master", self.master.to_owned()),
            ("t", table),
            ("u", other_table),
            ("s", schema),
            ("d", new_database),
        ]);
        let guests: Vec<&Declared> = self.scenario.guests(&app.app.database).collect();
        let guests = guests.sample(self.rng, 2).map(|app| app.app.role.clone()).collect::<Vec<_>>();
        // Memberships lead to later roles only: there is no circle.
        let place = self.scenario.apps.iter().position(|other| other.app.role == app.app.role)?;
        let later = self.scenario.apps[place + 1..].iter().map(|app| app.app.role.clone()).choose(self.rng);
        let strangers: Vec<&Declared> =
            self.scenario.apps.iter().filter(|other| other.app.database != app.app.database).collect();
        let strangers = strangers.sample(self.rng, 2).map(|app| app.app.role.clone()).collect::<Vec<_>>();
        names.extend(later.map(|later| ("later", later)));
        names.extend(["guest", "guest2"].into_iter().zip(guests));
        names.extend(["stranger", "stranger2"].into_iter().zip(strangers));
        Some(names)
    }

    /// None is the superuser.
    fn role_of(&self, by: By, names: &BTreeMap<&'static str, String>) -> Result<Option<String>, Absent> {
        let name = match by {
            By::Superuser => return Ok(None),
            By::SchemaOwner if self.major < 15 => "master",
            By::SchemaOwner | By::Owner => "owner",
            By::Master => "master",
            By::Guest => "guest",
            By::Stranger => "stranger",
        };
        names.get(name).cloned().map(Some).ok_or(Absent)
    }
}

/// Nobody plays that part in this scenario.
struct Absent;

/// The template with its gaps filled; none where somebody is missing.
fn fill(template: &str, names: &BTreeMap<&'static str, String>) -> Option<String> {
    let mut parts = template.split(['{', '}']);
    let mut sql = parts.next()?.to_owned();
    while let (Some(gap), Some(text)) = (parts.next(), parts.next()) {
        sql.push_str(&identifier(names.get(gap)?));
        sql.push_str(text);
    }
    Some(sql)
}
