//! Secrets as types: a plain one that prints nothing, and the hash that may be kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use skill_format::Digest;
use subtle::ConstantTimeEq;

/// Glyphs of a pairing code: none that people mix up.
pub const CODE_GLYPHS: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Glyphs in a pairing code.
pub const CODE_LENGTH: usize = 6;

/// What a token is for. Each kind begins with four characters of its own, which secret scanners can look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Proves a paired browser.
    Extension,
    /// Proves a machine that fetches keys.
    Machine,
    /// Guards a pairing handshake.
    Pairing,
    /// Opens the dashboard once.
    LoginLink,
    /// Proves a dashboard session.
    Session,
    /// Proves a program of the operator.
    Admin,
    /// Binds a sign-in with a provider to its browser and its ID token.
    SignIn,
}

impl TokenKind {
    /// Whether a token says that it is of this kind. Proves nothing.
    pub fn is_claimed_by(self, token: &str) -> bool {
        token.starts_with(self.prefix())
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Extension => "sfe_",
            Self::Machine => "sfm_",
            Self::Pairing => "sfp_",
            Self::LoginLink => "sfl_",
            Self::Session => "sfs_",
            Self::Admin => "sfa_",
            Self::SignIn => "sfi_",
        }
    }
}

/// A secret as its holder knows it: 43 characters of `A–Z a–z 0–9 - _`. It can be handed over, never printed.
pub struct PlainToken(String);

impl PlainToken {
    /// Draws a new one from the operating system.
    ///
    /// # Errors
    ///
    /// The operating system has no randomness to give.
    pub fn draw(kind: TokenKind) -> Result<Self, getrandom::Error> {
        let mut random = [0; 30];
        getrandom::fill(&mut random)?;
        let mut text = kind.prefix().to_owned();
        text.push_str(&URL_SAFE_NO_PAD.encode(random)[..39]);
        Ok(Self(text))
    }

    /// Takes what somebody presents.
    pub fn presented(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The text, for the one answer that issues it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What may be kept of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl std::fmt::Debug for PlainToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PlainToken")
    }
}

/// The SHA-256 of a token. Compared in constant time.
#[derive(Clone, Copy)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// 64 hex characters, as the database keeps it.
    pub fn hex(&self) -> String {
        Digest::from_bytes(self.0).to_string()
    }

    /// Compares with what the database kept, without telling by its time how much was alike.
    pub fn matches_hex(&self, stored: &str) -> bool {
        self.hex().as_bytes().ct_eq(stored.as_bytes()).into()
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenHash {}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash")
    }
}

/// Draws a pairing code.
///
/// # Errors
///
/// The operating system has no randomness to give.
pub fn draw_code() -> Result<String, getrandom::Error> {
    loop {
        let mut random = [0; 32];
        getrandom::fill(&mut random)?;
        if let Some(code) = code_from(&random) {
            return Ok(code);
        }
    }
}

/// Picks glyphs without bias: bytes beyond the largest multiple of 31 are passed over. `None` when too few are left.
fn code_from(random: &[u8]) -> Option<String> {
    let fair = random.iter().filter(|byte| **byte < 248).map(|byte| char::from(CODE_GLYPHS[usize::from(byte % 31)]));
    let code: String = fair.take(CODE_LENGTH).collect();
    (code.len() == CODE_LENGTH).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_their_form_and_print_nothing() {
        use TokenKind::*;
        for kind in [Extension, Machine, Pairing, LoginLink, Session, Admin, SignIn] {
            let token = PlainToken::draw(kind).expect("randomness");
            assert_eq!(token.expose().len(), 43);
            assert!(token.expose().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
            assert!(token.expose().starts_with(kind.prefix()));
            assert_eq!(format!("{token:?} {:?}", token.hash()), "PlainToken TokenHash");
            assert!(token.hash().matches_hex(&PlainToken::presented(&format!(" {} ", token.expose())).hash().hex()));
            assert!(!token.hash().matches_hex(&PlainToken::draw(kind).expect("randomness").hash().hex()));
        }
    }

    #[test]
    fn codes_are_fair() {
        assert_eq!(code_from(&[0, 30, 31, 247, 248, 255, 1, 2]).as_deref(), Some("2Z2Z34"));
        assert_eq!(code_from(&[255; 32]), None);
        assert_eq!(draw_code().expect("randomness").len(), CODE_LENGTH);
    }
}
