//! The provisioner, as the tests run it.

fn main() -> std::process::ExitCode {
    provisioner::main()
}
