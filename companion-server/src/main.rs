//! The `skillferry` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    companion_server::cli::run()
}
