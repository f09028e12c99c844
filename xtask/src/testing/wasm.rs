//! The WebAssembly core exactly as it is shipped, and the scripts round it, driven from Node with a play browser around them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use walkdir::WalkDir;

use super::suite;
use super::tally::Tally;
use crate::extension::{self, Flavour};
use crate::failure::{Context, Outcome};
use crate::files;
use crate::prerequisites::{NODE, ci};
use crate::progress;
use crate::workspace::Workspace;

/// What the tests are, what they import and what they hold it against, from the workspace's root.
const FOLDERS: [&str; 5] =
    ["extension-core/tests", "extension-core/src", "extension-core/engine/src", "manifest", "web-ext"];

/// Builds the shipped extension and runs every `….test.mjs`.
/// Without Node they are left out loudly; in CI that is a failure.
pub fn run(workspace: &Workspace) -> Outcome<Tally> {
    let node = match NODE.require() {
        Ok(node) => node,
        Err(failure) if ci() => return Err(failure),
        Err(failure) => {
            println!("SKIPPED: the tests of the WebAssembly core. {failure}");
            return Ok(Tally::SKIPPED);
        }
    };
    let shipped = extension::build(workspace, &Flavour::SHIPPED)?;
    let weight = weight(&shipped[0]);
    let stage = stage(workspace, &shipped[0].join("core"))?;
    let mut command = Command::new(node);
    command.args(["--test", "--test-reporter=tap"]).args(tests(&stage));
    command.env("SKILLFERRY_CORE", stage.join("core")).current_dir(&stage);
    let finished = progress::watch("the WebAssembly core", &mut command, None)?;
    let mut tally = suite::report_counted("wasm: the shipped core in Node", count(&finished.stdout), &finished);
    tally += weight;
    Ok(tally)
}

/// The core's weight counts as a test.
fn weight(shipped: &Path) -> Tally {
    match extension::size::check_core(shipped) {
        Ok(()) => Tally::PASSED,
        Err(failure) => {
            println!("  ✗ {failure}");
            Tally::FAILED
        }
    }
}

/// A copy of the scripts in a folder that says what older versions of Node do not see by themselves: all of them are modules.
fn stage(workspace: &Workspace, core: &Path) -> Outcome<PathBuf> {
    let stage = workspace.output("wasm/node");
    files::remove_tree(&stage)?;
    files::copy_tree(core, &stage.join("core"), &[])?;
    for folder in FOLDERS {
        fs::create_dir_all(stage.join(folder)).cannot(|| format!("create {}", stage.display()))?;
        files::copy_tree(&workspace.path(folder), &stage.join(folder), &[])?;
    }
    fs::write(stage.join("package.json"), "{\"type\": \"module\"}\n").cannot(|| "write package.json".to_owned())?;
    Ok(stage)
}

fn tests(stage: &Path) -> Vec<PathBuf> {
    let paths = WalkDir::new(stage).sort_by_file_name().into_iter().flatten().map(walkdir::DirEntry::into_path);
    paths.filter(|path| path.to_string_lossy().ends_with(".test.mjs")).collect()
}

/// From the closing lines of Node's report: "# pass 3", "# fail 0", "# skipped 0".
fn count(report: &str) -> Option<Tally> {
    let number = |what: &str| {
        let line = report.lines().rev().find_map(|line| line.strip_prefix(what));
        line.and_then(|number| number.trim().parse().ok())
    };
    Some(Tally { passed: number("# pass ")?, failed: number("# fail ")?, skipped: number("# skipped ")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_report_is_counted() {
        let report =
            "ok 1 - a\n# tests 3\n# suites 0\n# pass 2\n# fail 1\n# cancelled 0\n# skipped 0\n# duration_ms 12\n";
        assert_eq!(count(report), Some(Tally { passed: 2, failed: 1, skipped: 0 }));
        assert_eq!(count("SyntaxError"), None);
    }
}
