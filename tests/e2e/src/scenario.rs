//! What most scenarios begin with: all parts running, signed in and paired through the pages a person uses.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::Step;
use crate::browser::{Browser, Kind, PATIENCE, Tab};
use crate::companion::Companion;
use crate::library::Library;
use crate::process::until;
use crate::relay::Relay;
use crate::services::Services;
use crate::stand_in::{Files, StandIn};

/// All parts.
#[derive(Debug)]
pub struct Scenario {
    /// The browser.
    pub browser: Browser,
    /// The server.
    pub companion: Companion,
    /// claude.ai.
    pub stand_in: StandIn,
    /// The folder of skills.
    pub library: Library,
    /// The popup's tab.
    pub popup: Tab,
    /// What stands between browser and server; nothing in most scenarios.
    pub relay: Option<Relay>,
    _data: TempDir,
}

impl Scenario {
    /// Starts all parts; nobody is signed in or paired.
    ///
    /// # Errors
    ///
    /// One does not start.
    pub async fn start(kind: Kind, library: Library) -> Step<Self> {
        let data = tempfile::tempdir()?;
        let companion = Companion::start(library.root(), data.path()).await?;
        Self::round(kind, library, companion, data).await
    }

    /// The same, with a server that knows internal services.
    ///
    /// # Errors
    ///
    /// One does not start.
    pub async fn start_with_services(kind: Kind, library: Library, services: Services) -> Step<Self> {
        let data = tempfile::tempdir()?;
        let companion = Companion::start_with_services(library.root(), data.path(), services).await?;
        Self::round(kind, library, companion, data).await
    }

    /// Claude.ai and a browser round a server that runs.
    async fn round(kind: Kind, library: Library, companion: Companion, data: TempDir) -> Step<Self> {
        let stand_in = StandIn::start().await?;
        let browser = Browser::start(kind, &stand_in, true).await?;
        let popup = browser.tab().await?;
        Ok(Self { browser, companion, stand_in, library, popup, relay: None, _data: data })
    }

    /// The same, with a relay between browser and server.
    ///
    /// # Errors
    ///
    /// A part does not start.
    pub async fn start_with_relay(kind: Kind, library: Library) -> Step<Self> {
        let mut scenario = Self::start(kind, library).await?;
        scenario.relay = Some(Relay::start(scenario.companion.port()).await?);
        Ok(scenario)
    }

    /// The server's address, as the browser is told it.
    pub fn server_address(&self) -> String {
        self.relay.as_ref().map_or_else(|| self.companion.origin(), Relay::origin)
    }

    /// Starts all parts, signs in and pairs.
    ///
    /// # Errors
    ///
    /// One of the steps does not work.
    pub async fn paired(kind: Kind, library: Library) -> Step<Self> {
        let mut scenario = Self::start(kind, library).await?;
        scenario.sign_in().await?;
        scenario.pair().await?;
        Ok(scenario)
    }

    /// Signs in through the sign-in page.
    ///
    /// # Errors
    ///
    /// The page does not work.
    pub async fn sign_in(&self) -> Step {
        let here = self.browser.tab().await?;
        self.browser.open_tab("https://claude.ai/login").await?;
        self.browser.click("#sign-in").await?;
        self.browser.find("#sign-out").await?;
        self.browser.close_tab(&here).await
    }

    /// Signs out on the page of claude.ai, and comes back to the current tab.
    ///
    /// # Errors
    ///
    /// The page does not work.
    pub async fn sign_out(&self) -> Step {
        let here = self.browser.tab().await?;
        self.browser.open_tab("https://claude.ai/").await?;
        self.browser.click("#sign-out").await?;
        self.browser.find("#sign-in").await?;
        self.browser.close_tab(&here).await
    }

    /// Pairs through the popup; its code is approved over HTTP, which spares each scenario the dashboard ([`Self::approve`] goes through
    /// it, as a person does). The popup's tab is the current one afterwards.
    ///
    /// # Errors
    ///
    /// The popup or the server does not go along.
    pub async fn pair(&mut self) -> Step {
        self.ask_to_pair_and_approve().await?;
        self.browser.popup_state(&["paired", "working"], PATIENCE).await?;
        Ok(())
    }

    /// The same, whatever comes of it.
    ///
    /// # Errors
    ///
    /// The popup or the server does not go along.
    pub async fn ask_to_pair_and_approve(&mut self) -> Step {
        let code = self.ask_to_pair().await?;
        self.approve_over_http(&code).await
    }

    /// Approves a code without the dashboard.
    ///
    /// # Errors
    ///
    /// The server refuses.
    pub async fn approve_over_http(&self, code: &str) -> Step {
        self.companion.post("/pair/approve", json!({ "pairing_code": code })).await
    }

