//! The dashboard in real browsers: from the login link to the first skill, changes that appear by themselves, every page in every state,
//! and what its buttons do.

use std::time::Duration;

use e2e::Step;
use e2e::accessibility::Judge;
use e2e::browser::{Browser, Key, Kind};
use e2e::library::{Library, foreign_zip, skill_md};
use e2e::process::until;
use e2e::scenario::Scenario;
use serde_json::json;

e2e::in_both_browsers! {
    the_first_skill_arrives_within_five_clicks,
    changes_appear_and_nothing_moves,
    empty_pages_teach_and_keep_the_rules,
    full_pages_keep_the_rules_in_every_language,
    buttons_do_what_they_say,
    a_conflict_is_decided,
    the_keyboard_reaches_everything,
}

const LONG: Duration = Duration::from_secs(90);
const WIDE: (u32, u32) = (1280, 900);
const PHONE: (u32, u32) = (390, 800);

/// Pages without a value in their address.
const PAGES: [&str; 16] = [
    "/",
    "/notifications",
    "/skills",
    "/collections",
    "/browsers",
    "/settings/integrations/claude-ai",
    "/conflicts",
    "/held",
    "/activity",
    "/queue",
    "/diagnostic",
    "/drift",
    "/settings",
    "/account",
    "/people",
    "/import",
];

async fn page(scenario: &Scenario, path: &str) -> Step {
    scenario.browser.open(&format!("{}{path}", scenario.companion.origin())).await
}

/// Waits for something on the page as it is, without loading it again.
async fn appears(browser: &Browser, what: &str, script: &str) -> Step {
    until(what, LONG, || async {
        let seen = browser.run(&format!("return Boolean({script});")).await?;
        Ok(if seen == true { Ok(()) } else { Err(browser.run("return document.body.innerText;").await?.to_string()) })
    })
    .await
}

/// Leaves a mark that only a reload takes away.
async fn mark(browser: &Browser) -> Step {
    browser.run("window.marked = true; return true;").await.map(drop)
}

async fn still_marked(browser: &Browser) -> Step {
    assert_eq!(browser.run("return window.marked === true;").await?, true, "the page was loaded again");
    Ok(())
}

/// Clicks: connect (1), the extension’s icon (2) and its button (3), approve (4). Address and name are typed.
async fn the_first_skill_arrives_within_five_clicks(kind: Kind) -> Step {
    let mut scenario = Scenario::start(kind, Library::of_median_size(2)?).await?;
    scenario.sign_in().await?;
    scenario.open_dashboard().await?;
    let dashboard = scenario.browser.tab().await?;
    scenario.browser.find("[data-step=connect]").await?;
    scenario.browser.picture("first-run", WIDE.0, WIDE.1).await?;
    scenario.browser.click("[data-step=connect] a.button").await?;
    scenario.browser.find("#address").await?;
    mark(&scenario.browser).await?;
    let code = scenario.ask_to_pair().await?;
    let popup = scenario.popup.clone();
    scenario.browser.switch(&dashboard).await?;
    let button = format!("button[data-approve=\"{code}\"]");
    scenario.browser.find(&button).await?;
    still_marked(&scenario.browser).await?;
    scenario.browser.click(&button).await?;
    scenario.browser.find("#approved").await?;
    scenario.in_step(LONG).await?;
    scenario.browser.click("#approved a.button").await?;
    scenario.browser.find("#verdict.ok").await?;
    scenario.browser.switch(&popup).await
}

