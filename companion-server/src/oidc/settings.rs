//! Which provider, and what the server is to it.

use crate::domain::sign_in::AdmissionRules;
use crate::settings::{host_of, is_loopback_name};

/// The scopes that are asked for when nothing else is said.
pub const DEFAULT_SCOPES: [&str; 3] = ["openid", "email", "profile"];
/// What the button says when nothing else is said.
pub const DEFAULT_NAME: &str = "your team's account";

/// A provider.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// Its issuer, exactly as it names itself in its discovery document.
    pub issuer: String,
    /// What the server is called there.
    pub client_id: String,
    /// What proves that it is the server; none for a public client, which has PKCE only.
    pub client_secret: Option<ClientSecret>,
    /// What the button says after “Sign in with”.
    pub name: String,
    /// Scopes that are asked for.
    pub scopes: Vec<String>,
    /// Whom it lets in.
    pub rules: AdmissionRules,
}

/// A secret of the operator. It can be sent to the provider, never printed.
#[derive(Clone)]
pub struct ClientSecret(String);

/// Why a provider cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProviderSettingsError {
    /// The issuer is sent secrets.
    #[error("--oidc-issuer must be https://…, or http://127.0.0.1:PORT for a provider on this machine.")]
    Issuer,
    /// The provider has to send people back.
    #[error("Signing in with a provider needs --public-url: the provider sends people back to it.")]
    NoPublicUrl,
    /// The program cannot do it.
    #[error(
        "This skillferry was built without OpenID Connect. Build it with the feature “oidc”, or leave --oidc-issuer out."
    )]
    NotBuilt,
}

impl ProviderSettings {
    /// Refuses what cannot work or would not be safe.
    ///
    /// # Errors
    ///
    /// [`ProviderSettingsError`].
    pub fn check(&self, public_url: Option<&str>) -> Result<(), ProviderSettingsError> {
        if !cfg!(feature = "oidc") {
            return Err(ProviderSettingsError::NotBuilt);
        }
        let host = host_of(&self.issuer);
        let safe = self.issuer.starts_with("https://") || self.is_on_this_machine();
        if host.is_empty() || !safe || self.issuer.contains(|letter: char| letter.is_whitespace()) {
            return Err(ProviderSettingsError::Issuer);
        }
        public_url.map(drop).ok_or(ProviderSettingsError::NoPublicUrl)
    }

    /// Only then is plain http spoken, and only to this machine.
    pub fn is_on_this_machine(&self) -> bool {
        self.issuer.starts_with("http://") && is_loopback_name(host_of(&self.issuer))
    }
}

impl ClientSecret {
    /// Takes what was configured; nothing where it is blank.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The text, for the one request that proves the server.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientSecret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(issuer: &str) -> ProviderSettings {
        ProviderSettings {
            issuer: issuer.to_owned(),
            client_id: "skillferry".to_owned(),
            client_secret: ClientSecret::new(" hidden \n"),
            name: DEFAULT_NAME.to_owned(),
            scopes: DEFAULT_SCOPES.map(str::to_owned).to_vec(),
            rules: AdmissionRules { domains: None, required: None, admin: None },
        }
    }

    #[test]
    #[cfg(feature = "oidc")]
    fn issuers_are_https_or_here() {
        let url = Some("https://skills.example");
        for issuer in ["https://id.example", "https://id.example/realms/x", "http://127.0.0.1:9", "http://[::1]:9"] {
            assert_eq!(provider(issuer).check(url), Ok(()), "{issuer}");
            assert_eq!(provider(issuer).check(None), Err(ProviderSettingsError::NoPublicUrl), "{issuer}");
        }
        for issuer in ["", "id.example", "http://id.example", "https://", "ftp://127.0.0.1", "https://id.example/ x"] {
            assert_eq!(provider(issuer).check(url), Err(ProviderSettingsError::Issuer), "{issuer}");
        }
    }

    #[test]
    #[cfg(not(feature = "oidc"))]
    fn a_server_without_it_says_so() {
        assert_eq!(provider("https://id.example").check(None), Err(ProviderSettingsError::NotBuilt));
    }

    #[test]
    fn the_secret_is_never_printed() {
        let provider = provider("https://id.example");
        assert_eq!(provider.client_secret.as_ref().map(ClientSecret::expose), Some("hidden"));
        assert!(!format!("{provider:?}").contains("hidden"));
        assert!(ClientSecret::new(" \n").is_none());
    }
}