    /// Opens the popup and asks to be paired; the code that it shows.
    ///
    /// # Errors
    ///
    /// The popup does not show a code.
    pub async fn ask_to_pair(&mut self) -> Step<String> {
        self.popup = self.browser.open_popup().await?;
        self.browser.fill("#server", &self.server_address()).await?;
        self.browser.fill("#label", &format!("End-to-end {}", self.browser.kind().name())).await?;
        self.browser.click("#pair").await?;
        self.browser.popup_state(&["waiting"], PATIENCE).await?;
        let shown = self.browser.text("#code").await?;
        Ok(shown.chars().filter(char::is_ascii_alphanumeric).collect())
    }

    /// Opens the dashboard in a tab of its own, by its link where nobody is logged in yet.
    ///
    /// # Errors
    ///
    /// It does not say how things stand.
    pub async fn open_dashboard(&self) -> Step {
        self.browser.open_tab(&self.companion.origin()).await?;
        if self.browser.run("return location.pathname;").await? == "/login" {
            self.browser.open(&self.companion.login_link).await?;
        }
        self.browser.find("#verdict").await.map(drop)
    }

    /// Logs in to the dashboard and approves the code there.
    ///
    /// # Errors
    ///
    /// The dashboard does not show the code.
    pub async fn approve(&self, code: &str) -> Step {
        self.open_dashboard().await?;
        let page = format!("{}/settings/integrations/claude-ai/pair?code={code}", self.companion.origin());
        self.browser.open(&page).await?;
        self.browser.find(&format!("button[data-approve=\"{code}\"]")).await?;
        self.browser.picture("approve", 900, 620).await?;
        self.browser.click(&format!("button[data-approve=\"{code}\"]")).await?;
        self.browser.find("#approved").await?;
        self.browser.close_tab(&self.popup).await
    }

    /// Waits until the account holds exactly what the library says, byte for byte, and nothing is left to do.
    ///
    /// # Errors
    ///
    /// It does not come to that.
    pub async fn in_step(&self, limit: Duration) -> Step {
        let expected = self.library.expected();
        until("the account to be in step with the library", limit, || async {
            let seen = self.stand_in.skills().await?;
            if seen == expected {
                return Ok(Ok(()));
            }
            let browsers = self.companion.get("/integrations").await.unwrap_or_default();
            Ok(Err(format!("{}; browsers: {browsers}", difference(&expected, &seen))))
        })
        .await?;
        self.at_rest(limit).await
    }

    /// Waits until the account has a skill of that name.
    ///
    /// # Errors
    ///
    /// It does not come.
    pub async fn in_account(&self, name: &str, limit: Duration) -> Step {
        until(&format!("{name} to arrive"), limit, || async {
            let there = self.stand_in.skills().await?;
            Ok(if there.contains_key(name) { Ok(()) } else { Err(format!("{:?}", there.keys())) })
        })
        .await
    }

    /// Waits until no operation is open on the server.
    ///
    /// # Errors
    ///
    /// Something stays open.
    pub async fn at_rest(&self, limit: Duration) -> Step {
        until("the queue to be empty", limit, || async {
            // While the server is away its answer is a matter of time as well.
            let Ok(health) = self.companion.get("/health").await else { return Ok(Err("no answer".to_owned())) };
            Ok(if health["pending_ops_total"] == 0 { Ok(()) } else { Err(health.to_string()) })
        })
        .await
    }

    /// Fails when a skill was created more than once, or a host of the real product was asked for. (What browsers ask for by
    /// themselves is refused by the proxy as well.)
    ///
    /// # Errors
    ///
    /// Names what was doubled.
    pub async fn nothing_doubled(&self) -> Step {
        let account = self.stand_in.account().await?;
        if account["refused_hosts"].as_object().is_some_and(|hosts| hosts.keys().any(|host| host.contains("claude"))) {
            return Err(format!("requests for other hosts: {}", account["refused_hosts"]).into());
        }
        for (name, writes) in account["writes"].as_object().into_iter().flatten() {
            let (created, deleted) = (writes["created"].as_u64().unwrap_or(0), writes["deleted"].as_u64().unwrap_or(0));
            if created > deleted + 1 {
                return Err(format!("{name} was created {created} times").into());
            }
        }
        let mut names: Vec<&str> =
            account["skills"].as_array().into_iter().flatten().filter_map(|skill| skill["name"].as_str()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("{} is there twice", pair[0]).into()),
            None => Ok(()),
        }
    }
}

fn difference(expected: &BTreeMap<String, Files>, seen: &BTreeMap<String, Files>) -> String {
    let missing: Vec<_> = expected.keys().filter(|name| !seen.contains_key(*name)).collect();
    let surplus: Vec<_> = seen.keys().filter(|name| !expected.contains_key(*name)).collect();
    let other: Vec<_> =
        expected.iter().filter(|(name, files)| seen.get(*name).is_some_and(|seen| seen != *files)).collect();
    let other: Vec<_> = other.into_iter().map(|(name, _)| name).collect();
    format!("missing {missing:?}, too much {surplus:?}, different {other:?}")
}
