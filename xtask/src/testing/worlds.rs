//! Simulated worlds by the thousand: some on every whole check in CI, a hundred thousand each night and for whoever asks.

use std::process::Command;
use std::time::Duration;

use super::suite;
use super::tally::Tally;
use crate::failure::{Failure, Outcome};
use crate::native::Built;
use crate::progress;
use crate::toolchain::cargo;
use crate::workspace::Workspace;

/// Of each of the three small kinds, and one in a hundred of large ones; `SIM_SEED` says from where on. A hundred thousand in all: three minutes on two cores, after the build.
const MANY: &str = "33334";
/// As many as there is time for in a whole check: less than two minutes.
const SOME: &str = "7000";

/// An optimised build comes before many of them.
const DEADLINE: Duration = Duration::from_secs(30 * 60);

/// Lets many live, in a build of their own: for so many it pays to optimise more than the engine, which tests have optimised anyway.
pub fn many(workspace: &Workspace) -> Outcome<Tally> {
    let mut command = cargo();
    command.current_dir(workspace.root());
    command.args(["test", "--release", "--package", "skill-engine", "--test", "sim", "--"]);
    live(&mut command, MANY)
}

/// Lets some live, in the program that the other tests of the engine are in.
pub fn some(built: &Built) -> Outcome<Tally> {
    let simulation = built.tests.iter().find(|program| program.package.ends_with("engine") && program.target == "sim");
    let simulation = simulation.ok_or_else(|| Failure::new("cargo built no simulation of the engine"))?;
    live(&mut Command::new(&simulation.executable), SOME)
}

/// So many as `SIM_WORLDS` says, or else `of_each`; says how many there were, from which seed on and how fast.
fn live(command: &mut Command, of_each: &str) -> Outcome<Tally> {
    command.args(["convergence::", "--nocapture"]);
    if std::env::var_os("SIM_WORLDS").is_none() {
        command.env("SIM_WORLDS", of_each);
    }
    let finished = progress::watch("simulated worlds", command, Some(DEADLINE))?;
    finished.stdout.lines().filter(|line| line.contains(" worlds")).for_each(|line| println!("  {}", line.trim()));
    Ok(suite::report("simulated worlds", &finished))
}
