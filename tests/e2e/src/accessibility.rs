//! The rules of accessibility, and which pages were held to them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::browser::Browser;
use crate::{Step, inputs};

/// Holds pages to the rules of axe-core and remembers what breaks them.
#[derive(Debug)]
pub struct Judge {
    rules: String,
    broken: Vec<String>,
    pages: BTreeSet<String>,
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
    pub async fn judge(&mut self, browser: &Browser, name: &str) -> Step {
        let script = format!(
            "{}; const {{ violations, passes }} = await axe.run(document, {{ resultTypes: ['violations'] }});
            return [location.pathname, passes.length, ...violations.flatMap(({{ id, nodes }}) => nodes.map(({{ target, failureSummary }}) => `${{id}} ${{target}} ${{failureSummary}}`))];",
            self.rules
        );
        let found = browser.run(&script).await?;
        let found = found.as_array().ok_or_else(|| format!("the rules did not run: {found}"))?;
        assert!(found.get(1).and_then(Value::as_u64) > Some(10), "{name}: hardly a rule was applied: {found:?}");
        self.pages.extend(found[0].as_str().map(str::to_owned));
        self.broken.extend(found.iter().skip(2).map(|what| format!("{name}: {what}")));
        Ok(())
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
