//! Every page of the dashboard in the states that take work to come to: failed, held, drifted, brought, unreachable. Each keeps the
//! rules of accessibility, and no page is left out.

use std::collections::BTreeSet;
use std::io::{Cursor, Write as _};
use std::path::Path;

use e2e::Step;
use e2e::accessibility::Judge;
use e2e::browser::{Browser, Kind};
use e2e::inputs::pictures_wanted;
use e2e::library::{Library, skill_md};
use e2e::puppet::Puppet;
use e2e::scenario::Scenario;
use serde_json::json;

e2e::in_both_browsers! {
    every_page_keeps_the_rules_in_every_state,
}

const WIDE: (u32, u32) = (1280, 1000);
const PHONE: (u32, u32) = (390, 900);
const SKILLS: usize = 8;

/// Pages and what is in them once everything has happened.
const FULL: [(&str, &str); 20] = [
    ("/", "#chart-uses"),
    ("/notifications", "[data-todo]"),
    ("/skills", "[data-state=failed]"),
    ("/skills/median-0000", "[data-version='1']"),
    ("/skills/median-0006", "[data-state=failed]"),
    ("/skills?state=failed", "[data-skill]"),
    ("/collections", "a[href='/collections/team']"),
    ("/collections/team", "#publish"),
    ("/browsers", ".browser"),
    ("/settings/integrations/claude-ai", "#main"),
    ("/settings/integrations/claude-ai/pair", "#main"),
    ("/services", "#main"),
    ("/conflicts", "#main"),
    ("/held", "[data-batch]"),
    ("/queue", "[data-operation]"),
    ("/activity", "[data-event]"),
    ("/diagnostic", "[data-level=bad]"),
    ("/drift", "[data-endpoint]"),
    ("/people", "[data-person=berta]"),
    ("/docs", "#main"),
];

/// Routes that are judged elsewhere, or are no pages, and why.
const NOT_HERE: [(&str, &str); 3] = [
    ("/conflicts/{link}", "`a_conflict_is_decided` judges it in both views"),
    ("/live", "a stream"),
    ("/assets/{file}", "styles and scripts"),
];

async fn page(scenario: &Scenario, path: &str, wanted: &str) -> Step {
    scenario.browser.open(&format!("{}{path}", scenario.companion.origin())).await?;
    scenario.browser.find(wanted).await.map(drop)
}

async fn every_page_keeps_the_rules_in_every_state(kind: Kind) -> Step {
    let Some(mut judge) = Judge::new()? else { return Ok(()) };
    let mut scenario = Scenario::start(kind, Library::of_median_size(SKILLS)?).await?;
    scenario.browser.open_tab(&format!("{}/login?refused=LOGIN_REQUIRED", scenario.companion.origin())).await?;
    judge.judge(&scenario.browser, "login").await?;
    scenario.browser.open(&scenario.companion.login_link).await?;
    scenario.browser.find("#verdict").await?;
    let puppet = Puppet::pair(&scenario.companion, "Old laptop").await?;
    puppet.work(|name| (name == "median-0006").then_some("claude.ai has no room for it.")).await?;
    imports(&scenario, &mut judge).await?;
    things_happen(&scenario, &puppet).await?;
    answers(&scenario, &mut judge).await?;
    services(&mut scenario, &mut judge).await?;
    let browser = &scenario.browser;
    for (path, wanted) in FULL.into_iter().chain([("/settings", "#appearance"), ("/account", "#main")]) {
        page(&scenario, path, wanted).await?;
        judge.judge_both_schemes(browser, path).await?;
        keep(browser, path, WIDE).await?;
    }
    browser.resize(PHONE.0, PHONE.1).await?;
    for (path, wanted) in FULL {
        page(&scenario, path, wanted).await?;
        for dark in [false, true] {
            browser.prefer_dark(dark).await?;
            fits(browser, path).await?;
        }
        keep(browser, path, PHONE).await?;
    }
    let seen = judge.pages().clone();
    judge.acquit();
    every_route_is_there(&seen)
}

/// Pictures in both schemes for whoever looks over the pages.
async fn keep(browser: &Browser, path: &str, size: (u32, u32)) -> Step {
    if !pictures_wanted() {
        return Ok(());
    }
    let name: String = path.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    browser.picture_both_schemes(&format!("state{name}-{}", size.0), size.0, size.1).await?;
    browser.resize(size.0, size.1).await
}

async fn fits(browser: &Browser, path: &str) -> Step {
    let wide = browser.run("return document.documentElement.scrollWidth - innerWidth;").await?;
    assert!(wide.as_i64().is_some_and(|more| more <= 0), "{path} is too wide by {wide}");
    Ok(())
}

/// Six changed skills, a new one, one to repair and one that is refused.
fn brought() -> Step<Vec<u8>> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |path: String, content: &[u8]| -> Step {
        writer.start_file(path, zip::write::SimpleFileOptions::default())?;
        Ok(writer.write_all(content)?)
    };
    for number in 0..6 {
        let name = format!("median-{number:04}");
        put(format!("{name}/SKILL.md"), &skill_md(&name, "Changed from outside."))?;
    }
    put("new/SKILL.md".to_owned(), &skill_md("new", "A new one."))?;
    put("repaired/skill.md".to_owned(), b"---\nname: repaired\ndescription: d\nauthor: me\n---\nText.\n")?;
    put("refused/SKILL.md".to_owned(), b"---\nname: refused\n---\n")?;
    Ok(writer.finish()?.into_inner())
}

