//! Ten thousand paired browsers, each with a connection of its own, each asking once in thirty seconds.

use std::time::Duration;

use tokio::time::Instant;

use crate::Step;
use crate::client::{Ask, Client};
use crate::figures::{Times, figure};
use crate::pairing;
use crate::polls::CONNECTIONS;
use crate::server::Server;

const EVERY: Duration = Duration::from_secs(30);

/// Measures for `length`. A late answer holds nobody else up, and its time counts from when the question was due.
pub async fn polls(server: &Server, browsers: u32, length: Duration) -> Step {
    let tokens = pairing::pair_many(&server.address, browsers as usize, CONNECTIONS).await?;
    let begin = Instant::now() + Duration::from_secs(5);
    let mut tasks = Vec::new();
    for (number, token) in (0_u32..).zip(tokens) {
        let first = begin + EVERY.mul_f64(f64::from(number) / f64::from(browsers));
        let client = Client::connect(&server.address).await?;
        tasks.push(tokio::spawn(browser(client, token, first, begin + length)));
    }
    let mut times = Times::default();
    for task in tasks {
        times.join(task.await?);
    }
    let memory = server.memory("VmHWM")? / 1e6;
    let (asked, middle, high) = (times.count(), times.percentile(50), times.percentile(99));
    let failures = times.failures();
    figure(
        &format!("{browsers} browsers, each polling once in 30 s, for {} s", length.as_secs()),
        "no error, p99 ≤ 20 ms",
        &format!("{asked} polls, {} errors, p50 {middle:.1} ms, p99 {high:.1} ms{failures}", times.errors),
    );
    figure("server memory, most during that", "≤ 100 MB", &format!("{memory:.0} MB"));
    Ok(())
}

async fn browser(mut client: Client, token: String, first: Instant, end: Instant) -> Times {
    let (mut times, mut due) = (Times::default(), first);
    let ask = Ask::get("/extension/operations").bearer(&token);
    while due < end {
        tokio::time::sleep_until(due).await;
        match client.send(&ask).await {
            Ok((200, _)) => times.add(due.elapsed()),
            _ => times.errors += 1,
        }
        due += EVERY;
    }
    times
}
