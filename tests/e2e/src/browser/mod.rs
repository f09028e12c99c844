//! A real browser with the extension, steered as a person would: Chromium through its driver, Firefox through Marionette.

mod chromium;
mod files;
mod firefox;
mod permissions;
mod remote;

use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Process, until};
use crate::stand_in::StandIn;
use crate::{Step, inputs};
use remote::Remote;

/// How long a person would wait for something to appear.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// A driver that has not answered by then never will.
const CALL_LIMIT: Duration = Duration::from_secs(60);
/// The name under which the standard hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What the standard calls an element that is no longer on the page.
const REPLACED: &str = "stale element reference";

/// Which browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Chromium, with a service worker as the extension's background.
    Chromium,
    /// Firefox, with an event page.
    Firefox,
}

/// A browser window with a fresh profile.
#[derive(Debug)]
pub struct Browser {
    kind: Kind,
    remote: Remote,
    /// Where the extension's pages are.
    origin: String,
    // Declared before the profile, so that the browser is gone when its files go.
    _process: Process,
    _profile: TempDir,
}

/// A tab, by the browser's name for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab(String);

/// An element of the current tab's page.
#[derive(Debug)]
pub struct Element<'b> {
    browser: &'b Browser,
    id: String,
}

/// A key of the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// On to the next control.
    Tab,
    /// Follows a link, presses a button, sends a form.
    Enter,
    /// Presses a button, sets a mark.
    Space,
}

impl Key {
    /// As the standard writes it.
    const fn value(self) -> &'static str {
        match self {
            Self::Tab => "\u{e004}",
            Self::Enter => "\u{e007}",
            Self::Space => " ",
        }
    }
}

impl Kind {
    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
        }
    }
}

