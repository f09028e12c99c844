//! Programs that the project uses and does not bring: where they are, and what to do when they are missing.

pub mod apt;
pub mod node;
pub mod path;

use std::path::PathBuf;

use crate::failure::{Failure, Outcome};

/// A program from elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Prerequisite {
    /// What it is called in a sentence.
    pub title: &'static str,
    /// What needs it; completes "needed for …".
    pub reason: &'static str,
    names: &'static [&'static str],
    places: &'static [&'static str],
    debian: &'static [&'static str],
    elsewhere: &'static str,
}

/// Chromium comes before Chrome: branded Chrome no longer loads unpacked extensions from the command line.
pub const CHROMIUM: Prerequisite = Prerequisite {
    title: "Chromium",
    reason: "the browser tests and the demo",
    names: &["chromium", "chromium-browser", "chrome"],
    places: &["/Applications/Chromium.app/Contents/MacOS/Chromium"],
    debian: &["chromium"],
    elsewhere: "install Chromium (macOS: brew install --cask chromium)",
};

/// Speaks WebDriver to Chromium.
pub const CHROMEDRIVER: Prerequisite = Prerequisite {
    title: "ChromeDriver",
    reason: "the browser tests",
    names: &["chromedriver"],
    places: &["/usr/lib/chromium-browser/chromedriver"],
    debian: &["chromium-driver"],
    elsewhere: "install the ChromeDriver of your Chromium (macOS: brew install --cask chromedriver)",
};

/// Any Firefox from version 140 on.
pub const FIREFOX: Prerequisite = Prerequisite {
    title: "Firefox",
    reason: "the browser tests and for trying the extension in Firefox",
    names: &["firefox", "firefox-esr"],
    places: &["/Applications/Firefox.app/Contents/MacOS/firefox"],
    debian: &["firefox-esr"],
    elsewhere: "install Firefox from https://www.mozilla.org/firefox",
};

/// Any Node from version 18 on.
pub const NODE: Prerequisite = Prerequisite {
    title: "Node.js",
    reason: "the tests of the WebAssembly core and of signing in",
    names: &["node", "nodejs"],
    places: &[],
    debian: &["nodejs"],
    elsewhere: "install Node.js 18 or newer from https://nodejs.org",
};

/// Node's own package manager.
pub const NPM: Prerequisite = Prerequisite {
    title: "npm",
    reason: "Mozilla's check of the extension and the tests with a sign-in provider",
    names: &["npm"],
    places: &[],
    debian: &["npm"],
    elsewhere: "install npm, which comes with Node.js from https://nodejs.org",
};

/// Only `initdb` is looked for; `postgres` lies beside it.
pub const POSTGRESQL: Prerequisite = Prerequisite {
    title: "PostgreSQL",
    reason: "the store tests on PostgreSQL",
    names: &[],
    places: &[],
    debian: &["postgresql"],
    elsewhere: "install PostgreSQL 15 or newer (macOS: brew install postgresql)",
};

/// Whether this is a machine that checks other people's work, where leaving something out must not pass for success.
pub fn ci() -> bool {
    std::env::var_os("CI").is_some()
}

impl Prerequisite {
    /// Where the program is, if it is.
    pub fn find(&self) -> Option<PathBuf> {
        path::find_any(self.names, self.places)
    }

    /// Where the program is, installing it where that is ours to do.
    pub fn require(&self) -> Outcome<PathBuf> {
        self.require_at(|| self.find())
    }

    /// As [`Self::require`], for a program that `find` knows better where to look for.
    pub fn require_at(&self, find: impl Fn() -> Option<PathBuf>) -> Outcome<PathBuf> {
        if let Some(found) = find() {
            return Ok(found);
        }
        if apt::may_install() {
            apt::install(self.debian, self.reason)?;
        }
        find().ok_or_else(|| self.missing())
    }

    fn missing(&self) -> Failure {
        let remedy =
            if path::find("apt-get").is_some() { apt::command_line(self.debian) } else { self.elsewhere.to_owned() };
        Failure::new(format!("{} is not installed; it is needed for {}", self.title, self.reason)).with_remedy(remedy)
    }
}
