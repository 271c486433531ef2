//! How far the run is: a bar on a terminal, `N/M` in the file that Argo reads, and nothing anywhere else.

use std::io::IsTerminal;
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows how many of what is expected are there.
#[derive(Debug)]
pub struct Progress {
    file: Option<PathBuf>,
    bar: ProgressBar,
    total: usize,
    written: Option<std::time::Instant>,
}

impl Progress {
    /// `file` is `ARGO_PROGRESS_FILE`; `of` is what is counted.
    pub fn new(file: Option<PathBuf>, of: &str) -> Self {
        let shown = std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template(&format!("{{bar:30}} {{pos}}/{{len}} {of}")) {
            bar.set_style(style);
        }
        Self { file, bar, total: 0, written: None }
    }

    /// How many there will be.
    pub fn expect(&mut self, total: usize) {
        self.total = total;
        self.bar.set_length(total as u64);
        self.advance(0);
    }

    /// How many there are.
    pub fn advance(&mut self, done: usize) {
        self.bar.set_position(done as u64);
        let Some(file) = &self.file else { return };
        // Argo reads the file every three seconds.
        let due = done >= self.total || self.written.is_none_or(|last| last.elapsed().as_secs() >= 1);
        if !due || self.total == 0 {
            return;
        }
        self.written = Some(std::time::Instant::now());
        if let Err(error) = crate::artifact::write(file, format!("{}/{}", done.min(self.total), self.total).as_bytes())
        {
            tracing::warn!(%error, "progress not written");
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
