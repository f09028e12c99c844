//! Signing in and out and switching accounts while the extension works.

use std::time::{Duration, Instant};

use e2e::Step;
use e2e::browser::{Kind, PATIENCE};
use e2e::library::Library;
use e2e::process::until;
use e2e::scenario::Scenario;
use serde_json::{Value, json};

const LONG: Duration = Duration::from_secs(90);

e2e::in_both_browsers! {
    a_sign_in_resumes_the_work_by_itself,
    a_sign_in_wakes_the_background,
    nothing_is_written_for_somebody_else,
    a_person_chooses_the_organisation,
    a_cookie_that_is_renewed_all_the_time_stops_nothing,
    a_policy_and_a_scan_are_shown,
}

/// Requests with this in their path, so far.
async fn sent(scenario: &Scenario, part: &str) -> Step<Vec<Value>> {
    let requests = scenario.stand_in.requests().await?;
    Ok(requests.into_iter().filter(|seen| seen["path"].as_str().is_some_and(|path| path.contains(part))).collect())
}

/// Signs in as somebody, in a tab of its own.
async fn sign_in_as(scenario: &Scenario, address: &str) -> Step {
    let here = scenario.browser.tab().await?;
    scenario.browser.open_tab("https://claude.ai/login").await?;
    scenario.browser.fill("input[name=email]", address).await?;
    scenario.browser.click("#sign-in").await?;
    scenario.browser.find("#sign-out").await?;
    scenario.browser.close_tab(&here).await
}

/// Signed out and in again by a person: noticed by the cookie, resumed within two seconds, without a click or another pairing.
async fn a_sign_in_resumes_the_work_by_itself(kind: Kind) -> Step {
    let mut scenario = Scenario::paired(kind, Library::of_median_size(4)?).await?;
    scenario.in_step(LONG).await?;
    scenario.sign_out().await?;
    scenario.browser.popup_state(&["signed_out"], PATIENCE).await?;
    let asked = sent(&scenario, "/api/organizations").await?.len();
    scenario.library.edit("median-0001", "While signed out.\n")?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(sent(&scenario, "/api/organizations").await?.len() <= asked + 1, "nobody is asked all the time");
    until("the server to know", LONG, || async {
        let browsers = scenario.companion.get("/integrations").await?;
        Ok(if browsers[0]["status"] == "cookie_expired" { Ok(()) } else { Err(browsers.to_string()) })
    })
    .await?;
    sign_in_as(&scenario, "person@example.org").await?;
    scenario.in_step(LONG).await?;
    assert_eq!(scenario.companion.get("/integrations").await?[0]["status"], "active");
    let at = |seen: &Value| seen["at_ms"].as_u64();
    let signed_in =
        sent(&scenario, "/login").await?.iter().filter(|seen| seen["method"] == "POST").filter_map(at).max();
    let signed_in = signed_in.ok_or("a sign-in")?;
    let uploads = sent(&scenario, "upload-skill").await?;
    let resumed = uploads.iter().filter_map(at).find(|at| *at > signed_in).ok_or("an upload")?;
    println!("sign-in to first resumed operation: {} ms", resumed - signed_in);
    assert!(resumed - signed_in <= 2_000, "{} ms", resumed - signed_in);
    scenario.nothing_doubled().await
}

/// The background has ended when the person signs in: the cookie wakes it.
async fn a_sign_in_wakes_the_background(kind: Kind) -> Step {
    let mut scenario = Scenario::paired(kind, Library::of_median_size(2)?).await?;
    scenario.in_step(LONG).await?;
    scenario.sign_out().await?;
    scenario.browser.popup_state(&["signed_out"], PATIENCE).await?;
    scenario.library.edit("median-0001", "While signed out.\n")?;
    let login = scenario.browser.open_tab("https://claude.ai/login").await?;
    scenario.browser.switch(&scenario.popup).await?;
    scenario.browser.kill_worker().await?;
    // A page of the extension would wake it, too.
    scenario.browser.close_tab(&login).await?;
    let begin = Instant::now();
    scenario.browser.click("#sign-in").await?;
    scenario.in_step(LONG).await?;
    println!("sign-in to in step, from a background that had ended: {:?}", begin.elapsed());
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    scenario.nothing_doubled().await
}

/// Somebody else signs in: nothing is written for them, and the owner's work goes on when the owner is back.
async fn nothing_is_written_for_somebody_else(kind: Kind) -> Step {
    let mut scenario = Scenario::paired(kind, Library::of_median_size(3)?).await?;
    scenario.in_step(LONG).await?;
    let uploads = sent(&scenario, "upload-skill").await?.len();
    for address in ["stranger@example.org", "colleague@example.org"] {
        scenario.sign_out().await?;
        sign_in_as(&scenario, address).await?;
        scenario.library.edit("median-0002", &format!("While {address} is here.\n"))?;
        scenario.browser.popup_state(&["other_account"], PATIENCE).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(sent(&scenario, "upload-skill").await?.len(), uploads, "{address}");
    }
    sign_in_as(&scenario, "person@example.org").await?;
    scenario.in_step(LONG).await?;
    scenario.browser.popup_state(&["paired"], PATIENCE).await?;
    let browsers = scenario.companion.get("/integrations").await?;
    assert_eq!(browsers[0]["failed_op_count"], 0, "nothing is burnt");
    Ok(())
}

