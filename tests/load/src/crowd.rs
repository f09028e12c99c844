//! Ten thousand paired browsers, each asking once in thirty seconds.

use std::time::Duration;

use tokio::time::Instant;

use crate::Step;
use crate::client::{Ask, Client};
use crate::figures::{Times, figure};
use crate::pairing;
use crate::polls::CONNECTIONS;
use crate::server::Server;

const EVERY: Duration = Duration::from_secs(30);

/// Measures for `length`, over as many connections as named. A late answer holds only its connection up, and its time counts from when
/// the question was due.
pub async fn polls(server: &Server, browsers: u32, connections: u32, length: Duration) -> Step {
    let tokens = pairing::pair_many(&server.address, browsers as usize, CONNECTIONS).await?;
    let begin = Instant::now() + Duration::from_secs(5);
    let mut shares: Vec<Vec<(Duration, Ask)>> = vec![Vec::new(); connections as usize];
    for (number, token) in (0_u32..).zip(tokens) {
        let due = EVERY.mul_f64(f64::from(number) / f64::from(browsers));
        shares[(number % connections) as usize].push((due, Ask::get("/extension/operations").bearer(&token)));
    }
    let mut tasks = Vec::new();
    for share in shares {
        let client = Client::connect(&server.address).await?;
        tasks.push(tokio::spawn(ask(client, share, begin, begin + length)));
    }
    let mut times = Times::default();
    for task in tasks {
        times.join(task.await?);
    }
    let memory = server.memory("VmHWM")? / 1e6;
    let (asked, middle, high) = (times.count(), times.percentile(50), times.percentile(99));
    figure(
        &format!(
            "{browsers} browsers, each polling once in 30 s, for {} s, {connections} connections",
            length.as_secs()
        ),
        "no error, p99 ≤ 20 ms",
        &format!("{asked} polls, {} errors, p50 {middle:.1} ms, p99 {high:.1} ms", times.errors),
    );
    figure("server memory, most during that", "≤ 100 MB", &format!("{memory:.0} MB"));
    Ok(())
}

/// Asks for each browser of a share when it is due, round after round.
async fn ask(mut client: Client, share: Vec<(Duration, Ask)>, begin: Instant, end: Instant) -> Times {
    let mut times = Times::default();
    let mut round = begin;
    while round < end {
        for (offset, ask) in &share {
            let due = round + *offset;
            if due >= end {
                break;
            }
            tokio::time::sleep_until(due).await;
            match client.send(ask).await {
                Ok((200, _)) => times.add(due.elapsed()),
                _ => times.errors += 1,
            }
        }
        round += EVERY;
    }
    times
}
