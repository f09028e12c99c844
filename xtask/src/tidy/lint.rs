//! Formatting, and clippy without mercy. The rules of purity stand in the `clippy.toml` of each pure package.

use std::process::{Command, Stdio};

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
    complaints.extend(run("clippy", "see the warnings above, of a server without its features", &mut bare(workspace)));
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

/// The server can be built without its features, by whoever wants fewer dependencies.
fn bare(workspace: &Workspace) -> Command {
    let mut command = cargo();
    // The whole workspace, of which no other package has features: a package by itself would have all its dependencies checked anew.
    let server = ["clippy", "--workspace", "--exclude", "xtask", "--no-default-features"];
    command.current_dir(workspace.root()).args(server).args(["--", "-D", "warnings"]);
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
