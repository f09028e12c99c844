//! Firefox takes an unpacked extension only over its remote control, and forgets it when it closes.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use marionette::{Marionette, PORT_FILE};
use serde_json::json;

use super::Wish;
use crate::failure::{Context, Failure, Outcome};
use crate::interrupt;
use crate::prerequisites::FIREFOX;
use crate::process::Running;

const START_LIMIT: Duration = Duration::from_secs(60);

/// No welcome pages, and a remote control on a free port.
const PREFERENCES: &str = "user_pref(\"marionette.port\", 0);\n\
    user_pref(\"browser.aboutwelcome.enabled\", false);\n\
    user_pref(\"browser.shell.checkDefaultBrowser\", false);\n\
    user_pref(\"datareporting.policy.dataSubmissionEnabled\", false);\n\
    user_pref(\"toolkit.telemetry.reportingpolicy.firstRun\", false);\n";

/// Starts it and installs the extension for this run.
pub fn open(profile: &Path, wish: &Wish<'_>) -> Outcome<Running> {
    fs::write(profile.join("user.js"), PREFERENCES).cannot(|| "write the profile's preferences".to_owned())?;
    let mut command = Command::new(FIREFOX.require()?);
    command.args(["-no-remote", "-marionette", "-profile"]).arg(profile);
    if wish.headless {
        command.arg("-headless");
    }
    let mut process = Running::start(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))?;
    let port = wait_for_port(&mut process, &profile.join(PORT_FILE))?;
    prepare(port, wish).cannot(|| "put the extension into Firefox".to_owned())?;
    Ok(process)
}

fn prepare(port: u16, wish: &Wish<'_>) -> Result<(), marionette::Error> {
    let mut firefox = Marionette::connect(port)?;
    firefox.call("WebDriver:NewSession", &json!({}))?;
    firefox.call("Addon:Install", &json!({ "path": wish.extension, "temporary": true }))?;
    firefox.call("WebDriver:Navigate", &json!({ "url": wish.page }))?;
    Ok(())
}

fn wait_for_port(process: &mut Running, file: &Path) -> Outcome<u16> {
    let deadline = Instant::now() + START_LIMIT;
    while Instant::now() < deadline {
        interrupt::check()?;
        if let Some(port) = fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok()) {
            return Ok(port);
        }
        if process.finished()?.is_some() {
            return Err(Failure::new("Firefox ended at once"));
        }
        thread::sleep(Duration::from_millis(100));
    }
    Err(Failure::new("Firefox did not open its remote control within a minute"))
}
