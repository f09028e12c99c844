//! A hundred thousand simulated worlds, optimised: in CI, and for whoever asks for this layer.

use std::time::Duration;

use super::suite;
use super::tally::Tally;
use crate::failure::Outcome;
use crate::progress;
use crate::toolchain::cargo;
use crate::workspace::Workspace;

/// Of each of the three kinds. `SIM_WORLDS` says otherwise, and `SIM_SEED` where they begin.
const EACH: &str = "33334";

/// They take a few minutes on two cores, and an optimised build before.
const DEADLINE: Duration = Duration::from_secs(20 * 60);

/// Lets them live, and says how many there were, from which seed on and how fast.
pub fn run(workspace: &Workspace) -> Outcome<Tally> {
    let mut command = cargo();
    command.current_dir(workspace.root());
    command.args([
        "test",
        "--release",
        "--package",
        "skill-engine",
        "--test",
        "sim",
        "convergence::",
        "--",
        "--nocapture",
    ]);
    if std::env::var_os("SIM_WORLDS").is_none() {
        command.env("SIM_WORLDS", EACH);
    }
    let finished = progress::watch("simulated worlds", &mut command, Some(DEADLINE))?;
    finished.stdout.lines().filter(|line| line.contains(" worlds")).for_each(|line| println!("  {}", line.trim()));
    Ok(suite::report("simulated worlds", &finished))
}
