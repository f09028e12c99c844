//! The compiler with which CI builds programs and tests: clippy's own, so that each line of ours is compiled once rather than checked
//! and then compiled, and a warning ends the build.

use std::process::Command;

use super::cargo;
use crate::prerequisites::ci;

/// The program that cargo puts before the compiler of our own packages, as `cargo clippy` does.
const DRIVER: &str = "clippy-driver";
/// How `cargo clippy -- -D warnings` hands on its words: each with this mark behind it.
const WORDS: &str = "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__";

/// `cargo` for what is built to be tested: in CI it lints as well, on a laptop `cargo xtask tidy` does. All that shares compiled packages
/// with the tests has to be called like this.
pub fn cargo_for_tests() -> Command {
    let mut command = cargo();
    if ci() {
        command.env("RUSTC_WORKSPACE_WRAPPER", DRIVER).env("CLIPPY_ARGS", WORDS);
    }
    command
}
