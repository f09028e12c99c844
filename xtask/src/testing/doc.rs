//! Examples in the documentation of the libraries.

use super::suite;
use super::tally::Tally;
use crate::failure::Outcome;
use crate::progress;
use crate::toolchain::cargo_for_tests;
use crate::workspace::Workspace;

/// Compiles and runs them, with the feature set that everything else was built with.
pub fn run(workspace: &Workspace) -> Outcome<Tally> {
    let mut command = cargo_for_tests();
    command.current_dir(workspace.root()).args(["test", "--doc", "--workspace", "--exclude", "xtask"]);
    let finished = progress::watch("examples in the documentation", &mut command, None)?;
    Ok(suite::report("examples in the documentation", &finished))
}
