//! Chromium with the extension, driven through its own driver.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::process::Command;

use crate::process::{Process, free_port, until};
use crate::stand_in::StandIn;
use crate::{Step, inputs};

/// A browser window with a fresh profile.
#[derive(Debug)]
pub struct Browser {
    driver: WebDriver,
    _process: Process,
    _profile: TempDir,
    extension_id: String,
}

/// How long a person would wait for something to appear.
pub const PATIENCE: Duration = Duration::from_secs(20);

impl Browser {
    /// Starts it with the extension and everything but loopback behind the stand-in's proxy.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub async fn start(stand_in: &StandIn, headless: bool) -> Step<Self> {
        let (chromium, chromedriver) = inputs::chromium();
        let port = free_port()?;
        let mut command = Command::new(chromedriver);
        command.arg(format!("--port={port}")).stdout(std::process::Stdio::null());
        let process = Process::start(&mut command)?;
        let profile = tempfile::tempdir()?;
        let mut capabilities = DesiredCapabilities::chrome();
        capabilities.set_binary(&chromium.to_string_lossy())?;
        for argument in arguments(stand_in, profile.path(), headless) {
            capabilities.add_arg(&argument)?;
        }
        let driver = until("chromedriver", PATIENCE, || async {
            Ok(WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities.clone())
                .await
                .map_err(|error| error.to_string()))
        })
        .await?;
        Ok(Self { driver, _process: process, _profile: profile, extension_id: extension_id(&inputs::extension())? })
    }

    /// Opens an address in the current tab.
    ///
    /// # Errors
    ///
    /// The browser does not open it.
    pub async fn open(&self, address: &str) -> Step {
        Ok(self.driver.goto(address).await?)
    }

    /// Opens an address in a tab of its own and goes there.
    ///
    /// # Errors
    ///
    /// The browser does not open it.
    pub async fn open_tab(&self, address: &str) -> Step<WindowHandle> {
        let tab = self.driver.new_tab().await?;
        self.driver.switch_to_window(tab.clone()).await?;
        self.driver.goto(address).await?;
        Ok(tab)
    }

    /// Goes to a tab.
    ///
    /// # Errors
    ///
    /// It is gone.
    pub async fn switch(&self, tab: &WindowHandle) -> Step {
        Ok(self.driver.switch_to_window(tab.clone()).await?)
    }

    /// Closes the current tab and goes to another.
    ///
    /// # Errors
    ///
    /// It is gone.
    pub async fn close_tab(&self, next: &WindowHandle) -> Step {
        self.driver.close_window().await?;
        self.switch(next).await
    }

    /// The current tab.
    ///
    /// # Errors
    ///
    /// The browser is gone.
    pub async fn tab(&self) -> Step<WindowHandle> {
        Ok(self.driver.window().await?)
    }

    /// Opens the extension's popup page as a tab.
    ///
    /// # Errors
    ///
    /// The browser does not open it.
    pub async fn open_popup(&self) -> Step<WindowHandle> {
        self.open_tab(&format!("chrome-extension://{}/popup/popup.html", self.extension_id)).await
    }

    /// An element that a person can see, waited for.
    ///
    /// # Errors
    ///
    /// It does not appear.
    pub async fn find(&self, css: &str) -> Step<WebElement> {
        until(css, PATIENCE, || async {
            let found = self.driver.find_all(By::Css(css)).await.unwrap_or_default();
            for element in found {
                if element.is_displayed().await.unwrap_or(false) {
                    return Ok(Ok(element));
                }
            }
            Ok(Err("not on the page, or hidden".to_owned()))
        })
        .await
    }

    /// Clicks what a person would click.
    ///
    /// # Errors
    ///
    /// It does not appear or cannot be clicked.
    pub async fn click(&self, css: &str) -> Step {
        Ok(self.find(css).await?.click().await?)
    }

    /// Replaces the text of an input.
    ///
    /// # Errors
    ///
    /// It does not appear.
    pub async fn fill(&self, css: &str, text: &str) -> Step {
        let input = self.find(css).await?;
        input.clear().await?;
        Ok(input.send_keys(text).await?)
    }

    /// The text of an element, waited for until it is not empty.
    ///
    /// # Errors
    ///
    /// It stays empty.
    pub async fn text(&self, css: &str) -> Step<String> {
        until(css, PATIENCE, || async {
            let text = self.find(css).await?.text().await.unwrap_or_default();
            Ok(if text.is_empty() { Err("empty".to_owned()) } else { Ok(text) })
        })
        .await
    }

    /// Waits until the popup, which must be the current tab, shows this state.
    ///
    /// # Errors
    ///
    /// It shows another.
    pub async fn popup_state(&self, wanted: &[&str], limit: Duration) -> Step<String> {
        until(&format!("popup state {wanted:?}"), limit, || async {
            let state = self.driver.find(By::Id("state")).await?.attr("data-state").await?.unwrap_or_default();
            Ok(if wanted.contains(&state.as_str()) { Ok(state) } else { Err(state) })
        })
        .await
    }

    /// Keeps a picture of the current tab.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub async fn picture(&self, name: &str, width: u32, height: u32) -> Step {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", size).await?;
        let bytes = self.driver.screenshot_as_png().await?;
        self.cdp("Emulation.clearDeviceMetricsOverride", json!({})).await?;
        Ok(std::fs::write(inputs::artifacts().join(format!("{name}.png")), bytes)?)
    }

    /// Ends the extension's background, as the browser itself does whenever it likes. The current tab must be a page of the extension.
    ///
    /// # Errors
    ///
    /// The browser does not do it.
    pub async fn kill_worker(&self) -> Step {
        self.cdp("ServiceWorker.enable", json!({})).await?;
        self.cdp("ServiceWorker.stopAllWorkers", json!({})).await?;
        Ok(())
    }

    /// Runs a script in the current tab and waits for its promise.
    ///
    /// # Errors
    ///
    /// It throws.
    pub async fn run(&self, script: &str) -> Step<Value> {
        let wrapped = format!(
            "const done = arguments[arguments.length - 1]; (async () => {{ {script} }})().then(done, (error) => done(String(error)));"
        );
        Ok(self.driver.execute_async(&wrapped, Vec::new()).await?.json().clone())
    }

    async fn cdp(&self, command: &str, parameters: Value) -> Step<Value> {
        Ok(self.driver.cdp().send_raw(command, parameters).await?)
    }
}

fn arguments(stand_in: &StandIn, profile: &Path, headless: bool) -> Vec<String> {
    let extension = inputs::extension();
    let mut arguments: Vec<String> = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
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

/// Chromium derives the id from the manifest's public key: the first 16 bytes of its SHA-256, each half byte as a letter a–p.
fn extension_id(folder: &Path) -> Step<String> {
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json"))?)?;
    let key = manifest["key"].as_str().ok_or("the extension of these tests has a fixed key")?;
    let key = base64::engine::general_purpose::STANDARD.decode(key)?;
    let letters = Sha256::digest(key).iter().take(16).flat_map(|byte| [byte >> 4, byte & 15]).collect::<Vec<_>>();
    Ok(letters.into_iter().map(|half| char::from(b'a' + half)).collect())
}
