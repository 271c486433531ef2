//! An open session: statements go out, answers and warnings come back.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, CancelToken, Client, Connection, SimpleQueryMessage};

use super::{StatementFault, ToSql, Type};

/// Warnings that mean that nothing was revoked or granted: the statement reports success all the same.
const EMPTY_WARNINGS: [&str; 2] = ["01006", "01007"];

/// One statement, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// One SQL statement, sent as it stands. Never more than one: the server logs a whole message if one of its
    /// statements is DDL.
    Simple(String),
    /// A query with one text parameter, which no `log_statement` but `all` shows.
    WithText {
        /// The query, with `$1`.
        sql: String,
        /// The parameter.
        text: String,
    },
}

/// An open session. Dropping it ends the connection.
pub struct Session {
    client: Client,
    warnings: Arc<Mutex<VecDeque<StatementFault>>>,
    driver: JoinHandle<()>,
    answer: Duration,
}

impl Session {
    pub(super) fn drive<S, T>(client: Client, mut connection: Connection<S, T>, answer: Duration) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let warnings = Arc::new(Mutex::new(VecDeque::new()));
        let heard = Arc::clone(&warnings);
        // Notices are read here, in the order of the answers; the library's own driver would drop them.
        let driver = tokio::spawn(async move {
            while let Some(Ok(message)) = std::future::poll_fn(|context| connection.poll_message(context)).await {
                if let AsyncMessage::Notice(notice) = message
                    && EMPTY_WARNINGS.contains(&notice.code().code())
                {
                    heard.lock().unwrap_or_else(PoisonError::into_inner).push_back(StatementFault::Server {
                        sqlstate: notice.code().code().to_owned(),
                        message: notice.message().to_owned(),
                        detail: notice.detail().map(ToOwned::to_owned),
                    });
                }
            }
        });
        Self { client, warnings, driver, answer }
    }

    /// Sends one statement and waits for its answer.
    pub async fn run(&self, sql: &str) -> Result<(), StatementFault> {
        self.run_all(&[Command::Simple(sql.to_owned())]).await.map_err(|(_, fault)| fault)
    }

    /// Sends the statements one after the other without waiting in between, and waits for all answers.
    ///
    /// Inside a transaction, where what follows a failure fails too. The first failure is given, with its place.
    pub async fn run_all(&self, commands: &[Command]) -> Result<(), (usize, StatementFault)> {
        let answers = futures_util::future::join_all(commands.iter().map(|command| self.send(command)));
        let answers = timeout(self.answer, answers).await.map_err(|_| (0, StatementFault::TimedOut))?;
        let failed = answers.into_iter().enumerate().find_map(|(index, answer)| Some((index, answer.err()?)));
        // A warning belongs to none of them by name: the last is given, and the text says what was not granted.
        let warned = self.warnings.lock().unwrap_or_else(PoisonError::into_inner).drain(..).next();
        match (failed, warned) {
            (Some(failure), _) => Err(failure),
            (None, Some(warning)) => Err((commands.len().saturating_sub(1), warning)),
            (None, None) => Ok(()),
        }
    }

    async fn send(&self, command: &Command) -> Result<(), StatementFault> {
        match command {
            Command::Simple(sql) => self.client.simple_query(sql).await.map(drop),
            Command::WithText { sql, text } => {
                self.client.query_typed(sql, &[(text as &(dyn ToSql + Sync), Type::TEXT)]).await.map(drop)
            }
        }
        .map_err(|error| StatementFault::of(&error))
    }

    /// The one text that a query without parameters yields: the first column of its first row.
    pub async fn text(&self, sql: &str) -> Result<String, StatementFault> {
        let answer = timeout(self.answer, self.client.simple_query(sql)).await.map_err(|_| StatementFault::TimedOut)?;
        let messages = answer.map_err(|error| StatementFault::of(&error))?;
        let row = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        row.and_then(|row| row.get(0)).map(ToOwned::to_owned).ok_or_else(|| StatementFault::Answer("no row".to_owned()))
    }

    /// The one text that a query with parameters yields, in one round trip.
    pub async fn text_with(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<String, StatementFault> {
        let answer = timeout(self.answer, self.client.query_typed(sql, parameters)).await;
        let rows = answer.map_err(|_| StatementFault::TimedOut)?.map_err(|error| StatementFault::of(&error))?;
        let row = rows.first().ok_or_else(|| StatementFault::Answer("no row".to_owned()))?;
        row.try_get::<_, String>(0).map_err(|error| StatementFault::Answer(error.to_string()))
    }

    /// What asks the server to end the statement that is waited for.
    pub(super) fn cancel_token(&self) -> CancelToken {
        self.client.cancel_token()
    }

    /// Whether the connection is gone.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Says goodbye and waits until the connection is closed, so that the server's slot is free.
    pub async fn close(self) {
        let Self { client, driver, .. } = self;
        drop(client);
        // The peer that does not answer is dropped with the task.
        drop(timeout(Duration::from_secs(1), driver).await);
    }
}
