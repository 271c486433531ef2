//! The preflight, as the tests run it.

fn main() -> std::process::ExitCode {
    preflight::main()
}
