//! One run, from its settings to its exit code: the stages in order. No rule lives here.

mod access;
mod carry_out;
mod input;
mod server;

use platform::exit::Exit;
use platform::stop::Stop;

use crate::ending::Ending;
use crate::flags::Command;
use crate::human::{self, PlanView};
use crate::outputs::{self, Outputs};
use crate::plan::{self, Approval, Plan};
use crate::settings::Settings;
use crate::{guard, verify};
use server::Connected;

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
    let vault = until_stopped(stop, input::open_vault(settings, &input)).await?;
    input::check_master(&input, &vault)?;
    input::tell_versions(&input, &vault, outputs);
    let connected = until_stopped(stop, Connected::open(settings, &vault, outputs)).await?;
    let server = until_stopped(stop, connected.server(&input)).await?;
    guard::guard(&server)?;
    outputs.facts().server = Some(connected.facts(&server));
    let thorough = settings.command == Command::Verify;
    let (observed, seen) = until_stopped(stop, connected.look(&input, &vault, server, thorough)).await?;
    connected.excuse_rotations(&observed, &vault).await?;

    // Pure: what is to be done, and whether it may be.
    let plan = plan::plan(&input.wanted(), &observed);
    let dialect = connected.dialect(&observed);
    let digest = plan.digest(&dialect, &connected.address(), &observed);
    input::tell_plan(&plan, &digest, &connected, outputs);
    if settings.command == Command::Verify {
        let pairs = verify::pairs(connected.session(), &observed.server, &input.all).await?;
        return carry_out::verified(&input, &observed, &plan, &seen, &pairs, outputs);
    }
    show(&plan, &connected, &observed, &digest, settings, outputs);
    if !plan.refusals.is_empty() {
        return Err(Ending::of_refusals(&plan.refusals));
    }
    if !settings.writes() {
        carry_out::pending(&plan, &dialect, outputs);
        let found = settings.detailed_exitcode && plan.changes() > 0;
        return Ok(if found { Exit::Findings } else { Exit::Ok });
    }
    let approval = Approval { blanket: settings.is_approved_as_a_whole(), digest: settings.approve.clone() };
    let approved = plan::approve(plan, &digest, &approval)?;

    // Writing, and looking again.
    let crew = carry_out::Crew { settings, outputs, stop, input: &input, vault: &vault, connected: &connected };
    crew.carry_out(approved, &observed, &approval).await
}

fn show(
    plan: &Plan,
    connected: &Connected,
    observed: &crate::observed::Observed,
    digest: &str,
    settings: &Settings,
    outputs: &Outputs,
) {
    if !outputs.for_people() {
        return;
    }
    let dialect = connected.dialect(observed);
    outputs::stdout(&human::plan(&PlanView {
        plan,
        server: &observed.server,
        address: &connected.address(),
        digest,
        sql: settings.sql.then_some(&dialect),
        needs_approval: !settings.is_approved_as_a_whole() && plan.refusals.is_empty(),
    }));
}

/// Work that may be dropped at any point, because it only reads.
async fn until_stopped<T, E: Into<Ending>>(stop: &Stop, work: impl Future<Output = Result<T, E>>) -> Result<T, Ending> {
    tokio::select! {
        done = work => done.map_err(Into::into),
        reason = stop.stopped() => Err(Ending::of_stop(reason)),
    }
}
