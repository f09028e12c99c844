//! Looking for programs.

use std::env::{self, consts::EXE_SUFFIX};
use std::path::PathBuf;

/// The first `name` in `PATH`.
pub fn find(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{EXE_SUFFIX}");
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

/// The first of `names` in `PATH`, then the first of `places` that exists.
pub fn find_any(names: &[&str], places: &[&str]) -> Option<PathBuf> {
    let named = names.iter().find_map(|name| find(name));
    named.or_else(|| places.iter().map(PathBuf::from).find(|path| path.is_file()))
}
