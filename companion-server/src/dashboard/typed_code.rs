//! The short code by which a person approves a browser or a machine, as a form sends it.

use serde::Deserialize;

use super::pages;

/// Glyphs of a code at most, with the spaces and hyphens that people type.
const LONGEST: usize = 16;

/// What the form sends.
#[derive(Debug, Deserialize)]
pub struct TypedCode {
    code: String,
}

impl TypedCode {
    /// Without what no code has. It may still be none.
    pub fn cleaned(&self) -> String {
        pages::cleaned(&self.code, LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_code_has_goes() {
        let typed = |code: &str| TypedCode { code: code.to_owned() }.cleaned();
        assert_eq!(typed("  ABC-234\n"), "ABC-234");
        assert_eq!(typed("AB\u{7}C"), "ABC");
        assert_eq!(typed(&"A".repeat(40)).len(), LONGEST);
    }
}
