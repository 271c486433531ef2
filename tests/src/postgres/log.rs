//! What a server logged while a test looked.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{Backend, TestServer};

/// A place in a server's log.
#[derive(Clone, Debug)]
pub struct LogMark(String);

impl TestServer {
    /// Everything that the server has logged since the present holder has it.
    pub async fn log(&self) -> String {
        let whole = self.whole_log().await;
        match self.held_since.as_ref().and_then(|mark| whole.find(&mark.0)) {
            Some(start) => whole[start..].to_owned(),
            None => whole,
        }
    }

    async fn whole_log(&self) -> String {
        match &self.backend {
            Backend::Local(server) => server.log(),
            Backend::Container(container) => container.log().await,
        }
    }

    /// Marks this moment in the log.
    ///
    /// The server itself writes the mark, and this waits until it is there: what was logged before is before it.
    pub async fn log_mark(&self) -> LogMark {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mark = format!("acceptance-mark-{}-", NEXT.fetch_add(1, Ordering::Relaxed));
        let superuser = self.superuser().await;
        superuser
            .batch_execute(&format!("DO $$ BEGIN RAISE LOG '{mark}'; END $$"))
            .await
            .expect("write a mark in the log");
        for _ in 0..400 {
            if self.whole_log().await.contains(&mark) {
                return LogMark(mark);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{self} does not log");
    }

    /// What was logged since a mark, without what the judge itself did.
    pub async fn log_since(&self, mark: &LogMark) -> String {
        let end = self.log_mark().await;
        let log = self.whole_log().await;
        let mut lines = Vec::new();
        let (mut within, mut judge) = (false, false);
        for line in log.lines() {
            if line.contains(&mark.0) {
                (within, judge) = (true, true);
            } else if line.contains(&end.0) {
                break;
            } else {
                // A line without a prefix belongs to the entry above it.
                judge = if line.starts_with('\t') { judge } else { line.contains("/judge ") };
                if within && !judge {
                    lines.push(line);
                }
            }
        }
        lines.join("\n")
    }

    /// The statements that changed definitions (DDL, as `log_statement=ddl` sees it) since a mark.
    pub async fn ddl_since(&self, mark: &LogMark) -> Vec<String> {
        let log = self.log_since(mark).await;
        let statement = |line: &str| line.split_once("LOG:  statement: ").map(|(_, statement)| statement.to_owned());
        let execute = |line: &str| line.split_once("LOG:  execute ").map(|(_, statement)| statement.to_owned());
        log.lines().filter_map(|line| statement(line).or_else(|| execute(line))).collect()
    }
}
