//! One test program, run over one layer of its tests.

use std::process::Command;
use std::thread;
use std::time::Duration;

use super::tally::Tally;
use crate::cli::Layer;
use crate::failure::Outcome;
use crate::native::TestProgram;
use crate::progress::{self, Finished};
use crate::workspace::Workspace;

/// A suite that takes longer hangs.
const DEADLINE: Duration = Duration::from_secs(6 * 60);
/// All scenarios in all browsers are one suite.
const SCENARIOS_DEADLINE: Duration = Duration::from_secs(40 * 60);

/// Environment for the tests: names and values.
pub type Environment = Vec<(&'static str, String)>;

/// A part of a test program that belongs to one layer.
#[derive(Debug)]
pub struct Suite {
    /// The layer.
    pub layer: Layer,
    program: TestProgram,
    arguments: &'static [&'static str],
}

/// Sorts a test program into its layers: the server's own tests hold both the rules and the store's suite.
pub fn suites(program: &TestProgram) -> Vec<Suite> {
    let suite = |layer, arguments| Suite { layer, program: program.clone(), arguments };
    match (program.package.as_str(), program.integration) {
        ("companion-server", false) if program.target != "skillferry" => {
            vec![suite(Layer::Unit, &["--skip", "store::"]), suite(Layer::Store, &["store::"])]
        }
        ("companion-server", true) if program.target.contains("store") || program.target.contains("postgres") => {
            vec![suite(Layer::Store, &[])]
        }
        ("companion-server", true) => vec![suite(Layer::Http, &[])],
        ("tests/e2e", true) => vec![suite(Layer::E2e, &[])],
        _ => vec![suite(Layer::Unit, &[])],
    }
}

impl Suite {
    /// Runs it and prints one line; a failure shows all that the tests printed.
    pub fn run(&self, workspace: &Workspace, environment: &Environment) -> Outcome<Tally> {
        self.watch(workspace, environment, &self.title(), &[])
    }

    /// As [`Self::run`], for the tests that `filter` lets through, which take place in `setting`.
    pub fn run_some(
        &self,
        workspace: &Workspace,
        environment: &Environment,
        setting: &str,
        filter: &[&str],
    ) -> Outcome<Tally> {
        self.watch(workspace, environment, &format!("{} in {setting}", self.title()), filter)
    }

    fn watch(&self, workspace: &Workspace, environment: &Environment, title: &str, filter: &[&str]) -> Outcome<Tally> {
        let folder = workspace.path(&self.program.package);
        let mut command = Command::new(&self.program.executable);
        // With the output of passing tests, in which they say what they left out.
        command
            .args(self.arguments)
            .args(filter)
            .args(["--show-output", "--test-threads", &at_once(self.layer).to_string()])
            .current_dir(&folder)
            .env("CARGO_MANIFEST_DIR", &folder);
        command.envs(environment.iter().map(|(name, value)| (*name, value.as_str())));
        let deadline = if self.layer == Layer::E2e { SCENARIOS_DEADLINE } else { DEADLINE };
        let finished = progress::watch(title, &mut command, Some(deadline))?;
        Ok(report(title, &finished))
    }

    /// Where it stands in the order of all suites, which is the same each time.
    pub fn place(&self) -> (Layer, String, String) {
        (self.layer, self.program.package.clone(), self.program.target.clone())
    }

    fn title(&self) -> String {
        let layer = clap::ValueEnum::to_possible_value(&self.layer)
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default();
        format!("{layer}: {} ({})", self.program.package, self.program.target)
    }
}

/// How many tests of a program take place beside each other. One that waits for a disk, a database or a moment leaves its processor to
/// the next; a browser and what it talks to keep more than one processor busy by themselves, and wait for alarms in between.
fn at_once(layer: Layer) -> usize {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    if layer == Layer::E2e { processors + 2 } else { processors * 3 }
}

/// Prints the result of a test program and counts it. One that ended without a count, or failed in spite of it, is a failure.
pub fn report(title: &str, finished: &Finished) -> Tally {
    report_counted(title, Tally::read(&finished.stdout), finished)
}

/// As [`report`], for a program that counts in its own way.
pub fn report_counted(title: &str, counted: Option<Tally>, finished: &Finished) -> Tally {
    let tally = judged(counted, finished.success);
    if tally.failed > 0 {
        println!("{}{}", finished.stdout, finished.stderr);
    }
    show_notices(finished);
    if tally != Tally::default() {
        println!(
            "  {} {title}: {tally} ({:.1} s)",
            if tally.failed == 0 { "✓" } else { "✗" },
            finished.took.as_secs_f32()
        );
    }
    tally
}

fn judged(counted: Option<Tally>, success: bool) -> Tally {
    let mut tally = counted.unwrap_or(Tally::FAILED);
    if !success && tally.failed == 0 {
        tally += Tally::FAILED;
    }
    tally
}

/// What a test says aloud about something it left out must not get lost in a success.
fn show_notices(finished: &Finished) {
    let lines = finished.stdout.lines().chain(finished.stderr.lines());
    lines.filter(|line| line.contains("SKIPPED")).for_each(|line| println!("  {}", line.trim()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(package: &str, target: &str, integration: bool) -> Vec<Layer> {
        let program =
            TestProgram { package: package.into(), target: target.into(), integration, executable: "x".into() };
        suites(&program).into_iter().map(|suite| suite.layer).collect()
    }

    #[test]
    fn each_program_has_its_layer() {
        assert_eq!(layers("companion-server", "companion_server", false), [Layer::Unit, Layer::Store]);
        assert_eq!(layers("companion-server", "http", true), [Layer::Http]);
        assert_eq!(layers("companion-server", "postgres", true), [Layer::Store]);
        assert_eq!(layers("tests/e2e", "scenarios", true), [Layer::E2e]);
        assert_eq!(layers("tests/e2e", "e2e", false), [Layer::Unit]);
        assert_eq!(layers("extension-core/engine", "sim", true), [Layer::Unit]);
    }

    #[test]
    fn a_program_that_fails_without_a_failed_test_counts() {
        let two = Tally { passed: 2, ..Tally::default() };
        assert_eq!(judged(None, false), Tally::FAILED);
        assert_eq!(judged(None, true), Tally::FAILED, "it ended without a count");
        assert_eq!(judged(Some(two), false), Tally { failed: 1, ..two });
        assert_eq!(judged(Some(two), true), two);
        assert_eq!(judged(Some(Tally::FAILED), false), Tally::FAILED, "counted already");
    }
}
