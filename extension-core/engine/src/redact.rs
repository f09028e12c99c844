//! Text that must not be printed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A token. Its `Debug` shows nothing, and it has no `Display`. It is written out only as part of the snapshot, which
/// goes to the extension's own storage and nowhere else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a token.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The token itself, for the header or query that carries it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("sfe_topsecret".into())), "Secret(…)");
    }
}
