//! How many questions a second are answered, and how quickly, when there is nothing to do.

use std::time::{Duration, Instant};

use crate::Step;
use crate::client::{Ask, Client};
use crate::figures::{Times, figure};
use crate::pairing;

/// As many browsers ask at once.
pub const CONNECTIONS: usize = 32;
/// Answers before this are not counted: pools fill, statements are prepared.
const WARM_UP: Duration = Duration::from_secs(1);

/// Empty polls with a valid bearer.
pub async fn operations(address: &str, goal: &str, length: Duration) -> Step {
    let tokens = pairing::pair_many(address, CONNECTIONS, CONNECTIONS).await?;
    let asks = tokens.iter().map(|token| Ask::get("/extension/operations").bearer(token)).collect();
    let measured = hammer(address, asks, 200, length).await?.rate(length);
    figure("empty operations poll, 32 connections", goal, &measured);
    Ok(())
}

/// Polls for an approval that nobody gives.
pub async fn status(address: &str, length: Duration) -> Step {
    let mut client = Client::connect(address).await?;
    let mut asks = Vec::new();
    for _ in 0..CONNECTIONS {
        asks.push(pairing::status(&pairing::begin(&mut client).await?));
    }
    let measured = hammer(address, asks, 200, length).await?.rate(length);
    figure("pairing status poll, 32 connections", "≥ 10,000/s", &measured);
    Ok(())
}

/// Each connection asks its question again and again. What is not answered with `status` is an error.
async fn hammer(address: &str, asks: Vec<Ask>, status: u16, length: Duration) -> Step<Times> {
    let begin = Instant::now() + WARM_UP;
    let mut tasks = Vec::new();
    for ask in asks {
        let mut client = Client::connect(address).await?;
        tasks.push(tokio::spawn(async move {
            let mut times = Times::default();
            loop {
                let asked = Instant::now();
                if asked >= begin + length {
                    return Ok::<_, crate::Failure>(times);
                }
                let (found, _) = client.send(&ask).await?;
                match found == status {
                    _ if asked < begin => {}
                    true => times.add(asked.elapsed()),
                    false => times.errors += 1,
                }
            }
        }));
    }
    let mut all = Times::default();
    for task in tasks {
        all.join(task.await??);
    }
    Ok(all)
}
