//! What must hold between files: who imports whom, what the documents say, and the exit codes.

mod exit_codes;
mod imports;
mod readme;
mod sources;

/// The programs under test.
const PROVISIONER: &str = env!("CARGO_BIN_EXE_provisioner-under-test");
/// The other one.
const PREFLIGHT: &str = env!("CARGO_BIN_EXE_preflight-under-test");
