//! Internal services in real browsers: a click brings a key to a person's machine, another takes it away; what breaks is shown and goes by
//! itself; a person pauses, and leaves with everything that was kept about them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use e2e::Step;
use e2e::accessibility::Judge;
use e2e::browser::{Browser, Kind};
use e2e::library::Library;
use e2e::machine::Machine;
use e2e::process::until;
use e2e::scenario::Scenario;
use e2e::services::Services;
use internal_service_stand_in::{Fault, Service};
use serde_json::json;

e2e::in_both_browsers! {
    a_click_brings_a_key_and_another_takes_it_away,
    what_breaks_is_shown_and_goes_by_itself,
    a_person_pauses_and_leaves,
    the_last_admin_is_told_so,
}

const LONG: Duration = Duration::from_secs(60);
const ANN: &str = "ann@team.example";
const READER: &str = env!("CARGO_BIN_EXE_env_reader");
const PHONE: (u32, u32) = (390, 800);

/// A server that knows a service, and Ann in front of its dashboard.
async fn ann(kind: Kind) -> Step<(Scenario, Service)> {
    let service = Service::start().await?;
    let services = Services::of(&service)?;
    let scenario = Scenario::start_with_services(kind, Library::empty()?, services).await?;
    let server = &scenario.companion;
    let ann = server.made("POST", "/v1/users", json!({ "name": ANN })).await?;
    let id = ann["id"].as_str().ok_or("a person has an id")?;
    let link = server.made("POST", &format!("/v1/users/{id}/login-link"), json!({})).await?;
    let path = link["path"].as_str().ok_or("a link has a path")?;
    // In a tab in front: the extension's first page lies over the one that the browser began with, and a hidden page does not renew itself.
    scenario.browser.open_tab(&format!("{}{path}", server.origin())).await?;
    scenario.browser.find("#verdict").await?;
    Ok((scenario, service))
}

async fn page(scenario: &Scenario, path: &str) -> Step {
    scenario.browser.open(&format!("{}{path}", scenario.companion.origin())).await
}

/// Clicks, and waits for the page that says that it worked.
async fn done(browser: &Browser, css: &str) -> Step {
    browser.click(css).await?;
    browser.find("#outcome.ok").await.map(drop)
}

/// Waits for something on the page as it is, without loading it again.
async fn appears(browser: &Browser, what: &str, script: &str) -> Step {
    until(what, LONG, || async {
        let seen = browser.run(&format!("return Boolean({script});")).await?;
        Ok(if seen == true { Ok(()) } else { Err(browser.run("return document.body.innerText;").await?.to_string()) })
    })
    .await
}

/// Pulls for the first time; Ann types the code and clicks.
async fn pair(scenario: &Scenario, machine: &Machine) -> Step {
    let waiting = machine.first_pull(&scenario.companion.origin()).await?;
    page(scenario, "/services").await?;
    scenario.browser.fill("form[action=\"/machines/approve\"] input[name=code]", &waiting.code).await?;
    done(&scenario.browser, "form[action=\"/machines/approve\"] button").await?;
    waiting.ended().await.map(drop)
}

fn mode(path: &Path) -> Step<u32> {
    Ok(path.metadata()?.permissions().mode() & 0o777)
}

