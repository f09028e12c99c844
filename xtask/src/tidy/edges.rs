//! Which package may depend on which, read from cargo's own metadata.

use cargo_metadata::{Dependency, Metadata, Package};

use crate::failure::Outcome;
use crate::workspace::Workspace;

/// Every package of the workspace with the packages of the workspace that it may name, in tests as well.
const EDGES: [(&str, &[&str]); 11] = [
    ("companion-wire", &[]),
    ("skill-format", &[]),
    ("skill-engine", &["companion-wire", "skill-format"]),
    ("extension-core", &["skill-engine", "companion-wire", "skill-format"]),
    ("companion-server", &["companion-wire", "skill-format", "internal-service-stand-in"]),
    // It must not share our mistakes, so it shares no code at all.
    ("claude-ai-stand-in", &[]),
    ("internal-service-stand-in", &[]),
    ("e2e", &["companion-wire", "skill-format", "marionette", "internal-service-stand-in"]),
    // It knows the server by its protocol only.
    ("server-load", &[]),
    // Firefox is steered in the same way by the build and by the tests.
    ("marionette", &[]),
    ("xtask", &["marionette"]),
];

/// Only this package speaks to the browser.
const BROWSER_PACKAGE: &str = "extension-core";
const BROWSER_CRATES: [&str; 6] =
    ["wasm-bindgen", "wasm-bindgen-futures", "js-sys", "web-sys", "gloo-net", "gloo-timers"];

/// The whole surface of the wire package; the last one only behind the feature that the server alone switches on.
const WIRE_CRATES: [&str; 3] = ["serde", "uuid", "utoipa"];

/// One line for each edge that must not be.
pub fn check(workspace: &Workspace) -> Outcome<Vec<String>> {
    Ok(complaints(&workspace.metadata()?))
}

fn complaints(metadata: &Metadata) -> Vec<String> {
    let members: Vec<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let edges = metadata
        .packages
        .iter()
        .flat_map(|package| package.dependencies.iter().map(move |dependency| (package, dependency)));
    let strangers = members.iter().filter(|name| !EDGES.iter().any(|(known, _)| known == *name));
    let strangers = strangers.map(|name| format!("{name}: give the new package its place in xtask/src/tidy/edges.rs"));
    strangers.chain(edges.filter_map(|(package, dependency)| complaint(&members, package, dependency))).collect()
}

fn complaint(members: &[&str], package: &Package, dependency: &Dependency) -> Option<String> {
    let (from, to) = (package.name.as_str(), dependency.name.as_str());
    if from == "companion-wire" && to == "utoipa" && !dependency.optional {
        return Some("companion-wire depends on utoipa: only behind its feature `openapi`".to_owned());
    }
    let runtime = dependency.kind == cargo_metadata::DependencyKind::Normal;
    verdict(from, to, members.contains(&to), runtime).map(|reason| format!("{from} depends on {to}: {reason}"))
}

/// The reason against an edge, if there is one. `member`: the target lies in the workspace; `runtime`: not only for tests.
fn verdict(from: &str, to: &str, member: bool, runtime: bool) -> Option<&'static str> {
    let allowed = EDGES.iter().find(|(name, _)| *name == from).map_or(&[][..], |(_, allowed)| allowed);
    if member && !allowed.contains(&to) {
        return Some("the edge is not in docs/architecture.md");
    }
    if from != BROWSER_PACKAGE && BROWSER_CRATES.contains(&to) {
        return Some("only extension-core may name the browser");
    }
    if from == "companion-wire" && runtime && !WIRE_CRATES.contains(&to) {
        return Some("the wire types need serde and uuid, their description utoipa, and nothing else");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_planned_edges_are_allowed() {
        for (from, allowed) in EDGES {
            assert!(allowed.iter().all(|to| verdict(from, to, true, true).is_none()), "{from}");
        }
    }

    #[test]
    fn nothing_points_back() {
        for (from, to) in [
            ("companion-wire", "skill-engine"),
            ("skill-engine", "extension-core"),
            ("companion-server", "skill-engine"),
            ("companion-server", "xtask"),
        ] {
            assert!(verdict(from, to, true, true).is_some(), "{from} → {to}");
        }
    }

    #[test]
    fn the_stand_in_shares_nothing_even_in_tests() {
        assert!(EDGES.iter().all(|(to, _)| verdict("claude-ai-stand-in", to, true, false).is_some()));
    }

    #[test]
    fn only_the_core_names_the_browser() {
        assert!(verdict("extension-core", "web-sys", false, true).is_none());
        assert!(verdict("skill-engine", "web-sys", false, true).is_some());
    }

    #[test]
    fn the_wire_stays_plain() {
        assert!(verdict("companion-wire", "serde", false, true).is_none());
        assert!(verdict("companion-wire", "axum", false, true).is_some());
        assert!(verdict("companion-wire", "serde_json", false, false).is_none());
    }
}
