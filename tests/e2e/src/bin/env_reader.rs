//! An ordinary program on a person's machine: finds the project's `.env` as programs do, with a library that knows nothing of
//! Skillferry, and prints one variable.

use std::process::ExitCode;

fn main() -> ExitCode {
    let found = dotenvy::dotenv().map_err(|error| error.to_string());
    let name = std::env::args().nth(1).unwrap_or_default();
    match found.and_then(|_| std::env::var(&name).map_err(|error| error.to_string())) {
        Ok(value) => {
            print!("{value}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
