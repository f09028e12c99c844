//! What the browser lets the extension reach: asked for in the click that pairs, refused, taken back, given again.

use std::time::Duration;

use e2e::Step;
use e2e::browser::{Browser, Kind, PATIENCE};
use e2e::library::Library;
use e2e::process::until;
use e2e::scenario::Scenario;
use serde_json::json;

const LONG: Duration = Duration::from_secs(90);
const CLAUDE_AI: &str = "https://claude.ai/*";
const SERVER: &str = "http://127.0.0.1/*";

e2e::in_both_browsers! {
    a_refused_host_can_be_asked_for_again,
    a_host_that_is_taken_back_holds_the_work,
}

/// Firefox gets the extension as it is shipped, so that the question itself can be seen. (In Chromium the tests' own manifest has
/// the host from the start.)
#[tokio::test(flavor = "multi_thread")]
async fn firefox_is_asked_for_one_host() -> Step {
    let mut scenario = Scenario::start(Kind::Firefox, Library::of_median_size(2)?).await?;
    scenario.sign_in().await?;
    scenario.popup = scenario.browser.open_popup().await?;
    assert_eq!(scenario.browser.allowed_hosts().await?, [CLAUDE_AI]);
    scenario.browser.ask_about_permissions()?;
    begin(&scenario).await?;
    let question = scenario.browser.answer_question(true)?;
    assert!(question.contains("127.0.0.1"), "{question}");
    scenario.browser.popup_state(&["waiting"], PATIENCE).await?;
    assert_eq!(scenario.browser.allowed_hosts().await?, [SERVER, CLAUDE_AI]);
    Ok(())
}

/// No is an answer: nothing is sent, the popup says so, and one click asks again.
async fn a_refused_host_can_be_asked_for_again(kind: Kind) -> Step {
    let mut scenario = Scenario::start(kind, Library::of_median_size(2)?).await?;
    scenario.sign_in().await?;
    scenario.popup = scenario.browser.open_popup().await?;
    refuse(&scenario).await?;
    scenario.browser.popup_state(&["permission_refused"], PATIENCE).await?;
    assert!(scenario.browser.text("#state-sentence").await?.contains(&scenario.companion.origin()));
    scenario.browser.picture("popup-refused", 380, 560).await?;

    // Also after the popup was closed.
    scenario.browser.open("about:blank").await?;
    scenario.browser.open_popup().await?;
    scenario.browser.popup_state(&["permission_refused"], PATIENCE).await?;
    assert_eq!(scenario.companion.get("/pairings/pending").await?, json!([]), "nothing was sent");

    match kind {
        Kind::Firefox => {
            scenario.browser.click("#state-action").await?;
            scenario.browser.answer_question(true)?;
        }
        Kind::Chromium => {
            scenario.browser.allow_in_settings(SERVER).await?;
            // Allowing a host elsewhere is no click on "Pair".
            scenario.browser.popup_state(&["unpaired"], PATIENCE).await?;
            scenario.browser.click("#pair").await?;
        }
    }
    scenario.browser.popup_state(&["waiting"], PATIENCE).await?;
    Ok(())
}

/// A host that is taken back ends the work at once, without a failure; given again, it goes on where it was.
async fn a_host_that_is_taken_back_holds_the_work(kind: Kind) -> Step {
    let mut scenario = Scenario::paired(kind, Library::of_median_size(3)?).await?;
    scenario.in_step(LONG).await?;
    for (host, text) in [(SERVER, "Without the server.\n"), (CLAUDE_AI, "Without claude.ai.\n")] {
        scenario.browser.take_back(host).await?;
        scenario.browser.popup_state(&["permission_removed"], PATIENCE).await?;
        marked(&scenario.browser, "!").await?;
        scenario.library.edit("median-0001", text)?;
        // The wish of a person does not get past it either.
        scenario.browser.click("#sync-now").await?;
        let browsers = scenario.companion.get("/integrations").await?;
        assert_eq!(browsers[0]["failed_op_count"], 0);
        match kind {
            Kind::Firefox => scenario.browser.click("#state-action").await?,
            Kind::Chromium => scenario.browser.allow_in_settings(host).await?,
        }
        scenario.in_step(LONG).await?;
        scenario.browser.popup_state(&["paired"], PATIENCE).await?;
        marked(&scenario.browser, "").await?;
    }
    assert_eq!(scenario.stand_in.writes("median-0001").await?, (1, 2, 0));
    scenario.nothing_doubled().await
}

async fn begin(scenario: &Scenario) -> Step {
    scenario.browser.fill("#server", &scenario.companion.origin()).await?;
    scenario.browser.click("#pair").await
}

async fn refuse(scenario: &Scenario) -> Step {
    if scenario.browser.kind() == Kind::Firefox {
        scenario.browser.ask_about_permissions()?;
        begin(scenario).await?;
        return scenario.browser.answer_question(false).map(drop);
    }
    scenario.browser.take_back(SERVER).await?;
    // Chromium's question cannot be answered without a screen: this is what the page hears when it is.
    scenario.browser.run("chrome.permissions.request = async () => false;").await?;
    begin(scenario).await
}

/// Waits for this mark on the icon: the background paints it, at its own pace beside the page's.
async fn marked(browser: &Browser, mark: &str) -> Step {
    until(&format!("the icon to be marked {mark:?}"), PATIENCE, || async {
        let shown = browser.run("return await chrome.action.getBadgeText({});").await?;
        Ok(if shown == mark { Ok(()) } else { Err(shown.to_string()) })
    })
    .await
}
