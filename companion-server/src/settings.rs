//! How the server was started, checked: what cannot work is refused here, in a sentence.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use companion_wire::connectors::OperatorPause;
use companion_wire::endpoint::EndpointPolicy;

use crate::domain::delivery::Delivery;
use crate::extract::address::Network;
use crate::oidc::settings::{ProviderSettings, ProviderSettingsError};
use crate::services::ServiceSettings;
use crate::store::DatabaseUrl;
use crate::token::{PlainToken, TokenHash};

/// Everything `skillferry serve` needs to know.
#[derive(Clone)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the data lies.
    pub database: DatabaseUrl,
    /// The watched folder; none means that nothing is watched.
    pub library: Option<PathBuf>,
    /// Versions that were made on the server are written into the watched folder.
    pub library_write_back: bool,
    /// Proxies whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<Network>,
    /// Attempts a minute and address on pairing routes; 0 = no limit.
    pub pair_rate_limit: u32,
    /// How long audit rows are kept; for ever when nothing is said.
    pub audit_retention: Option<Duration>,
    /// How long reported uses of skills are kept; for ever when nothing is said.
    pub usage_retention: Option<Duration>,
    /// Further names the server answers to.
    pub allowed_hosts: Vec<String>,
    /// Scheme, host and port under which people reach the server, where it stands behind a proxy.
    pub public_url: Option<String>,
    /// Folders below which an admin may name one to import skills from.
    pub import_roots: Vec<PathBuf>,
    /// How skills reach the accounts.
    pub delivery: Delivery,
    /// The provider that people sign in with, where there is one.
    pub sign_in: Option<ProviderSettings>,
    /// What browsers are told about the calls they make on claude.ai.
    pub endpoint_policy: EndpointPolicy,
    /// Internal services.
    pub services: ServiceSettings,
    /// The operator's kill switch.
    pub pause: OperatorPause,
    /// The preset admin token.
    pub admin_token: Option<TokenHash>,
}

/// Why a server is not started.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Listening for others without protection.
    #[error(
        "{0} can be reached from other machines, and Skillferry speaks no TLS by itself. Put a TLS proxy in front and name it with --trusted-proxies, or listen on 127.0.0.1."
    )]
    Exposed(SocketAddr),
    /// An admin token that can be guessed.
    #[error("SKILLFERRY_ADMIN_TOKEN is shorter than 24 characters. Use a long random one.")]
    WeakAdminToken,
    /// Not a URL of the right form.
    #[error("--public-url must be https://HOST, or http://127.0.0.1:PORT.")]
    PublicUrl,
    /// A provider that cannot be used.
    #[error(transparent)]
    SignIn(#[from] ProviderSettingsError),
}

impl Settings {
    /// Refuses what must not be started.
    ///
    /// # Errors
    ///
    /// [`SettingsError`].
    pub fn check(&self) -> Result<(), SettingsError> {
        if !self.listen.ip().is_loopback() && self.trusted_proxies.is_empty() {
            return Err(SettingsError::Exposed(self.listen));
        }
        if let Some(provider) = &self.sign_in {
            provider.check(self.public_url.as_deref())?;
        }
        match self.public_url.as_deref().map(|url| (url.starts_with("https://"), host_of(url))) {
            Some((false, host)) if !is_loopback_name(host) => Err(SettingsError::PublicUrl),
            Some((_, "")) => Err(SettingsError::PublicUrl),
            _ => Ok(()),
        }
    }

