//! Days on which claude.ai itself has changed.

use std::time::Duration;

use e2e::Step;
use e2e::browser::Kind;
use e2e::library::Library;
use e2e::process::until;
use e2e::scenario::Scenario;
use serde_json::json;

e2e::in_both_browsers! {
    an_upload_that_answers_otherwise_is_the_last_one,
    nothing_is_written_by_a_list_that_differs,
    a_plugin_upload_that_answers_otherwise_is_the_last_one,
    a_renamed_list_is_found_under_its_other_path,
}

const LONG: Duration = Duration::from_secs(90);

async fn uploads(scenario: &Scenario) -> Step<usize> {
    sent(scenario, "upload-skill").await
}

/// How many requests had this in their path.
async fn sent(scenario: &Scenario, part: &str) -> Step<usize> {
    let requests = scenario.stand_in.requests().await?;
    Ok(requests.iter().filter(|request| request["path"].as_str().is_some_and(|path| path.contains(part))).count())
}

/// The page and the server say that a call differs.
async fn it_is_said(scenario: &Scenario) -> Step {
    scenario.browser.find("#notice[data-code=ENDPOINT_CHANGED]").await?;
    until("the server to know", LONG, || async {
        let activity = scenario.companion.get("/activity?event=endpoint_changed").await?.to_string();
        Ok(if activity.contains("missing_field") { Ok(()) } else { Err(activity) })
    })
    .await
}

/// All is well with claude.ai again, and a person tries.
async fn it_is_over(scenario: &Scenario) -> Step {
    scenario.stand_in.clear_faults().await?;
    scenario.browser.click("#state-action").await
}

/// An upload answers otherwise: no second one is sent, the work waits unharmed, page and server say so, and all goes on when it is over.
async fn an_upload_that_answers_otherwise_is_the_last_one(kind: Kind) -> Step {
    let mut scenario = Scenario::start(kind, Library::of_median_size(8)?).await?;
    let fault =
        json!({ "method": "POST", "path_contains": "upload-skill", "action": { "kind": "drop_key", "key": "skill" } });
    scenario.stand_in.fault(fault).await?;
    scenario.sign_in().await?;
    scenario.ask_to_pair_and_approve().await?;
    scenario.browser.find("#notice[data-code=ENDPOINT_CHANGED]").await?;
    scenario.browser.find("#state[data-state=error] #state-action").await?;
    assert_eq!(uploads(&scenario).await?, 1);
    it_is_said(&scenario).await?;
    until("all work to wait", LONG, || async {
        let browser = scenario.companion.get("/integrations").await?[0].clone();
        let waits =
            browser["pending_op_count"] == 8 && browser["failed_op_count"] == 0 && browser["status"] == "active";
        Ok(if waits { Ok(()) } else { Err(browser.to_string()) })
    })
    .await?;
    scenario.browser.kill_worker().await?;
    scenario.library.edit("median-0001", "While nothing may be written.\n")?;
    assert_eq!(uploads(&scenario).await?, 1, "another life of the background knows as well");
    it_is_over(&scenario).await?;
    scenario.in_step(LONG).await?;
    scenario.browser.popup_state(&["paired"], LONG).await?;
    scenario.nothing_doubled().await
}

/// The list answers otherwise after all had gone well: not one skill is written on the strength of it.
async fn nothing_is_written_by_a_list_that_differs(kind: Kind) -> Step {
    let mut scenario = Scenario::paired(kind, Library::of_median_size(6)?).await?;
    scenario.in_step(LONG).await?;
    let before = uploads(&scenario).await?;
    let fault = json!({ "path_contains": "/list-skills", "action": { "kind": "rename_key", "from": "skills", "to": "abilities" } });
    scenario.stand_in.fault(fault).await?;
    for name in ["median-0001", "median-0002", "another"] {
        scenario.library.edit(name, "While the list differs.\n")?;
    }
    it_is_said(&scenario).await?;
    scenario.browser.find("#state[data-state=error] #state-action").await?;
    assert_eq!((uploads(&scenario).await?, sent(&scenario, "delete-skill").await?), (before, 0));
    it_is_over(&scenario).await?;
    scenario.in_step(LONG).await?;
    scenario.nothing_doubled().await
}

/// Of two groups only one is sent when the first answer differs; the other one follows when all is well.
async fn a_plugin_upload_that_answers_otherwise_is_the_last_one(kind: Kind) -> Step {
    let scenario = Scenario::paired(kind, Library::of_median_size(1)?).await?;
    scenario.in_step(LONG).await?;
    let fault = json!({ "path_contains": "account-upload", "action": { "kind": "drop_key", "key": "id" } });
    scenario.stand_in.fault(fault).await?;
    for group in ["one", "two", "three"] {
        let skill = json!({
            "name": format!("of-{group}"), "slug": format!("of-{group}"), "description": "Goes by its group.",
            "collections": [group], "content_md": "Text.",
        });
        scenario.companion.call("POST", "/v1/skills", skill).await?;
        let collection = format!("/v1/collections/{group}/claude-ai");
        scenario.companion.call("PUT", &collection, json!({ "published": true })).await?;
    }
    it_is_said(&scenario).await?;
    assert_eq!(sent(&scenario, "account-upload").await?, 1, "no second one is sent");
    it_is_over(&scenario).await?;
    until("all groups to arrive", LONG, || async {
        let plugins = scenario.stand_in.account().await?["plugins"].clone();
        let on = plugins.as_array().into_iter().flatten().filter(|plugin| plugin["enabled"] == true).count();
        Ok(if on == 3 { Ok(()) } else { Err(plugins.to_string()) })
    })
    .await?;
    scenario.at_rest(LONG).await
}

/// The list is found under its other path, and everything goes on.
async fn a_renamed_list_is_found_under_its_other_path(kind: Kind) -> Step {
    let scenario = Scenario::start(kind, Library::of_median_size(4)?).await?;
    scenario.stand_in.fault(json!({ "path_contains": "/list-skills", "action": { "kind": "rename_path" } })).await?;
    let mut scenario = scenario;
    scenario.sign_in().await?;
    scenario.pair().await?;
    scenario.in_step(LONG).await?;
    scenario.nothing_doubled().await
}
