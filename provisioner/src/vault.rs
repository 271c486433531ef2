//! The secrets of one run: the master's and the apps', checked against each other before anything is written.
//!
//! Passwords stay in here: a plan names a secret's path, and [`crate::apply`] asks for its password at the last moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::stream::{self, StreamExt};
use platform::credentials::{self, Credentials};
use platform::exit::Exit;
use platform::names::{AppKey, SecretPath};
use platform::password::Password;

use crate::model::App;
use crate::observed::SecretFact;
use crate::outcome::Failure;
use crate::secrets::{NewSecret, Place, SecretState, Store, Written, disagreements};

/// How many secrets are asked for a rotation at once.
const SIDE_BY_SIDE: usize = 8;

/// What is the matter with a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretProblem {
    /// The app; `None` for the master's.
    pub app: Option<AppKey>,
    /// What, why and what to do, in one line.
    pub message: String,
    /// The command, or what the other side said.
    pub detail: Option<String>,
    pub exit: Exit,
}

/// How secrets are read and made.
#[derive(Clone, Debug)]
pub struct Policy {
    /// `--missing-secrets create`.
    pub create: bool,
    /// Tags of a secret that is made.
    pub tags: BTreeMap<String, String>,
}

/// The master's credentials, the apps' secrets, and where they are.
pub struct Vault {
    store: Store,
    policy: Policy,
    master: Credentials,
    slots: Mutex<BTreeMap<AppKey, Slot>>,
}

struct Slot {
    path: SecretPath,
    login: credentials::Login,
    state: SecretState,
}

