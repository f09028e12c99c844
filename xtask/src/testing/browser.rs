//! The end-to-end scenarios: real Chromium, the packed extension, the real server, the stand-in for claude.ai.

use std::fs;

use super::suite::{Environment, Suite};
use super::tally::Tally;
use crate::cli::Layer;
use crate::extension::{self, Flavour};
use crate::failure::{Context, Outcome};
use crate::native::Built;
use crate::prerequisites::{CHROMEDRIVER, CHROMIUM, ci};
use crate::workspace::Workspace;

/// Runs them, or leaves them out loudly where there is no browser; in CI that is a failure.
pub fn run(workspace: &Workspace, built: &Built, suites: &[Suite]) -> Outcome<Tally> {
    if let Err(failure) = CHROMIUM.require().and_then(|_| CHROMEDRIVER.require()) {
        if ci() {
            return Err(failure);
        }
        println!("SKIPPED: the end-to-end tests. {failure}");
        return Ok(Tally::SKIPPED);
    }
    extension::build(workspace, &[Flavour::ChromeE2e])?;
    let environment = environment(workspace, built)?;
    let mut tally = Tally::default();
    for suite in suites.iter().filter(|suite| suite.layer == Layer::E2e) {
        tally += suite.run(workspace, &environment)?;
    }
    Ok(tally)
}

/// Where the scenarios, the demo and the figures find what they play with.
pub fn environment(workspace: &Workspace, built: &Built) -> Outcome<Environment> {
    let artifacts = workspace.output("e2e");
    fs::create_dir_all(&artifacts).cannot(|| format!("create {}", artifacts.display()))?;
    let place = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let mut environment = vec![
        ("SKILLFERRY_E2E_EXTENSION", place(&Flavour::ChromeE2e.folder(workspace))),
        ("SKILLFERRY_E2E_SERVER", place(built.program("skillferry")?)),
        ("SKILLFERRY_E2E_STAND_IN", place(built.program("claude-ai-stand-in")?)),
        ("SKILLFERRY_E2E_ARTIFACTS", place(&artifacts)),
    ];
    environment.extend(CHROMIUM.find().map(|path| ("SKILLFERRY_E2E_CHROMIUM", place(&path))));
    environment.extend(CHROMEDRIVER.find().map(|path| ("SKILLFERRY_E2E_CHROMEDRIVER", place(&path))));
    Ok(environment)
}
