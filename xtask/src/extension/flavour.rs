//! The variants of the extension: same code, another manifest.

use std::path::PathBuf;

use crate::workspace::Workspace;

/// Which manifest the extension is assembled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// For Chrome, Chromium and their relatives.
    Chrome,
    /// For Firefox, from addons.mozilla.org.
    Firefox,
    /// For Firefox, from one's own web site, with the address of its updates.
    FirefoxSelfHosted,
    /// For the end-to-end tests in Chromium: a known identity, and the loopback permission that no test could click on.
    ChromeE2e,
}

impl Flavour {
    /// What people get.
    pub const SHIPPED: [Self; 3] = [Self::Chrome, Self::Firefox, Self::FirefoxSelfHosted];

    /// The folder's name under `target/extension`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chrome => "chrome",
            Self::Firefox => "firefox",
            Self::FirefoxSelfHosted => "firefox-self-hosted",
            Self::ChromeE2e => "chrome-e2e",
        }
    }

    /// The files under `manifest`, each laid over the one before.
    pub fn overlays(self) -> &'static [&'static str] {
        match self {
            Self::Chrome => &["base.json5", "chrome.json5"],
            Self::Firefox => &["base.json5", "firefox.json5"],
            Self::FirefoxSelfHosted => &["base.json5", "firefox.json5", "firefox-self-hosted.json5"],
            Self::ChromeE2e => &["base.json5", "chrome.json5", "e2e.json5"],
        }
    }

    /// Where the unpacked extension lies.
    pub fn folder(self, workspace: &Workspace) -> PathBuf {
        workspace.output("extension").join(self.name())
    }
}
