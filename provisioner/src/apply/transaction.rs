//! A step's statements, with the secrets filled in, as one transaction.

use platform::exit::Exit;
use platform::postgres::{Command, Session, StatementFault};

use crate::change::{Change, Step};
use crate::outcome::Failure;
use crate::scram;
use crate::statement::{Dialect, Statement, TAKE_VERIFIER, identifier, literal};
use crate::vault::Vault;

/// "Permission denied", as a SQLSTATE.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// What is sent.
pub(super) struct Prepared {
    before: Vec<Command>,
    transaction: Vec<Command>,
    otherwise: Option<Vec<Command>>,
    /// What somebody else could run, where the master may not.
    by_hand: Option<String>,
}

/// A statement failed.
pub(super) struct SendError {
    fault: StatementFault,
    by_hand: Option<String>,
}

impl Prepared {
    /// Fills in the verifier of the password and the secret's version, which only this moment needs.
    pub(super) fn of(step: &Step, dialect: &Dialect, vault: &Vault) -> Result<Self, Failure> {
        let recipe = dialect.recipe(step);
        let fill = |statements: &[Statement]| -> Result<Vec<Command>, Failure> {
            statements.iter().map(|statement| command(statement, step, vault)).collect()
        };
        let by_hand = match &step.change {
            Change::CreateExtension { database, extension, .. } => {
                Some(format!("in database {database}: CREATE EXTENSION {}", identifier(extension)))
            }
            _ => None,
        };
        Ok(Self {
            before: fill(&recipe.before)?,
            transaction: fill(&recipe.transaction)?,
            otherwise: recipe.otherwise.as_deref().map(fill).transpose()?,
            by_hand,
        })
    }

    pub(super) async fn send(self, session: &Session) -> Result<(), SendError> {
        let by_hand = self.by_hand;
        let failed = |fault| SendError { fault, by_hand: None };
        for command in &self.before {
            session.run_all(std::slice::from_ref(command)).await.map_err(|(_, fault)| failed(fault))?;
        }
        match (transact(session, &self.transaction).await, self.otherwise) {
            (Err(fault), Some(otherwise)) if fault.sqlstate() == Some(INSUFFICIENT_PRIVILEGE) => {
                transact(session, &otherwise).await.map_err(|fault| SendError { fault, by_hand })
            }
            (sent, _) => sent.map_err(failed),
        }
    }
}

impl SendError {
    pub(super) fn failure(self) -> Failure {
        let sqlstate = self.fault.sqlstate().map(ToOwned::to_owned);
        let denied = sqlstate.as_deref() == Some(INSUFFICIENT_PRIVILEGE);
        match self.by_hand {
            Some(by_hand) if denied => Failure {
                message: format!("{}; let a superuser run, {by_hand}", self.fault),
                sqlstate,
                exit: Exit::Refused,
            },
            _ => Failure {
                message: self.fault.to_string(),
                sqlstate,
                exit: if self.fault.is_transient() { Exit::Unavailable } else { Exit::Failed },
            },
        }
    }
}

fn command(statement: &Statement, step: &Step, vault: &Vault) -> Result<Command, Failure> {
    match statement {
        Statement::Sql(sql) => Ok(Command::Simple(sql.clone())),
        Statement::TakeVerifier => {
            Ok(Command::WithText { sql: TAKE_VERIFIER.to_owned(), text: verifier(step, vault)? })
        }
        Statement::Mark => {
            let (role, marker) =
                step.marker.as_ref().ok_or_else(|| defect("a marker is to be written, and there is none"))?;
            let mut marker = marker.clone();
            if marker.secret_version.is_none() {
                marker.secret_version = vault.version_of(&step.app);
            }
            let comment = literal(&marker.to_string());
            Ok(Command::Simple(format!("COMMENT ON ROLE {} IS {comment}", identifier(role.as_str()))))
        }
    }
}

fn verifier(step: &Step, vault: &Vault) -> Result<String, Failure> {
    let password = vault.password_of(&step.app).ok_or_else(|| defect("the secret's password is not there"))?;
    scram::verifier(&password).map_err(|error| defect(&error.to_string()))
}

fn defect(message: &str) -> Failure {
    Failure { message: message.to_owned(), sqlstate: None, exit: Exit::Bug }
}

/// Sends a transaction without waiting between its statements, and commits it if none failed or warned.
async fn transact(session: &Session, commands: &[Command]) -> Result<(), StatementFault> {
    if commands.is_empty() {
        return Ok(());
    }
    let begin = [Command::Simple("BEGIN".to_owned())];
    match session.run_all(&[&begin, commands].concat()).await {
        Ok(()) => session.run("COMMIT").await,
        Err((_, fault)) => {
            // Where this fails too, the connection is gone, and the transaction with it.
            drop(session.run("ROLLBACK").await);
            Err(fault)
        }
    }
}