impl Browser {
    /// Starts it with the extension and everything but loopback behind the stand-in's proxy.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub async fn start(kind: Kind, stand_in: &StandIn, headless: bool) -> Step<Self> {
        let profile = tempfile::tempdir()?;
        let ((process, remote), origin) = match kind {
            Kind::Chromium => (chromium::start(stand_in, profile.path(), headless).await?, chromium::origin()?),
            Kind::Firefox => (firefox::start(stand_in, profile.path(), headless).await?, firefox::origin()),
        };
        Ok(Self { kind, remote, origin, _process: process, _profile: profile })
    }

    /// Which browser it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Opens an address in the current tab.
    ///
    /// # Errors
    ///
    /// The browser does not open it.
    pub async fn open(&self, address: &str) -> Step {
        self.remote.call(remote::NAVIGATE, json!({ "url": address })).await?;
        Ok(())
    }

    /// Opens an address in a tab of its own and goes there.
    ///
    /// # Errors
    ///
    /// The browser does not open it.
    pub async fn open_tab(&self, address: &str) -> Step<Tab> {
        let opened = self.remote.call(remote::NEW_WINDOW, json!({ "type": "tab" })).await?;
        let tab = Tab(opened["handle"].as_str().ok_or("the new tab has no name")?.to_owned());
        self.switch(&tab).await?;
        self.open(address).await?;
        Ok(tab)
    }

    /// Goes to a tab.
    ///
    /// # Errors
    ///
    /// It is gone.
    pub async fn switch(&self, tab: &Tab) -> Step {
        self.remote.call(remote::SWITCH_WINDOW, json!({ "handle": tab.0 })).await?;
        Ok(())
    }

    /// Closes the current tab and goes to another.
    ///
    /// # Errors
    ///
    /// It is gone.
    pub async fn close_tab(&self, next: &Tab) -> Step {
        self.remote.call(remote::CLOSE_WINDOW, json!({})).await?;
        self.switch(next).await
    }

    /// The current tab.
    ///
    /// # Errors
    ///
    /// The browser is gone.
    pub async fn tab(&self) -> Step<Tab> {
        let name = self.remote.call(remote::THIS_WINDOW, json!({})).await?;
        Ok(Tab(name.as_str().ok_or("the tab has no name")?.to_owned()))
    }

    /// Opens the extension's popup page as a tab.
    ///
    /// # Errors
    ///
    /// The browser does not open it.
    pub async fn open_popup(&self) -> Step<Tab> {
        self.open_page("popup/popup.html").await
    }

    /// Opens a page of the extension, by its file, as a tab.
    ///
    /// # Errors
    ///
    /// The browser does not open it.
    pub async fn open_page(&self, file: &str) -> Step<Tab> {
        self.open_tab(&format!("{}/{file}", self.origin)).await
    }

    /// Opens the panel at the side of the window, as the click in the popup does. The current tab must be a page of the extension.
    ///
    /// # Errors
    ///
    /// The browser does not open it.
    pub async fn open_side(&self) -> Step {
        if self.kind == Kind::Firefox {
            return firefox::open_side(&self.remote);
        }
        let window = self.run("return (await chrome.windows.getCurrent()).id;").await?;
        // The browser opens it for a person's click only, which this counts as.
        let click =
            json!({ "expression": format!("chrome.sidePanel.open({{ windowId: {window} }})"), "userGesture": true });
        self.remote.developer_tools("Runtime.evaluate", click).await.map(drop)
    }

    /// Lets the current tab's page see a person who prefers dark or light colours, and waits until it does.
    ///
    /// # Errors
    ///
    /// The browser is gone.
    pub async fn prefer_dark(&self, dark: bool) -> Step {
        if self.kind == Kind::Firefox {
            firefox::prefer_dark(&self.remote, dark)?;
        } else {
            let scheme = if dark { "dark" } else { "light" };
            let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
            self.remote.developer_tools("Emulation.setEmulatedMedia", json!({ "features": features })).await?;
        }
        // The browser tells its pages a little later.
        until("the page to know which colours are preferred", PATIENCE, || async {
            let seen = self.run("return matchMedia('(prefers-color-scheme: dark)').matches;").await?;
            Ok(if seen == dark { Ok(()) } else { Err(seen.to_string()) })
        })
        .await
    }

    /// All elements of the current page, seen or not.
    ///
    /// # Errors
    ///
    /// The browser is gone.
    pub async fn find_all(&self, css: &str) -> Step<Vec<Element<'_>>> {
        let found = self.remote.call(remote::FIND_ELEMENTS, json!({ "using": "css selector", "value": css })).await?;
        let ids = found.as_array().into_iter().flatten().filter_map(|element| element[ELEMENT].as_str());
        Ok(ids.map(|id| Element { browser: self, id: id.to_owned() }).collect())
    }

    /// An element that a person can see, waited for.
    ///
    /// # Errors
    ///
    /// It does not appear.
    pub async fn find(&self, css: &str) -> Step<Element<'_>> {
        until(css, PATIENCE, || async {
            // A page that is just being replaced has no elements.
            for element in self.find_all(css).await.unwrap_or_default() {
                if element.is_displayed().await.unwrap_or(false) {
                    return Ok(Ok(element));
                }
            }
            Ok(Err("not on the page, or hidden".to_owned()))
        })
        .await
    }

    /// Clicks what a person would click. Pages renew parts of themselves: an element that was replaced between look and click is
    /// looked for again, and has not been clicked.
    ///
    /// # Errors
    ///
    /// It does not appear or cannot be clicked.
    pub async fn click(&self, css: &str) -> Step {
        until(&format!("a click on {css}"), PATIENCE, || async {
            match self.find(css).await?.click().await {
                Err(error) if error.to_string().contains(REPLACED) => Ok(Err(error.to_string())),
                Err(error) => Err(format!("{css} cannot be clicked: {error}").into()),
                Ok(()) => Ok(Ok(())),
            }
        })
        .await
    }

    /// Presses a key and lets go of it, wherever the focus is.
    ///
    /// # Errors
    ///
    /// The browser is gone.
    pub async fn press(&self, key: Key) -> Step {
        let stroke = |kind: &str| json!({ "type": kind, "value": key.value() });
        let actions = json!([{ "type": "key", "id": "keys", "actions": [stroke("keyDown"), stroke("keyUp")] }]);
        self.remote.call(remote::ACTIONS, json!({ "actions": actions })).await.map(drop)
    }

    /// Replaces the text of an input.
    ///
    /// # Errors
    ///
    /// It does not appear.
    pub async fn fill(&self, css: &str, text: &str) -> Step {
        let input = self.find(css).await?;
        input.clear().await?;
        input.type_text(text).await
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
            let Some(shown) = self.find_all("#state").await?.pop() else { return Ok(Err("no popup".to_owned())) };
            let state = shown.attr("data-state").await?.unwrap_or_default();
            Ok(if wanted.contains(&state.as_str()) { Ok(state) } else { Err(state) })
        })
        .await
    }

    /// Gives the page this much room. Firefox counts its own bars in and keeps a least width.
    ///
    /// # Errors
    ///
    /// The browser does not do it.
    pub async fn resize(&self, width: u32, height: u32) -> Step {
        let size = match self.kind {
            Kind::Firefox => {
                return self
                    .remote
                    .call(remote::WINDOW_SIZE, json!({ "width": width, "height": height }))
                    .await
                    .map(drop);
            }
            Kind::Chromium => json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        };
        self.remote.developer_tools("Emulation.setDeviceMetricsOverride", size).await.map(drop)
    }

    /// Keeps a picture of the current tab, where pictures are wanted: Chromium's are those of the documentation, Firefox's lie in a
    /// folder of their own.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub async fn picture(&self, name: &str, width: u32, height: u32) -> Step {
        if !inputs::pictures_wanted() {
            return Ok(());
        }
        let mut folder = inputs::artifacts();
        if self.kind == Kind::Firefox {
            folder.push("firefox");
            self.remote.call(remote::WINDOW_SIZE, json!({ "width": width, "height": height })).await?;
        } else {
            let size = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": false });
            self.remote.developer_tools("Emulation.setDeviceMetricsOverride", size).await?;
        }
        let taken = self.remote.call(remote::SCREENSHOT, json!({ "full": false })).await?;
        if self.kind == Kind::Chromium {
            self.remote.developer_tools("Emulation.clearDeviceMetricsOverride", json!({})).await?;
        }
        let bytes = base64::engine::general_purpose::STANDARD.decode(taken.as_str().unwrap_or_default())?;
        std::fs::create_dir_all(&folder)?;
        Ok(std::fs::write(folder.join(format!("{name}.png")), bytes)?)
    }

    /// The same in light and in dark colours, `NAME` and `NAME-dark`.
    ///
    /// # Errors
    ///
    /// One cannot be written.
    pub async fn picture_both_schemes(&self, name: &str, width: u32, height: u32) -> Step {
        if !inputs::pictures_wanted() {
            return Ok(());
        }
        for (dark, scheme) in [(false, ""), (true, "-dark")] {
            self.prefer_dark(dark).await?;
            self.picture(&format!("{name}{scheme}"), width, height).await?;
        }
        Ok(())
    }

    /// Ends the extension's background, as the browser itself does whenever it likes. The current tab must be a page of the extension.
    ///
    /// # Errors
    ///
    /// The browser does not do it.
    pub async fn kill_worker(&self) -> Step {
        if self.kind == Kind::Firefox {
            return firefox::end_background(&self.remote);
        }
        self.remote.developer_tools("ServiceWorker.enable", json!({})).await?;
        self.remote.developer_tools("ServiceWorker.stopAllWorkers", json!({})).await?;
        Ok(())
    }

    /// Lets the extension's background end by itself for want of work, and waits until it has. The current tab must be a page of the
    /// extension, the only one that is open; it is left.
    ///
    /// # Errors
    ///
    /// The background goes on.
    pub async fn let_background_end(&self) -> Step {
        if self.kind == Kind::Chromium {
            // Chromium has no setting for its half minute. A page that stays would start the background again.
            self.kill_worker().await?;
            return self.open("about:blank").await;
        }
        self.open("about:blank").await?;
        firefox::shorten_idle_time(&self.remote)?;
        until("the event page to end", PATIENCE * 2, || async {
            let state = firefox::background_state(&self.remote)?;
            Ok(if state == "stopped" { Ok(()) } else { Err(state) })
        })
        .await
    }

    /// Runs a script in the current tab and waits for its promise.
    ///
    /// # Errors
    ///
    /// The browser is gone; what the script throws is its result, as a text.
    pub async fn run(&self, script: &str) -> Step<Value> {
        let wrapped = format!(
            "const done = arguments[arguments.length - 1]; (async () => {{ {script} }})().then(done, (error) => done(String(error)));"
        );
        self.remote.call(remote::RUN, json!({ "script": wrapped, "args": [] })).await
    }
}

