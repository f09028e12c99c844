//! Chromium, through its own driver.

use std::path::Path;

use base64::Engine as _;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::process::Command;

use super::remote::{Remote, value_of};
use super::{CALL_LIMIT, PATIENCE};
use crate::process::{Process, free_port, until};
use crate::stand_in::StandIn;
use crate::{Step, inputs};

/// Starts driver and browser with the extension and everything but loopback behind the stand-in's proxy.
pub async fn start(stand_in: &StandIn, profile: &Path, headless: bool) -> Step<(Process, Remote)> {
    let (chromium, chromedriver) = inputs::chromium();
    let port = free_port()?;
    let mut command = Command::new(chromedriver);
    command.arg(format!("--port={port}")).stdout(std::process::Stdio::null());
    let process = Process::start(&mut command)?;
    let http = crate::http::client().timeout(CALL_LIMIT).build()?;
    let wanted = json!({ "capabilities": { "alwaysMatch": {
        "browserName": "chrome",
        "goog:chromeOptions": { "binary": chromium, "args": arguments(stand_in, profile, headless) },
    } } });
    let sessions = format!("http://127.0.0.1:{port}/session");
    let session = until("chromedriver", PATIENCE, || async {
        let answer = match http.post(&sessions).json(&wanted).send().await {
            Ok(answer) => answer.json().await?,
            // It does not listen yet.
            Err(error) => return Ok(Err(error.to_string())),
        };
        Ok(value_of(answer).map_err(|refusal| refusal.to_string()))
    })
    .await?;
    let id = session["sessionId"].as_str().ok_or("chromedriver names no session")?;
    Ok((process, Remote::Http(http, format!("{sessions}/{id}"))))
}

/// Where the extension's pages are.
pub fn origin() -> Step<String> {
    Ok(format!("chrome-extension://{}", extension_id()?))
}

/// Chromium derives the id from the manifest's public key: the first 16 bytes of its SHA-256, each half byte as a letter a–p.
pub fn extension_id() -> Step<String> {
    let folder = inputs::chromium_extension();
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json"))?)?;
    let key = manifest["key"].as_str().ok_or("the extension of these tests has a fixed key")?;
    let key = base64::engine::general_purpose::STANDARD.decode(key)?;
    let halves = Sha256::digest(key).iter().take(16).flat_map(|byte| [byte >> 4, byte & 15]).collect::<Vec<_>>();
    Ok(halves.into_iter().map(|half| char::from(b'a' + half)).collect())
}

fn arguments(stand_in: &StandIn, profile: &Path, headless: bool) -> Vec<String> {
    let extension = inputs::chromium_extension();
    let mut arguments: Vec<String> = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        // Without a graphics card each picture of what moves is drawn by a processor.
        "--force-prefers-reduced-motion",
        "--window-size=1100,900",
        "--proxy-bypass-list=127.0.0.1;localhost",
    ]
    .map(str::to_owned)
    .to_vec();
    arguments.extend(headless.then(|| "--headless=new".to_owned()));
    arguments.push(format!("--user-data-dir={}", profile.display()));
    arguments.push(format!("--load-extension={}", extension.display()));
    arguments.push(format!("--disable-extensions-except={}", extension.display()));
    arguments.push(format!("--proxy-server={}", stand_in.proxy));
    arguments.push(format!("--ignore-certificate-errors-spki-list={}", stand_in.spki_sha256));
    arguments
}
