//! `cargo xtask run --demo`: the whole way of a skill without an account. The e2e package plays it; here it gets its parts.

use std::process::{Command, Stdio};

use super::browser::has_screen;
use crate::cli::{Browser, RunArgs};
use crate::extension::{self, Flavour};
use crate::failure::{Failure, Outcome};
use crate::native;
use crate::prerequisites::{CHROMEDRIVER, CHROMIUM, FIREFOX, Prerequisite};
use crate::process::Running;
use crate::testing;
use crate::workspace::Workspace;

/// Runs until the demo or the person ends it.
pub fn run(workspace: &Workspace, args: &RunArgs) -> Outcome<()> {
    let (needs, flavour, name): (&[Prerequisite], _, _) = match args.browser.unwrap_or(Browser::Chromium) {
        Browser::Chromium => (&[CHROMIUM, CHROMEDRIVER], Flavour::ChromeE2e, "chromium"),
        Browser::Firefox => (&[FIREFOX], Flavour::Firefox, "firefox"),
    };
    needs.iter().try_for_each(|program| program.require().map(drop))?;
    let built = native::programs(workspace, &["skillferry", "claude-ai-stand-in", "demo"], false)?;
    extension::build(workspace, &[flavour])?;
    let mut command = Command::new(built.program("demo")?);
    command.envs(testing::environment(workspace, &built)?).stdin(Stdio::null());
    command.args(["--browser", name]);
    if let Some(library) = &args.library {
        command.arg("--library").arg(library);
    }
    if args.no_open || !has_screen() {
        command.arg("--headless");
    }
    match Running::start(&mut command)?.wait(None, || ()) {
        Ok(Some(status)) if !status.success() => Err(Failure::new("the demo did not go well; its own words are above")),
        Err(_) if crate::interrupt::requested() => Ok(()),
        other => other.map(drop),
    }
}
