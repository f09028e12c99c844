//! The pure packages stay pure: what they are built from, and the lints that hold them to it.

use std::collections::BTreeSet;
use std::fs;

use crate::failure::Outcome;
use crate::process::capture;
use crate::toolchain::{WASM, cargo};
use crate::workspace::Workspace;

/// Packages that do no I/O, with their folders.
const PURE: [(&str, &str); 3] = [
    ("companion-wire", "companion-server/wire"),
    ("skill-format", "companion-server/skill-format"),
    ("skill-engine", "extension-core/engine"),
];

/// Crates that bring I/O, a clock, chance or a browser, directly or through another crate.
const IMPURE: [&str; 10] =
    ["tokio", "reqwest", "hyper", "web-sys", "js-sys", "wasm-bindgen", "getrandom", "rand", "chrono", "mio"];

/// What the lints of a package with rules of its own must forbid.
const LINTS: [&str; 4] =
    ["disallowed-methods", "disallowed-types", "std::time::SystemTime::now", "std::collections::HashMap"];

/// One line for each way out of purity.
pub fn check(workspace: &Workspace) -> Outcome<Vec<String>> {
    let mut complaints = Vec::new();
    for (package, folder) in PURE {
        let tree = dependencies(workspace, package)?;
        complaints.extend(
            IMPURE
                .iter()
                .filter(|name| tree.contains(**name))
                .map(|name| format!("{package} is pure but is built from {name}")),
        );
        let lints = fs::read_to_string(workspace.path(folder).join("clippy.toml")).unwrap_or_default();
        complaints.extend(missing_lints(&lints).map(|lint| format!("{folder}/clippy.toml: forbid {lint}")));
    }
    Ok(complaints)
}

fn missing_lints(text: &str) -> impl Iterator<Item = &'static str> {
    LINTS.into_iter().filter(move |lint| !text.contains(lint))
}

/// Names of everything that `package` is built from for the browser, as cargo resolves it for this package alone.
fn dependencies(workspace: &Workspace, package: &str) -> Outcome<BTreeSet<String>> {
    let arguments =
        ["tree", "--package", package, "--edges", "normal", "--target", WASM, "--prefix", "none", "--format", "{p}"];
    let tree = capture(cargo().current_dir(workspace.root()).args(arguments))?;
    Ok(tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_rule_is_named() {
        let text = "disallowed-methods = ['std::time::SystemTime::now']\ndisallowed-types = []";
        assert_eq!(missing_lints(text).collect::<Vec<_>>(), ["std::collections::HashMap"]);
    }
}
