//! What a run leaves behind: stdout, the files in `--out`, the termination message.

use std::path::{Path, PathBuf};

use platform::exit::Exit;
use platform::streams::{stderr, stdout};
use platform::{artifact, termination};

use crate::flags::Output;
use crate::report::line::{Message, message, summary};
use crate::report::{Report, human, junit};

/// Where a report goes.
#[derive(Clone, Debug)]
pub struct Outputs {
    /// Files.
    pub out: Option<PathBuf>,
    /// On stdout.
    pub output: Output,
    /// To Kubernetes.
    pub termination_log: PathBuf,
}

impl Outputs {
    /// Writes the files as things stand.
    pub fn save(&self, report: &Report) -> Result<(), artifact::WriteError> {
        let Some(out) = &self.out else { return Ok(()) };
        artifact::write(&out.join("report.json"), format!("{}\n", report.to_json()).as_bytes())?;
        artifact::write(&out.join("summary"), termination::told_with(report.whole.exit(), &summary(report)).as_bytes())
    }

    /// The last word, everywhere; the exit code.
    pub fn end(&self, report: &Report) -> Exit {
        let saved = self.save(report);
        stdout(&match self.output {
            // Where no check was held, the last word says it all.
            Output::Human if report.error.is_some() => String::new(),
            Output::Human => human::text(report),
            Output::Json => format!("{}\n", report.to_json()),
            Output::Junit => junit::text(report),
        });
        let exit = report.whole.exit();
        // Warnings that were asked for are no failure of the step; Kubernetes keeps the message of one that is.
        if let Some(Message { headline, detail }) = message(report) {
            let headline = termination::told_with(exit, &headline);
            if self.output != Output::Human || report.error.is_some() {
                stderr(&format!("preflight: {}\n", termination::headline(&headline)));
            }
            termination::write(&self.termination_log, &headline, &termination::told_with(exit, &detail));
        }
        if let Err(error) = saved {
            let text = platform::error::chain(&error);
            tell(Exit::Failed, &text, "", &self.termination_log);
            return if exit == Exit::Ok { Exit::Failed } else { exit };
        }
        exit
    }
}

/// The last word on stderr and to Kubernetes of a run that never began.
pub fn tell(exit: Exit, headline: &str, detail: &str, termination_log: &Path) {
    let (headline, detail) = (termination::told_with(exit, headline), termination::told_with(exit, detail));
    let below = if detail.is_empty() { String::new() } else { format!("{}\n", detail.trim_end()) };
    stderr(&format!("preflight: {headline}\n{below}"));
    termination::write(termination_log, &headline, &detail);
}
