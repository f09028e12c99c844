//! Simulated worlds by the thousand: some on every whole check in CI, a hundred thousand each night and for whoever asks.

use std::time::Duration;

use super::suite;
use super::tally::Tally;
use crate::failure::Outcome;
use crate::progress;
use crate::toolchain::cargo;
use crate::workspace::Workspace;

/// Of each of the three kinds, `SIM_SEED` says from where on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worlds {
    /// A hundred thousand in all: about a quarter of an hour on two cores.
    Many,
    /// So many that a whole check does not become twice as long.
    Some,
}

impl Worlds {
    /// The engine is optimised in tests, too. All of it is for so many that it pays for a build of its own.
    fn profile(self) -> Option<&'static str> {
        (self == Self::Many).then_some("--release")
    }

    const fn of_each(self) -> &'static str {
        match self {
            Self::Many => "33334",
            Self::Some => "2500",
        }
    }
}

/// An optimised build comes before them.
const DEADLINE: Duration = Duration::from_secs(30 * 60);

/// Lets them live, or as many as `SIM_WORLDS` says, and says how many there were, from which seed on and how fast.
pub fn run(workspace: &Workspace, worlds: Worlds) -> Outcome<Tally> {
    let mut command = cargo();
    command.current_dir(workspace.root());
    command.arg("test").args(worlds.profile());
    command.args(["--package", "skill-engine", "--test", "sim", "convergence::", "--", "--nocapture"]);
    if std::env::var_os("SIM_WORLDS").is_none() {
        command.env("SIM_WORLDS", worlds.of_each());
    }
    let finished = progress::watch("simulated worlds", &mut command, Some(DEADLINE))?;
    finished.stdout.lines().filter(|line| line.contains(" worlds")).for_each(|line| println!("  {}", line.trim()));
    Ok(suite::report("simulated worlds", &finished))
}
