//! Disconnecting: the token is void on the server, and nothing of the pairing is left in the browser.

use std::time::Duration;

use e2e::Step;
use e2e::browser::{Kind, PATIENCE};
use e2e::library::Library;
use e2e::process::until;
use e2e::scenario::Scenario;
use serde_json::Value;

const LONG: Duration = Duration::from_secs(90);

e2e::in_both_browsers! {
    a_disconnected_browser_is_refused_by_the_server,
    a_server_that_is_away_hears_of_it_later,
}

async fn stored(scenario: &Scenario) -> Step<Value> {
    scenario.browser.run("return (await chrome.storage.local.get('snapshot')).snapshot;").await
}

async fn token(scenario: &Scenario) -> Step<String> {
    let stored = stored(scenario).await?;
    Ok(stored["link"]["bearer"].as_str().ok_or("no token is stored")?.to_owned())
}

async fn disconnect(scenario: &Scenario) -> Step {
    scenario.browser.click("#disconnect").await?;
    scenario.browser.click("#disconnect-confirm").await?;
    scenario.browser.popup_state(&["unpaired"], PATIENCE).await.map(drop)
}

async fn refused(scenario: &Scenario, token: &str) -> Step {
    until("the token to be void", LONG, || async {
        let answer = scenario.companion.asked_with(token).await?;
        let void = answer == (403, "INTEGRATION_DISCONNECTED".to_owned());
        Ok(if void { Ok(()) } else { Err(format!("{answer:?}")) })
    })
    .await
}

async fn nothing_is_kept(scenario: &Scenario) -> Step {
    until("nothing to be kept", LONG, || async {
        let stored = stored(scenario).await?.to_string();
        Ok(if stored.contains("sfe_") || stored.contains("127.0.0.1") { Err(stored) } else { Ok(()) })
    })
    .await
}

async fn a_disconnected_browser_is_refused_by_the_server(kind: Kind) -> Step {
    let scenario = Scenario::paired(kind, Library::of_median_size(2)?).await?;
    scenario.in_step(LONG).await?;
    let token = token(&scenario).await?;
    assert_eq!(scenario.companion.asked_with(&token).await?.0, 200);
    disconnect(&scenario).await?;
    refused(&scenario, &token).await?;
    nothing_is_kept(&scenario).await?;
    assert_eq!(scenario.companion.get("/integrations").await?[0]["status"], "disconnected");
    Ok(())
}

/// The server is away: everything else is erased, the person is told, and the server hears of it when it is back.
async fn a_server_that_is_away_hears_of_it_later(kind: Kind) -> Step {
    let mut scenario = Scenario::paired(kind, Library::of_median_size(2)?).await?;
    scenario.in_step(LONG).await?;
    let token = token(&scenario).await?;
    scenario.companion.terminate().await?;
    disconnect(&scenario).await?;
    scenario.browser.find("#error[data-code=SERVER_NOT_TOLD] #error-action[data-action=open_server]").await?;
    let kept = stored(&scenario).await?;
    assert!(kept["link"].is_null() && kept["batch"].is_null(), "only what has to be said is kept: {kept}");
    scenario.browser.kill_worker().await?;
    scenario.companion.restart().await?;
    scenario.browser.run("location.reload();").await.ok();
    refused(&scenario, &token).await?;
    nothing_is_kept(&scenario).await?;
    scenario.browser.popup_state(&["unpaired"], PATIENCE).await?;
    until("the page to forget it", PATIENCE, || async {
        let shown = scenario.browser.run("return document.querySelector('#error').hidden;").await?;
        Ok(if shown == true { Ok(()) } else { Err(shown.to_string()) })
    })
    .await
}
