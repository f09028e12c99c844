//! What a person does about the extension's permissions: answers the browser's question, or takes a host back in its settings.

use serde_json::{Value, json};

use super::{Browser, Kind, chromium, firefox};
use crate::Step;

impl Browser {
    /// The hosts that the extension may reach now. The current tab must be a page of the extension.
    ///
    /// # Errors
    ///
    /// It is not.
    pub async fn allowed_hosts(&self) -> Step<Vec<String>> {
        let hosts = self.run("return (await chrome.permissions.getAll()).origins.sort();").await?;
        let hosts = hosts.as_array().ok_or_else(|| format!("the page says: {hosts}"))?;
        Ok(hosts.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// Takes a host back: in the browser's settings, or, in Firefox, by the same call that its settings make. The current tab must be
    /// a page of the extension.
    ///
    /// # Errors
    ///
    /// The browser does not do it.
    pub async fn take_back(&self, host: &str) -> Step {
        if self.kind == Kind::Firefox {
            let script = format!("return await chrome.permissions.remove({});", json!({ "origins": [host] }));
            return if self.run(&script).await? == true { Ok(()) } else { Err("Firefox keeps the host".into()) };
        }
        let others: Vec<String> = self.allowed_hosts().await?.into_iter().filter(|allowed| allowed != host).collect();
        // The first time, Chromium's settings take all hosts away and then give single ones back.
        let withhold = "chrome.developerPrivate.updateExtensionConfiguration({ extensionId: id, hostAccess: 'ON_SPECIFIC_SITES' });";
        self.settings(withhold).await?;
        for other in others {
            self.allow_in_settings(&other).await?;
        }
        if self.allowed_hosts().await?.iter().all(|allowed| allowed != host) {
            return Ok(());
        }
        self.settings(&format!("chrome.developerPrivate.removeHostPermission(id, {});", json!(host))).await
    }

    /// Allows a host in Chromium's settings, for its question cannot be answered without a screen.
    ///
    /// # Errors
    ///
    /// It is no Chromium.
    pub async fn allow_in_settings(&self, host: &str) -> Step {
        self.settings(&format!("chrome.developerPrivate.addHostPermission(id, {});", json!(host))).await
    }

    /// From now on Firefox asks before it grants a permission, as it does for everybody.
    ///
    /// # Errors
    ///
    /// It is no Firefox.
    pub fn ask_about_permissions(&self) -> Step {
        firefox::ask_about_permissions(&self.remote)
    }

    /// Waits for Firefox's question about a permission, answers it, and gives back its text.
    ///
    /// # Errors
    ///
    /// It asks nothing.
    pub fn answer_question(&self, allow: bool) -> Step<String> {
        firefox::answer_question(&self.remote, allow)
    }

    /// Runs an expression on Chromium's page of extensions, with the extension's `id`, and comes back to the current tab.
    async fn settings(&self, expression: &str) -> Step {
        let here = self.tab().await?;
        self.open_tab("chrome://extensions").await?;
        let script = format!("const id = {}; return await {expression}", json!(chromium::extension_id()?));
        let said = self.run(&script).await?;
        self.close_tab(&here).await?;
        if said.is_null() { Ok(()) } else { Err(format!("Chromium's settings say: {said}").into()) }
    }
}
