//! Days on which claude.ai does not answer as usual.

use std::time::Duration;

use e2e::Step;
use e2e::browser::{Kind, PATIENCE};
use e2e::library::{Library, foreign_zip, skill_md};
use e2e::process::until;
use e2e::scenario::Scenario;
use serde_json::json;

const LONG: Duration = Duration::from_secs(90);

e2e::in_both_browsers! {
    a_lapsed_session_holds_the_work,
    bad_answers_pass,
    a_challenge_is_held,
    what_others_made_is_not_overwritten,
    an_edit_on_the_account_is_kept_before_it_is_replaced,
    a_vanished_library_removes_nothing,
}

/// The session lapses: work waits, uses no attempt, and goes on after signing in without pairing again.
async fn a_lapsed_session_holds_the_work(kind: Kind) -> Step {
    let mut scenario = Scenario::paired(kind, Library::of_median_size(5)?).await?;
    scenario.in_step(LONG).await?;
    scenario.stand_in.expire_sessions().await?;
    scenario.library.edit("median-0002", "While signed out.\n")?;
    scenario.browser.popup_state(&["signed_out"], LONG).await?;
    // The person sees it at once; the server is told by a request.
    let browsers = until("the server to be told", LONG, || async {
        let browsers = scenario.companion.get("/integrations").await?;
        Ok(if browsers[0]["status"] == "cookie_expired" { Ok(browsers) } else { Err(browsers.to_string()) })
    })
    .await?;
    assert_eq!((&browsers[0]["pending_op_count"], &browsers[0]["failed_op_count"]), (&json!(1), &json!(0)));
    scenario.sign_in().await?;
    scenario.browser.click("#sync-now").await?;
    scenario.in_step(LONG).await?;
    until("the server to be told", LONG, || async {
        let browsers = scenario.companion.get("/integrations").await?;
        Ok(if browsers[0]["status"] == "active" { Ok(()) } else { Err(browsers.to_string()) })
    })
    .await
}

/// Too many requests, a failing server, a page in place of an answer, an answer that is lost: all pass by themselves.
async fn bad_answers_pass(kind: Kind) -> Step {
    let scenario = Scenario::start(kind, Library::of_median_size(12)?).await?;
    for fault in [
        json!({ "method": "POST", "path_contains": "upload-skill", "times": 2, "action": { "kind": "rate_limit", "retry_after": 1 } }),
        json!({ "method": "POST", "path_contains": "upload-skill", "times": 2, "action": { "kind": "status", "status": 500 } }),
        json!({ "method": "GET", "path_contains": "list-skills", "times": 1, "action": { "kind": "drop" } }),
        json!({ "method": "POST", "path_contains": "upload-skill", "times": 2, "action": { "kind": "drop_answer" } }),
        json!({ "path_contains": "skills", "times": 3, "action": { "kind": "delay", "ms": 700 } }),
    ] {
        scenario.stand_in.fault(fault).await?;
    }
    let mut scenario = scenario;
    scenario.sign_in().await?;
    scenario.pair().await?;
    scenario.in_step(LONG).await?;
    scenario.nothing_doubled().await
}

/// A challenge is shown, never fought; work waits.
async fn a_challenge_is_held(kind: Kind) -> Step {
    let mut scenario = Scenario::paired(kind, Library::of_median_size(3)?).await?;
    scenario.in_step(LONG).await?;
    scenario.stand_in.fault(json!({ "path_contains": "/api/", "action": { "kind": "challenge" } })).await?;
    scenario.library.edit("median-0001", "During the challenge.\n")?;
    scenario.browser.popup_state(&["held"], LONG).await?;
    scenario.stand_in.clear_faults().await?;
    scenario.browser.click("#sync-now").await?;
    scenario.in_step(LONG).await
}

/// A skill of the same name that somebody else made is left alone, and the person is told.
async fn what_others_made_is_not_overwritten(kind: Kind) -> Step {
    let mut scenario = Scenario::start(kind, Library::of_median_size(3)?).await?;
    let theirs = skill_md("median-0001", "Made by hand on claude.ai.");
    scenario.stand_in.put_skill("median-0001", foreign_zip("median-0001", &theirs)?).await?;
    scenario.sign_in().await?;
    scenario.pair().await?;
    until("the refusal to be reported", LONG, || async {
        let browsers = scenario.companion.get("/integrations").await?;
        Ok(if browsers[0]["failed_op_count"] == 1 { Ok(()) } else { Err(browsers.to_string()) })
    })
    .await?;
    // The refusal may be reported before the others have arrived.
    scenario.at_rest(LONG).await?;
    let skills = scenario.stand_in.skills().await?;
    assert_eq!(skills.len(), 3);
    assert_eq!(skills["median-0001"]["SKILL.md"].0, e2e::library::hex(&theirs));
    assert_eq!(scenario.stand_in.writes("median-0001").await?, (0, 0, 0));
    Ok(())
}

/// An edit made on claude.ai is never written over: the server holds both versions until a person decides, and keeps both.
async fn an_edit_on_the_account_is_kept_before_it_is_replaced(kind: Kind) -> Step {
    let mut scenario = Scenario::paired(kind, Library::of_median_size(2)?).await?;
    scenario.in_step(LONG).await?;
    let theirs = skill_md("median-0000", "Edited by hand on claude.ai.");
    scenario.stand_in.put_skill("median-0000", foreign_zip("median-0000", &theirs)?).await?;
    scenario.library.remove("median-0000")?;
    scenario.library.edit("median-0000", "Edited on disk.\n")?;
    until("the conflict to be held", LONG, || async {
        let conflicts = scenario.companion.get("/conflicts").await?;
        Ok(if conflicts.as_array().is_some_and(|list| list.len() == 1) { Ok(()) } else { Err(conflicts.to_string()) })
    })
    .await?;
    let there = scenario.stand_in.skills().await?;
    assert_eq!(there["median-0000"]["SKILL.md"].0, e2e::library::hex(&theirs), "nothing was written over");
    let conflicts = scenario.companion.get("/conflicts").await?;
    let link = conflicts[0]["link_id"].as_str().unwrap_or_default();
    let resolution = json!({ "resolution": "keep_skillnote" });
    scenario.companion.post(&format!("/conflicts/{link}/resolve"), resolution).await?;
    scenario.in_step(LONG).await?;
    let database = scenario.companion.database();
    scenario.companion.terminate().await?;
    let mut kept = std::fs::read(&database)?;
    kept.extend(std::fs::read(database.with_extension("db-wal")).unwrap_or_default());
    let marker = b"Edited by hand on claude.ai.";
    assert!(kept.windows(marker.len()).any(|bytes| bytes == marker), "the replaced content is in the library");
    Ok(())
}

/// The folder vanishes for a while: nothing is removed from the account.
async fn a_vanished_library_removes_nothing(kind: Kind) -> Step {
    let mut scenario = Scenario::paired(kind, Library::of_median_size(6)?).await?;
    scenario.in_step(LONG).await?;
    let (root, aside) = (scenario.library.root().to_owned(), scenario.library.root().with_extension("aside"));
    std::fs::rename(&root, &aside)?;
    scenario.open_dashboard().await?;
    scenario.browser.find("[data-todo=\"library-missing\"]").await?;
    assert_eq!(scenario.stand_in.skills().await?.len(), 6);
    std::fs::rename(&aside, &root)?;
    scenario.browser.close_tab(&scenario.popup).await?;
    scenario.library.edit("median-0001", "Back again.\n")?;
    scenario.in_step(LONG).await?;
    scenario.browser.popup_state(&["paired"], PATIENCE).await?;
    scenario.nothing_doubled().await
}
