//! The extension: wasm core, bindings and one manifest a browser, put together under `target/extension`.

mod assemble;
mod bindings;
mod check;
mod core;
pub mod flavour;
mod manifest;
pub mod permissions;
pub mod size;

use std::path::{Path, PathBuf};

pub use flavour::Flavour;

use crate::failure::Outcome;
use crate::files;
use crate::progress::Step;
use crate::workspace::Workspace;

/// Builds the core once and assembles each of `flavours`; gives back their folders in the same order.
/// Its weight is the business of whoever ships it: see [`size::check_core`].
pub fn build(workspace: &Workspace, flavours: &[Flavour]) -> Outcome<Vec<PathBuf>> {
    build_in(workspace, flavours, &workspace.output("wasm"))
}

/// As [`build`], without anything of an earlier build: what proves that a build gives the same bytes again.
pub fn build_from_nothing(workspace: &Workspace, flavours: &[Flavour]) -> Outcome<Vec<PathBuf>> {
    let target = workspace.output("wasm-from-nothing");
    files::remove_tree(&target)?;
    let built = build_in(workspace, flavours, &target);
    files::remove_tree(&target)?;
    built
}

fn build_in(workspace: &Workspace, flavours: &[Flavour], target: &Path) -> Outcome<Vec<PathBuf>> {
    let wasm = core::compile(workspace, target)?;
    let bound = target.join("bound");
    let step = Step::begin("bindings");
    bindings::generate(&wasm, &bound)?;
    step.end(true);
    flavours.iter().map(|flavour| assemble::assemble(workspace, *flavour, &bound)).collect()
}
