//! A compiler that can make WebAssembly, on whatever machine this is: found, completed, or asked for in one sentence.
//!
//! `facts` looks at the machine, `decide` chooses without looking, the rest carries out.

mod compiler;
mod decide;
mod facts;
mod linting;
mod remap;
mod standard_library;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

pub use compiler::{WASM, cargo};
pub use linting::cargo_for_tests;

use crate::failure::{Failure, Outcome};
use crate::prerequisites::apt;
use crate::progress;
use crate::workspace::Workspace;
use decide::Decision;
use facts::Facts;

/// Everything that cargo must be told to compile for [`WASM`].
#[derive(Debug)]
pub struct WasmToolchain {
    rustc: Option<PathBuf>,
    linker: Option<PathBuf>,
    flags: Vec<OsString>,
}

impl WasmToolchain {
    /// Finds the toolchain, and completes it when a piece is missing and ours to get.
    pub fn prepare(workspace: &Workspace) -> Outcome<Self> {
        let mut facts = Facts::gather(workspace)?;
        loop {
            match decide::decide(&facts) {
                Decision::Ambient => return Ok(Self::ambient(workspace, &facts)),
                Decision::AddTarget => facts = add_target(workspace, facts)?,
                Decision::BuildStandardLibrary(compiler) => {
                    return Self::with_own_library(workspace, &facts, &compiler);
                }
                Decision::InstallDebianCompiler => {
                    apt::install(&["rustc-web", "rust-web-src", "lld-22"], "compiling to WebAssembly")?;
                    facts = Facts { may_apt: false, ..Facts::gather(workspace)? };
                }
                Decision::Missing => return Err(missing()),
            }
        }
    }

    /// `cargo` with this toolchain; the caller names the sub-command, the target and the target folder.
    pub fn cargo(&self) -> Command {
        let mut command = compiler::cargo();
        command.env("CARGO_ENCODED_RUSTFLAGS", self.flags.join(&OsString::from("\x1f")));
        if let Some(rustc) = &self.rustc {
            command.env("RUSTC", rustc);
        }
        if let Some(linker) = &self.linker {
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        command
    }

    fn ambient(workspace: &Workspace, facts: &Facts) -> Self {
        let flags = remap::flags(workspace.root(), &facts.ambient.sysroot);
        Self { rustc: None, linker: None, flags }
    }

    fn with_own_library(workspace: &Workspace, facts: &Facts, compiler: &compiler::Compiler) -> Outcome<Self> {
        let linker = facts.linker.clone().ok_or_else(no_linker)?;
        let sysroot = standard_library::ensure(workspace, compiler)?;
        let mut flags = remap::flags(workspace.root(), &compiler.sysroot);
        flags.extend([OsString::from("--sysroot"), sysroot.into_os_string()]);
        Ok(Self { rustc: Some(compiler.rustc.clone()), linker: Some(linker), flags })
    }
}

/// Offline or not, the facts afterwards decide what comes next; a second attempt is not made.
fn add_target(workspace: &Workspace, facts: Facts) -> Outcome<Facts> {
    println!("Adding the {WASM} target with rustup.");
    let mut command = Command::new("rustup");
    command.args(["target", "add", WASM]);
    if progress::run("rustup target add", &mut command).is_err() {
        println!("That did not work; looking for another way.");
        return Ok(Facts { may_rustup: false, ..facts });
    }
    Ok(Facts { may_rustup: false, ..Facts::gather(workspace)? })
}

fn missing() -> Failure {
    Failure::new(
        "this Rust compiler cannot make WebAssembly: its standard library for wasm32-unknown-unknown is missing",
    )
    .with_remedy(format!(
        "rustup target add {WASM}, or on Debian {}",
        apt::command_line(&["rustc-web", "rust-web-src", "lld-22"])
    ))
}

fn no_linker() -> Failure {
    Failure::new("no linker for WebAssembly was found (rust-lld or wasm-ld)")
        .with_remedy(apt::command_line(&["lld-22"]))
}