async fn changes_appear_and_nothing_moves(kind: Kind) -> Step {
    let mut scenario = Scenario::paired(kind, Library::of_median_size(3)?).await?;
    scenario.in_step(LONG).await?;
    scenario.open_dashboard().await?;
    page(&scenario, "/skills").await?;
    scenario.browser.find("[data-skill=\"median-0000\"][data-state=\"in-step\"]").await?;
    mark(&scenario.browser).await?;
    scenario.library.edit("brand-new", "A new one.\n")?;
    scenario.browser.find("[data-skill=\"brand-new\"]").await?;
    scenario.browser.find("[data-skill=\"brand-new\"][data-state=\"in-step\"]").await?;
    scenario.browser.fill("#q", "brand").await?;
    appears(&scenario.browser, "the search", "document.querySelectorAll('[data-skill]').length === 1").await?;
    scenario.library.edit("brand-two", "Another.\n")?;
    appears(&scenario.browser, "what matches as well", "document.querySelectorAll('[data-skill]').length === 2")
        .await?;
    let kept = "return [document.querySelector('#q').value, document.activeElement.id, new URL(location).searchParams.get('q')];";
    assert_eq!(scenario.browser.run(kept).await?, json!(["brand", "q", "brand"]));
    still_marked(&scenario.browser).await?;

    page(&scenario, "/browsers").await?;
    scenario.browser.click("details.more summary").await?;
    scenario.browser.fill("input[name=browser_label]", "Half typed").await?;
    mark(&scenario.browser).await?;
    let linked = scenario.browser.text(".browser .dim").await?;
    scenario.library.edit("brand-three", "A third.\n")?;
    let changed = format!("document.querySelector('.browser .dim').innerText !== {}", json!(linked));
    appears(&scenario.browser, "the browser’s figures", &changed).await?;
    scenario.in_step(LONG).await?;
    let kept = "return [document.querySelector('input[name=browser_label]').value, document.querySelector('details.more').open];";
    assert_eq!(scenario.browser.run(kept).await?, json!(["Half typed", true]));
    still_marked(&scenario.browser).await?;

    scenario.companion.kill().await?;
    scenario.browser.find("#offline").await?;
    scenario.companion.restart().await?;
    appears(&scenario.browser, "the server to be back", "document.querySelector('#offline').hidden").await?;
    still_marked(&scenario.browser).await?;
    let here = scenario.browser.tab().await?;
    scenario.browser.open_tab(&format!("{}/settings", scenario.companion.origin())).await?;
    scenario.browser.click("form.out button").await?;
    scenario.browser.find("#login").await?;
    scenario.browser.close_tab(&here).await?;
    scenario.browser.find("#login").await.map(drop)
}

async fn empty_pages_teach_and_keep_the_rules(kind: Kind) -> Step {
    let Some(mut judge) = Judge::new()? else { return Ok(()) };
    let scenario = Scenario::start(kind, Library::empty()?).await?;
    scenario.browser.open_tab(&format!("{}/login", scenario.companion.origin())).await?;
    judge.judge(&scenario.browser, "login").await?;
    scenario.open_dashboard().await?;
    for path in PAGES.into_iter().chain(["/skills/nothing-here", "/skills?q=nothing"]) {
        page(&scenario, path).await?;
        judge.judge_both_schemes(&scenario.browser, &format!("empty {path}")).await?;
    }
    judge.acquit();
    Ok(())
}

/// A library with something in every state that does not need a conflict.
async fn full(kind: Kind) -> Step<Scenario> {
    let mut scenario = Scenario::start(kind, Library::of_many_shapes()?).await?;
    scenario.sign_in().await?;
    scenario.pair().await?;
    scenario.in_step(LONG).await?;
    let skill = json!({ "name": "grouped", "slug": "grouped", "description": "Goes by its group.", "collections": ["team"], "content_md": "Text." });
    scenario.companion.call("POST", "/v1/skills", skill).await?;
    scenario.companion.call("PATCH", "/v1/skills/grouped", json!({ "content_md": "Other text." })).await?;
    Ok(scenario)
}

