//! The extension: wasm core, bindings and one manifest a browser, put together under `target/extension`.

mod assemble;
mod bindings;
mod check;
mod core;
pub mod flavour;
mod manifest;
pub mod permissions;
pub mod size;

use std::path::PathBuf;

pub use flavour::Flavour;

use crate::failure::Outcome;
use crate::progress::Step;
use crate::workspace::Workspace;

/// Builds the core once and assembles each of `flavours`; gives back their folders in the same order.
/// Its weight is the business of whoever ships it: see [`size::check_core`].
pub fn build(workspace: &Workspace, flavours: &[Flavour]) -> Outcome<Vec<PathBuf>> {
    let wasm = core::compile(workspace)?;
    let bound = workspace.output("wasm/bound");
    let step = Step::begin("bindings");
    bindings::generate(&wasm, &bound)?;
    step.end(true);
    flavours.iter().map(|flavour| assemble::assemble(workspace, *flavour, &bound)).collect()
}
