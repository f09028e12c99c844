//! Browsers that pair.

use serde_json::json;

use crate::Step;
use crate::client::{Ask, Client};
use crate::server::ADMIN;

/// What a browser holds that has asked to be paired.
#[derive(Debug)]
pub struct Begun {
    /// What a person types.
    pub code: String,
    /// What only the browser knows.
    pub token: String,
}

/// Asks to be paired.
pub async fn begin(client: &mut Client) -> Step<Begun> {
    let begun = client.expect(&Ask::post("/extension/pair", &json!({ "browser_label": "Load" })), 201).await?;
    let text = |name: &str| begun[name].as_str().map(str::to_owned).ok_or("a pairing without its parts");
    Ok(Begun { code: text("pairing_code")?, token: text("pairing_token")? })
}

/// Approves, as a person does.
pub async fn approve(client: &mut Client, code: &str) -> Step {
    let ask = Ask::post("/pair/approve", &json!({ "pairing_code": code })).bearer(ADMIN);
    client.expect(&ask, 204).await.map(drop)
}

/// The question whether the pairing was approved.
pub fn status(begun: &Begun) -> Ask {
    Ask::get(&format!("/extension/pair/status?pairing_token={}", begun.token))
}

/// Pairs a browser; returns its token.
pub async fn pair(client: &mut Client) -> Step<String> {
    let begun = begin(client).await?;
    approve(client, &begun.code).await?;
    let redeemed = client.expect(&status(&begun), 200).await?;
    Ok(redeemed["extension_token"].as_str().ok_or("a pairing without a token")?.to_owned())
}

/// Pairs many browsers over a few connections.
pub async fn pair_many(address: &str, count: usize, connections: usize) -> Step<Vec<String>> {
    let mut tasks = Vec::new();
    for number in 0..connections {
        let address = address.to_owned();
        let share = count / connections + usize::from(number < count % connections);
        tasks.push(tokio::spawn(async move {
            let mut client = Client::connect(&address).await?;
            let mut tokens = Vec::new();
            for _ in 0..share {
                tokens.push(pair(&mut client).await?);
            }
            Ok::<_, crate::Failure>(tokens)
        }));
    }
    let mut tokens = Vec::new();
    for task in tasks {
        tokens.extend(task.await??);
    }
    Ok(tokens)
}
