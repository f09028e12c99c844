//! What may be asked for inside a tab is what the engine's catalogue holds.

const CATALOGUE: &str = include_str!("../engine/src/remote/endpoints.rs");
const TAB: &str = include_str!("../../web-ext/tab-transport.js");

#[test]
fn a_tab_makes_every_call_of_the_catalogue_and_no_other() {
    let literals = CATALOGUE.split("path: \"").skip(1).filter_map(|rest| rest.split('"').next());
    let paths: Vec<&str> = literals.filter_map(|literal| literal.split('?').next()).collect();
    assert!(paths.len() >= 8, "{paths:?}");
    for path in &paths {
        assert!(
            ["GET", "POST", "PUT"].iter().any(|verb| TAB.contains(&format!("\"{verb} {path}\""))),
            "{path} is missing"
        );
    }
    let calls = TAB.lines().filter_map(|line| line.trim().strip_prefix('"')?.split_once(" /api"));
    for (verb, rest) in calls {
        let path = format!("/api{}", rest.trim_end_matches("\","));
        assert!(paths.contains(&path.as_str()), "{verb} {path} is in no catalogue");
    }
}
