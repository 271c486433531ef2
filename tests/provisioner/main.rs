//! The provisioner against real servers.

mod crash;
mod fresh;
mod harness;
mod oracle;
mod outputs;
mod secret_states;

/// The program under test.
const PROVISIONER: &str = env!("CARGO_BIN_EXE_provisioner-under-test");
