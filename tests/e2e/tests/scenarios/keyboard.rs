//! The extension's pages by keyboard alone, and in each of their languages.

use std::time::Duration;

use e2e::Step;
use e2e::browser::{Browser, Key, Kind, PATIENCE};
use e2e::painted::{OPTIONS, PANEL, WELCOME, named, open, paint, reachable, views};
use e2e::process::until;
use serde_json::{Value, json};

e2e::in_both_browsers! {
    the_tab_key_reaches_every_control_in_the_order_that_is_seen,
    enter_and_space_do_what_a_click_does,
    every_language_has_room,
}

/// Everything that a person can use, in the order of the page, as places: left, top, right, bottom.
const CONTROLS: &str =
    "const controls = [...document.querySelectorAll('a[href], button, input, select, textarea, [tabindex=\"0\"]')]
    .filter((one) => !one.disabled && one.checkVisibility({ visibilityProperty: true }));";

async fn the_tab_key_reaches_every_control_in_the_order_that_is_seen(kind: Kind) -> Step {
    let scenario = reachable(kind).await?;
    let browser = &scenario.browser;
    for page in [PANEL, OPTIONS, WELCOME] {
        open(browser, page).await?;
        for (state, seen, view) in views_of(page) {
            paint(browser, &view, (page == PANEL).then_some(seen)).await?;
            let what = format!("{page}, {state}");
            in_reading_order(browser, &what).await?;
            reached_by_tab(browser, &what).await?;
        }
    }
    Ok(())
}

/// The panel is another one in every state, the other pages differ by whether there is a pairing.
fn views_of(page: &str) -> Vec<(&'static str, &'static str, Value)> {
    views().into_iter().filter(|(state, ..)| page == PANEL || ["unpaired", "paired"].contains(state)).collect()
}

/// Nothing stands above what comes before it, unless it begins another column.
async fn in_reading_order(browser: &Browser, what: &str) -> Step {
    let places = "return controls.map((one) => { const { left, top, right, bottom } = one.getBoundingClientRect(); return [left, top, right, bottom]; });";
    let places = browser.run(&format!("{CONTROLS} {places}")).await?;
    let places: Vec<[f64; 4]> = serde_json::from_value(places)?;
    assert!(!places.is_empty(), "{what}: no control at all");
    for (number, pair) in places.windows(2).enumerate() {
        let ([_, _, right, bottom], [left, top, ..]) = (pair[0], pair[1]);
        let (below, beside) = (top + 1.0 >= bottom, left + 1.0 >= right);
        assert!(below || beside, "{what}: control {} stands before control {number}", number + 1);
    }
    Ok(())
}

/// From the beginning of the page each press goes on by one control, and shows where it is.
async fn reached_by_tab(browser: &Browser, what: &str) -> Step {
    let begin = "document.activeElement.blur(); document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex');
        getSelection().removeAllRanges(); return controls.length;";
    let count = browser.run(&format!("{CONTROLS} {begin}")).await?.as_u64().unwrap_or_default();
    for number in 0..count {
        browser.press(Key::Tab).await?;
        let there = "const here = document.activeElement; const { outlineStyle, outlineWidth } = getComputedStyle(here);
            return [controls.indexOf(here), outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1, here.outerHTML.slice(0, 120)];";
        let there = browser.run(&format!("{CONTROLS} {there}")).await?;
        assert_eq!(there[0], number, "{what}: instead of control {number} {there}");
        assert_eq!(there[1], true, "{what}: the focus is not seen on {there}");
    }
    Ok(())
}

