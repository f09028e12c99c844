//! Mozilla's own check of the packages for Firefox, which addons.mozilla.org makes as well before it takes one.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::tally::Tally;
use crate::extension::{self, Flavour};
use crate::failure::{Context, Failure, Outcome};
use crate::prerequisites::{ci, node};
use crate::progress;
use crate::workspace::Workspace;

/// Warnings that stay, each with its reason. One that no longer appears has to go from here.
const EXPLAINED: [(&str, &str); 1] = [(
    "KEY_FIREFOX_ANDROID_UNSUPPORTED_BY_MIN_VERSION",
    "Firefox for Android knows the statement about data from 142 on; the extension is for desktops and is not offered there",
)];

/// Lints both packages for Firefox. Where it cannot be installed it is left out loudly; in CI that is a failure.
pub fn run(workspace: &Workspace) -> Outcome<Tally> {
    let tools = match Tools::prepare(workspace) {
        Ok(tools) => tools,
        Err(failure) if ci() => return Err(failure),
        Err(failure) => {
            println!("SKIPPED: Mozilla's check of the extension. {failure}");
            return Ok(Tally::SKIPPED);
        }
    };
    let mut tally = Tally::default();
    let flavours = [Flavour::Firefox, Flavour::FirefoxSelfHosted];
    for (flavour, folder) in flavours.into_iter().zip(extension::build(workspace, &flavours)?) {
        let complaints = complaints(&tools.lint(&folder, flavour == Flavour::FirefoxSelfHosted)?);
        complaints.iter().for_each(|complaint| println!("  {complaint}"));
        let good = complaints.is_empty();
        println!("  {} packages: web-ext on {}", if good { "✓" } else { "✗" }, flavour.name());
        tally += if good { Tally::PASSED } else { Tally::FAILED };
    }
    Ok(tally)
}

struct Tools {
    node: PathBuf,
    web_ext: PathBuf,
}

impl Tools {
    /// Exactly the versions of `xtask/web-ext/package-lock.json`, whose checksums npm verifies; no script of theirs is run.
    fn prepare(workspace: &Workspace) -> Outcome<Self> {
        let node = node::modern(workspace)?;
        let folder = workspace.output("web-ext");
        node::install_locked(&workspace.path("xtask/web-ext"), &folder, "web-ext, Mozilla's check of extensions")?;
        Ok(Self { node, web_ext: folder.join("node_modules/web-ext/bin/web-ext.js") })
    }

    fn lint(&self, extension: &Path, self_hosted: bool) -> Outcome<Value> {
        let mut command = Command::new(&self.node);
        command.arg(&self.web_ext).args(["lint", "--no-input", "--no-config-discovery", "--output", "json"]);
        command.arg("--source-dir").arg(extension).args(self_hosted.then_some("--self-hosted"));
        // It would else look for a newer version of itself.
        command.env("NO_UPDATE_NOTIFIER", "1");
        let finished = progress::watch("web-ext", &mut command, None)?;
        serde_json::from_str(&finished.stdout)
            .map_err(|_| Failure::new(format!("web-ext gave no report: {}", finished.stderr.trim())))
            .cannot(|| format!("lint {}", extension.display()))
    }
}

/// One line for each error, each warning without an explanation, and each explanation without a warning.
fn complaints(report: &Value) -> Vec<String> {
    let listed = |kind: &str| report[kind].as_array().cloned().unwrap_or_default();
    let warnings = listed("warnings");
    let explained = |finding: &Value| EXPLAINED.iter().any(|(code, _)| finding["code"] == *code);
    let unexplained = warnings.iter().filter(|finding| !explained(finding)).cloned();
    let stale = EXPLAINED.iter().filter(|(code, _)| warnings.iter().all(|finding| finding["code"] != *code));
    let stale = stale.map(|(code, why)| format!("{code} does not appear any more; remove its explanation: {why}"));
    listed("errors").into_iter().chain(unexplained).map(|finding| sentence(&finding)).chain(stale).collect()
}

fn sentence(finding: &Value) -> String {
    let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    format!("{} {} {}:{}: {}", text("_type"), text("code"), text("file"), finding["line"], text("description"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report(errors: &[&str], warnings: &[&str]) -> Value {
        let finding =
            |code: &&str| json!({ "_type": "x", "code": code, "file": "manifest.json", "description": "Why." });
        let all = |codes: &[&str]| codes.iter().map(finding).collect::<Vec<_>>();
        json!({ "errors": all(errors), "warnings": all(warnings), "notices": all(&["FOR_INFORMATION"]) })
    }

    #[test]
    fn explained_warnings_pass() {
        assert!(complaints(&report(&[], &[EXPLAINED[0].0])).is_empty());
    }

    #[test]
    fn errors_and_other_warnings_do_not() {
        let named = complaints(&report(&["BAD"], &[EXPLAINED[0].0, "DANGEROUS_EVAL"]));
        assert_eq!(named.len(), 2, "{named:?}");
        assert!(named[0].contains("BAD") && named[1].contains("DANGEROUS_EVAL"));
    }

    #[test]
    fn an_error_is_never_explained_away() {
        assert_eq!(complaints(&report(&[EXPLAINED[0].0], &[EXPLAINED[0].0])).len(), 1);
    }

    #[test]
    fn an_explanation_of_nothing_has_to_go() {
        assert!(complaints(&report(&[], &[]))[0].contains("remove its explanation"));
    }
}
