//! A browser with a fresh profile and the extension in it.

mod chromium;
mod firefox;

use std::env;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::cli::Browser;
use crate::extension::Flavour;
use crate::failure::{Context, Outcome};
use crate::process::Running;
use crate::workspace::Workspace;

/// A browser that runs until its guard is dropped; its profile goes with it.
#[derive(Debug)]
pub struct Open {
    // Declared before the profile, so that the browser is gone when its files go.
    _process: Running,
    _profile: TempDir,
}

/// What to open.
#[derive(Debug)]
pub struct Wish<'w> {
    /// The unpacked extension.
    pub extension: PathBuf,
    /// The first page.
    pub page: &'w str,
    /// Whether to do without a window.
    pub headless: bool,
}

/// Opens `browser` with the extension and a page.
pub fn open(workspace: &Workspace, browser: Browser, wish: &Wish<'_>) -> Outcome<Open> {
    let parent = workspace.output("profiles");
    fs::create_dir_all(&parent).cannot(|| format!("create {}", parent.display()))?;
    let profile =
        tempfile::Builder::new().prefix("fresh-").tempdir_in(&parent).cannot(|| "create a profile".to_owned())?;
    let process = match browser {
        Browser::Chromium => chromium::open(profile.path(), wish)?,
        Browser::Firefox => firefox::open(profile.path(), wish)?,
    };
    Ok(Open { _process: process, _profile: profile })
}

/// The flavour of the extension that `browser` takes.
pub fn flavour(browser: Browser) -> Flavour {
    match browser {
        Browser::Chromium => Flavour::Chrome,
        Browser::Firefox => Flavour::Firefox,
    }
}

/// Whether a window could be shown at all.
pub fn has_screen() -> bool {
    !cfg!(target_os = "linux") || env::var_os("DISPLAY").is_some() || env::var_os("WAYLAND_DISPLAY").is_some()
}
