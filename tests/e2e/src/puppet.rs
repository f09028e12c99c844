//! A browser that does what a test says: it pairs and reports over HTTP, for states that a real one would take long to come to.

use serde_json::{Value, json};

use crate::Step;
use crate::companion::Companion;

const PREFIX: &str = "/v1/integrations/claude-ai";

/// A paired one.
#[derive(Debug)]
pub struct Puppet {
    origin: String,
    token: String,
    http: reqwest::Client,
}

impl Puppet {
    /// Pairs, and approves that itself.
    ///
    /// # Errors
    ///
    /// The server refuses.
    pub async fn pair(companion: &Companion, label: &str) -> Step<Self> {
        let mut puppet =
            Self { origin: companion.origin(), token: String::new(), http: crate::http::client().build()? };
        let begun = puppet.send("POST", "/extension/pair", &json!({ "browser_label": label })).await?;
        companion.post("/pair/approve", json!({ "pairing_code": begun["pairing_code"] })).await?;
        let status = format!("/extension/pair/status?pairing_token={}", begun["pairing_token"].as_str().unwrap_or("?"));
        let redeemed = puppet.send("GET", &status, &Value::Null).await?;
        puppet.token = redeemed["extension_token"].as_str().ok_or("a token")?.to_owned();
        Ok(puppet)
    }

    /// Takes all its work and reports on each piece: what `fails` says of the skill's name is what went wrong.
    ///
    /// # Errors
    ///
    /// The server refuses.
    pub async fn work(&self, fails: impl Fn(&str) -> Option<&'static str>) -> Step {
        loop {
            let leased = self.send("GET", "/extension/operations?limit=20", &Value::Null).await?;
            let leased = leased.as_array().cloned().unwrap_or_default();
            if leased.is_empty() {
                return Ok(());
            }
            for operation in leased {
                let name = operation["payload"]["name"].as_str().unwrap_or_default();
                let report = match fails(name) {
                    Some(error) => json!({ "success": false, "permanent": true, "error": error }),
                    None => {
                        json!({ "success": true, "result": { "claude_ai_skill_id": format!("sk_{name}"), "claude_ai_version": "1" } })
                    }
                };
                let path = format!("/extension/operations/{}/complete", operation["id"].as_str().unwrap_or_default());
                self.send("POST", &path, &report).await?;
            }
        }
    }

    /// Tells of something that it noticed.
    ///
    /// # Errors
    ///
    /// The server refuses.
    pub async fn tell(&self, report: &Value) -> Step {
        self.send("POST", "/extension/telemetry", report).await.map(drop)
    }

    async fn send(&self, method: &str, path: &str, body: &Value) -> Step<Value> {
        let mut request = self.http.request(method.parse()?, format!("{}{PREFIX}{path}", self.origin));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await?.error_for_status()?.text().await?;
        Ok(if answer.is_empty() { Value::Null } else { serde_json::from_str(&answer)? })
    }
}
