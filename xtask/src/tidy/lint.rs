//! Formatting, and clippy without mercy. The rules of purity stand in the `clippy.toml` of each pure package.

use std::process::{Command, Stdio};

use cargo_metadata::Metadata;

use crate::failure::Outcome;
use crate::prerequisites::ci;
use crate::progress;
use crate::toolchain::cargo;
use crate::workspace::Workspace;

/// What clippy has to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clippy {
    /// All that there is.
    Everything,
    /// Only packages without their features: [`crate::native::everything`] builds all the rest with clippy's own compiler.
    WhatTheBuildLeaves,
}

/// Whether rustfmt would change anything: a line that says how to let it.
pub fn formatted(workspace: &Workspace) -> Option<String> {
    run("rustfmt", "cargo fmt --all", cargo().current_dir(workspace.root()).args(["fmt", "--all", "--check"]))
}

/// One line for each set of packages that clippy complains about; clippy itself has printed the details.
pub fn clippy(workspace: &Workspace, clippy: Clippy) -> Outcome<Vec<String>> {
    let mut complaints = Vec::new();
    if clippy == Clippy::Everything {
        complaints.extend(run("clippy", "see the warnings above", &mut whole(workspace)));
    }
    let remedy = "see the warnings above, of a server without its features";
    complaints.extend(run("clippy", remedy, &mut bare(workspace, clippy)));
    for package in lent_features(&workspace.metadata()?) {
        let remedy = format!("see the warnings above, of {package} without its features");
        complaints.extend(run("clippy", &remedy, &mut alone(workspace, &package)));
    }
    Ok(complaints)
}

/// Formats everything.
pub fn format(workspace: &Workspace) -> Outcome<()> {
    progress::run("cargo fmt", cargo().current_dir(workspace.root()).args(["fmt", "--all"])).map(drop)
}

fn whole(workspace: &Workspace) -> Command {
    let mut command = cargo();
    command.current_dir(workspace.root()).args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    command
}

/// The server can be built without its features, by whoever wants fewer dependencies.
fn bare(workspace: &Workspace, clippy: Clippy) -> Command {
    let mut command = cargo();
    let packages: &[&str] = match clippy {
        // By itself the server would have all its dependencies checked anew, for other features.
        Clippy::Everything => &["--workspace", "--exclude", "xtask"],
        // None is checked yet, and the server has the fewest.
        Clippy::WhatTheBuildLeaves => &["--package", "companion-server"],
    };
    command.current_dir(workspace.root()).arg("clippy").args(packages);
    command.args(["--no-default-features", "--", "-D", "warnings"]);
    command
}

/// Packages with features that others switch on: beside those they are never seen without, as the extension has them.
fn lent_features(metadata: &Metadata) -> Vec<String> {
    let packages = metadata.workspace_packages();
    let lent =
        packages.iter().filter(|package| !package.features.is_empty() && !package.features.contains_key("default"));
    lent.map(|package| package.name.to_string()).collect()
}

/// A package by itself, with its few dependencies.
fn alone(workspace: &Workspace, package: &str) -> Command {
    let mut command = cargo();
    let alone = ["clippy", "--package", package, "--no-default-features", "--all-targets"];
    command.current_dir(workspace.root()).args(alone).args(["--", "-D", "warnings"]);
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
