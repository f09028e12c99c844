//! Puts one flavour of the extension together in its folder.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::{Flavour, check, manifest};
use crate::failure::{Context, Outcome};
use crate::workspace::Workspace;

/// What lies in `web-ext` for people who work on it, not for browsers.
const LEFT_OUT: [&str; 3] = ["README.md", "types", "tests"];

/// `web-ext`, the bound core and the merged manifest; checked, then moved into place. Gives back the folder.
pub fn assemble(workspace: &Workspace, flavour: Flavour, bound: &Path) -> Outcome<PathBuf> {
    let folder = flavour.folder(workspace);
    if folder.exists() {
        fs::remove_dir_all(&folder).cannot(|| format!("empty {}", folder.display()))?;
    }
    copy_tree(&workspace.path("web-ext"), &folder)?;
    copy_tree(bound, &folder.join("core"))?;
    let manifest = manifest::merged(workspace, flavour)?;
    let text = serde_json::to_string_pretty(&manifest).cannot(|| "write the manifest".to_owned())?;
    fs::write(folder.join("manifest.json"), text + "\n").cannot(|| "write the manifest".to_owned())?;
    check::check(workspace, flavour, &folder, &manifest)?;
    Ok(folder)
}

fn copy_tree(from: &Path, to: &Path) -> Outcome<()> {
    let wanted =
        |entry: &walkdir::DirEntry| entry.depth() != 1 || !LEFT_OUT.iter().any(|name| entry.file_name() == *name);
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
