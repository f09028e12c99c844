//! The end-to-end scenarios: real browsers, the packed extension, the real server, the stand-in for claude.ai.

use std::fs;

use super::accessibility;
use super::suite::{Environment, Suite};
use super::tally::Tally;
use crate::cli::Layer;
use crate::extension::{self, Flavour};
use crate::failure::{Context, Outcome};
use crate::native::Built;
use crate::prerequisites::{CHROMEDRIVER, CHROMIUM, FIREFOX, Prerequisite, ci};
use crate::workspace::Workspace;

/// A browser that every scenario runs in.
struct Browser {
    name: &'static str,
    needs: &'static [Prerequisite],
    flavour: Flavour,
    /// Which tests are this browser's: Firefox has all that name it, `firefox::…` and others; Chromium has the rest.
    filter: &'static [&'static str],
}

const BROWSERS: [Browser; 2] = [
    Browser {
        name: "Chromium",
        needs: &[CHROMIUM, CHROMEDRIVER],
        flavour: Flavour::ChromeE2e,
        filter: &["--skip", "firefox"],
    },
    Browser { name: "Firefox", needs: &[FIREFOX], flavour: Flavour::Firefox, filter: &["firefox"] },
];

/// Runs them in each browser, or leaves one that is not there out loudly; in CI that is a failure.
pub fn run(workspace: &Workspace, built: &Built, suites: &[Suite], pictures: bool) -> Outcome<Tally> {
    let (there, mut tally) = present()?;
    if there.is_empty() {
        return Ok(tally);
    }
    extension::build(workspace, &there.iter().map(|browser| browser.flavour).collect::<Vec<_>>())?;
    let mut environment = environment(workspace, built)?;
    let (rules, left_out) = accessibility::prepare(workspace)?;
    environment.extend(rules);
    tally += left_out;
    environment.extend(pictures.then(|| ("SKILLFERRY_E2E_PICTURES", "1".to_owned())));
    let (setting, filter) = together(&there);
    for suite in suites.iter().filter(|suite| suite.layer == Layer::E2e) {
        tally += suite.run_some(workspace, &environment, &setting, filter)?;
    }
    if pictures && tally.failed == 0 {
        keep_pictures(workspace)?;
    }
    Ok(tally)
}

/// What the browsers that are there are called, and which tests are theirs: with both, a processor that is free takes the next scenario,
/// whichever browser it wants.
fn together(there: &[Browser]) -> (String, &'static [&'static str]) {
    let names: Vec<_> = there.iter().map(|browser| browser.name).collect();
    let filter = if let [only] = there { only.filter } else { &[] };
    (names.join(" and "), filter)
}

fn present() -> Outcome<(Vec<Browser>, Tally)> {
    let (mut there, mut tally) = (Vec::new(), Tally::default());
    for browser in BROWSERS {
        match browser.needs.iter().try_for_each(|program| program.require().map(drop)) {
            Ok(()) => there.push(browser),
            Err(failure) if ci() => return Err(failure),
            Err(failure) => {
                println!("SKIPPED: the end-to-end tests in {}. {failure}", browser.name);
                tally += Tally::SKIPPED;
            }
        }
    }
    Ok((there, tally))
}

/// The documentation shows what the tests saw: each of its pictures is replaced by the one of the same name.
fn keep_pictures(workspace: &Workspace) -> Outcome<()> {
    let (taken, shown) = (workspace.output("e2e"), workspace.path("docs/images"));
    for picture in fs::read_dir(&taken).cannot(|| format!("read {}", taken.display()))?.flatten() {
        let target = shown.join(picture.file_name());
        if target.is_file() {
            fs::copy(picture.path(), &target).cannot(|| format!("write {}", target.display()))?;
            println!("  kept {}", target.display());
        }
    }
    Ok(())
}

/// Where the scenarios, the demo and the figures find what they play with.
pub fn environment(workspace: &Workspace, built: &Built) -> Outcome<Environment> {
    let artifacts = workspace.output("e2e");
    fs::create_dir_all(&artifacts).cannot(|| format!("create {}", artifacts.display()))?;
    let place = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let mut environment = vec![
        ("SKILLFERRY_E2E_CHROMIUM_EXTENSION", place(&Flavour::ChromeE2e.folder(workspace))),
        ("SKILLFERRY_E2E_FIREFOX_EXTENSION", place(&Flavour::Firefox.folder(workspace))),
        ("SKILLFERRY_E2E_SERVER", place(built.program("skillferry")?)),
        ("SKILLFERRY_E2E_STAND_IN", place(built.program("claude-ai-stand-in")?)),
        ("SKILLFERRY_E2E_ARTIFACTS", place(&artifacts)),
    ];
    environment.extend(CHROMIUM.find().map(|path| ("SKILLFERRY_E2E_CHROMIUM", place(&path))));
    environment.extend(CHROMEDRIVER.find().map(|path| ("SKILLFERRY_E2E_CHROMEDRIVER", place(&path))));
    environment.extend(FIREFOX.find().map(|path| ("SKILLFERRY_E2E_FIREFOX", place(&path))));
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_is_the_business_of_a_browser_that_is_there() {
        assert_eq!(together(&BROWSERS), ("Chromium and Firefox".to_owned(), &[][..]));
        assert_eq!(together(&BROWSERS[..1]), ("Chromium".to_owned(), &["--skip", "firefox"][..]));
        assert_eq!(together(&BROWSERS[1..]), ("Firefox".to_owned(), &["firefox"][..]));
    }
}
