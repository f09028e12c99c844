//! Usage insight: off by default, names of synced skills only, once each.

use std::time::Duration;

use e2e::Step;
use e2e::browser::{Kind, PATIENCE};
use e2e::library::Library;
use e2e::process::until;
use e2e::scenario::Scenario;

const LONG: Duration = Duration::from_secs(90);
const CHAT: &str = "0b0a1c2d-0000-4000-8000-000000000001";
const ANALYTICS: &str = "/analytics";

/// Long after whoever runs this has switched it on.
const LATER: &str = "2099-01-01T00:00:00.000000Z";

e2e::in_both_browsers! {
    synced_skills_are_counted_for_whoever_agrees,
}

async fn synced_skills_are_counted_for_whoever_agrees(kind: Kind) -> Step {
    let scenario = Scenario::paired(kind, Library::of_median_size(2)?).await?;
    scenario.in_step(LONG).await?;
    let paths = [
        "/mnt/skills/user/median-0001/SKILL.md",
        "/mnt/skills/user/somebody-elses/SKILL.md",
        "/mnt/skills/public/pdf/SKILL.md",
        "/mnt/skills/user/median-0001/SKILL.md",
    ];
    scenario.stand_in.put_conversation(CHAT, &paths, LATER).await?;
    scenario.browser.open_tab(&format!("https://claude.ai/chat/{CHAT}")).await?;
    scenario.browser.find("#conversation").await?;
    scenario.browser.switch(&scenario.popup).await?;
    scenario.browser.click("#sync-now").await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let read = |requests: Vec<serde_json::Value>| {
        requests.iter().filter(|seen| seen["path"].as_str().is_some_and(|path| path.contains("chat_conv"))).count()
    };
    assert_eq!(read(scenario.stand_in.requests().await?), 0, "nobody has agreed");
    scenario.browser.open_page("options/options.html").await?;
    scenario.browser.click("#usage-on").await?;
    until("two uses to be counted", PATIENCE, || async {
        let analytics = scenario.companion.get(ANALYTICS).await?;
        Ok(if analytics["invocations_24h"] == 2 { Ok(()) } else { Err(analytics.to_string()) })
    })
    .await?;
    scenario.browser.switch(&scenario.popup).await?;
    scenario.browser.click("#sync-now").await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let analytics = scenario.companion.get(ANALYTICS).await?;
    assert_eq!(analytics["top_used_skills_7d"], serde_json::json!([{ "skill_slug": "median-0001", "invocations": 2 }]));
    assert_eq!(read(scenario.stand_in.requests().await?), 1);
    Ok(())
}
