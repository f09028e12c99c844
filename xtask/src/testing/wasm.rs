//! The WebAssembly core exactly as it is shipped, and the scripts round it, driven from Node with a play browser around them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::suite;
use super::tally::Tally;
use crate::extension::{self, Flavour};
use crate::failure::{Context, Outcome};
use crate::prerequisites::{NODE, ci};
use crate::progress;
use crate::workspace::Workspace;

/// Where the tests lie, as `….test.mjs`.
const FOLDERS: [&str; 2] = ["extension-core/tests", "web-ext/tests"];

/// Builds the shipped extension and runs the tests that are written in JavaScript.
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
    let folders = extension::build(workspace, &Flavour::SHIPPED)?;
    let core = as_modules(workspace, &folders[0].join("core"))?;
    let mut command = Command::new(node);
    command.args(["--test", "--test-reporter=tap"]).args(tests(workspace)?);
    command.env("SKILLFERRY_CORE", core).current_dir(workspace.root());
    let finished = progress::watch("the WebAssembly core", &mut command, None)?;
    Ok(suite::report_counted("wasm: the shipped core in Node", count(&finished.stdout), &finished))
}

/// Every test of the core and of the pages' scripts, in a fixed order.
fn tests(workspace: &Workspace) -> Outcome<Vec<PathBuf>> {
    let mut tests = Vec::new();
    for folder in FOLDERS {
        let entries = fs::read_dir(workspace.path(folder)).cannot(|| format!("read {folder}"))?;
        tests.extend(entries.flatten().map(|entry| entry.path()).filter(|path| is_test(path)));
    }
    tests.sort();
    Ok(tests)
}

fn is_test(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".test.mjs")
}

/// A copy that Node takes for modules, which it tells from a file beside them.
fn as_modules(workspace: &Workspace, core: &Path) -> Outcome<PathBuf> {
    let folder = workspace.output("wasm/node");
    fs::create_dir_all(&folder).cannot(|| format!("create {}", folder.display()))?;
    fs::write(folder.join("package.json"), "{\"type\": \"module\"}\n").cannot(|| "write package.json".to_owned())?;
    for entry in fs::read_dir(core).cannot(|| format!("read {}", core.display()))?.flatten() {
        fs::copy(entry.path(), folder.join(entry.file_name())).cannot(|| "copy the core".to_owned())?;
    }
    Ok(folder)
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