impl Element<'_> {
    /// Whether a person can see it.
    ///
    /// # Errors
    ///
    /// It is gone.
    pub async fn is_displayed(&self) -> Step<bool> {
        Ok(self.call(remote::IS_DISPLAYED, json!({})).await? == true)
    }

    /// Clicks it with the mouse.
    ///
    /// # Errors
    ///
    /// It is gone, or something lies over it.
    pub async fn click(&self) -> Step {
        self.call(remote::CLICK, json!({})).await.map(drop)
    }

    /// Empties an input.
    ///
    /// # Errors
    ///
    /// It is gone, or no input.
    pub async fn clear(&self) -> Step {
        self.call(remote::CLEAR, json!({})).await.map(drop)
    }

    /// Types into it.
    ///
    /// # Errors
    ///
    /// It is gone, or takes no text.
    pub async fn type_text(&self, text: &str) -> Step {
        self.call(remote::TYPE, json!({ "text": text })).await.map(drop)
    }

    /// Its text as a person sees it.
    ///
    /// # Errors
    ///
    /// It is gone.
    pub async fn text(&self) -> Step<String> {
        Ok(self.call(remote::TEXT, json!({})).await?.as_str().unwrap_or_default().to_owned())
    }

    /// One of its attributes; none when it has no such.
    ///
    /// # Errors
    ///
    /// It is gone.
    pub async fn attr(&self, name: &str) -> Step<Option<String>> {
        Ok(self.call(remote::ATTRIBUTE, json!({ "name": name })).await?.as_str().map(str::to_owned))
    }

    async fn call(&self, command: remote::Command, mut parameters: Value) -> Step<Value> {
        parameters["id"] = json!(self.id);
        self.browser.remote.call(command, parameters).await
    }
}
