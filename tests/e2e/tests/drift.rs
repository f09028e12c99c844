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
    a_renamed_list_is_found_under_its_other_path,
}

const LONG: Duration = Duration::from_secs(90);

async fn uploads(scenario: &Scenario) -> Step<usize> {
    let requests = scenario.stand_in.requests().await?;
    let is_upload = |path: &str| path.contains("upload-skill");
    Ok(requests.iter().filter(|request| request["path"].as_str().is_some_and(is_upload)).count())
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
    until("the server to know", LONG, || async {
        let activity = scenario.companion.get("/activity?event=endpoint_changed").await?.to_string();
        let known = activity.contains("endpoint_changed") && activity.contains("missing_field");
        Ok(if known { Ok(()) } else { Err(activity) })
    })
    .await?;
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
    scenario.stand_in.clear_faults().await?;
    scenario.browser.click("#state-action").await?;
    scenario.in_step(LONG).await?;
    scenario.browser.popup_state(&["paired"], LONG).await?;
    scenario.nothing_doubled().await
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
