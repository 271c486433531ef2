//! What a run leaves behind: stdout, the files in `--out`, the termination message.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use platform::exit::Exit;
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
        artifact::write(&out.join("summary"), defused(report, summary(report)).as_bytes())
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
            let headline = termination::headline(&defused(report, headline));
            if self.output != Output::Human || report.error.is_some() {
                stderr(&format!("preflight: {headline}\n"));
            }
            termination::write(&self.termination_log, &headline_whole(report), &defused(report, detail));
        }
        if let Err(error) = saved {
            let text = platform::error::chain(&error);
            tell(Exit::Failed, &text, "", &self.termination_log);
            return if exit == Exit::Ok { Exit::Failed } else { exit };
        }
        exit
    }
}

fn headline_whole(report: &Report) -> String {
    message(report).map(|message| defused(report, message.headline)).unwrap_or_default()
}

/// Argo would retry the step for words that an error only quotes.
fn defused(report: &Report, text: String) -> String {
    if report.whole.exit() == Exit::Unavailable { text } else { termination::without_retry_phrases(&text) }
}

/// The last word on stderr and to Kubernetes of a run that never began.
pub fn tell(exit: Exit, headline: &str, detail: &str, termination_log: &Path) {
    let (headline, detail) = match exit {
        Exit::Unavailable => (headline.to_owned(), detail.to_owned()),
        _ => (termination::without_retry_phrases(headline), termination::without_retry_phrases(detail)),
    };
    let below = if detail.is_empty() { String::new() } else { format!("{}\n", detail.trim_end()) };
    stderr(&format!("preflight: {headline}\n{below}"));
    termination::write(termination_log, &headline, &detail);
}

/// Writes data. A reader that went away has no use for it.
pub fn stdout(text: &str) {
    let mut out = io::stdout().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

fn stderr(text: &str) {
    drop(io::stderr().lock().write_all(text.as_bytes()));
}
