//! One run, from its settings to its exit code: the stages in order. No rule lives here.

mod access;
mod carry_out;
mod input;
mod server;

use platform::exit::Exit;
use platform::stop::Stop;

use crate::ending::Ending;
use crate::flags::Command;
use crate::guard;
use crate::human::{self, PlanView};
use crate::outcome::Status;
use crate::outputs::Outputs;
use crate::plan::{self, Approval};
use crate::settings::Settings;
use crate::vault::Vault;
use input::Input;
use server::{Connected, Effort, Look};

/// Runs one command to its end.
pub async fn run(settings: &Settings, outputs: &Outputs, stop: &Stop) -> Result<Exit, Ending> {
    // Offline: flags and files.
    if settings.command == Command::Access {
        return access::print(settings, outputs);
    }
    let reading = input::read(settings, outputs)?;
    if settings.command == Command::Validate {
        return input::validate(reading, settings);
    }
    let input = input::select(reading, settings, outputs)?;

    // Looking: secrets, then the server, then each app's login. Nothing is written.
    let vault = until_stopped(stop, input::open_vault(settings, &input, outputs)).await?;
    input::check_master(&input, &vault)?;
    input::tell_versions(&input, &vault, outputs);
    let connected = until_stopped(stop, Connected::open(settings, &vault, outputs)).await?;
    let crew = Crew { settings, outputs, stop, input: &input, vault: &vault, connected: &connected };
    let ended = on_server(&crew).await;
    let (logins, secret_calls) = (connected.connector().attempts(), vault.calls());
    tracing::info!(logins, secret_calls, "the run's traffic");
    connected.close(stop.reason().is_some()).await;
    ended
}

/// The rest of a run, with the server at hand.
async fn on_server(crew: &Crew<'_>) -> Result<Exit, Ending> {
    let Crew { settings, outputs, stop, input, vault, connected } = crew;
    if settings.writes() {
        until_stopped(stop, input::look_again(input, vault, connected, outputs)).await?;
    }
    let server = until_stopped(stop, connected.server(input)).await?;
    guard::guard(&server)?;
    outputs.facts().server = Some(connected.facts(&server));
    let effort = if settings.command == Command::Verify { Effort::Thorough } else { Effort::AsAsked };
    let look = until_stopped(stop, connected.look(crew, &input.apps, server, effort)).await?;
    until_stopped(stop, connected.excuse_rotations(&look.observed, vault)).await?;

    // Pure: what is to be done, and whether it may be.
    let digest = look.plan.digest(&look.dialect(), &connected.address(), &look.observed);
    input::tell_plan(&look.plan, &digest, connected, outputs);
    if settings.command == Command::Verify {
        return crew.prove(&look).await;
    }
    crew.show(&look, &digest);
    if !look.plan.refusals.is_empty() {
        carry_out::refused(&look, outputs);
        return Err(Ending::of_refusals(&look.plan.refusals));
    }
    if !settings.writes() {
        carry_out::stood(&look, Status::Pending, outputs);
        let found = settings.detailed_exitcode && look.plan.changes() > 0;
        return Ok(if found { Exit::Findings } else { Exit::Ok });
    }
    let approval = Approval { blanket: settings.is_approved_as_a_whole(), digest: settings.approve.clone() };
    let approved = plan::approve(look.plan.clone(), &digest, &approval)
        .inspect_err(|_| carry_out::stood(&look, Status::Refused, outputs))?;

    // Writing, and looking again.
    crew.carry_out(approved, look, &approval).await
}

/// What a run has at hand.
struct Crew<'a> {
    settings: &'a Settings,
    outputs: &'a Outputs,
    stop: &'a Stop,
    input: &'a Input,
    vault: &'a Vault,
    connected: &'a Connected,
}

impl Crew<'_> {
    fn show(&self, look: &Look, digest: &str) {
        if !self.outputs.for_people() {
            return;
        }
        let dialect = look.dialect();
        let approved = self.settings.is_approved_as_a_whole();
        platform::streams::stdout(&human::plan(&PlanView {
            plan: &look.plan,
            server: &look.observed.server,
            logins: &look.observed.logins,
            address: &self.connected.address(),
            digest,
            sql: self.settings.sql.then_some(&dialect),
            needs_approval: !approved && look.plan.refusals.is_empty(),
        }));
    }
}

/// Work that may be dropped at any point, because it only reads.
async fn until_stopped<T, E: Into<Ending>>(stop: &Stop, work: impl Future<Output = Result<T, E>>) -> Result<T, Ending> {
    tokio::select! {
        done = work => done.map_err(Into::into),
        reason = stop.stopped() => Err(Ending::of_stop(reason)),
    }
}