/// A person of two organisations chooses where the skills go.
async fn a_person_chooses_the_organisation(kind: Kind) -> Step {
    let mut scenario = Scenario::paired(kind, Library::of_median_size(2)?).await?;
    scenario.in_step(LONG).await?;
    sign_in_as(&scenario, "member@example.org").await?;
    let other = "button[data-organisation=\"6f1b0a52-0000-4000-8000-0000000007e2\"]";
    scenario.library.edit("median-0001", "Before the choice.\n")?;
    scenario.in_step(LONG).await?;
    assert_eq!(scenario.browser.text(other).await?, "Other company");
    assert!(sent(&scenario, "0000000007e2/skills").await?.is_empty());
    let before = scenario.stand_in.skills().await?;
    scenario.browser.click(other).await?;
    // What the server knows belongs to a place, so another place takes a pairing of its own.
    scenario.browser.popup_state(&["waiting"], PATIENCE).await?;
    let code: String = scenario.browser.text("#code").await?.chars().filter(char::is_ascii_alphanumeric).collect();
    assert!(scenario.browser.text("#state-sentence").await?.contains("Other company"));
    scenario.approve_over_http(&code).await?;
    until("the former pairing to be over", LONG, || async {
        let browsers = scenario.companion.get("/integrations").await?;
        Ok(if browsers[1]["status"] == "disconnected" { Ok(()) } else { Err(browsers.to_string()) })
    })
    .await?;
    scenario.library.edit("median-0000", "After the choice.\n")?;
    until("the library to be in the other organisation", LONG, || async {
        let there = scenario.stand_in.skills_elsewhere().await?;
        Ok(if there == scenario.library.expected() { Ok(()) } else { Err(format!("{:?}", there.keys())) })
    })
    .await?;
    scenario.at_rest(LONG).await?;
    scenario.browser.popup_state(&["paired"], PATIENCE).await?;
    scenario.browser.find(&format!("{other}[aria-pressed=true]")).await?;
    assert_eq!(scenario.stand_in.skills().await?, before, "the former organisation is left as it was");
    let browsers = scenario.companion.get("/integrations").await?;
    let states: Vec<_> = browsers.as_array().into_iter().flatten().map(|browser| browser["status"].clone()).collect();
    assert_eq!(states, ["active", "disconnected"], "the server knows that the former pairing is over");
    Ok(())
}

/// claude.ai sets the cookie anew with each answer: no reason to ask all the time, and the work goes on at its pace.
async fn a_cookie_that_is_renewed_all_the_time_stops_nothing(kind: Kind) -> Step {
    let mut scenario = Scenario::start(kind, Library::of_median_size(30)?).await?;
    scenario.stand_in.fault(json!({ "path_contains": "/api/", "action": { "kind": "renew_session" } })).await?;
    scenario.sign_in().await?;
    scenario.pair().await?;
    scenario.in_step(LONG).await?;
    let asked = sent(&scenario, "/api/bootstrap").await?.len();
    assert!(asked <= 8, "{asked} times");
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert!(sent(&scenario, "/api/bootstrap").await?.len() <= asked + 1);
    Ok(())
}

/// A policy and a scan are shown, never fought.
async fn a_policy_and_a_scan_are_shown(kind: Kind) -> Step {
    let mut scenario = Scenario::paired(kind, Library::of_median_size(2)?).await?;
    scenario.in_step(LONG).await?;
    let order = |kind: &str| json!({ "path_contains": "upload-skill", "action": { "kind": kind } });
    scenario.stand_in.fault(order("switched_off")).await?;
    scenario.library.edit("median-0001", "Against the policy.\n")?;
    scenario.browser.popup_state(&["skills_switched_off"], LONG).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let refused = sent(&scenario, "upload-skill").await?.iter().filter(|seen| seen["status"] == 403).count();
    assert_eq!(refused, 1, "it is not fought");
    scenario.stand_in.clear_faults().await?;
    let scan = json!({ "path_contains": "upload-skill", "times": 1, "action": { "kind": "scanning" } });
    scenario.stand_in.fault(scan).await?;
    scenario.browser.click("#state-action").await?;
    scenario.browser.find("#error[data-code=SCAN_PENDING]").await?;
    scenario.in_step(LONG).await?;
    scenario.browser.popup_state(&["paired"], PATIENCE).await?;
    let browsers = scenario.companion.get("/integrations").await?;
    assert_eq!(browsers[0]["failed_op_count"], 0, "nothing is burnt");
    Ok(())
}
