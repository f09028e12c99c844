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
pub fn run(workspace: &Workspace, built: &Built, suites: &[Suite], pictures: bool) -> Outcome<Tally> {
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
    if pictures && tally.failed == 0 {
        keep_pictures(workspace)?;
    }
    Ok(tally)
}

/// The documentation shows what the tests saw: each of its pictures is replaced by the one of the same name.
fn keep_pictures(workspace: &Workspace) -> Outcome<()> {
    let (taken, shown) = (workspace.output("e2e"), workspace.path("docs/images"));
    for picture in fs::read_dir(&taken).cannot(|| format!("read {}", taken.display()))?.flatten() {
        let target = shown.join(picture.file_name());
        if target.extension().is_some_and(|kind| kind == "png") {
            fs::copy(picture.path(), &target).cannot(|| format!("write {}", target.display()))?;
            println!("  kept {}", target.display());
        }
    }
    Ok(())
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
