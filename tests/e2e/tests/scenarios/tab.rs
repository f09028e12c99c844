//! A browser that attaches the session in open tabs only: the stand-in accepts what a page of the site sends, and nothing else.

use std::time::Duration;

use e2e::Step;
use e2e::browser::{Kind, PATIENCE};
use e2e::library::Library;
use e2e::scenario::Scenario;
use serde_json::json;

const LONG: Duration = Duration::from_secs(120);

e2e::in_both_browsers! {
    the_work_goes_through_an_open_tab,
}

async fn the_work_goes_through_an_open_tab(kind: Kind) -> Step {
    let mut scenario = Scenario::paired(kind, Library::of_many_shapes()?).await?;
    scenario.in_step(LONG).await?;
    scenario.stand_in.fault(json!({ "path_contains": "/api/", "action": { "kind": "withhold_cookies" } })).await?;
    scenario.library.edit("plain-03", "Through a tab.\n")?;
    scenario.library.edit("plain-04", "Through a tab.\n")?;
    scenario.browser.popup_state(&["signed_out"], PATIENCE).await?;
    let claude = scenario.browser.open_tab("https://claude.ai/").await?;
    scenario.browser.find("#sign-out").await?;
    scenario.browser.switch(&scenario.popup).await?;
    scenario.browser.click("#sync-now").await?;
    scenario.in_step(LONG).await?;
    scenario.browser.popup_state(&["paired"], PATIENCE).await?;

    scenario.browser.switch(&claude).await?;
    scenario.browser.close_tab(&scenario.popup).await?;
    scenario.library.edit("plain-03", "Without a tab.\n")?;
    scenario.browser.popup_state(&["tab_needed"], LONG).await?;
    scenario.browser.open_tab("https://claude.ai/").await?;
    scenario.browser.find("#sign-out").await?;
    scenario.browser.switch(&scenario.popup).await?;
    scenario.in_step(LONG).await?;
    let browsers = scenario.companion.get("/integrations").await?;
    assert_eq!(browsers[0]["failed_op_count"], 0, "nothing is burnt");
    scenario.nothing_doubled().await
}