    /// The server answers to this name.
    pub fn allows_host(&self, name: &str) -> bool {
        let configured = self.allowed_hosts.iter().map(String::as_str);
        let public = self.public_url.as_deref().map(host_of);
        is_loopback_name(name) || configured.chain(public).any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Scheme, host and port under which a request reached the server.
    pub fn origin(&self, host: &str) -> String {
        self.public_url.as_ref().map_or_else(|| format!("http://{host}"), |url| url.trim_end_matches('/').to_owned())
    }

    /// The people's side is https, so cookies can be bound to it.
    pub fn secure(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    /// The name of the session cookie; the prefix makes browsers refuse it for other hosts, paths and plain http.
    pub fn session_cookie(&self) -> &'static str {
        if self.secure() { "__Host-skillferry_session" } else { "skillferry_session" }
    }
}

/// Takes the preset admin token.
///
/// # Errors
///
/// [`SettingsError::WeakAdminToken`].
pub fn admin_token(text: Option<String>) -> Result<Option<TokenHash>, SettingsError> {
    match text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) {
        Some(text) if text.len() < 24 => Err(SettingsError::WeakAdminToken),
        Some(text) => Ok(Some(PlainToken::presented(&text).hash())),
        None => Ok(None),
    }
}

/// A name that only this machine has.
pub(crate) fn is_loopback_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || matches!(name, "127.0.0.1" | "[::1]")
}

/// The host of a URL, without its port.
pub(crate) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
    match rest.rfind(':') {
        Some(colon) if !rest[colon..].contains(']') => &rest[..colon],
        _ => rest,
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("listen", &self.listen)
            .field("database", &self.database)
            .field("library", &self.library)
            .field("library_write_back", &self.library_write_back)
            .field("trusted_proxies", &self.trusted_proxies)
            .field("pair_rate_limit", &self.pair_rate_limit)
            .field("allowed_hosts", &self.allowed_hosts)
            .field("public_url", &self.public_url)
            .field("import_roots", &self.import_roots)
            .field("delivery", &self.delivery)
            .field("sign_in", &self.sign_in)
            .field("endpoint_policy", &self.endpoint_policy)
            .field("services", &self.services.registry)
            .field("pause", &self.pause)
            .field("admin_token", &self.admin_token.map(|_| "set"))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(listen: &str) -> Settings {
        Settings {
            listen: listen.parse().expect("address"),
            database: DatabaseUrl::Sqlite("x.db".into()),
            library: None,
            library_write_back: true,
            trusted_proxies: Vec::new(),
            pair_rate_limit: 60,
            audit_retention: None,
            usage_retention: None,
            allowed_hosts: vec!["skills.example".to_owned()],
            public_url: None,
            import_roots: Vec::new(),
            delivery: Delivery::default(),
            sign_in: None,
            endpoint_policy: EndpointPolicy::default(),
            services: ServiceSettings::none(),
            pause: OperatorPause::default(),
            admin_token: admin_token(Some("a-token-of-enough-characters".to_owned())).expect("token"),
        }
    }

    #[test]
    fn listening_for_others_needs_a_proxy() {
        for loopback in ["127.0.0.1:1", "[::1]:1"] {
            assert!(settings(loopback).check().is_ok());
        }
        let mut exposed = settings("0.0.0.0:8082");
        assert!(matches!(exposed.check(), Err(SettingsError::Exposed(_))));
        exposed.trusted_proxies = vec!["10.0.0.0/8".parse().expect("network")];
        assert!(exposed.check().is_ok());
    }

    #[test]
    fn names_and_urls() {
        let mut settings = settings("127.0.0.1:1");
        for name in ["localhost", "LOCALHOST", "127.0.0.1", "[::1]", "skills.example"] {
            assert!(settings.allows_host(name), "{name}");
        }
        for name in ["0.0.0.0", "evil.example", "", "127.0.0.1.evil.example"] {
            assert!(!settings.allows_host(name), "{name}");
        }
        settings.public_url = Some("https://team.example:8443/".to_owned());
        assert!(settings.check().is_ok() && settings.allows_host("team.example") && settings.secure());
        assert_eq!(settings.origin("ignored"), "https://team.example:8443");
        settings.public_url = Some("http://team.example".to_owned());
        assert!(matches!(settings.check(), Err(SettingsError::PublicUrl)));
    }

    #[test]
    fn nothing_secret_is_printed() {
        assert!(matches!(admin_token(Some("short".to_owned())), Err(SettingsError::WeakAdminToken)));
        let printed = format!("{:?}", settings("127.0.0.1:1"));
        assert!(!printed.contains("a-token-of-enough-characters") && printed.contains("set"));
    }
}
