//! Where the parts are.

use std::path::PathBuf;

/// The unpacked extension for Chromium.
pub fn chromium_extension() -> PathBuf {
    required("SKILLFERRY_E2E_CHROMIUM_EXTENSION")
}

/// The unpacked extension for Firefox.
pub fn firefox_extension() -> PathBuf {
    required("SKILLFERRY_E2E_FIREFOX_EXTENSION")
}

/// The `skillferry` program.
pub fn server() -> PathBuf {
    required("SKILLFERRY_E2E_SERVER")
}

/// The program that plays claude.ai.
pub fn stand_in() -> PathBuf {
    required("SKILLFERRY_E2E_STAND_IN")
}

/// The program text of the rules of accessibility; none on a machine without npm, which `cargo xtask test` has said aloud.
pub fn accessibility_rules() -> Option<PathBuf> {
    std::env::var_os("SKILLFERRY_E2E_AXE").map(PathBuf::from)
}

/// Where pictures and logs of a run are kept.
pub fn artifacts() -> PathBuf {
    required("SKILLFERRY_E2E_ARTIFACTS")
}

/// Whether somebody wants the pictures: taking them costs as much as many a scenario.
pub fn pictures_wanted() -> bool {
    std::env::var_os("SKILLFERRY_E2E_PICTURES").is_some()
}

/// Chromium and its driver.
pub fn chromium() -> (PathBuf, PathBuf) {
    (
        named("SKILLFERRY_E2E_CHROMIUM", "/usr/bin/chromium"),
        named("SKILLFERRY_E2E_CHROMEDRIVER", "/usr/bin/chromedriver"),
    )
}

/// Firefox.
pub fn firefox() -> PathBuf {
    named("SKILLFERRY_E2E_FIREFOX", "/usr/bin/firefox-esr")
}

fn named(name: &str, default: &str) -> PathBuf {
    std::env::var_os(name).map_or_else(|| default.into(), PathBuf::from)
}

fn required(name: &str) -> PathBuf {
    std::env::var_os(name)
        .map(PathBuf::from)
        .unwrap_or_else(|| panic!("{name} is not set: run `cargo xtask test --only e2e`"))
}
