//! A real sign-in provider for the server's tests: installed once, loudly left out on a laptop without npm, or a failure in CI.

use std::path::Path;

use super::node_package;
use super::suite::Environment;
use super::tally::Tally;
use crate::failure::Outcome;
use crate::prerequisites::{NODE, NPM, ci};
use crate::workspace::Workspace;

/// Where the tests find the provider and what runs it, or what leaving it out counts for.
pub fn prepare(workspace: &Workspace) -> Outcome<(Environment, Tally)> {
    let prepared = NODE.require().and_then(|node| Ok((node, NPM.require()?)));
    let prepared = prepared.and_then(|(node, npm)| {
        Ok((node, node_package::installed(workspace, &npm, "oidc-provider", "a sign-in provider for the tests")?))
    });
    match prepared {
        Ok((node, folder)) => Ok((environment(&node, &folder.join("provider.mjs")), Tally::default())),
        Err(failure) if ci() => Err(failure),
        Err(failure) => {
            println!("SKIPPED: signing in with a real provider. {failure}");
            Ok((Environment::new(), Tally::SKIPPED))
        }
    }
}

fn environment(node: &Path, program: &Path) -> Environment {
    let place = |path: &Path| path.to_string_lossy().into_owned();
    vec![("SKILLFERRY_TEST_NODE", place(node)), ("SKILLFERRY_TEST_OIDC_PROVIDER", place(program))]
}