async fn a_click_brings_a_key_and_another_takes_it_away(kind: Kind) -> Step {
    let (scenario, service) = ann(kind).await?;
    let (browser, machine) = (&scenario.browser, Machine::new()?);
    let untouched = machine.everything()?;
    page(&scenario, "/services").await?;
    done(browser, "[data-service=po] form[action$=connect] button").await?;
    let issued = service.in_force();
    assert_eq!((issued.len(), issued[0].email.as_str()), (1, ANN));
    pair(&scenario, &machine).await?;

    let (env, rules) = (machine.project().join(".env"), machine.project().join(".claude/rules"));
    assert_eq!(machine.reads(READER, "PO_API_KEY").await?.as_ref(), Some(&issued[0].key));
    assert_eq!(std::fs::read_to_string(rules.join("sc_po.md"))?, Services::SKILL_TEXT);
    assert_eq!((mode(&env)?, mode(&rules)?, mode(&rules.join("sc_po.md"))?), (0o600, 0o700, 0o600));
    assert!(machine.run(&["pull"]).await?.contains("Everything is as it should be."));

    page(&scenario, "/services").await?;
    browser.click("[data-service=po] details summary").await?;
    done(browser, "[data-service=po] button.danger").await?;
    assert!(service.in_force().is_empty(), "revoked at the service");
    machine.run(&["pull"]).await?;
    assert_eq!(machine.reads(READER, "PO_API_KEY").await?, None);
    assert!(!rules.join("sc_po.md").exists());

    done(browser, "[data-service=po] form[action$=connect] button").await?;
    machine.run(&["pull"]).await?;
    assert_eq!(machine.reads(READER, "PO_API_KEY").await?.as_ref(), Some(&service.in_force()[0].key));
    machine.run(&["pull", "--uninstall"]).await?;
    assert_eq!(machine.everything()?, untouched, "no trace is left");
    page(&scenario, "/services").await?;
    assert_eq!(browser.find_all("form[action$=revoke]").await?.len(), 0, "and no machine is paired");
    Ok(())
}

