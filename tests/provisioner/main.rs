//! The provisioner against real servers.

mod access;
mod adoption;
mod approval;
mod crash;
mod drift;
mod failing;
mod fresh;
mod harness;
mod invocation;
mod isolation;
mod kill;
mod leaks;
mod names;
mod obstacle;
mod oracle;
mod outputs;
mod reaching;
mod rotations;
mod safety;
mod secret_states;
mod stopping;
mod together;
mod unproven;
mod unverified;

/// The program under test.
const PROVISIONER: &str = env!("CARGO_BIN_EXE_provisioner-under-test");
