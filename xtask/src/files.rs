//! Whole folders: copied, removed.

use std::fs;
use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use crate::failure::{Context, Outcome};

/// Copies everything under `from` into `to`, but for the names in `left_out` at the top.
pub fn copy_tree(from: &Path, to: &Path, left_out: &[&str]) -> Outcome<()> {
    let wanted = |entry: &DirEntry| entry.depth() != 1 || !left_out.iter().any(|name| entry.file_name() == *name);
    for entry in WalkDir::new(from).into_iter().filter_entry(wanted) {
        let entry = entry.cannot(|| format!("read {}", from.display()))?;
        let place = to.join(entry.path().strip_prefix(from).expect("an entry lies under its root"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(&place).cannot(|| format!("create {}", place.display()))?;
        } else {
            fs::copy(entry.path(), &place).cannot(|| format!("copy {}", entry.path().display()))?;
        }
    }
    Ok(())
}

/// Removes the folder with all that is in it; one that is not there is fine.
pub fn remove_tree(folder: &Path) -> Outcome<()> {
    if !folder.exists() {
        return Ok(());
    }
    fs::remove_dir_all(folder).cannot(|| format!("empty {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_top_is_left_out() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("a/tests")).expect("a folder");
        fs::create_dir_all(from.join("tests")).expect("a folder");
        fs::write(from.join("a/tests/x"), "x").expect("a file");
        fs::write(from.join("tests/y"), "y").expect("a file");
        copy_tree(&from, &to, &["tests"]).expect("copied");
        assert!(to.join("a/tests/x").exists());
        assert!(!to.join("tests").exists());
        remove_tree(&to).expect("removed");
        remove_tree(&to).expect("nothing to remove");
    }
}
