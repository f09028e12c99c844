//! The main job: a folder of skills reaches the account through a paired browser, and edits on disk follow.

use std::time::Duration;

use e2e::Step;
use e2e::browser::{Kind, PATIENCE};
use e2e::library::Library;
use e2e::scenario::Scenario;

const FIRST_SYNC: Duration = Duration::from_secs(60);

e2e::in_both_browsers! {
    twenty_five_skills_arrive_and_follow_the_disk,
}

async fn twenty_five_skills_arrive_and_follow_the_disk(kind: Kind) -> Step {
    let mut scenario = Scenario::start(kind, Library::of_many_shapes()?).await?;
    assert_eq!(scenario.library.expected().len(), 25);
    scenario.sign_in().await?;
    let code = scenario.ask_to_pair().await?;
    assert_eq!(code.len(), 6, "{code}");
    scenario.browser.picture("popup-code", 380, 560).await?;
    scenario.approve(&code).await?;
    scenario.in_step(FIRST_SYNC).await?;
    scenario.browser.popup_state(&["paired"], PATIENCE).await?;
    scenario.browser.picture("popup-paired", 380, 560).await?;

    scenario.browser.open_tab(&format!("{}/skills", scenario.companion.origin())).await?;
    scenario.browser.find("[data-refused=\"DESCRIPTION_MISSING\"]").await?;
    scenario.browser.find("[data-skill=\"more-keys\"][data-level=\"ok\"]").await?;
    scenario.browser.close_tab(&scenario.popup).await?;

    scenario.library.edit("plain-03", "An edit.\n")?;
    scenario.in_step(PATIENCE).await?;
    scenario.library.edit("brand-new", "A new one.\n")?;
    scenario.in_step(PATIENCE).await?;
    scenario.library.remove("plain-04")?;
    scenario.in_step(PATIENCE).await?;

    assert_eq!(scenario.stand_in.writes("plain-03").await?, (1, 1, 0));
    assert_eq!(scenario.stand_in.writes("plain-04").await?, (1, 0, 1));
    assert_eq!(scenario.stand_in.writes("plain-05").await?, (1, 0, 0), "what did not change was not written again");
    scenario.nothing_doubled().await
}
