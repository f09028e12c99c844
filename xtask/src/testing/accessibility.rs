//! The rules of accessibility for the end-to-end tests: loudly left out on a laptop without npm, or a failure in CI.

use super::node_package;
use super::suite::Environment;
use super::tally::Tally;
use crate::failure::Outcome;
use crate::prerequisites::{NPM, ci};
use crate::workspace::Workspace;

const RULES: &str = "node_modules/axe-core/axe.min.js";

/// Where the tests find the rules, or what leaving them out counts for.
pub fn prepare(workspace: &Workspace) -> Outcome<(Environment, Tally)> {
    let installed = NPM.require().and_then(|npm| {
        node_package::installed(workspace, &npm, "accessibility", "rules of accessibility for the tests")
    });
    match installed {
        Ok(folder) => {
            Ok((vec![("SKILLFERRY_E2E_AXE", folder.join(RULES).to_string_lossy().into_owned())], Tally::default()))
        }
        Err(failure) if ci() => Err(failure),
        Err(failure) => {
            println!("SKIPPED: the rules of accessibility. {failure}");
            Ok((Environment::new(), Tally::SKIPPED))
        }
    }
}