async fn what_breaks_is_shown_and_goes_by_itself(kind: Kind) -> Step {
    let (scenario, service) = ann(kind).await?;
    let browser = &scenario.browser;
    page(&scenario, "/services").await?;
    done(browser, "[data-service=po] form[action$=connect] button").await?;
    page(&scenario, "/activity").await?;
    assert_eq!(browser.find_all(".banner").await?.len(), 0);
    browser.run("window.marked = true; return true;").await?;
    service.world().health = Some(Fault::Answer(401, r#"{"error": "invalid_grant"}"#.to_owned()));
    appears(browser, "the banner", "document.querySelector('.banner.broken')").await?;
    assert!(browser.text(".banner.broken").await?.contains("access was revoked or expired"));
    service.world().health = None;
    appears(browser, "the banner to go", "!document.querySelector('.banner')").await?;
    assert_eq!(browser.run("return window.marked === true;").await?, true, "the page was loaded again");

    // One that does not answer at all may be back at any moment, and is nobody's to put right.
    let probes = || service.world().asked.get("health").copied().unwrap_or_default();
    service.world().health = Some(Fault::Answer(503, String::new()));
    let so_far = probes();
    until("two more looks", LONG, || async {
        Ok(if probes() > so_far + 1 { Ok(()) } else { Err(probes().to_string()) })
    })
    .await?;
    page(&scenario, "/activity").await?;
    assert_eq!(browser.find_all(".banner").await?.len(), 0);

    // What needs the person leads straight to where it is put right.
    service.world().health = None;
    service.world().exchange = Some(Fault::Answer(400, r#"{"error": "invalid_grant"}"#.to_owned()));
    page(&scenario, "/services").await?;
    browser.click("[data-service=po] form[action$=connect] button").await?;
    browser.find("#outcome.bad").await?;
    service.world().exchange = None;
    page(&scenario, "/activity").await?;
    browser.click(".banner.broken a").await?;
    done(browser, "[data-service=po] form[action$=connect] button.primary").await?;
    assert_eq!(browser.find_all(".banner").await?.len(), 0);
    Ok(())
}

async fn a_person_pauses_and_leaves(kind: Kind) -> Step {
    let (scenario, service) = ann(kind).await?;
    let browser = &scenario.browser;
    page(&scenario, "/services").await?;
    done(browser, "[data-service=po] form[action$=connect] button").await?;
    let machine = Machine::new()?;
    pair(&scenario, &machine).await?;

    page(&scenario, "/settings").await?;
    let idle = browser.text("#own-lever").await?;
    browser.click("#hold summary").await?;
    browser.fill("#hold input[name=reason]", "On holiday").await?;
    browser.click("#hold button").await?;
    assert!(browser.text(".banner.paused").await?.contains("On holiday"));
    assert!(browser.text("#own-lever").await?.contains("On holiday"));
    assert!(machine.run(&["pull"]).await.is_err_and(|error| error.to_string().contains("paused")));
    in_every_language(&scenario).await?;
    page(&scenario, "/settings").await?;
    browser.click("#resume summary").await?;
    browser.click("#resume button").await?;
    browser.find("#hold summary").await?;
    assert_eq!((browser.find_all(".banner").await?.len(), browser.text("#own-lever").await?), (0, idle));
    assert!(machine.run(&["pull"]).await?.contains("Everything is as it should be."));

    page(&scenario, "/account").await?;
    let export =
        "const answer = await fetch(document.querySelector('#export').href); return (await answer.json()).person.name;";
    assert_eq!(browser.run(export).await?, ANN);
    browser.click("#leave summary").await?;
    browser.fill("#leave input[name=confirm]", "somebody else").await?;
    browser.click("#leave button.danger").await?;
    browser.find("p.notice").await?;
    browser.click("#leave summary").await?;
    browser.fill("#leave input[name=confirm]", ANN).await?;
    browser.click("#leave button.danger").await?;
    browser.find("#gone").await?;
    page(&scenario, "/account").await?;
    browser.find("#login").await?;
    assert!(machine.run(&["pull"]).await.is_err_and(|error| error.to_string().contains("revoked")));
    until("the service to have revoked the key", LONG, || async {
        let left = service.in_force();
        Ok(if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) })
    })
    .await
}

/// The pages of this subject fit on a phone, whatever they say, and keep the rules in either colour.
async fn in_every_language(scenario: &Scenario) -> Step {
    let (browser, mut rules) = (&scenario.browser, Judge::new()?);
    browser.resize(PHONE.0, PHONE.1).await?;
    for language in ["de", "fr", "en"] {
        page(scenario, "/settings").await?;
        browser.run(&format!("document.querySelector('#language').value = '{language}'; return true;")).await?;
        browser.click("#appearance button").await?;
        browser.find("#said .notice").await?;
        for path in ["/services", "/settings", "/account"] {
            page(scenario, path).await?;
            let shown = "document.querySelectorAll('details').forEach((one) => { one.open = true; });
                return [document.documentElement.lang, document.documentElement.scrollWidth <= innerWidth];";
            assert_eq!(browser.run(shown).await?, json!([language, true]), "{path} does not fit");
            if let Some(rules) = rules.as_mut().filter(|_| language == "en") {
                rules.judge_both_schemes(browser, path).await?;
            }
        }
    }
    if let Some(rules) = rules {
        rules.acquit();
    }
    Ok(())
}

async fn the_last_admin_is_told_so(kind: Kind) -> Step {
    let scenario = Scenario::start(kind, Library::empty()?).await?;
    let browser = &scenario.browser;
    browser.open(&scenario.companion.login_link).await?;
    browser.find("#verdict").await?;
    page(&scenario, "/account").await?;
    let name = browser.run("return document.querySelector('h1').firstChild.textContent.trim();").await?;
    let name = name.as_str().ok_or("a name")?;
    browser.click("#leave summary").await?;
    browser.find("#last-admin").await?;
    browser.fill("#leave input[name=confirm]", name).await?;
    browser.click("#leave button.danger").await?;
    assert!(browser.text("p.notice").await?.contains("last admin"));
    browser.click("#leave summary").await?;
    browser.fill("#leave input[name=confirm]", name).await?;
    browser.click("#leave input[name=last_admin]").await?;
    browser.click("#leave button.danger").await?;
    browser.find("#gone").await.map(drop)
}
