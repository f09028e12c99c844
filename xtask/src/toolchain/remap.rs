//! Paths of this machine have no place in a package: every source path that the compiler might write down gets a fixed name.
//! That makes the same source give the same bytes in every checkout.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Compiler flags for the workspace, the registry and the standard library's source in `sysroot`.
pub fn flags(workspace: &Path, sysroot: &Path) -> Vec<OsString> {
    let source = sysroot.join("lib/rustlib/src/rust");
    let real_source = fs::canonicalize(&source).unwrap_or_else(|_| source.clone());
    let mut pairs = vec![(workspace.to_owned(), "/skillferry"), (source, "/rust"), (real_source, "/rust")];
    pairs.extend(registries().into_iter().map(|registry| (registry, "/registry")));
    pairs.into_iter().map(|(from, to)| flag(&from, to)).collect()
}

fn flag(from: &Path, to: &str) -> OsString {
    let mut flag = OsString::from("--remap-path-prefix=");
    flag.push(from);
    flag.push("=");
    flag.push(to);
    flag
}

/// The unpacked sources of every registry: the folder's name depends on the registry's address.
fn registries() -> Vec<PathBuf> {
    let Some(home) = cargo_home() else { return Vec::new() };
    let Ok(entries) = fs::read_dir(home.join("registry/src")) else { return Vec::new() };
    let mut folders: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    folders
}

fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| env::home_dir().map(|home| home.join(".cargo")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_gets_a_fixed_name() {
        let flags = flags(Path::new("/home/somebody/skillferry"), Path::new("/usr"));
        assert_eq!(flags[0], "--remap-path-prefix=/home/somebody/skillferry=/skillferry");
    }
}
