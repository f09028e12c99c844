//! Where the parts are.

use std::path::PathBuf;

/// The unpacked extension.
pub fn extension() -> PathBuf {
    required("SKILLFERRY_E2E_EXTENSION")
}

/// The `skillferry` program.
pub fn server() -> PathBuf {
    required("SKILLFERRY_E2E_SERVER")
}

/// The program that plays claude.ai.
pub fn stand_in() -> PathBuf {
    required("SKILLFERRY_E2E_STAND_IN")
}

/// Where pictures and logs of a run are kept.
pub fn artifacts() -> PathBuf {
    required("SKILLFERRY_E2E_ARTIFACTS")
}

/// The browser and its driver.
pub fn chromium() -> (PathBuf, PathBuf) {
    let named = |name: &str, default: &str| std::env::var_os(name).map_or_else(|| default.into(), PathBuf::from);
    (
        named("SKILLFERRY_E2E_CHROMIUM", "/usr/bin/chromium"),
        named("SKILLFERRY_E2E_CHROMEDRIVER", "/usr/bin/chromedriver"),
    )
}

fn required(name: &str) -> PathBuf {
    std::env::var_os(name)
        .map(PathBuf::from)
        .unwrap_or_else(|| panic!("{name} is not set: run `cargo xtask test --only e2e`"))
}
