//! Builds the standard library for WebAssembly from the source beside a compiler, once for each compiler version.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::compiler::{Compiler, WASM, cargo};
use super::remap;
use crate::failure::{Context, Failure, Outcome};
use crate::progress;
use crate::workspace::Workspace;

/// An empty package is enough to make cargo build the library; its profile is the library's profile.
const MANIFEST: &str = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\npath = \"empty.rs\"\n\n\
    [workspace]\n\n[profile.release]\npanic = \"abort\"\nopt-level = \"s\"\n";

/// Where the library for `compiler` lies once it is built.
pub fn place(workspace: &Workspace, compiler: &Compiler) -> PathBuf {
    workspace.output("wasm-sysroot").join(folder_name(&compiler.version))
}

/// The sysroot with the library, built now if it is not there yet.
pub fn ensure(workspace: &Workspace, compiler: &Compiler) -> Outcome<PathBuf> {
    let sysroot = place(workspace, compiler);
    if !sysroot.exists() {
        println!(
            "Building the standard library for WebAssembly with {} (once, about a minute).",
            compiler.rustc.display()
        );
        build(workspace, compiler, &sysroot)?;
    }
    Ok(sysroot)
}

/// Works in a folder beside the sysroot and moves the result in one step, so that an interruption leaves nothing half-built.
fn build(workspace: &Workspace, compiler: &Compiler, sysroot: &Path) -> Outcome<()> {
    let parent = workspace.output("wasm-sysroot");
    fs::create_dir_all(&parent).cannot(|| format!("create {}", parent.display()))?;
    let work = tempfile::Builder::new()
        .prefix("building-")
        .tempdir_in(&parent)
        .cannot(|| "create a folder to build in".to_owned())?;
    fs::write(work.path().join("Cargo.toml"), MANIFEST).cannot(|| "write the empty package".to_owned())?;
    fs::write(work.path().join("empty.rs"), "#![no_std]\n").cannot(|| "write the empty package".to_owned())?;
    progress::run("the WebAssembly standard library", &mut command(workspace, compiler, work.path()))?;
    let made = work.path().join("sysroot");
    collect(
        &work.path().join("target").join(WASM).join("release/deps"),
        &made.join("lib/rustlib").join(WASM).join("lib"),
    )?;
    match fs::rename(&made, sysroot) {
        // Another build was quicker; its result is the same.
        Err(_) if sysroot.exists() => Ok(()),
        done => done.cannot(|| format!("move the library to {}", sysroot.display())),
    }
}

fn command(workspace: &Workspace, compiler: &Compiler, work: &Path) -> std::process::Command {
    let mut flags = remap::flags(workspace.root(), &compiler.sysroot);
    flags.push(OsString::from(format!("--remap-path-prefix={}=/empty", work.display())));
    let mut command = cargo();
    // The flag that lets a stable compiler build its own standard library; nothing else is built with it.
    command.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", &compiler.rustc).env("CARGO_TARGET_DIR", work.join("target"));
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join(&OsString::from("\x1f")));
    command.current_dir(work).args(["build", "--release", "-Zbuild-std=std,panic_abort,test", "--target", WASM]);
    command
}

fn collect(from: &Path, to: &Path) -> Outcome<()> {
    fs::create_dir_all(to).cannot(|| format!("create {}", to.display()))?;
    let entries = fs::read_dir(from).cannot(|| format!("read {}", from.display()))?;
    let mut count = 0;
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            fs::copy(&path, to.join(&name)).cannot(|| format!("copy {name}"))?;
            count += 1;
        }
    }
    if count == 0 {
        Err(Failure::new("the build of the WebAssembly standard library left no libraries"))
    } else {
        Ok(())
    }
}

/// A version as a folder name without spaces, which compiler flags would have to quote.
fn folder_name(version: &str) -> String {
    version.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_becomes_a_plain_folder_name() {
        assert_eq!(folder_name("rustc 1.96.0 (ac68faa20 2026-05-25)"), "rustc-1.96.0--ac68faa20-2026-05-25-");
    }
}
