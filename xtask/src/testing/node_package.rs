//! Packages of npm that tests play with, each named by a folder of this checkout that holds what npm needs to know.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Context, Outcome};
use crate::files;
use crate::progress;
use crate::workspace::Workspace;

/// What decides whether an installation is the right one.
const LOCK: &str = "package-lock.json";

/// Copies `tests/NAME` out of the checkout, which stays as it is, and installs exactly what its lock names; `purpose` is said while it
/// takes time. No package runs a script. Gives back the folder.
pub fn installed(workspace: &Workspace, npm: &Path, name: &str, purpose: &str) -> Outcome<PathBuf> {
    let (source, folder) = (workspace.path("tests").join(name), workspace.output(name));
    let lock = fs::read(source.join(LOCK)).cannot(|| format!("read {}/{LOCK}", source.display()))?;
    let mark = folder.join("node_modules/.installed");
    if fs::read(&mark).ok().as_deref() != Some(&lock[..]) {
        files::remove_tree(&folder)?;
        fs::create_dir_all(&folder).cannot(|| format!("create {}", folder.display()))?;
        files::copy_tree(&source, &folder, &["node_modules"])?;
        let mut command = Command::new(npm);
        command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
        progress::run(&format!("npm ci ({purpose})"), &mut command)?;
        fs::write(&mark, &lock).cannot(|| format!("write {}", mark.display()))?;
    }
    files::copy_tree(&source, &folder, &["node_modules"])?;
    Ok(folder)
}
