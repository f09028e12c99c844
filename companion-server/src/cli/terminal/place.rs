//! Which server is asked, and with which token.

use std::path::{Path, PathBuf};

use clap::Args;

use super::token::{self, Token};
use super::{Failed, client::ClientError};
use crate::settings::{host_of, is_loopback_name};

/// Flags of every command that asks a server.
#[derive(Debug, Clone, Args)]
pub struct Flags {
    /// The server's address
    #[arg(long, global = true, env = "SKILLFERRY_URL", value_name = "URL", default_value = "http://127.0.0.1:8082")]
    url: String,
    /// File with an admin token, readable by you alone [default: terminal-token in the data folder]
    #[arg(long, global = true, env = "SKILLFERRY_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// A server's address without a slash at its end, to which a token may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// The address of a path.
    pub fn of(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The server is on this machine.
    pub fn is_here(&self) -> bool {
        is_loopback_name(host_of(&self.0))
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads the flags.
///
/// # Errors
///
/// No address, one that a token must not be sent to, or no token.
pub fn server(flags: &Flags) -> Result<(Address, Token), Failed> {
    let address = address(&flags.url)?;
    Ok((address, token(flags.token_file.as_deref(), std::env::var("SKILLFERRY_TOKEN").ok())?))
}

fn address(url: &str) -> Result<Address, Failed> {
    let address = Address(url.trim().trim_end_matches('/').to_owned());
    let lower = address.0.to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")).unwrap_or_default();
    if rest.is_empty() || rest.contains(['/', '@', '?', '#']) || host_of(&lower).is_empty() {
        return Err(Failed::usage("--url must be like https://skills.example or http://127.0.0.1:8082."));
    }
    if lower.starts_with("http://") && !address.is_here() {
        return Err(Failed::usage(format!(
            "{address} is not https and not on this machine: the token could be read on the way. Use https."
        )));
    }
    Ok(address)
}

/// The variable before the named file before the usual one.
fn token(file: Option<&Path>, variable: Option<String>) -> Result<Token, Failed> {
    if let Some(text) = variable.filter(|text| !text.trim().is_empty()) {
        return Ok(Token::new(&text));
    }
    let usual = token::usual_file();
    match file.or(usual.as_deref()) {
        Some(path) => token::read(path).map_err(Failed::from),
        None => Err(ClientError::NoToken.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_to_safe_places_only() {
        for good in ["https://skills.example/", "http://127.0.0.1:8082", "http://localhost:1", "http://[::1]:9"] {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "skills.example",
            "http://",
            "ftp://x",
            "https://me:pw@x",
            "https://x/path",
            "https://x?y",
            "http:///x",
        ] {
            assert_eq!(address(bad).expect_err("no address").code, 2, "{bad}");
        }
        for clear in ["http://skills.example", "http://127.0.0.1.evil.example", "HTTP://10.0.0.1"] {
            assert!(address(clear).expect_err("in the clear").sentence.contains("Use https"), "{clear}");
        }
    }

    #[test]
    fn the_variable_goes_first() {
        assert_eq!(
            token(Some(Path::new("/no/such/file")), Some(" sfa_x\n".to_owned())).expect("a token").expose(),
            "sfa_x"
        );
        let missing = token(Some(Path::new("/no/such/file")), Some(" ".to_owned())).expect_err("no file");
        assert_eq!(missing.code, 5);
    }
}
