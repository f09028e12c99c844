//! The background is ended at every step of every kind of operation: while a request is on its way, and when it was carried out and
//! nobody has heard the answer. Afterwards everything finishes by itself, and nothing stands on claude.ai twice.

use std::time::Duration;

use e2e::Step;
use e2e::browser::Kind;
use e2e::library::{Library, foreign_zip, skill_md};
use e2e::process::until;
use e2e::scenario::Scenario;
use serde_json::{Value, json};

const LONG: Duration = Duration::from_secs(60);

/// Among so many skills a few changes within a minute are no mass change that waits for a person.
const UNSUSPICIOUS: usize = 60;

/// A request in the middle of which the background ends.
#[derive(Debug, Clone, Copy)]
enum At {
    /// To claude.ai: the verb, and part of the path.
    ClaudeAi(&'static str, &'static str),
    /// To the server: part of the first line.
    Server(&'static str),
}

use At::{ClaudeAi, Server};

/// Every kind of operation lists the account and reports its end. (An answer that brought work and is lost comes again when its lease
/// has run out after three minutes; the simulated world waits for that.)
const LIST: At = ClaudeAi("GET", "/list-skills");
const REPORT: At = Server("/complete ");

e2e::in_both_browsers! {
    at_every_step_of_an_upload,
    at_every_step_of_an_update,
    at_every_step_of_a_removal,
    at_every_step_of_a_look_and_what_it_fetches,
    at_every_step_of_a_publication,
}

/// Each step before it happens and after; with a number of its own.
fn moments(steps: &[At]) -> impl Iterator<Item = (usize, At, bool)> {
    let moments: Vec<_> = steps.iter().flat_map(|step| [(*step, false), (*step, true)]).collect();
    moments.into_iter().enumerate().map(|(number, (step, carried_out))| (number, step, carried_out))
}

async fn begin(kind: Kind, library: Library) -> Step<Scenario> {
    let mut scenario = Scenario::start_with_relay(kind, library).await?;
    scenario.sign_in().await?;
    scenario.pair().await?;
    scenario.in_step(LONG).await?;
    Ok(scenario)
}

fn named(number: usize) -> String {
    format!("median-{number:04}")
}

/// Orders a request to be held; `held` gives how many were so far.
async fn hold(scenario: &Scenario, at: At, carried_out: bool) -> Step<u64> {
    let before = held(scenario).await?;
    match at {
        ClaudeAi(verb, path) => {
            let action = json!({ "kind": "hold", "carried_out": carried_out });
            let order = json!({ "method": verb, "path_contains": path, "times": 1, "action": action });
            scenario.stand_in.fault(order).await?;
        }
        Server(line) => scenario.relay.as_ref().ok_or("a relay")?.hold(line, carried_out),
    }
    Ok(before)
}

async fn held(scenario: &Scenario) -> Step<u64> {
    Ok(scenario.stand_in.held().await? + scenario.relay.as_ref().ok_or("a relay")?.held())
}

/// Waits until the ordered request is held, ends the background there, and lets go.
async fn kill(scenario: &Scenario, before: u64, what: &str) -> Step {
    until(&format!("a request to be held: {what}"), LONG, || async {
        let now = held(scenario).await?;
        Ok(if now > before { Ok(()) } else { Err(format!("{now} so far")) })
    })
    .await?;
    scenario.browser.kill_worker().await?;
    scenario.stand_in.clear_faults().await?;
    scenario.stand_in.let_go().await?;
    scenario.relay.as_ref().ok_or("a relay")?.let_go();
    // What wakes it in real life is an alarm or a person; here a page does.
    scenario.browser.run("location.reload();").await.ok();
    Ok(())
}

async fn at_every_step_of_an_upload(kind: Kind) -> Step {
    let mut scenario = begin(kind, Library::of_median_size(1)?).await?;
    let steps = [LIST, Server("/skill-bundle?"), ClaudeAi("POST", "/upload-skill"), REPORT];
    for (number, at, carried_out) in moments(&steps) {
        let (name, what) = (format!("new-{number:02}"), format!("{at:?}, carried out: {carried_out}"));
        let before = hold(&scenario, at, carried_out).await?;
        scenario.library.edit(&name, "A new one.\n")?;
        kill(&scenario, before, &what).await?;
        scenario.in_step(LONG).await.map_err(|error| format!("{what}: {error}"))?;
        assert_eq!(scenario.stand_in.writes(&name).await?, (1, 0, 0), "{what}");
    }
    finished(&scenario).await
}

async fn at_every_step_of_an_update(kind: Kind) -> Step {
    let steps = [LIST, Server("/skill-bundle?"), ClaudeAi("POST", "/upload-skill"), REPORT];
    let mut scenario = begin(kind, Library::of_median_size(UNSUSPICIOUS)?).await?;
    for (number, at, carried_out) in moments(&steps) {
        let (name, what) = (named(number), format!("{at:?}, carried out: {carried_out}"));
        let before = hold(&scenario, at, carried_out).await?;
        scenario.library.edit(&name, "An edit.\n")?;
        kill(&scenario, before, &what).await?;
        scenario.in_step(LONG).await.map_err(|error| format!("{what}: {error}"))?;
        assert_eq!(scenario.stand_in.writes(&name).await?, (1, 1, 0), "{what}");
    }
    finished(&scenario).await
}

async fn at_every_step_of_a_removal(kind: Kind) -> Step {
    let steps = [LIST, ClaudeAi("POST", "/delete-skill"), REPORT];
    let mut scenario = begin(kind, Library::of_median_size(UNSUSPICIOUS)?).await?;
    for (number, at, carried_out) in moments(&steps) {
        let (name, what) = (named(number), format!("{at:?}, carried out: {carried_out}"));
        let before = hold(&scenario, at, carried_out).await?;
        scenario.library.remove(&name)?;
        kill(&scenario, before, &what).await?;
        scenario.in_step(LONG).await.map_err(|error| format!("{what}: {error}"))?;
        assert_eq!(scenario.stand_in.writes(&name).await?, (1, 0, 1), "{what}");
    }
    finished(&scenario).await
}

/// A look at the account (`list`), and the skill that it fetches (`fetch_one`).
async fn at_every_step_of_a_look_and_what_it_fetches(kind: Kind) -> Step {
    let scenario = begin(kind, Library::of_median_size(1)?).await?;
    let steps = [LIST, ClaudeAi("GET", "/download-dot-skill-file"), Server("/imported-skill")];
    for (number, at, carried_out) in moments(&steps) {
        let (name, what) = (format!("made-there-{number}"), format!("{at:?}, carried out: {carried_out}"));
        let before = hold(&scenario, at, carried_out).await?;
        let made = skill_md(&name, "Made by hand on claude.ai.");
        scenario.stand_in.put_skill(&name, foreign_zip(&name, &made)?).await?;
        scenario.browser.click("#sync-now").await?;
        kill(&scenario, before, &what).await?;
        until(&format!("the skill to be in the library: {what}"), LONG, || async {
            // The wish of a person may have died with the background; a person asks again.
            scenario.browser.click("#sync-now").await?;
            let versions = scenario.companion.read(&format!("/v1/skills/{name}/content-versions")).await;
            Ok(match versions {
                Ok(versions) if versions.as_array().map(Vec::len) == Some(1) => Ok(()),
                other => Err(format!("{other:?}")),
            })
        })
        .await?;
        scenario.at_rest(LONG).await?;
        assert_eq!(scenario.stand_in.writes(&name).await?, (0, 0, 0), "{what}");
    }
    finished(&scenario).await
}

async fn at_every_step_of_a_publication(kind: Kind) -> Step {
    let scenario = begin(kind, Library::of_median_size(1)?).await?;
    let skill = json!({
        "name": "grouped", "slug": "grouped", "description": "Goes by its group.", "collections": ["team"], "content_md": "Text.",
    });
    scenario.companion.call("POST", "/v1/skills", skill).await?;
    scenario.in_account("grouped", LONG).await?;
    // The marketplace is made once; each later step has a changed group of its own.
    let before = hold(&scenario, ClaudeAi("POST", "/create-account-marketplace"), true).await?;
    scenario.companion.call("PUT", "/v1/collections/team/claude-ai", json!({ "published": true })).await?;
    kill(&scenario, before, "a marketplace is made").await?;
    published(&scenario, "a marketplace is made").await?;
    let steps = [
        LIST,
        Server("/plugin-groups"),
        ClaudeAi("GET", "/list-account-marketplaces"),
        ClaudeAi("GET", "/account-list-plugins"),
        Server("/plugin-bundle?"),
        ClaudeAi("POST", "/account-upload"),
        ClaudeAi("PUT", "/enabled"),
        REPORT,
    ];
    for (number, at, carried_out) in moments(&steps) {
        let what = format!("{at:?}, carried out: {carried_out}");
        let before = hold(&scenario, at, carried_out).await?;
        let change = json!({ "content_md": format!("Text {number}.") });
        scenario.companion.call("PATCH", "/v1/skills/grouped", change).await?;
        kill(&scenario, before, &what).await?;
        published(&scenario, &what).await?;
    }
    finished(&scenario).await
}

/// The group stands there once, switched on, in the one marketplace, and nothing is left to do.
async fn published(scenario: &Scenario, what: &str) -> Step {
    scenario.at_rest(LONG).await.map_err(|error| format!("{what}: {error}"))?;
    let account = scenario.stand_in.account().await?;
    let plugins = account["plugins"].as_array().cloned().unwrap_or_default();
    let marketplaces = account["marketplaces"].as_array().map(Vec::len);
    assert_eq!((plugins.len(), marketplaces), (1, Some(1)), "{what}: {plugins:?}");
    assert_eq!((&plugins[0]["name"], &plugins[0]["enabled"]), (&json!("team"), &Value::Bool(true)), "{what}");
    let events = scenario.companion.get("/activity?event=op_failed").await?;
    assert_eq!(events, json!([]), "{what}");
    Ok(())
}

async fn finished(scenario: &Scenario) -> Step {
    let browsers = scenario.companion.get("/integrations").await?;
    assert_eq!(browsers[0]["failed_op_count"], 0, "everything has finished");
    scenario.nothing_doubled().await
}
