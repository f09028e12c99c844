//! A real sign-in provider for the server's tests: installed once, loudly left out on a laptop without npm, or a failure in CI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::suite::Environment;
use super::tally::Tally;
use crate::failure::{Context, Outcome};
use crate::files;
use crate::prerequisites::{NODE, NPM, ci};
use crate::progress;
use crate::workspace::Workspace;

const SOURCE: &str = "tests/oidc-provider";
/// What decides whether an installation is the right one.
const LOCK: &str = "package-lock.json";

/// Where the tests find the provider and what runs it, or what leaving it out counts for.
pub fn prepare(workspace: &Workspace) -> Outcome<(Environment, Tally)> {
    let prepared = NODE.require().and_then(|node| Ok((node, NPM.require()?)));
    let prepared = prepared.and_then(|(node, npm)| Ok((node, installed(workspace, &npm)?)));
    match prepared {
        Ok((node, program)) => Ok((environment(&node, &program), Tally::default())),
        Err(failure) if ci() => Err(failure),
        Err(failure) => {
            println!("SKIPPED: signing in with a real provider. {failure}");
            Ok((Environment::new(), Tally::SKIPPED))
        }
    }
}

fn environment(node: &Path, program: &Path) -> Environment {
    let place = |path: &Path| path.to_string_lossy().into_owned();
    vec![("SKILLFERRY_TEST_NODE", place(node)), ("SKILLFERRY_TEST_OIDC_PROVIDER", place(program))]
}

/// Copies the program out of the checkout, which stays as it is, and installs exactly what its lock names. No package runs a script.
fn installed(workspace: &Workspace, npm: &Path) -> Outcome<PathBuf> {
    let (source, folder) = (workspace.path(SOURCE), workspace.output("oidc-provider"));
    let lock = fs::read(source.join(LOCK)).cannot(|| format!("read {SOURCE}/{LOCK}"))?;
    let mark = folder.join("node_modules/.installed");
    if fs::read(&mark).ok().as_deref() != Some(&lock[..]) {
        files::remove_tree(&folder)?;
        fs::create_dir_all(&folder).cannot(|| format!("create {}", folder.display()))?;
        files::copy_tree(&source, &folder, &["node_modules"])?;
        let mut command = Command::new(npm);
        command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
        progress::run("npm ci (a sign-in provider for the tests)", &mut command)?;
        fs::write(&mark, &lock).cannot(|| format!("write {}", mark.display()))?;
    }
    files::copy_tree(&source, &folder, &["node_modules"])?;
    Ok(folder.join("provider.mjs"))
}
