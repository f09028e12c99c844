//! Holds pages to the rules of accessibility.

use serde_json::Value;

use crate::browser::Browser;
use crate::{Step, inputs};

/// The rules, and what pages have broken of them.
#[derive(Debug)]
pub struct Rules {
    program: String,
    broken: Vec<String>,
}

impl Rules {
    /// The rules; none on a machine without npm, which is said aloud.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub fn read() -> Step<Option<Self>> {
        let Some(rules) = inputs::accessibility_rules() else {
            println!("SKIPPED: the rules of accessibility are not installed");
            return Ok(None);
        };
        Ok(Some(Self { program: std::fs::read_to_string(rules)?, broken: Vec::new() }))
    }

    /// Holds the current page to them.
    ///
    /// # Errors
    ///
    /// The browser is gone, or the rules do not run in it.
    pub async fn judge(&mut self, browser: &Browser, name: &str) -> Step {
        let found = browser
            .run(&format!(
                "{}; const {{ violations, passes }} = await axe.run(document, {{ resultTypes: ['violations'] }});
                return [passes.length, ...violations.flatMap(({{ id, nodes }}) => nodes.map(({{ target, failureSummary }}) => `${{id}} ${{target}} ${{failureSummary}}`))];",
                self.program
            ))
            .await?;
        let found = found.as_array().ok_or_else(|| format!("the rules did not run: {found}"))?;
        if found.first().and_then(Value::as_u64).unwrap_or(0) <= 10 {
            return Err(format!("{name}: hardly a rule was applied: {found:?}").into());
        }
        self.broken.extend(found.iter().skip(1).map(|what| format!("{name}: {what}")));
        Ok(())
    }

    /// Fails when a page has broken one.
    ///
    /// # Errors
    ///
    /// Names each.
    pub fn kept(self) -> Step {
        if self.broken.is_empty() { Ok(()) } else { Err(format!("{:#?}", self.broken).into()) }
    }
}