async fn imports(scenario: &Scenario, judge: &mut Judge) -> Step {
    let browser = &scenario.browser;
    page(scenario, "/import?refused=EMPTY_BUNDLE", "#said .notice.bad").await?;
    judge.judge(browser, "an import of nothing").await?;
    page(scenario, "/import/path", "#bring").await?;
    judge.judge(browser, "the import page by its other address").await?;
    let zip = scenario.companion.data().join("brought.zip");
    std::fs::write(&zip, brought()?)?;
    browser.choose("#zips", &[&zip]).await?;
    browser.click("#bring button").await?;
    browser.find("[data-import='brought/refused']").await?;
    judge.judge_both_schemes(browser, "import preview").await?;
    keep(browser, "/import-preview", WIDE).await?;
    browser.resize(PHONE.0, PHONE.1).await?;
    fits(browser, "import preview").await?;
    keep(browser, "/import-preview", PHONE).await?;
    browser.resize(WIDE.0, WIDE.1).await?;
    browser.click("[data-import='brought/repaired'] a").await?;
    browser.find(".patch").await?;
    judge.judge(browser, "what would be repaired").await?;
    browser.click(".crumb a").await?;
    browser.click("main form button.primary").await?;
    browser.find("#said .notice.ok").await?;
    judge.judge(browser, "after an import").await
}

/// Usage, drift, a collection, somebody else.
async fn things_happen(scenario: &Scenario, puppet: &Puppet) -> Step {
    let companion = &scenario.companion;
    for slug in ["median-0000", "median-0000", "median-0001"] {
        companion.call("POST", "/v1/hooks/skill-used", json!({ "skill_slug": slug })).await?;
    }
    let findings = json!([{ "kind": "missing", "severity": "breaking", "at": "/0/id", "expected": "text" }]);
    let detail = json!({ "endpoint": "skills_list", "verdict": "read_only", "message": "m", "findings": findings });
    puppet.tell(&json!({ "category": "endpoint_changed", "ext_version": "1.0", "detail": detail })).await?;
    let skill = json!({ "name": "grouped", "slug": "grouped", "description": "Goes by its group.", "collections": ["team"], "content_md": "Text." });
    companion.call("POST", "/v1/skills", skill).await
}

/// Pages that answer a button.
async fn answers(scenario: &Scenario, judge: &mut Judge) -> Step {
    let browser = &scenario.browser;
    page(scenario, "/people", "input[name=name]").await?;
    browser.fill("input[name=name]", "berta").await?;
    browser.click(".fields button").await?;
    browser.click("[data-person=berta] form:first-of-type button").await?;
    browser.find("#link").await?;
    judge.judge(browser, "a login link").await?;
    page(scenario, "/skills/nobody-made-this", "#main").await?;
    judge.judge(browser, "a page that is missing").await
}

/// A registry with a service that nobody can reach.
async fn services(scenario: &mut Scenario, judge: &mut Judge) -> Step {
    page(scenario, "/services", "#main").await?;
    judge.judge(&scenario.browser, "no services").await?;
    let home = scenario.companion.data().join(".local/share/skillferry");
    std::fs::create_dir_all(&home)?;
    std::fs::write(home.join("sc_po.md"), "# How to use it\n")?;
    let registry = json!([{
        "id": "po", "name": "Project office", "description": "Plans and budgets of all projects",
        "token_exchange_url": "https://po.invalid/exchange", "token_revoke_url": "https://po.invalid/revoke",
        "health_url": "https://po.invalid/health", "env_var_name": "PO_API_KEY", "skill_file": "sc_po.md",
    }]);
    std::fs::write(home.join("service_connectors.json"), registry.to_string())?;
    scenario.companion.kill().await?;
    scenario.companion.restart().await?;
    page(scenario, "/services", "#main").await?;
    assert!(scenario.browser.text("main").await?.contains("Project office"));
    judge.judge(&scenario.browser, "a service that is not connected").await
}

/// Reads which addresses the dashboard answers with a page, from its source.
fn routes() -> Step<BTreeSet<String>> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../companion-server/src/dashboard");
    let mut routes = BTreeSet::new();
    for file in std::fs::read_dir(source)? {
        let text: String = std::fs::read_to_string(file?.path())?.split_whitespace().collect();
        for rest in text.split(".route(\"").skip(1) {
            let (path, handlers) = rest.split_once("\",").unwrap_or((rest, ""));
            if handlers.starts_with("get(") {
                routes.insert(path.to_owned());
            }
        }
    }
    Ok(routes)
}

fn fitting(route: &str, path: &str) -> bool {
    let (route, path): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
    route.len() == path.len() && route.iter().zip(&path).all(|(one, other)| one.starts_with('{') || one == other)
}

fn every_route_is_there(seen: &BTreeSet<String>) -> Step {
    let routes = routes()?;
    assert!(routes.len() > 20, "the routes are read from the source: {routes:?}");
    let left_out = |route: &&String| !NOT_HERE.iter().any(|(path, _)| path == route);
    let missing: Vec<_> =
        routes.iter().filter(left_out).filter(|route| !seen.iter().any(|path| fitting(route, path))).collect();
    assert!(missing.is_empty(), "nobody looks at {missing:?}; seen: {seen:?}");
    Ok(())
}