async fn full_pages_keep_the_rules_in_every_language(kind: Kind) -> Step {
    let Some(mut judge) = Judge::new()? else { return Ok(()) };
    let scenario = full(kind).await?;
    let browser = &scenario.browser;
    scenario.open_dashboard().await?;
    let more = ["/skills/grouped", "/skills/more-keys", "/collections/team", "/skills?state=refused"];
    let all = || PAGES.into_iter().chain(more);
    browser.resize(WIDE.0, WIDE.1).await?;
    for path in all() {
        page(&scenario, path).await?;
        judge.judge_both_schemes(browser, &format!("full {path}")).await?;
    }
    browser.prefer_dark(false).await?;
    for (language, size) in [("de", PHONE), ("fr", PHONE), ("fr", WIDE), ("en", PHONE)] {
        choose(&scenario, language, "").await?;
        browser.resize(size.0, size.1).await?;
        for path in all() {
            page(&scenario, path).await?;
            let wide = "return [document.documentElement.lang, document.documentElement.scrollWidth - innerWidth];";
            let seen = browser.run(wide).await?;
            assert_eq!(seen[0], language, "{path}");
            assert!(
                seen[1].as_i64().is_some_and(|more| more <= 0),
                "{path} in {language} is too wide by {seen} at {size:?}"
            );
        }
        page(&scenario, "/").await?;
        judge.judge(browser, &format!("overview in {language} at {size:?}")).await?;
        browser.picture(&format!("overview-{language}-{}", size.0), size.0, size.1).await?;
    }
    choose(&scenario, "", "").await?;
    for (path, name) in [
        ("/", "dashboard"),
        ("/skills", "skills"),
        ("/skills/more-keys", "skill"),
        ("/activity", "activity"),
        ("/diagnostic", "diagnostic"),
    ] {
        page(&scenario, path).await?;
        browser.find("#main").await?;
        browser.picture(name, WIDE.0, 1000).await?;
    }
    choose(&scenario, "", "dark").await?;
    page(&scenario, "/").await?;
    let dark = browser.run("return getComputedStyle(document.body).backgroundColor;").await?;
    assert_eq!(dark, "rgb(17, 22, 29)", "the choice goes before the system");
    browser.picture("dashboard-dark", WIDE.0, 1000).await?;
    judge.acquit();
    Ok(())
}

/// Sets language and colours on the page for it.
async fn choose(scenario: &Scenario, language: &str, theme: &str) -> Step {
    page(scenario, "/settings").await?;
    let browser = &scenario.browser;
    browser.run(&format!("document.querySelector('#language').value = '{language}'; document.querySelector('#theme').value = '{theme}';")).await?;
    browser.click("#appearance button").await?;
    browser.find("#said .notice").await.map(drop)
}

async fn buttons_do_what_they_say(kind: Kind) -> Step {
    let scenario = full(kind).await?;
    let browser = &scenario.browser;
    scenario.open_dashboard().await?;

    page(&scenario, "/skills/grouped").await?;
    mark(browser).await?;
    browser.click("button[name=enabled][value=false]").await?;
    browser.find("button[name=enabled][value=true]").await?;
    browser.click("button[name=enabled][value=true]").await?;
    browser.find("button[name=enabled][value=false]").await?;
    browser.click("[data-version=\"1\"] form button").await?;
    browser.find("[data-version=\"3\"]").await?;
    still_marked(browser).await?;

    page(&scenario, "/collections").await?;
    browser.fill("input[name=name]", "docs").await?;
    browser.click(".filter button").await?;
    browser.click("#publish button[value=true]").await?;
    browser.find("#publish button[value=false]").await?;

    page(&scenario, "/browsers").await?;
    browser.click(".browser details.more:first-of-type summary").await?;
    browser.fill("input[name=browser_label]", "Desk").await?;
    browser.click(".fields button").await?;
    browser.find("[data-browser=Desk]").await?;

    page(&scenario, "/diagnostic").await?;
    browser.find("[data-check=backend_db][data-level=ok]").await?;
    browser.click("[data-copy]").await?;
    appears(browser, "the copy to be said", "document.querySelector('#copied').textContent").await?;

    page(&scenario, "/activity").await?;
    browser.run("const event = document.querySelector('#event'); event.value = 'pair_redeemed'; event.dispatchEvent(new Event('change', { bubbles: true }));").await?;
    appears(
        browser,
        "one kind of event",
        "[...document.querySelectorAll('[data-event]')].every((row) => row.dataset.event === 'pair_redeemed')",
    )
    .await?;

    page(&scenario, "/people").await?;
    browser.fill("input[name=name]", "berta").await?;
    browser.click(".fields button").await?;
    browser.click("[data-person=berta] form:first-of-type button").await?;
    browser.find("#link").await?;

    page(&scenario, "/browsers").await?;
    browser.click(".browser details.more:last-of-type summary").await?;
    browser.click(".browser details.more:last-of-type button").await?;
    appears(browser, "the browser to be gone", "document.querySelectorAll('.browser').length === 0").await
}

