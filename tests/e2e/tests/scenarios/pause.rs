//! Pausing: the person's own lever stops the browser in the middle of its work, and everything goes on when it is let go.

use std::time::{Duration, Instant};

use e2e::Step;
use e2e::browser::{Kind, PATIENCE};
use e2e::library::Library;
use e2e::process::until;
use e2e::scenario::Scenario;
use serde_json::{Value, json};

const LONG: Duration = Duration::from_secs(120);
/// The browser is awake, and hears of the end of a pause at once; half a minute later an alarm would be the occasion.
const SOON: Duration = Duration::from_secs(10);

/// Among so many skills the removals are no mass change that waits for a person.
const SKILLS: usize = 180;
const REMOVED: usize = 34;
/// Milliseconds that claude.ai takes for each answer.
const LATENCY: u64 = 3_000;

e2e::in_both_browsers! {
    a_pause_holds_what_has_not_begun,
}

/// Pauses or resumes as the person who is logged in to the dashboard.
async fn pause(scenario: &Scenario, paused: bool) -> Step {
    let here = scenario.browser.tab().await?;
    scenario.open_dashboard().await?;
    let people = scenario.companion.read("/v1/users").await?;
    let person = people[0]["id"].as_str().ok_or_else(|| format!("a person: {people}"))?;
    let body = json!({ "paused": paused, "reason": "On holiday" });
    let answered = scenario
        .browser
        .run(&format!(
            "const answer = await fetch('/api/users/{person}/autonomy-pause', {{ method: 'PUT',
                 headers: {{ 'content-type': 'application/json' }}, body: JSON.stringify({body}) }});
             return [answer.status, (await answer.json()).paused];"
        ))
        .await?;
    assert_eq!(answered, json!([200, paused]));
    scenario.browser.close_tab(&here).await
}

async fn removals(scenario: &Scenario) -> Step<usize> {
    let requests = scenario.stand_in.requests().await?;
    let removes = |seen: &&Value| seen["path"].as_str().is_some_and(|path| path.contains("delete-skill"));
    Ok(requests.iter().filter(removes).count())
}

/// Removals take nothing from the server once they are leased: the browser hears of the pause all the same, begins no more of them and
/// hands them back.
async fn a_pause_holds_what_has_not_begun(kind: Kind) -> Step {
    let mut scenario = Scenario::start(kind, Library::of_median_size(SKILLS)?).await?;
    scenario.sign_in().await?;
    // The browser has to be the person's who pauses.
    let code = scenario.ask_to_pair().await?;
    scenario.approve(&code).await?;
    scenario.in_step(LONG).await?;
    scenario.stand_in.latency(LATENCY).await?;
    for number in 0..REMOVED {
        scenario.library.remove(&format!("median-{number:04}"))?;
    }
    until("some removals to have begun", LONG, || async {
        let begun = removals(&scenario).await?;
        Ok(if begun > 0 { Ok(()) } else { Err(begun.to_string()) })
    })
    .await?;
    pause(&scenario, true).await?;
    scenario.browser.popup_state(&["paused"], PATIENCE).await?;
    scenario.browser.find("#state-action[data-action=open_server]").await?;
    until("the reason to be said", PATIENCE, || async {
        let said = scenario.browser.text("#state-detail").await?;
        Ok(if said.contains("On holiday") { Ok(()) } else { Err(said) })
    })
    .await?;
    // What was on its way when the browser heard of it is seen when it is answered.
    tokio::time::sleep(Duration::from_millis(LATENCY + 1_000)).await;
    let begun = removals(&scenario).await?;
    assert!(begun < REMOVED, "all {begun} had begun");
    scenario.stand_in.latency(0).await?;
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert_eq!(removals(&scenario).await?, begun, "nothing is begun");
    let queue = scenario.companion.get("/queue").await?;
    assert_eq!(queue["in_progress_count"], 0, "nothing stays with the browser: {queue}");
    assert!(queue["pending_count"].as_u64().is_some_and(|waits| waits > 0), "it waits: {queue}");
    pause(&scenario, false).await?;
    let resumed = Instant::now();
    until("work to go on", SOON, || async {
        let now = removals(&scenario).await?;
        Ok(if now > begun { Ok(()) } else { Err(now.to_string()) })
    })
    .await?;
    println!("resumed to first removal: {:?}", resumed.elapsed());
    scenario.in_step(LONG).await?;
    println!("resumed to in step: {:?}", resumed.elapsed());
    scenario.browser.popup_state(&["paired"], PATIENCE).await?;
    let browsers = scenario.companion.get("/integrations").await?;
    assert_eq!(
        (&browsers[0]["failed_op_count"], &browsers[0]["last_error"]),
        (&json!(0), &Value::Null),
        "nothing is burnt"
    );
    scenario.nothing_doubled().await
}
