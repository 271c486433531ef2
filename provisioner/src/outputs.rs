//! What a run leaves behind: stdout, the files in `--out`, the termination message. Written early, often, and at the
//! end, however it comes.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use platform::exit::Exit;
use platform::streams::{stderr, stdout};
use platform::{artifact, termination};

use crate::ending::Ending;
use crate::flags::Output;
use crate::human;
use crate::journal::Journal;
use crate::report::{ErrorFacts, Facts, Report, changes};
use crate::settings::Settings;

/// The facts of a run and where they go.
pub struct Outputs {
    facts: Mutex<Facts>,
    journal: Journal,
    out: Option<PathBuf>,
    output: Output,
    termination_log: PathBuf,
    started: Instant,
    saved: Mutex<Option<Instant>>,
}

impl Outputs {
    /// Those of a run that begins now.
    pub fn new(settings: &Settings, journal: Journal, now: SystemTime) -> Self {
        let facts = Facts {
            command: settings.command.as_str(),
            environment: settings.environment.to_string(),
            build_id: settings.build_id.clone(),
            run_id: settings.run_id.clone(),
            started: now,
            took: Duration::ZERO,
            server: None,
            tfvars: Vec::new(),
            plan_digest: None,
            apps: Vec::new(),
            new: Vec::new(),
            versions: std::collections::BTreeMap::new(),
            skipped: 0,
            refused: Vec::new(),
            orphans: Vec::new(),
            notes: Vec::new(),
            error: None,
            exit: Exit::Ok,
            running: true,
        };
        Self {
            facts: Mutex::new(facts),
            journal,
            out: settings.out.clone(),
            output: settings.output,
            termination_log: settings.termination_log.clone(),
            started: Instant::now(),
            saved: Mutex::new(None),
        }
    }

    /// The facts, to add to.
    pub fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where outcomes go.
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Whether people read stdout.
    pub fn for_people(&self) -> bool {
        self.output == Output::Human
    }

    /// Writes the files as things stand; at most once a second, unless it is the end.
    pub fn save(&self) -> Result<(), artifact::WriteError> {
        let running = self.facts().running;
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        if running && saved.is_some_and(|last| last.elapsed() < Duration::from_secs(1)) {
            return Ok(());
        }
        *saved = Some(Instant::now());
        let Some(out) = &self.out else { return Ok(()) };
        let outcomes = self.journal.outcomes();
        let report = self.report();
        let file = |name: &str, content: &str| artifact::write(&out.join(name), content.as_bytes());
        file("report.json", &format!("{}\n", report.to_json()))?;
        file("summary", &report.summary())?;
        file("changes", &changes(&outcomes).to_string())?;
        let digest = self.facts().plan_digest.clone();
        file("digest", digest.as_deref().unwrap_or_default())
    }

    /// Ends the run: the last word to people, files and Kubernetes; on stdout only where the run `reports` there. Gives
    /// the exit code that it ended with.
    pub fn end(&self, ended: Result<Exit, Ending>, reports: bool) -> Exit {
        self.journal.finish();
        let (exit, ending) = match ended {
            Ok(exit) => (exit, None),
            Err(ending) => (ending.exit, Some(ending)),
        };
        {
            let mut facts = self.facts();
            facts.running = false;
            facts.exit = exit;
            facts.took = self.started.elapsed();
            let errors = self.journal.errors();
            facts.notes.extend(errors);
            facts.error = ending.as_ref().map(|ending| ErrorFacts {
                app: ending.app.as_ref().map(ToString::to_string),
                message: ending.headline(),
                detail: ending.detail.clone(),
            });
        }
        let saved = self.save();
        let report = self.report();
        match self.output {
            _ if !reports => {}
            Output::Json => stdout(&format!("{}\n", report.to_json())),
            Output::Human => stdout(&human::ending(&report, &self.journal.outcomes(), ending.is_none())),
        }
        // A run whose files are not there has failed whoever reads them.
        let unsaved = saved.err().map(|error| Ending::new(Exit::Failed, platform::error::chain(&error)));
        let Some(ending) = ending.or(unsaved) else { return exit };
        tell(&ending, &self.termination_log);
        ending.exit
    }

    fn report(&self) -> Report {
        Report::new(&self.facts(), &self.journal.outcomes())
    }
}

/// The last word on stderr and to Kubernetes, also of a run that never began.
pub fn tell(ending: &Ending, termination_log: &Path) {
    let headline = ending.headline();
    let detail = if ending.detail.is_empty() { String::new() } else { format!("{}\n", ending.detail.trim_end()) };
    stderr(&format!("provisioner: {headline}\n{detail}"));
    termination::write(termination_log, &headline, &termination::told_with(ending.exit, &detail));
}
