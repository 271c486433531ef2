//! The provisioner against real servers.

mod fresh;
mod harness;
mod secret_states;

/// The program under test.
const PROVISIONER: &str = env!("CARGO_BIN_EXE_provisioner-under-test");
