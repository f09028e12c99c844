//! What this machine has. Looks, decides nothing.

use std::env;
use std::path::{Path, PathBuf};

use super::compiler::Compiler;
use super::standard_library;
use crate::failure::{Context, Failure, Outcome};
use crate::prerequisites::{apt, path};
use crate::workspace::Workspace;

/// Debian's own compiler, whose source package can be installed without rustup.
const SYSTEM_RUSTC: &str = "/usr/bin/rustc";

/// All that the decision depends on.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The `rustc` that plain cargo uses.
    pub ambient: Compiler,
    /// Whether it comes with the standard library for WebAssembly.
    pub ambient_has_wasm: bool,
    /// Debian's compiler, when it is another one.
    pub system: Option<Compiler>,
    /// A compiler whose library an earlier run has built already.
    pub built: Option<Compiler>,
    /// Whether rustup is there and may be used: never when it is told not to install, never in CI.
    pub may_rustup: bool,
    /// Whether we may install Debian packages.
    pub may_apt: bool,
    /// A linker for WebAssembly, for a compiler that does not find one by itself.
    pub linker: Option<PathBuf>,
}

impl Facts {
    /// Asks the machine; takes a few process starts.
    pub fn gather(workspace: &Workspace) -> Outcome<Self> {
        let ambient =
            Compiler::ask(Path::new("rustc")).cannot(|| "ask the Rust compiler".to_owned()).map_err(no_rust)?;
        let system = Compiler::ask(Path::new(SYSTEM_RUSTC)).ok().filter(|system| system.sysroot != ambient.sysroot);
        let linker =
            ambient.own_linker().or_else(|| system.as_ref().and_then(Compiler::own_linker)).or_else(installed_linker);
        let built = [Some(&ambient), system.as_ref()]
            .into_iter()
            .flatten()
            .find(|compiler| standard_library::place(workspace, compiler).exists());
        Ok(Self {
            built: built.cloned(),
            ambient_has_wasm: ambient.has_wasm_library(),
            may_rustup: may_rustup(),
            may_apt: apt::may_install(),
            system,
            linker,
            ambient,
        })
    }
}

/// An error about a missing rustc names the place to get it.
fn no_rust(failure: Failure) -> Failure {
    failure.with_remedy("install Rust 1.95 or newer from https://rustup.rs")
}

fn may_rustup() -> bool {
    let forbidden = env::var_os("RUSTUP_AUTO_INSTALL").is_some_and(|value| value == "0") || env::var_os("CI").is_some();
    !forbidden && path::find("rustup").is_some()
}

/// LLVM's linker under its versioned Debian names, the newest first.
fn installed_linker() -> Option<PathBuf> {
    let versioned = (18..=30).rev().find_map(|version| path::find(&format!("wasm-ld-{version}")));
    versioned.or_else(|| path::find("wasm-ld"))
}
