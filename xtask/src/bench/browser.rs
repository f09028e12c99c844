//! Times in a real browser; the e2e package measures them and prints one line a figure.

use std::process::Command;

use super::table::Row;
use crate::extension::{self, Flavour};
use crate::failure::Outcome;
use crate::prerequisites::{CHROMEDRIVER, CHROMIUM};
use crate::workspace::Workspace;
use crate::{native, progress, testing};

/// One row for each line of `browser_bench`.
pub fn rows(workspace: &Workspace) -> Outcome<Vec<Row>> {
    CHROMIUM.require()?;
    CHROMEDRIVER.require()?;
    let built = native::programs(workspace, &["skillferry", "claude-ai-stand-in", "browser_bench"], true)?;
    extension::build(workspace, &[Flavour::ChromeE2e])?;
    let mut command = Command::new(built.program("browser_bench")?);
    command.envs(testing::environment(workspace, &built)?);
    let said = progress::run("figures in Chromium", &mut command)?;
    // What is no figure is a remark about them.
    said.lines().filter(|line| Row::read(line).is_none()).for_each(|line| println!("{line}"));
    Ok(said.lines().filter_map(Row::read).collect())
}
