//! What breaks in the middle finishes afterwards, and nothing is done twice.

use std::time::Duration;

use e2e::Step;
use e2e::browser::Kind;
use e2e::library::Library;
use e2e::process::until;
use e2e::scenario::Scenario;

const LONG: Duration = Duration::from_secs(120);

e2e::in_both_browsers! {
    an_edit_arrives_after_the_background_has_ended,
    the_worker_is_killed_in_the_middle,
    the_server_is_restarted_in_the_middle,
}

/// The browser may end the background between any two steps: here it does so again and again during a first sync.
async fn the_worker_is_killed_in_the_middle(kind: Kind) -> Step {
    let mut scenario = Scenario::start(kind, Library::of_median_size(60)?).await?;
    scenario.stand_in.latency(120).await?;
    scenario.sign_in().await?;
    scenario.pair().await?;
    for round in 0..8_u64 {
        let before = 3 + round as usize * 6;
        until("some skills to arrive", LONG, || async {
            let arrived = scenario.stand_in.skills().await?.len();
            Ok(if arrived >= before { Ok(()) } else { Err(format!("{arrived} skills")) })
        })
        .await?;
        // A different moment each time.
        tokio::time::sleep(Duration::from_millis(round * 37 % 130)).await;
        scenario.browser.kill_worker().await?;
        // What wakes it in real life is an alarm or a person; here a page does.
        scenario.browser.run("location.reload();").await.ok();
    }
    scenario.in_step(LONG).await?;
    scenario.nothing_doubled().await
}

/// Nothing is open and nothing runs: an alarm of the browser wakes the extension, which finds the edit.
async fn an_edit_arrives_after_the_background_has_ended(kind: Kind) -> Step {
    let mut scenario = Scenario::paired(kind, Library::of_median_size(2)?).await?;
    scenario.in_step(LONG).await?;
    scenario.browser.let_background_end().await?;
    scenario.library.edit("median-0001", "Nobody is awake.\n")?;
    scenario.in_step(LONG).await?;
    scenario.nothing_doubled().await
}

/// The person's server comes and goes: what it handed out is finished once it is back.
async fn the_server_is_restarted_in_the_middle(kind: Kind) -> Step {
    let mut scenario = Scenario::start(kind, Library::of_median_size(60)?).await?;
    scenario.stand_in.latency(80).await?;
    scenario.sign_in().await?;
    scenario.pair().await?;
    for (arrived, by_force) in [(5, true), (20, false), (35, true)] {
        until("some skills to arrive", LONG, || async {
            let seen = scenario.stand_in.skills().await?.len();
            Ok(if seen >= arrived { Ok(()) } else { Err(format!("{seen} skills")) })
        })
        .await?;
        if by_force {
            scenario.companion.kill().await?;
        } else {
            scenario.companion.terminate().await?;
        }
        tokio::time::sleep(Duration::from_millis(400)).await;
        scenario.companion.restart().await?;
    }
    scenario.in_step(LONG).await?;
    scenario.library.edit("median-0001", "After the restarts.\n")?;
    scenario.in_step(LONG).await?;
    scenario.nothing_doubled().await
}