async fn a_conflict_is_decided(kind: Kind) -> Step {
    let mut scenario = Scenario::paired(kind, Library::of_median_size(2)?).await?;
    scenario.in_step(LONG).await?;
    let theirs = skill_md("median-0001", "Edited by hand on claude.ai.");
    scenario.stand_in.put_skill("median-0001", foreign_zip("median-0001", &theirs)?).await?;
    scenario.library.edit("median-0001", "Edited here at the same time.\n")?;
    // An edit that the server has not read yet would simply be the newer one.
    until("the edit to be read", LONG, || async {
        let events = scenario.companion.get("/activity?event=skill_updated").await?;
        Ok(if events.as_array().is_some_and(|list| !list.is_empty()) { Ok(()) } else { Err(events.to_string()) })
    })
    .await?;
    scenario.browser.click("#sync-now").await?;
    until("the conflict to be found", LONG, || async {
        let found = scenario.companion.get("/conflicts").await?;
        Ok(if found.as_array().is_some_and(|list| !list.is_empty()) { Ok(()) } else { Err(found.to_string()) })
    })
    .await?;
    scenario.open_dashboard().await?;
    scenario.browser.find("[data-todo=conflicts]").await?;
    scenario.browser.click("[data-todo=conflicts] a.button").await?;
    scenario.browser.click("[data-conflict] a.button").await?;
    scenario.browser.find(".diff.sides").await?;
    scenario.browser.picture("conflict", WIDE.0, 1000).await?;
    if let Some(mut judge) = Judge::new()? {
        for view in ["sides", "inline"] {
            let at = scenario.browser.run("return location.pathname;").await?;
            page(&scenario, &format!("{}?view={view}", at.as_str().unwrap_or_default())).await?;
            judge.judge(&scenario.browser, &format!("conflict {view}")).await?;
        }
        judge.acquit();
    }
    scenario.browser.fill("#merged", "The text that both agree on.\n").await?;
    scenario.browser.click("#merge button").await?;
    scenario.browser.find("#said .notice.ok").await?;
    let file = scenario.library.root().join("median-0001").join("SKILL.md");
    until("the merged text to be in the folder", LONG, || async {
        let text = std::fs::read_to_string(&file)?;
        Ok(if text.contains("The text that both agree on.") { Ok(()) } else { Err(text) })
    })
    .await?;
    scenario.at_rest(LONG).await
}

async fn the_keyboard_reaches_everything(kind: Kind) -> Step {
    let scenario = full(kind).await?;
    let browser = &scenario.browser;
    scenario.open_dashboard().await?;
    for path in ["/", "/skills", "/browsers", "/settings"] {
        page(&scenario, path).await?;
        browser.press(Key::Tab).await?;
        let first = browser.run("return document.activeElement.className;").await?;
        assert_eq!(first, "skip", "{path} begins with the way past the navigation");
        let mut reached = Vec::new();
        let visible = "return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex=\"0\"]')]
            .filter((one) => one.checkVisibility()).length;";
        let wanted = browser.run(visible).await?.as_u64().unwrap_or(0);
        for _ in 0..wanted + 6 {
            let here = browser.run("const at = document.activeElement; window.seen ??= new Set(); window.seen.add(at); const box = at.getBoundingClientRect();
                for (let look = 0; look < 20 && at !== document.body && getComputedStyle(at).outlineStyle === 'none'; look++) await new Promise((after) => setTimeout(after, 50));
                const outline = getComputedStyle(at).outlineStyle; return [at.tagName, box.width > 0, outline, at.outerHTML.slice(0, 80), at.matches(':focus'), document.hasFocus()];").await?;
            // A window that the system does not hold for the active one paints no ring: then there is nothing to see.
            let rests = here[0] == "BODY" || here[4] == false;
            assert!(rests || (here[1] == true && here[2] != "none"), "{path}: {here} cannot be seen");
            reached.push(here[0].clone());
            browser.press(Key::Tab).await?;
        }
        let left_out = "return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
            .filter((one) => one.checkVisibility() && !window.seen.has(one)).map((one) => one.outerHTML.slice(0, 80));";
        assert_eq!(browser.run(left_out).await?, json!([]), "{path}: {reached:?}");
    }
    page(&scenario, "/").await?;
    browser.press(Key::Tab).await?;
    browser.press(Key::Enter).await?;
    assert_eq!(browser.run("return document.activeElement.id;").await?, "main");
    Ok(())
}
