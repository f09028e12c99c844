//! Times in real browsers, side by side; the e2e package measures them and prints one line a figure.

use std::process::Command;

use super::table::Row;
use crate::extension::{self, Flavour};
use crate::failure::Outcome;
use crate::prerequisites::{CHROMEDRIVER, CHROMIUM, FIREFOX};
use crate::workspace::Workspace;
use crate::{native, progress, testing};

/// One row for each line of `browser_bench`, with what came out in both browsers.
pub fn rows(workspace: &Workspace) -> Outcome<Vec<Row>> {
    for program in [CHROMIUM, CHROMEDRIVER, FIREFOX] {
        program.require()?;
    }
    let built = native::programs(workspace, &["skillferry", "claude-ai-stand-in", "browser_bench"], true)?;
    extension::build(workspace, &[Flavour::ChromeE2e, Flavour::Firefox])?;
    let environment = testing::environment(workspace, &built)?;
    let measure = |name: &str| {
        let mut command = Command::new(built.program("browser_bench")?);
        command.arg(name.to_lowercase()).envs(environment.iter().map(|(name, value)| (*name, value)));
        progress::run(&format!("figures in {name}"), &mut command)
    };
    let (chromium, firefox) = (measure("Chromium")?, measure("Firefox")?);
    // What is no figure is a remark about them, the same in both.
    chromium.lines().filter(|line| Row::read(line).is_none()).for_each(|line| println!("{line}"));
    let rows = |said: &str| said.lines().filter_map(Row::read).collect::<Vec<_>>();
    let beside = |(chromium, firefox): (Row, Row)| chromium.beside("Chromium", &firefox, "Firefox");
    Ok(rows(&chromium).into_iter().zip(rows(&firefox)).map(beside).collect())
}
