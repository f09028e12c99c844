//! The rules of accessibility, and which pages were held to them.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::browser::Browser;
use crate::{Step, inputs};

/// Holds pages to the rules of axe-core and remembers what breaks them.
#[derive(Debug)]
pub struct Judge {
    rules: String,
    broken: Vec<String>,
    pages: BTreeSet<String>,
}

/// What the rules say about a page.
#[derive(Debug, Deserialize)]
struct Found {
    page: String,
    applied: Vec<String>,
    broken: Vec<String>,
}

impl Judge {
    /// None, and a line that says so, where the rules are not installed.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub fn new() -> Step<Option<Self>> {
        let Some(rules) = inputs::accessibility_rules() else {
            println!("SKIPPED: the rules of accessibility are not installed");
            return Ok(None);
        };
        let rules = std::fs::read_to_string(rules)?;
        Ok(Some(Self { rules, broken: Vec::new(), pages: BTreeSet::new() }))
    }

    /// Holds the current page to the rules. `name` is what it is called where it breaks one.
    ///
    /// # Errors
    ///
    /// The rules do not run.
    ///
    /// # Panics
    ///
    /// Hardly a rule was applied.
    pub async fn judge(&mut self, browser: &Browser, name: &str) -> Step {
        let applied = self.apply(browser, name, "{}").await?;
        assert!(applied.len() > 10, "{name}: hardly a rule was applied: {applied:?}");
        Ok(())
    }

    /// The same in light and then in dark colours: what is the same page in other colours can only break a rule about colours. Leaves
    /// the page dark.
    ///
    /// # Errors
    ///
    /// The rules do not run.
    ///
    /// # Panics
    ///
    /// The rules were not applied.
    pub async fn judge_both_schemes(&mut self, browser: &Browser, name: &str) -> Step {
        browser.prefer_dark(false).await?;
        self.judge(browser, name).await?;
        browser.prefer_dark(true).await?;
        let applied = self.apply(browser, &format!("{name}, dark"), "{ runOnly: ['cat.color'] }").await?;
        assert!(applied.iter().any(|rule| rule == "color-contrast"), "{name}: no contrast was looked at: {applied:?}");
        Ok(())
    }

    /// The rules that were applied.
    async fn apply(&mut self, browser: &Browser, name: &str, choice: &str) -> Step<Vec<String>> {
        let script = format!(
            "{}; const {{ violations, passes, incomplete }} = await axe.run(document, {{ resultTypes: ['violations'], ...{choice} }});
            return {{ page: location.pathname, applied: [...violations, ...passes, ...incomplete].map(({{ id }}) => id),
                broken: violations.flatMap(({{ id, nodes }}) => nodes.map(({{ target, failureSummary }}) => `${{id}} ${{target}} ${{failureSummary}}`)) }};",
            self.rules
        );
        let found = browser.run(&script).await?;
        let Found { page, applied, broken } =
            serde_json::from_value(found.clone()).map_err(|_| format!("the rules did not run: {found}"))?;
        self.pages.insert(page);
        self.broken.extend(broken.iter().map(|what| format!("{name}: {what}")));
        Ok(applied)
    }

    /// Paths of the pages that were held to the rules.
    pub fn pages(&self) -> &BTreeSet<String> {
        &self.pages
    }

    /// Ends the trial.
    ///
    /// # Panics
    ///
    /// A page broke a rule.
    pub fn acquit(self) {
        assert!(self.broken.is_empty(), "{:#?}", self.broken);
    }
}
