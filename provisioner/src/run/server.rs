//! The connection to the server, and looking through it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use platform::exit::Exit;
use platform::names::AppKey;
use platform::password::Password;
use platform::postgres::{ConnectError, ConnectFault, Connector, Login, Session};
use platform::tls::{TlsMode, client_config};
use tokio::time::timeout;

use super::Crew;
use super::input::Input;
use crate::change::MAINTENANCE;
use crate::ending::Ending;
use crate::flags::Probe;
use crate::model::App;
use crate::observe::{Candidate, Observer, Seen, reading};
use crate::observed::{LoginState, Observed, Server};
use crate::outputs::Outputs;
use crate::plan::{self, Plan};
use crate::report::ServerFacts;
use crate::settings::Settings;
use crate::statement::Dialect;
use crate::vault::Vault;
use crate::{catalog, lock};

/// How long the server may take to hear that a query is to end.
const FAREWELL: Duration = Duration::from_secs(1);

/// How hard to look.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// As `--probe` says.
    AsAsked,
    /// Every login, each app's rights, and what must be refused to it.
    Thorough,
}

/// What a look showed, and what is to be done.
pub(super) struct Look {
    pub(super) observed: Observed,
    pub(super) plan: Plan,
    /// What was found wrong by trying, by app.
    pub(super) findings: BTreeMap<AppKey, Vec<String>>,
}

impl Look {
    pub(super) fn dialect(&self) -> Dialect {
        let Server { version_number, master, .. } = &self.observed.server;
        Dialect { version_number: *version_number, master: master.clone() }
    }
}

/// The master's session, which holds the lock where the run writes.
pub(super) struct Connected {
    connector: Connector,
    login: Login,
    session: Session,
    /// Another run held the lock before.
    waited: bool,
    patience: Duration,
    concurrency: usize,
    probe: Probe,
    host: String,
    port: u16,
}

impl Connected {
    /// Logs in as the master; takes the lock, if the run may write.
    pub(super) async fn open(settings: &Settings, vault: &Vault, outputs: &Outputs) -> Result<Self, Ending> {
        let master = vault.master();
        let tls = match settings.tls {
            TlsMode::Disable if !is_local(&master.host) => {
                let message =
                    format!("--tls disable is only for this machine, and {} is not: use verify-full", master.host);
                return Err(Ending::new(Exit::Refused, message));
            }
            TlsMode::Disable => None,
            mode => Some(
                client_config(mode, settings.ca_bundle.as_deref())
                    .map_err(|error| Ending::new(Exit::Invalid, platform::error::chain(&error)))?,
            ),
        };
        let run =
            format!("provisioner/{} {} run={}", env!("CARGO_PKG_VERSION"), settings.command.as_str(), settings.run_id);
        let connector = Connector::new(&master.host, master.port, tls, &run);
        let login = Login {
            user: master.username.clone(),
            password: master.password.clone(),
            database: MAINTENANCE.to_owned(),
        };
        outputs.facts().server = Some(ServerFacts {
            host: master.host.clone(),
            port: master.port,
            version: None,
            user: master.username.clone(),
        });
        let patience = settings.connect_patience;
        let opened = connector.connect_patiently(&login, &reading(), patience, ConnectError::is_transient).await;
        let session = opened.map_err(|error| master_refused(error, settings))?;
        let waited = settings.writes() && lock::acquire(&session, settings.lock_wait).await?;
        let probe = settings.probe;
        let (host, port, concurrency) = (master.host.clone(), master.port, settings.concurrency);
        Ok(Self { connector, login, session, waited, patience, concurrency, probe, host, port })
    }

    /// Whether another run held the lock before.
    pub(super) const fn waited(&self) -> bool {
        self.waited
    }

    /// Ends the session, and with it the lock. A run that was stopped may have left a query behind: the server would
    /// keep the lock until it had the answer, so the query is ended first.
    pub(super) async fn close(self, is_stopped: bool) {
        if is_stopped {
            // Where this fails, the query's own time-out ends it.
            drop(timeout(FAREWELL, self.connector.cancel(&self.session)).await);
        }
        self.session.close().await;
    }

    /// Everything about the server, in one query.
    pub(super) async fn server(&self, input: &Input) -> Result<Server, Ending> {
        Ok(catalog::server(&self.session, &input.extensions()).await?)
    }

    /// Each app's login, the inside of the databases, and what is to be done about it.
    pub(super) async fn look(
        &self,
        crew: &Crew<'_>,
        apps: &[App],
        server: Server,
        effort: Effort,
    ) -> Result<Look, Ending> {
        let known: Vec<(Option<Password>, Option<String>)> =
            apps.iter().map(|app| (crew.vault.password_of(&app.key), crew.vault.version_of(&app.key))).collect();
        let candidates: Vec<Candidate<'_>> = apps
            .iter()
            .zip(&known)
            .map(|(app, (password, version))| Candidate {
                app,
                password: password.as_ref(),
                version: version.as_deref(),
            })
            .collect();
        let observer = Observer {
            connector: &self.connector,
            master: &self.login,
            patience: self.patience,
            concurrency: self.concurrency,
            probe: if effort == Effort::AsAsked { self.probe } else { Probe::All },
            thorough: effort == Effort::Thorough,
            all: &crew.input.all,
        };
        let Seen { logins, insides, template, findings } = observer.look(&server, &candidates).await?;
        let observed = Observed { server, logins, secrets: crew.vault.facts(), insides, template };
        let plan = plan::plan(&crew.input.of(apps), &observed);
        Ok(Look { observed, plan, findings })
    }

    /// A login that fails while its secret is being rotated is nobody's mistake: the run ends, to be tried again.
    pub(super) async fn excuse_rotations(&self, observed: &Observed, vault: &Vault) -> Result<(), Ending> {
        let refused = |state: &&LoginState| **state == LoginState::Refused;
        let apps: BTreeSet<_> =
            observed.logins.iter().filter(|(_, state)| refused(state)).map(|(app, _)| app.clone()).collect();
        let problems = vault.rotating(&apps).await;
        if problems.is_empty() { Ok(()) } else { Err(Ending::of_secrets(&problems)) }
    }

    pub(super) fn facts(&self, server: &Server) -> ServerFacts {
        let (host, port) = (self.host.clone(), self.port);
        ServerFacts { host, port, version: Some(server.version.clone()), user: server.master.clone() }
    }

    pub(super) fn address(&self) -> String {
        self.connector.address()
    }

    pub(super) fn master(&self) -> &str {
        &self.login.user
    }

    pub(super) const fn session(&self) -> &Session {
        &self.session
    }

    pub(super) const fn connector(&self) -> &Connector {
        &self.connector
    }

    pub(super) const fn login(&self) -> &Login {
        &self.login
    }
}

fn is_local(host: &str) -> bool {
    host.starts_with('/') || host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Why the master could not log in, with what to look at.
fn master_refused(error: ConnectError, settings: &Settings) -> Ending {
    let hint = match &error.fault {
        ConnectFault::Rejected(rejection) if rejection.sqlstate == "28P01" => {
            format!("; is the password in {} the server's?", settings.master_secret)
        }
        _ => String::new(),
    };
    let ending = Ending::from(error);
    Ending { message: format!("{}{hint}", ending.message), ..ending }
}
