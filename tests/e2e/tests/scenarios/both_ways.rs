//! The way back: what somebody makes or edits on claude.ai, and groups of skills as plugins.

use std::time::Duration;

use e2e::Step;
use e2e::browser::Kind;
use e2e::library::{Library, foreign_zip, skill_md};
use e2e::process::until;
use e2e::scenario::Scenario;
use serde_json::json;

const LONG: Duration = Duration::from_secs(90);

e2e::in_both_browsers! {
    what_is_made_or_edited_on_claude_ai_arrives_in_the_library,
    the_other_download_path_is_found,
    a_published_collection_becomes_a_plugin,
}

async fn imported(scenario: &Scenario, count: usize) -> Step {
    until("the imports to be noted", LONG, || async {
        let events = scenario.companion.get("/activity?event=skill_imported").await?;
        let applied =
            events.as_array().map_or(0, |list| list.iter().filter(|one| one["detail"]["applied"] == true).count());
        Ok(if applied == count { Ok(()) } else { Err(events.to_string()) })
    })
    .await
}

/// A new skill comes to the server with all its files; an edit of a skill of the library is written into its folder. Neither is
/// uploaded again.
async fn what_is_made_or_edited_on_claude_ai_arrives_in_the_library(kind: Kind) -> Step {
    let scenario = Scenario::paired(kind, Library::of_median_size(3)?).await?;
    scenario.in_step(LONG).await?;
    let made = skill_md("made-there", "Made by hand on claude.ai.");
    scenario.stand_in.put_skill("made-there", foreign_zip("made-there", &made)?).await?;
    let edited = skill_md("median-0001", "Edited by hand on claude.ai.");
    scenario.stand_in.put_skill("median-0001", foreign_zip("median-0001", &edited)?).await?;
    scenario.browser.click("#sync-now").await?;
    imported(&scenario, 2).await?;
    let file = scenario.library.root().join("median-0001").join("SKILL.md");
    until("the edit to be in the folder", LONG, || async {
        let text = std::fs::read(&file)?;
        Ok(if text == edited { Ok(()) } else { Err(String::from_utf8_lossy(&text).into_owned()) })
    })
    .await?;
    scenario.at_rest(LONG).await?;
    assert_eq!(scenario.stand_in.writes("made-there").await?, (0, 0, 0));
    assert_eq!(scenario.stand_in.writes("median-0001").await?, (1, 0, 0));
    scenario.nothing_doubled().await
}

/// The path that hands skills out has another name one day: the other one is found.
async fn the_other_download_path_is_found(kind: Kind) -> Step {
    let scenario = Scenario::paired(kind, Library::of_median_size(1)?).await?;
    scenario.in_step(LONG).await?;
    let renamed = json!({ "path_contains": "download-dot-skill-file", "action": { "kind": "rename_path" } });
    scenario.stand_in.fault(renamed).await?;
    let made = skill_md("made-there", "Made by hand on claude.ai.");
    scenario.stand_in.put_skill("made-there", foreign_zip("made-there", &made)?).await?;
    scenario.browser.click("#sync-now").await?;
    imported(&scenario, 1).await
}

/// A published collection becomes a plugin that is switched on; taken back, it is switched off, and the skill comes by itself again.
async fn a_published_collection_becomes_a_plugin(kind: Kind) -> Step {
    let scenario = Scenario::paired(kind, Library::of_median_size(1)?).await?;
    scenario.in_step(LONG).await?;
    let skill = json!({
        "name": "grouped", "slug": "grouped", "description": "Goes by its group.", "collections": ["team"], "content_md": "Text.",
    });
    scenario.companion.call("POST", "/v1/skills", skill).await?;
    scenario.companion.call("PUT", "/v1/collections/team/claude-ai", json!({ "published": true })).await?;
    let plugins = |wanted: bool| {
        let scenario = &scenario;
        async move {
            until("the plugin to be switched", LONG, || async {
                let account = scenario.stand_in.account().await?;
                let plugin = account["plugins"].as_array().and_then(|list| list.first().cloned()).unwrap_or_default();
                let is = plugin["name"] == "team" && plugin["enabled"] == wanted;
                Ok(if is { Ok(()) } else { Err(account["plugins"].to_string()) })
            })
            .await
        }
    };
    plugins(true).await?;
    scenario.at_rest(LONG).await?;
    assert!(!scenario.stand_in.skills().await?.contains_key("grouped"), "it goes by its group only");
    scenario.companion.call("PUT", "/v1/collections/team/claude-ai", json!({ "published": false })).await?;
    plugins(false).await?;
    scenario.at_rest(LONG).await?;
    assert!(scenario.stand_in.skills().await?.contains_key("grouped"));
    let account = scenario.stand_in.account().await?;
    assert_eq!(account["marketplaces"].as_array().map(Vec::len), Some(1));
    Ok(())
}
