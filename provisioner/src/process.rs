//! The process around a run: settings before it, its last word and exit code after it, also after a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use platform::arguments::NoCommand;
use platform::clock;
use platform::exit::Exit;
use platform::process::{TERMINATION_LOG, Voice};
use platform::stop::Stop;
use platform::telemetry;

use crate::audit::{Audit, Labels};
use crate::ending::Ending;
use crate::flags::{Command, Flags};
use crate::journal::Journal;
use crate::outputs::{self, Outputs};
use crate::run;
use crate::settings::{self, Settings, Surroundings};

/// Runs the program with the process' arguments and environment.
pub fn main() -> ExitCode {
    let (asked, surroundings) = settings::given();
    let exit = match asked {
        Ok((command, flags)) => started(command, flags, surroundings),
        Err(NoCommand::Told(text)) => {
            platform::streams::stdout(&text);
            Exit::Ok
        }
        Err(NoCommand::Invalid { line, text }) => {
            let ending = Ending { detail: text, ..Ending::new(Exit::Invalid, line) };
            outputs::tell(&ending, TERMINATION_LOG.as_ref());
            Exit::Invalid
        }
    };
    exit.into()
}

fn started(command: Command, flags: Flags, surroundings: Surroundings) -> Exit {
    let voice = Voice::new(flags.log_format, flags.termination_log.clone());
    telemetry::start(voice.log_format, surroundings.log_filter.as_deref());
    for variable in &surroundings.unknown_variables {
        tracing::warn!(variable, "no flag has this name: the variable is ignored");
    }
    let outputs = Settings::new(command, flags, surroundings).map_err(Ending::from).and_then(|settings| {
        let outputs = outputs_of(&settings)?;
        Ok((settings, outputs))
    });
    match outputs {
        Ok((settings, outputs)) => finished(&settings, &outputs),
        Err(ending) => {
            outputs::tell(&ending, &voice.termination_log);
            ending.exit
        }
    }
}

fn outputs_of(settings: &Settings) -> Result<Outputs, Ending> {
    let about = Labels {
        environment: settings.environment.to_string(),
        build_id: settings.build_id.clone(),
        run_id: settings.run_id.clone(),
    };
    let audit = Audit::open(&settings.audit, about).map_err(|error| Ending::new(Exit::Invalid, error.to_string()))?;
    let journal = Journal::new(audit, settings.surroundings.progress_file.clone());
    let outputs = Outputs::new(settings, journal, clock::now());
    outputs.save().map_err(|error| Ending::new(Exit::Invalid, format!("--out: {}", platform::error::chain(&error))))?;
    Ok(outputs)
}

/// The run, and whatever comes of it.
fn finished(settings: &Settings, outputs: &Outputs) -> Exit {
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Ending::new(Exit::Failed, format!("start the runtime: {error}")))?;
        let ended = runtime.block_on(async {
            let stop = Stop::listen(settings.deadline)
                .map_err(|error| Ending::new(Exit::Failed, format!("listen for signals: {error}")))?;
            run::run(settings, outputs, &stop).await
        });
        // A resolver that does not answer sits in a thread of its own: nobody waits for it.
        runtime.shutdown_background();
        ended
    }));
    let ended = ran.unwrap_or_else(|_| {
        Err(Ending::new(Exit::Bug, "a defect of provisioner stopped it (see its log); the next run goes on from here"))
    });
    // What these two print is all that they have to say; the files are written all the same.
    outputs.end(ended, !matches!(settings.command, Command::Access | Command::Validate))
}