impl Vault {
    /// Reads the master's secret and those of `apps`, all at once.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub async fn open(
        store: Store,
        master: &SecretPath,
        apps: &[App],
        policy: Policy,
    ) -> Result<Self, Vec<SecretProblem>> {
        let paths: Vec<SecretPath> =
            std::iter::once(master).chain(apps.iter().map(|app| &app.secret)).cloned().collect();
        let mut states = store.read(&paths).await;
        let place = store.place();
        let of_master = states.remove(master).unwrap_or(SecretState::Missing);
        let SecretState::Usable { credentials, .. } = &of_master else {
            // Nobody but Terraform and an administrator can give the master a password.
            let problem = problem(None, master, &of_master, &place);
            return Err(vec![SecretProblem {
                message: problem.message.replace(", or run with --missing-secrets create", ""),
                ..problem
            }]);
        };
        let master = credentials.clone();
        let mut slots = BTreeMap::new();
        let mut problems = Vec::new();
        for app in apps {
            let state = states.remove(&app.secret).unwrap_or(SecretState::Missing);
            problems.extend(judge(app, &state, &master, &policy, &place));
            let login = credentials::Login {
                username: app.role.to_string(),
                host: master.host.clone(),
                port: master.port,
                dbname: app.database.to_string(),
                instance: master.instance().map(ToOwned::to_owned),
            };
            slots.insert(app.key.clone(), Slot { path: app.secret.clone(), login, state });
        }
        if problems.is_empty() { Ok(Self { store, policy, master, slots: Mutex::new(slots) }) } else { Err(problems) }
    }

    /// Reads secrets again once no other run writes: those that had no value, or, where another run was `waited` for,
    /// all of them.
    pub async fn look_again(&self, apps: &[App], waited: bool) -> Result<(), Vec<SecretProblem>> {
        let due: Vec<&App> = apps.iter().filter(|app| waited || self.version_of(&app.key).is_none()).collect();
        let paths: Vec<SecretPath> = due.iter().map(|app| app.secret.clone()).collect();
        let mut states = self.store.read(&paths).await;
        let place = self.store.place();
        let mut problems = Vec::new();
        for app in due {
            let state = states.remove(&app.secret).unwrap_or(SecretState::Missing);
            problems.extend(judge(app, &state, &self.master, &self.policy, &place));
            if let Some(slot) = self.slots().get_mut(&app.key) {
                slot.state = state;
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// The master's credentials.
    pub const fn master(&self) -> &Credentials {
        &self.master
    }

    /// Calls to Secrets Manager so far.
    pub fn calls(&self) -> u64 {
        self.store.calls()
    }

    /// What a plan may know.
    pub fn facts(&self) -> BTreeMap<SecretPath, SecretFact> {
        let fact = |state: &SecretState| match state {
            SecretState::Usable { version, .. } => SecretFact::Usable { version: version.clone() },
            SecretState::Missing => SecretFact::ToCreate,
            _ => SecretFact::ToFill,
        };
        self.slots().values().map(|slot| (slot.path.clone(), fact(&slot.state))).collect()
    }

    /// The password in an app's secret, where there is one.
    pub fn password_of(&self, app: &AppKey) -> Option<Password> {
        match &self.slots().get(app)?.state {
            SecretState::Usable { credentials, .. } => Some(credentials.password.clone()),
            _ => None,
        }
    }

    /// The version of an app's secret, where there is one.
    pub fn version_of(&self, app: &AppKey) -> Option<String> {
        match &self.slots().get(app)?.state {
            SecretState::Usable { version, .. } => Some(version.clone()),
            _ => None,
        }
    }

    /// The apps among `apps` whose secret is being rotated right now: their logins may fail without anything being
    /// wrong. What cannot be told is told as a problem.
    pub async fn rotating(&self, apps: &BTreeSet<AppKey>) -> Vec<SecretProblem> {
        let asked = stream::iter(apps).map(|app| self.is_rotating(app)).buffered(SIDE_BY_SIDE);
        asked.filter_map(std::future::ready).collect().await
    }

    async fn is_rotating(&self, app: &AppKey) -> Option<SecretProblem> {
        let path = self.slots().get(app).map(|slot| slot.path.clone())?;
        let (message, exit) = match self.store.rotation_in_flight(&path).await {
            Ok(false) => return None,
            Ok(true) => (
                format!(
                    "secret {path} is being rotated and its password does not log in yet: i/o timeout waiting for the rotation"
                ),
                Exit::Unavailable,
            ),
            Err(fault) => (format!("whether secret {path} is being rotated cannot be told: {fault}"), fault.exit()),
        };
        Some(SecretProblem { app: Some(app.clone()), message, detail: None, exit })
    }

    /// Makes a password and writes it to the secret at `path`; who was first wins.
    pub async fn mint(&self, path: &SecretPath) -> Result<(), Failure> {
        let found = self
            .slots()
            .iter()
            .find(|(_, slot)| slot.path == *path)
            .map(|(app, slot)| (app.clone(), slot.login.clone(), slot.state.clone()));
        let Some((app, login, seen)) = found else {
            return Err(failure(format!("secret {path} is of no app"), Exit::Bug));
        };
        let new = self.new_secret(&login, &seen);
        let state = match self.store.write(path, &seen, &new).await {
            Ok(Written::Version(version)) => {
                SecretState::Usable { credentials: new.credentials, version, created: None }
            }
            Ok(Written::LostRace) => self.winner(path, &login).await?,
            Err(error) => return Err(failure(platform::error::chain(&error), error.exit())),
        };
        if let Some(slot) = self.slots().get_mut(&app) {
            slot.state = state;
        }
        Ok(())
    }

    #[expect(clippy::disallowed_methods, reason = "passwords are made here, and nowhere else")]
    fn new_secret(&self, login: &credentials::Login, seen: &SecretState) -> NewSecret {
        let mut random = rand::rng();
        let old = match seen {
            SecretState::Placeholder { document, .. } => document.as_ref(),
            _ => None,
        };
        let credentials = Credentials::new(login, &Password::generate(&mut random), old);
        NewSecret::new(credentials, self.policy.tags.clone(), &mut random)
    }

    /// What somebody else wrote in the meantime, if it is what we would have written but for the password.
    async fn winner(&self, path: &SecretPath, login: &credentials::Login) -> Result<SecretState, Failure> {
        let state = self.store.read(std::slice::from_ref(path)).await.remove(path).unwrap_or(SecretState::Missing);
        match &state {
            SecretState::Usable { credentials, .. }
                if credentials.username == login.username && credentials.dbname == login.dbname =>
            {
                Ok(state)
            }
            _ => Err(failure(
                format!("secret {path} was written by somebody else in the meantime, with other content: run again"),
                Exit::Failed,
            )),
        }
    }

    fn slots(&self) -> MutexGuard<'_, BTreeMap<AppKey, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failure(message: String, exit: Exit) -> Failure {
    Failure { message, sqlstate: None, exit }
}

fn problem(app: Option<&AppKey>, path: &SecretPath, state: &SecretState, place: &Place) -> SecretProblem {
    SecretProblem {
        app: app.cloned(),
        message: state.message(path, place),
        detail: state.detail(path, place),
        exit: state.exit().unwrap_or(Exit::Ok),
    }
}

/// What is wrong with an app's secret; nothing where it will be made.
fn judge(
    app: &App,
    state: &SecretState,
    master: &Credentials,
    policy: &Policy,
    place: &Place,
) -> Option<SecretProblem> {
    let SecretState::Usable { credentials, .. } = state else {
        let made = policy.create && state.may_be_created();
        return (!made).then(|| problem(Some(&app.key), &app.secret, state, place));
    };
    let found = disagreements(credentials, &app.role, &app.database, master);
    if found.is_empty() {
        return None;
    }
    let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
    Some(SecretProblem {
        app: Some(app.key.clone()),
        message: format!("secret {} disagrees: {}; correct the one that is wrong", app.secret, texts.join("; ")),
        detail: None,
        exit: Exit::Invalid,
    })
}
