//! `cargo xtask test`: sets up what the tests need, runs layer after layer, ends with one line.

mod accessibility;
mod browser;
mod database;
mod doc;
mod lint;
mod node_package;
mod packages;
mod provider;
mod suite;
mod tally;
mod wasm;
mod worlds;

pub use browser::environment;

use crate::cli::{Layer, TestArgs};
use crate::failure::{Failure, Outcome};
use crate::native::{self, Built};
use crate::prerequisites::ci;
use crate::tidy::{self, Clippy};
use crate::workspace::Workspace;
use suite::{Environment, Suite};
use tally::Tally;

/// Runs the chosen layers, or all; fails when one test failed.
pub fn test(workspace: &Workspace, args: &TestArgs) -> Outcome<()> {
    let chosen = |layer: Layer| args.only.is_empty() || args.only.contains(&layer);
    let mut tally = Tally::default();
    let native = [Layer::Unit, Layer::Store, Layer::Http, Layer::E2e].into_iter().any(chosen);
    if chosen(Layer::Tidy) {
        tally += house_rules("tidy", &tidy::complaints(workspace)?);
    }
    let built = if native { native::everything(workspace)? } else { Built::default() };
    if chosen(Layer::Tidy) {
        // After the build, which leaves it what both need: macros and what builds other things.
        let left = if native && ci() { Clippy::WhatTheBuildLeaves } else { Clippy::Everything };
        tally += house_rules("clippy", &tidy::clippy(workspace, left)?);
    }
    let mut suites: Vec<Suite> =
        built.tests.iter().flat_map(suite::suites).filter(|suite| chosen(suite.layer)).collect();
    suites.sort_by_key(Suite::place);
    tally += in_process(workspace, &suites)?;
    if chosen(Layer::Unit) {
        tally += doc::run(workspace)?;
    }
    // On a laptop a few of them are among the other tests.
    if args.only.contains(&Layer::Worlds) {
        tally += worlds::many(workspace)?;
    } else if chosen(Layer::Worlds) && ci() {
        tally += worlds::some(&built)?;
    }
    if chosen(Layer::Wasm) {
        tally += wasm::run(workspace)?;
    }
    if chosen(Layer::Packages) {
        tally += packages::run(workspace)?;
    }
    if chosen(Layer::E2e) {
        tally += browser::run(workspace, &built, &suites, args.pictures)?;
    }
    finish(tally)
}

fn house_rules(title: &str, complaints: &[String]) -> Tally {
    complaints.iter().for_each(|complaint| println!("  {complaint}"));
    let failed = u32::try_from(complaints.len()).unwrap_or(u32::MAX);
    let tally = if failed == 0 { Tally::PASSED } else { Tally { failed, ..Tally::default() } };
    println!("  {} {title}: {tally}", if failed == 0 { "✓" } else { "✗" });
    tally
}

/// Everything but browsers, with a database and a sign-in provider for those who want them.
fn in_process(workspace: &Workspace, suites: &[Suite]) -> Outcome<Tally> {
    let suites: Vec<&Suite> = suites.iter().filter(|suite| suite.layer != Layer::E2e).collect();
    let wants_database = suites.iter().any(|suite| matches!(suite.layer, Layer::Store | Layer::Http));
    let (database, mut tally) = if wants_database { database::start()? } else { (None, Tally::default()) };
    let mut environment: Environment = database.iter().map(|cluster| (database::VARIABLE, cluster.url())).collect();
    if suites.iter().any(|suite| suite.layer == Layer::Http) {
        let (provider, left_out) = provider::prepare(workspace)?;
        environment.extend(provider);
        tally += left_out;
    }
    for suite in suites {
        tally += suite.run(workspace, &environment)?;
    }
    Ok(tally)
}

fn finish(tally: Tally) -> Outcome<()> {
    println!("{tally}");
    if tally.failed == 0 { Ok(()) } else { Err(Failure::new("some tests failed; what they printed is above")) }
}
