//! A thousand skills from the approval to the last report, with a browser that needs no time for claude.ai.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Step;
use crate::client::{Ask, Client};
use crate::figures::figure;
use crate::pairing;
use crate::polls::CONNECTIONS;
use crate::server::ADMIN;

/// As many operations a browser takes at once.
const BATCH: usize = 100;
const PATIENCE: Duration = Duration::from_secs(600);

/// Waits until the library is read, pairs, takes everything and reports it done.
pub async fn thousand(address: &str, skills: usize) -> Step {
    let (took, enqueued) = brought(address, skills).await?;
    let measured = format!("{:.2} s (enqueue {:.2} s)", took.as_secs_f64(), enqueued.as_secs_f64());
    figure(&format!("enqueue, poll and complete {skills} skills"), "≤ 1 s", &measured);
    Ok(())
}

/// Brings the library to a browser: how long that took, and how long its beginning did.
pub async fn brought(address: &str, skills: usize) -> Step<(Duration, Duration)> {
    let mut client = Client::connect(address).await?;
    read(&mut client, skills).await?;
    let begun = pairing::begin(&mut client).await?;
    pairing::approve(&mut client, &begun.code).await?;
    let begin = Instant::now();
    let redeemed = client.expect(&pairing::status(&begun), 200).await?;
    let token = redeemed["extension_token"].as_str().ok_or("a pairing without a token")?.to_owned();
    let enqueued = begin.elapsed();
    let done = take_and_report(address, &token).await?;
    let took = begin.elapsed();
    if done != skills {
        return Err(format!("{done} operations were done instead of {}", skills).into());
    }
    Ok((took, enqueued))
}

/// Reports go over all connections at once, while the next operations are taken.
async fn take_and_report(address: &str, token: &str) -> Step<usize> {
    let poll = Ask::get(&format!("/extension/operations?limit={BATCH}")).bearer(token);
    let mut client = Client::connect(address).await?;
    let (operations, queue) = tokio::sync::mpsc::channel::<Value>(1000);
    let queue = std::sync::Arc::new(tokio::sync::Mutex::new(queue));
    let mut reporters = Vec::new();
    for _ in 1..CONNECTIONS {
        let (queue, token, mut client) = (queue.clone(), token.to_owned(), Client::connect(address).await?);
        reporters.push(tokio::spawn(async move {
            let mut done = 0;
            loop {
                let Some(operation) = queue.lock().await.recv().await else { return Ok::<_, crate::Failure>(done) };
                client.expect(&report(&operation, &token)?, 204).await?;
                done += 1;
            }
        }));
    }
    loop {
        let leased = client.expect(&poll, 200).await?;
        let leased = leased.as_array().cloned().unwrap_or_default();
        if leased.is_empty() {
            break;
        }
        for operation in leased {
            operations.send(operation).await?;
        }
    }
    drop(operations);
    let mut done = 0;
    for reporter in reporters {
        done += reporter.await??;
    }
    Ok(done)
}

/// What a browser says that has done an operation.
pub fn report(operation: &Value, token: &str) -> Step<Ask> {
    let id = operation["id"].as_str().ok_or("an operation without an id")?;
    let known = operation["payload"]["claude_ai_skill_id"].as_str().map(str::to_owned);
    let result = json!({
        "claude_ai_skill_id": known.unwrap_or_else(|| format!("skill_{id}")),
        "claude_ai_version": format!("version_{id}"),
    });
    let body = json!({ "success": true, "result": result });
    Ok(Ask::post(&format!("/extension/operations/{id}/complete"), &body).bearer(token))
}

/// Waits until as many skills are known: a browser that was paired before them has as many operations.
async fn read(client: &mut Client, skills: usize) -> Step {
    pairing::pair(client).await?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let health = client.expect(&Ask::get("/health").bearer(ADMIN), 200).await?;
        if health["pending_ops_total"].as_u64() == Some(skills as u64) {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!("{skills} skills are not read: {health}").into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
