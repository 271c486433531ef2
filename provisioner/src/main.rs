//! See the library.

fn main() -> std::process::ExitCode {
    provisioner::main()
}
