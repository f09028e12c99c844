//! Compiles the WebAssembly core.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::progress;
use crate::toolchain::{WASM, WasmToolchain};
use crate::workspace::Workspace;

/// The compiled module, before bindings, made in `target`: a folder of its own, because two compilers in one folder would
/// throw away each other's work.
pub fn compile(workspace: &Workspace, target: &Path) -> Outcome<PathBuf> {
    let toolchain = WasmToolchain::prepare(workspace)?;
    let mut command = toolchain.cargo();
    command.current_dir(workspace.root()).env("CARGO_TARGET_DIR", target);
    command.args(["build", "--package", "extension-core", "--lib", "--profile", "wasm", "--target", WASM]);
    progress::run("the extension's WebAssembly core", &mut command)?;
    let module = target.join(WASM).join("wasm/extension_core.wasm");
    if module.exists() { Ok(module) } else { Err(Failure::new(format!("cargo built no {}", module.display()))) }
}
