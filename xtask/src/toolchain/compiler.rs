//! What one `rustc` says of itself.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Outcome;
use crate::process::capture;

/// The target that browsers run.
pub const WASM: &str = "wasm32-unknown-unknown";

/// A Rust compiler on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiler {
    /// The program.
    pub rustc: PathBuf,
    /// `rustc -V`, which names a built standard library.
    pub version: String,
    /// The folder with its libraries.
    pub sysroot: PathBuf,
    /// Whether the standard library's source, of the same version, lies in the sysroot.
    pub has_source: bool,
}

impl Compiler {
    /// Asks `rustc`, in the environment that cargo would run it in.
    pub fn ask(rustc: &Path) -> Outcome<Self> {
        let version = capture(Command::new(rustc).arg("-V"))?;
        let sysroot = PathBuf::from(capture(Command::new(rustc).args(["--print", "sysroot"]))?);
        let has_source = sysroot.join("lib/rustlib/src/rust/library/Cargo.lock").exists();
        Ok(Self { rustc: rustc.to_owned(), version, sysroot, has_source })
    }

    /// Whether the compiler comes with a standard library for [`WASM`].
    pub fn has_wasm_library(&self) -> bool {
        let folder = capture(Command::new(&self.rustc).args(["--print", "target-libdir", "--target", WASM]));
        let Ok(entries) =
            folder.and_then(|folder| fs::read_dir(folder).map_err(|_| crate::failure::Failure::new("no folder")))
        else {
            return false;
        };
        entries.flatten().any(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    }

    /// `rust-lld` among the compiler's own tools.
    pub fn own_linker(&self) -> Option<PathBuf> {
        let host = capture(Command::new(&self.rustc).args(["--print", "host-tuple"])).ok()?;
        let linker = self
            .sysroot
            .join("lib/rustlib")
            .join(host)
            .join("bin")
            .join(format!("rust-lld{}", env::consts::EXE_SUFFIX));
        linker.exists().then_some(linker)
    }
}

/// The cargo that started us, so that one toolchain does everything.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
