//! The extension's pages: open to everybody in every state, in both colour schemes, and true to what they are told to remember.

use e2e::Step;
use e2e::accessibility::Judge;
use e2e::browser::{Browser, Kind, PATIENCE};
use e2e::painted::{OPTIONS, PANEL, WELCOME, named, open, paint, reachable, views};
use e2e::process::until;
use serde_json::{Value, json};

e2e::in_both_browsers! {
    every_page_keeps_the_rules_of_accessibility,
    pages_and_icon_show_and_remember,
    the_panel_stands_at_the_side,
}

async fn every_page_keeps_the_rules_of_accessibility(kind: Kind) -> Step {
    let Some(mut judge) = Judge::new()? else { return Ok(()) };
    let scenario = reachable(kind).await?;
    let browser = &scenario.browser;
    for (page, name, size) in [(PANEL, "panel", (400, 640)), (OPTIONS, "options", (820, 1100))] {
        open(browser, page).await?;
        for (state, seen, view) in views() {
            paint(browser, &view, if page == PANEL { Some(seen) } else { None }).await?;
            judge.judge_both_schemes(browser, &format!("{name}-{state}")).await?;
            if ["paired", "error"].contains(&state) {
                browser.picture_both_schemes(&format!("{name}-{state}"), size.0, size.1).await?;
            }
        }
        fail_core(browser, true).await?;
        judge.judge_both_schemes(browser, &format!("{name}-stopped")).await?;
        fail_core(browser, false).await?;
    }
    open(browser, WELCOME).await?;
    paint(browser, &named("unpaired"), Some("#begin")).await?;
    judge.judge_both_schemes(browser, "welcome").await?;
    browser.picture_both_schemes("welcome", 820, 860).await?;
    judge.acquit();
    Ok(())
}

async fn pages_and_icon_show_and_remember(kind: Kind) -> Step {
    let scenario = reachable(kind).await?;
    let browser = &scenario.browser;
    let opened =
        browser.run("return chrome.extension.getViews({ type: 'tab' }).map((view) => view.location.pathname);").await?;
    let first_pages = opened.as_array().into_iter().flatten().filter(|path| **path == format!("/{WELCOME}")).count();
    assert_eq!(first_pages, 1, "{opened}");

    for (state, mark) in [("unpaired", "–"), ("paired", ""), ("working", "…"), ("signed-out", "!"), ("error", "×")]
    {
        paint(browser, &named(state), None).await?;
        marked(browser, mark).await?;
    }

    paint(browser, &named("paired"), Some("#activity-show")).await?;
    assert_eq!(listed(browser).await?, json!(["brand-voice", "release-notes", "meeting-notes"]));
    browser.run("const show = document.querySelector('#activity-show'); show.value = 'problems'; show.dispatchEvent(new Event('change'));").await?;
    browser.fill("#activity-search", "NOTES").await?;
    assert_eq!(listed(browser).await?, json!(["release-notes"]));
    browser.open_page(PANEL).await?;
    paint(browser, &named("paired"), Some("#activity-show")).await?;
    assert_eq!(listed(browser).await?, json!(["release-notes"]), "filters outlive their page");
    browser.fill("#activity-search", "nowhere").await?;
    browser.click("#activity-everything").await?;
    assert_eq!(listed(browser).await?.as_array().map(Vec::len), Some(3));

    browser.open_page(OPTIONS).await?;
    paint(browser, &named("paired"), Some("#disconnect")).await?;
    browser.click("#diagnostics-copy").await?;
    browser.text("#diagnostics-copied").await?;
    browser.click("#notifications").await?;
    stored(browser, "settings", &json!({ "notifications": true })).await?;
    paint(browser, &named("signed-out"), None).await?;
    stored(browser, "noticed", &json!(["signed_out"])).await?;
    browser.click("#notifications").await?;
    stored(browser, "settings", &json!({ "notifications": false })).await?;

    paint(browser, &named("paired"), Some("#disconnect")).await?;
    browser.click("#disconnect").await?;
    browser.click("#disconnect-confirm").await?;
    stored(browser, "filters", &Value::Null).await?;
    stored(browser, "noticed", &Value::Null).await
}

async fn the_panel_stands_at_the_side(kind: Kind) -> Step {
    let scenario = reachable(kind).await?;
    scenario.browser.open_side().await?;
    until("the panel at the side", PATIENCE, || async {
        let views = "return chrome.extension.getViews().filter((view) => view !== window && view.location.pathname === '/popup/popup.html')
            .map((view) => [view.document.documentElement.dataset.place, view.document.querySelector('#state').dataset.state,
                view.document.documentElement.scrollWidth <= view.innerWidth]);";
        let seen = scenario.browser.run(views).await?;
        Ok(if seen == json!([["room", "unpaired", true]]) { Ok(()) } else { Err(seen.to_string()) })
    })
    .await
}

/// As when the core cannot go on, or goes on again.
async fn fail_core(browser: &Browser, failed: bool) -> Step {
    let failure = if failed { json!({ "code": "CORE_PANICKED" }) } else { Value::Null };
    browser.run(&format!("await chrome.storage.local.set({{ failure: {failure} }});")).await?;
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    Ok(())
}

async fn marked(browser: &Browser, mark: &str) -> Step {
    until(&format!("the icon to be marked {mark:?}"), PATIENCE, || async {
        let shown = browser.run("return chrome.action.getBadgeText({});").await?;
        Ok(if shown == mark { Ok(()) } else { Err(shown.to_string()) })
    })
    .await?;
    let title = browser.run("return chrome.action.getTitle({});").await?;
    assert!(title.as_str().is_some_and(|title| title.starts_with("Skillferry: ")), "{title}");
    Ok(())
}

async fn listed(browser: &Browser) -> Step<Value> {
    browser.run("return [...document.querySelectorAll('#activity .name')].map((name) => name.textContent);").await
}

async fn stored(browser: &Browser, key: &str, wanted: &Value) -> Step {
    until(&format!("{key} to be {wanted}"), PATIENCE, || async {
        let found = browser.run(&format!("return (await chrome.storage.local.get('{key}')).{key} ?? null;")).await?;
        Ok(if found == *wanted { Ok(()) } else { Err(found.to_string()) })
    })
    .await
}