async fn enter_and_space_do_what_a_click_does(kind: Kind) -> Step {
    let scenario = reachable(kind).await?;
    let browser = &scenario.browser;
    let paired = named("paired");

    open(browser, PANEL).await?;
    paint(browser, &paired, Some("#disconnect")).await?;
    for (key, answer) in [(Key::Space, "disconnect-keep"), (Key::Enter, "disconnect-keep")] {
        press_on(browser, "#disconnect", key).await?;
        focused(browser, answer).await?;
        browser.press(key).await?;
        focused(browser, "disconnect").await?;
    }

    browser.open_page(OPTIONS).await?;
    paint(browser, &paired, Some("#disconnect")).await?;
    let on = "return document.querySelector('#notifications').checked;";
    assert_eq!(browser.run(on).await?, false);
    press_on(browser, "#notifications", Key::Space).await?;
    until("the mark to be set", PATIENCE, || async {
        Ok(if browser.run(on).await? == true { Ok(()) } else { Err("it is not".to_owned()) })
    })
    .await?;

    browser.open_page(WELCOME).await?;
    paint(browser, &named("unpaired"), Some("#begin")).await?;
    press_on(browser, "#begin", Key::Enter).await?;
    browser.find("#pair").await?;

    browser.fill("#server", &scenario.companion.origin()).await?;
    browser.press(Key::Enter).await?;
    browser.popup_state(&["waiting"], PATIENCE).await?;
    press_on(browser, "#cancel", Key::Space).await?;
    browser.popup_state(&["unpaired"], PATIENCE).await.map(drop)
}

async fn press_on(browser: &Browser, css: &str, key: Key) -> Step {
    browser.find(css).await?;
    browser.run(&format!("document.querySelector('{css}').focus();")).await?;
    browser.press(key).await
}

async fn focused(browser: &Browser, id: &str) -> Step {
    until(&format!("{id} to have the focus"), PATIENCE, || async {
        let here = browser.run("return document.activeElement.id;").await?;
        Ok(if here == id { Ok(()) } else { Err(here.to_string()) })
    })
    .await
}

/// Whoever reads German or French reads every word of it.
async fn every_language_has_room(kind: Kind) -> Step {
    let scenario = reachable(kind).await?;
    let browser = &scenario.browser;
    let mut cut = Vec::new();
    for language in ["de", "fr"] {
        for (page, name, size) in
            [(PANEL, "panel", (400, 640)), (OPTIONS, "options", (820, 1100)), (WELCOME, "welcome", (820, 860))]
        {
            open(browser, page).await?;
            browser.resize(size.0, size.1).await?;
            speak(browser, language).await?;
            for (state, seen, view) in views_of(page) {
                paint(browser, &view, (page == PANEL).then_some(seen)).await?;
                let found = overflowing(browser).await?;
                cut.extend(found.into_iter().map(|what| format!("{language}, {name}-{state}: {what}")));
                browser.picture(&format!("{language}-{name}-{state}"), size.0, size.1).await?;
            }
        }
    }
    assert!(cut.is_empty(), "{cut:#?}");
    Ok(())
}

/// Lets the current page take its texts from that language, whatever the browser's is.
async fn speak(browser: &Browser, language: &str) -> Step {
    let script = format!(
        "const texts = await (await fetch('/_locales/{language}/messages.json')).json();
        const filled = ({{ message, placeholders = {{}} }}, given) => message.replace(/\\$(\\w+)\\$/g, (_, name) => given[placeholders[name.toLowerCase()].content.slice(1) - 1] ?? '');
        chrome.i18n.getMessage = (key, given = []) => key in texts ? filled(texts[key], given) : '';
        const {{ localise, text }} = await import('/pages/text.js');
        localise(document);
        return text('language_tag');"
    );
    let spoken = browser.run(&script).await?;
    assert_eq!(spoken, language);
    Ok(())
}

/// What does not fit: the page sideways, or a text in a box that hides the rest.
async fn overflowing(browser: &Browser) -> Step<Vec<String>> {
    let script = "const page = document.documentElement;
        const wide = page.scrollWidth > innerWidth + 1 ? [`the page is ${page.scrollWidth} wide`] : [];
        const hides = (one) => getComputedStyle(one).overflowX !== 'visible' && one.id !== 'diagnostics' && one !== page && one !== document.body;
        const cut = [...document.querySelectorAll('body *')].filter((one) => one.checkVisibility() && one.clientWidth > 0
            && (one.scrollWidth > one.clientWidth + 1) && (hides(one) || ['BUTTON', 'A', 'SELECT'].includes(one.tagName)));
        return [...wide, ...cut.map((one) => `${one.tagName} ${one.id} ${one.textContent.slice(0, 60)}`)];";
    tokio::time::sleep(Duration::from_millis(20)).await;
    let found: Value = browser.run(script).await?;
    let found = found.as_array().ok_or_else(|| format!("the page says: {found}"))?;
    Ok(found.iter().map(|one| one.as_str().map_or_else(|| json!(one).to_string(), str::to_owned)).collect())
}
