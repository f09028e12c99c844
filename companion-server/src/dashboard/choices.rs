//! What a list of choices offers.

/// One of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What a form sends.
    pub value: String,
    /// What a person reads.
    pub label: String,
    /// The one in force.
    pub chosen: bool,
}

impl Choice {
    /// Chosen when it is `current`.
    pub fn new(value: impl Into<String>, label: impl Into<String>, current: &str) -> Self {
        let value = value.into();
        Self { chosen: value == current, label: label.into(), value }
    }
}
