//! The process around a run: settings before it, its last word and exit code after it, also after a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use platform::arguments::NoCommand;
use platform::exit::Exit;
use platform::process::{TERMINATION_LOG, Voice};
use platform::stop::Stop;
use platform::{clock, telemetry};

use crate::flags::{Command, Request};
use crate::outcome::Whole;
use crate::outputs::{self, Outputs};
use crate::report::Report;
use crate::run::{self, Ended};
use crate::settings::{self, Settings, Surroundings};

/// Runs the program with the process' arguments and environment.
pub fn main() -> ExitCode {
    let (asked, surroundings) = settings::given();
    let exit = match asked {
        Ok(request) => started(request, surroundings),
        Err(NoCommand::Told(text)) => {
            platform::streams::stdout(&text);
            Exit::Ok
        }
        Err(NoCommand::Invalid { line, text }) => {
            outputs::tell(Exit::Invalid, &line, &text, TERMINATION_LOG.as_ref());
            Exit::Invalid
        }
    };
    exit.into()
}

fn started(request: Request, surroundings: Surroundings) -> Exit {
    let voice = Voice::new(request.flags.log_format, request.flags.termination_log.clone());
    telemetry::start(voice.log_format, surroundings.log_filter.as_deref());
    for variable in &surroundings.unknown_variables {
        tracing::warn!(variable, "no flag has this name: the variable is ignored");
    }
    match Settings::new(request, surroundings) {
        Ok(settings) => finished(&settings),
        Err(error) => {
            outputs::tell(Exit::Invalid, &error.to_string(), "", &voice.termination_log);
            Exit::Invalid
        }
    }
}

/// The run, and whatever comes of it.
fn finished(settings: &Settings) -> Exit {
    let (began, started) = (Instant::now(), clock::rfc3339(clock::now()));
    let ran = catch_unwind(AssertUnwindSafe(|| carried_out(settings)));
    let ended = ran.unwrap_or_else(|_| Ended::early(Whole::Bug, "a defect of preflight stopped it (see its log)"));
    if let Some(text) = &ended.printed {
        platform::streams::stdout(text);
        return ended.whole.exit();
    }
    let report = Report {
        scope: ended.scope,
        outcomes: ended.outcomes,
        whole: ended.whole,
        error: ended.error,
        started,
        took: began.elapsed(),
    };
    if settings.command != Command::Check {
        let error = report.error.clone().unwrap_or_default();
        outputs::tell(report.whole.exit(), &error, "", &settings.termination_log);
        return report.whole.exit();
    }
    let outputs = Outputs {
        out: settings.out.clone(),
        output: settings.output,
        termination_log: settings.termination_log.clone(),
    };
    outputs.end(&report)
}

fn carried_out(settings: &Settings) -> Ended {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Ended::early(Whole::NotReady, format!("start the runtime: {error}")),
    };
    let ended = runtime.block_on(async {
        match Stop::listen(Some(settings.deadline)) {
            Ok(stop) => run::run(settings, &stop).await,
            Err(error) => Ended::early(Whole::NotReady, format!("listen for signals: {error}")),
        }
    });
    // A resolver that does not answer sits in a thread of its own: nobody waits for it.
    runtime.shutdown_timeout(Duration::ZERO);
    ended
}
