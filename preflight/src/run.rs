//! One run, from its settings to its end: the stages in order. No rule lives here.

mod bootstrap;
mod print;

use platform::clock;
use platform::progress::Progress;
use platform::stop::{Stop, StopReason};
use platform::tls::{TlsMode, client_config};

use crate::catalogue;
use crate::engine::{self, Limits};
use crate::flags::Command;
use crate::judge::days::day;
use crate::outcome::{Outcome, Whole, whole};
use crate::probe::{KubernetesProbe, KubernetesSettings, Probes};
use crate::schedule::{Planned, accesses, schedule};
use crate::scope::Scope;
use crate::settings::Settings;

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// What it was about, if it came that far.
    pub scope: Option<Scope>,
    /// How each check ended.
    pub outcomes: Vec<Outcome>,
    /// What that makes of the whole.
    pub whole: Whole,
    /// Why it ended before any check did.
    pub error: Option<String>,
    /// All that it has to say, where it is no check.
    pub printed: Option<String>,
}

impl Ended {
    /// One that ended before any check did.
    pub fn early(whole: Whole, error: impl Into<String>) -> Self {
        Self { scope: None, outcomes: Vec::new(), whole, error: Some(error.into()), printed: None }
    }

    /// One that was to print something.
    pub fn printed(text: String) -> Self {
        Self { scope: None, outcomes: Vec::new(), whole: Whole::Ready, error: None, printed: Some(text) }
    }
}

/// Runs one command to its end.
pub async fn run(settings: &Settings, stop: &Stop) -> Ended {
    if let Command::Explain(id) = &settings.command {
        return print::explain(id, settings);
    }
    // Looking at the bootstrap values; then, pure: what the run is about, and which checks it holds.
    let trust = match client_config(TlsMode::VerifyFull, settings.ca_bundle.as_deref()) {
        Ok(trust) => trust,
        Err(error) => return Ended::early(Whole::Invalid, platform::error::chain(&error)),
    };
    let kubernetes = KubernetesProbe::new(KubernetesSettings {
        kubeconfig: settings.kubeconfig.clone(),
        context: settings.context.clone(),
        patience: settings.connect_patience,
        trial_image: settings.profile.storage.trial_image.clone(),
    });
    let reads = settings.asked.cluster && (settings.command == Command::Check || settings.from_cluster);
    let (inputs, bootstrap) = match bootstrap::read(settings, &kubernetes, reads, stop).await {
        Ok(read) => read,
        Err(ended) => return ended,
    };
    let mut scope = match Scope::new(settings.asked.clone(), settings.profile.clone(), inputs, bootstrap) {
        Ok(scope) => scope,
        Err(error) => return Ended::early(Whole::Invalid, error.to_string()),
    };
    let planned = schedule(&catalogue::checks(), &scope);
    scope.permissions = accesses(&planned);
    match settings.command {
        Command::List => print::list(&planned, &scope, settings),
        Command::Plan => print::plan(&planned, &scope, settings),
        Command::Access => print::access(&scope, settings),
        Command::Check | Command::Explain(_) => {
            let probes = Probes::new(settings, &scope, kubernetes, &trust);
            checked(settings, scope, &planned, &probes, stop).await
        }
    }
}

/// Looks and judges.
async fn checked(settings: &Settings, scope: Scope, planned: &[Planned], probes: &Probes, stop: &Stop) -> Ended {
    let now = clock::now();
    let day = day(clock::seconds(now));
    let accepted = settings.accepted_on(&day, planned);
    for over in settings.accepted_before(&day) {
        tracing::warn!(check = %over.id, until = %over.until, "accepted no longer: its last day is over");
    }
    let limits = Limits { stop, now: clock::seconds(now), accepted: &accepted };
    let mut progress = Progress::new(settings.surroundings.progress_file.clone(), "checks");
    progress.expect(planned.len());
    let mut ended = 0;
    let mut told = |outcome: &Outcome| {
        ended += 1;
        progress.advance(ended);
        tracing::info!(check = %outcome.planned.id, status = %outcome.status, "{}", outcome.summary);
    };
    let (outcomes, cut) = engine::run(planned, &scope, probes, &limits, &mut told).await;
    progress.finish();
    probes.settled().await;
    let verdict = match cut {
        Some(StopReason::Signal) => Whole::Stopped,
        Some(StopReason::Deadline) | None => whole(&outcomes, settings.strict, settings.allow_empty),
    };
    Ended { scope: Some(scope), outcomes, whole: verdict, error: None, printed: None }
}
