//! Puts one flavour of the extension together in its folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Flavour, check, manifest};
use crate::failure::{Context, Outcome};
use crate::files;
use crate::workspace::Workspace;

/// What lies in `web-ext` for people who work on it, not for browsers.
const LEFT_OUT: [&str; 3] = ["README.md", "types", "tests"];

/// `web-ext`, the bound core and the merged manifest; checked, then moved into place. Gives back the folder.
pub fn assemble(workspace: &Workspace, flavour: Flavour, bound: &Path) -> Outcome<PathBuf> {
    let folder = flavour.folder(workspace);
    files::remove_tree(&folder)?;
    files::copy_tree(&workspace.path("web-ext"), &folder, &LEFT_OUT)?;
    files::copy_tree(bound, &folder.join("core"), &[])?;
    let manifest = manifest::merged(workspace, flavour)?;
    let text = serde_json::to_string_pretty(&manifest).cannot(|| "write the manifest".to_owned())?;
    fs::write(folder.join("manifest.json"), text + "\n").cannot(|| "write the manifest".to_owned())?;
    check::check(workspace, flavour, &folder, &manifest)?;
    Ok(folder)
}
