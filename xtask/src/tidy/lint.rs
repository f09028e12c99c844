//! Formatting, and clippy without mercy. The rules of purity stand in the `clippy.toml` of each pure package.

use std::process::{Command, Stdio};

use cargo_metadata::Metadata;

use crate::failure::Outcome;
use crate::prerequisites::ci;
use crate::progress;
use crate::toolchain::cargo;
use crate::workspace::Workspace;

/// One line for each tool that complains; the tool itself has printed the details.
pub fn check(workspace: &Workspace) -> Outcome<Vec<String>> {
    let mut complaints = Vec::new();
    complaints.extend(run(
        "rustfmt",
        "cargo fmt --all",
        cargo().current_dir(workspace.root()).args(["fmt", "--all", "--check"]),
    ));
    complaints.extend(run("clippy", "see the warnings above", &mut clippy(workspace)));
    for package in with_features(&workspace.metadata()?) {
        let remedy = format!("see the warnings above, of {package} without its features");
        complaints.extend(run("clippy", &remedy, &mut bare(workspace, &package)));
    }
    Ok(complaints)
}

/// Formats everything.
pub fn format(workspace: &Workspace) -> Outcome<()> {
    progress::run("cargo fmt", cargo().current_dir(workspace.root()).args(["fmt", "--all"])).map(drop)
}

fn clippy(workspace: &Workspace) -> Command {
    let mut command = cargo();
    command.current_dir(workspace.root()).args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    command
}

/// Packages that are something else without their features. Each is looked at by itself: beside another that wants a feature it would
/// have it.
fn with_features(metadata: &Metadata) -> Vec<String> {
    let packages = metadata.workspace_packages();
    let mut names: Vec<String> = packages
        .iter()
        .filter(|package| !package.features.is_empty())
        .map(|package| package.name.to_string())
        .collect();
    names.sort();
    names
}

/// A package as somebody gets it who wants none of its features: a server with fewer dependencies, or what the extension is made of.
fn bare(workspace: &Workspace, package: &str) -> Command {
    let mut command = cargo();
    let bare = ["clippy", "--package", package, "--no-default-features"];
    command.current_dir(workspace.root()).args(bare).args(["--", "-D", "warnings"]);
    command
}

/// A laptop without the tool still gets the other checks; CI does not get away with it.
fn run(tool: &str, remedy: &str, command: &mut Command) -> Option<String> {
    if !is_there(tool) {
        let missing = format!("{tool} is not installed: rustup component add {tool}");
        if ci() {
            return Some(missing);
        }
        println!("SKIPPED: {missing}");
        return None;
    }
    progress::run(tool, command).err().map(|_| format!("{tool} complains ({remedy})"))
}

fn is_there(tool: &str) -> bool {
    let command = if tool == "rustfmt" { "fmt" } else { "clippy" };
    let status = cargo().args([command, "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
