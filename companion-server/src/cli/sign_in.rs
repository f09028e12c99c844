//! The settings of the sign-in provider: flags, environment and file.

use std::path::{Path, PathBuf};

use clap::Args;

use super::config_file::ConfigFile;
use crate::domain::doctor::Finding;
use crate::domain::sign_in::{AdmissionRules, ClaimRule};
#[cfg(feature = "oidc")]
use crate::oidc::ProviderError;
use crate::oidc::settings::{ClientSecret, DEFAULT_NAME, DEFAULT_SCOPES, ProviderSettings};

/// The variable with the client secret. There is no flag for it: other people on the machine can read those.
const SECRET: &str = "SKILLFERRY_OIDC_CLIENT_SECRET";
/// Stands for every domain.
const EVERYBODY: &str = "*";

/// Flags about the provider.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Signing in with OpenID Connect")]
pub struct ProviderFlags {
    /// Issuer of the provider that people sign in with, as in https://id.example
    #[arg(long, env = "SKILLFERRY_OIDC_ISSUER", value_name = "URL")]
    oidc_issuer: Option<String>,
    /// What this server is called at the provider
    #[arg(long, env = "SKILLFERRY_OIDC_CLIENT_ID", value_name = "ID")]
    oidc_client_id: Option<String>,
    /// File with the client secret; SKILLFERRY_OIDC_CLIENT_SECRET may hold the secret itself
    #[arg(long, env = "SKILLFERRY_OIDC_CLIENT_SECRET_FILE", value_name = "FILE")]
    oidc_client_secret_file: Option<PathBuf>,
    /// What the button says after “Sign in with” [default: your team's account]
    #[arg(long, env = "SKILLFERRY_OIDC_NAME", value_name = "TEXT")]
    oidc_name: Option<String>,
    /// Scopes to ask for [default: openid,email,profile]
    #[arg(long, env = "SKILLFERRY_OIDC_SCOPES", value_name = "SCOPE", value_delimiter = ',')]
    oidc_scopes: Option<Vec<String>>,
    /// Domains of verified e-mail addresses that may sign in; “*” lets in everybody whom the provider knows
    #[arg(long, env = "SKILLFERRY_OIDC_ALLOWED_DOMAINS", value_name = "DOMAIN", value_delimiter = ',')]
    oidc_allowed_domains: Option<Vec<String>>,
    /// What the provider must say of a person, as in groups=skill-team
    #[arg(long, env = "SKILLFERRY_OIDC_REQUIRED_CLAIM", value_name = "NAME=VALUE")]
    oidc_required_claim: Option<String>,
    /// What makes an admin, as in groups=skill-admins [default: roles are given on this server]
    #[arg(long, env = "SKILLFERRY_OIDC_ADMIN_CLAIM", value_name = "NAME=VALUE")]
    oidc_admin_claim: Option<String>,
}

/// The provider, if one is named. Flag or environment before file.
///
/// # Errors
///
/// A sentence that names the setting.
pub fn provider(flags: ProviderFlags, file: &ConfigFile) -> Result<Option<ProviderSettings>, String> {
    let or = |flag: Option<String>, key: &Option<String>| present(flag.or_else(|| key.clone()));
    let Some(issuer) = or(flags.oidc_issuer, &file.oidc_issuer) else { return Ok(None) };
    let client_id = or(flags.oidc_client_id, &file.oidc_client_id);
    let secret_file = flags.oidc_client_secret_file.or_else(|| file.oidc_client_secret_file.clone());
    let scopes = flags.oidc_scopes.or_else(|| file.oidc_scopes.clone());
    let rules = AdmissionRules {
        domains: flags.oidc_allowed_domains.or_else(|| file.oidc_allowed_domains.clone()),
        required: rule("--oidc-required-claim", or(flags.oidc_required_claim, &file.oidc_required_claim))?,
        admin: rule("--oidc-admin-claim", or(flags.oidc_admin_claim, &file.oidc_admin_claim))?,
    };
    Ok(Some(ProviderSettings {
        issuer,
        client_id: client_id.ok_or("--oidc-issuer needs --oidc-client-id: what this server is called there.")?,
        client_secret: secret(secret_file.as_deref(), std::env::var(SECRET).ok())?,
        name: or(flags.oidc_name, &file.oidc_name).unwrap_or_else(|| DEFAULT_NAME.to_owned()),
        scopes: scopes.unwrap_or_else(|| DEFAULT_SCOPES.map(str::to_owned).to_vec()),
        rules: guarded(rules)?,
    }))
}

/// How the doctor finds the provider; nothing where none is named.
pub async fn examine(flags: ProviderFlags, file: &ConfigFile, public_url: Option<&str>) -> Option<Finding> {
    let remedy = "Put the settings right; a server does not start with them.";
    let provider = match provider(flags, file) {
        Ok(provider) => provider?,
        Err(sentence) => return Some(Finding::fail("sign_in", sentence, remedy)),
    };
    if let Err(error) = provider.check(public_url) {
        return Some(Finding::fail("sign_in", error.to_string(), remedy));
    }
    Some(answering(provider).await)
}

#[cfg(feature = "oidc")]
async fn answering(provider: ProviderSettings) -> Finding {
    let issuer = provider.issuer.clone();
    match crate::oidc::Provider::new(provider, "").answers().await {
        Ok(()) => Finding::pass("sign_in", format!("{issuer} answers.")),
        Err(error @ ProviderError::Unreachable(_)) => Finding::warn(
            "sign_in",
            format!("{error}."),
            "Look whether the provider runs and can be reached from here; nobody can sign in with it until then.",
        ),
        Err(error @ ProviderError::Unusable(_)) => Finding::fail(
            "sign_in",
            format!("{error}."),
            "Compare --oidc-issuer with the issuer in the provider's /.well-known/openid-configuration.",
        ),
    }
}

/// Settings that name a provider fail their check before this.
#[cfg(not(feature = "oidc"))]
async fn answering(provider: ProviderSettings) -> Finding {
    Finding::warn("sign_in", format!("{} was not asked.", provider.issuer), "Build with the feature “oidc”.")
}

/// A public provider knows half the world: nobody lets it in by forgetting a setting.
fn guarded(rules: AdmissionRules) -> Result<AdmissionRules, String> {
    let domains: Vec<String> = rules.domains.unwrap_or_default().iter().map(|name| name.trim().to_owned()).collect();
    let domains: Vec<String> = domains.into_iter().filter(|name| !name.is_empty()).collect();
    let everybody = domains.iter().any(|name| name == EVERYBODY);
    if let Some(wrong) = domains.iter().find(|name| name.contains('@') || (name.contains('*') && *name != EVERYBODY)) {
        return Err(format!("--oidc-allowed-domains takes domains like team.example, not “{wrong}”."));
    }
    if domains.is_empty() && rules.required.is_none() {
        let sentence = "Say who may sign in: --oidc-allowed-domains or --oidc-required-claim. --oidc-allowed-domains \"*\" lets in everybody whom the provider knows.";
        return Err(sentence.to_owned());
    }
    let domains = (!everybody && !domains.is_empty()).then_some(domains);
    Ok(AdmissionRules { domains, ..rules })
}

fn rule(flag: &str, text: Option<String>) -> Result<Option<ClaimRule>, String> {
    text.map(|text| text.parse().map_err(|error| format!("{flag} {error}."))).transpose()
}

fn secret(file: Option<&Path>, variable: Option<String>) -> Result<Option<ClientSecret>, String> {
    let Some(file) = file else { return Ok(variable.as_deref().and_then(ClientSecret::new)) };
    let unreadable = |error| format!("The client secret's file {} cannot be read: {error}.", file.display());
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    let empty = || format!("The client secret's file {} is empty.", file.display());
    ClientSecret::new(&text).ok_or_else(empty).map(Some)
}

fn present(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(domains: &[&str], required: Option<&str>) -> ProviderFlags {
        ProviderFlags {
            oidc_issuer: Some("https://id.example".to_owned()),
            oidc_client_id: Some("skillferry".to_owned()),
            oidc_allowed_domains: Some(domains.iter().map(|name| (*name).to_owned()).collect()),
            oidc_required_claim: required.map(str::to_owned),
            ..ProviderFlags::default()
        }
    }

    fn told(flags: ProviderFlags) -> Result<AdmissionRules, String> {
        provider(flags, &ConfigFile::default()).map(|provider| provider.expect("one is named").rules)
    }

    #[test]
    fn nobody_opens_the_door_by_forgetting() {
        assert!(provider(ProviderFlags::default(), &ConfigFile::default()).expect("fine").is_none());
        assert!(told(flags(&[], None)).expect_err("open").starts_with("Say who may sign in"));
        assert!(told(flags(&[" "], None)).is_err());
        assert_eq!(told(flags(&["*"], None)).expect("said so").domains, None);
        assert_eq!(told(flags(&["a.example", "*"], None)).expect("said so").domains, None);
        assert_eq!(told(flags(&[" a.example"], None)).expect("fine").domains, Some(vec!["a.example".to_owned()]));
        assert!(told(flags(&[], Some("groups=x"))).expect("fine").required.is_some());
        assert!(told(flags(&[], Some("groups"))).expect_err("no rule").starts_with("--oidc-required-claim must be"));
        for wrong in ["@a.example", "*.example"] {
            assert!(told(flags(&[wrong], None)).expect_err("no domain").contains(wrong));
        }
        let nameless = ProviderFlags { oidc_client_id: None, ..flags(&["*"], None) };
        assert!(told(nameless).expect_err("no id").contains("--oidc-client-id"));
    }

    #[test]
    fn the_file_speaks_where_flags_are_silent() {
        let file = ConfigFile {
            oidc_issuer: Some("https://file.example".to_owned()),
            oidc_client_id: Some("of-the-file".to_owned()),
            oidc_allowed_domains: Some(vec!["file.example".to_owned()]),
            oidc_name: Some("the file".to_owned()),
            ..ConfigFile::default()
        };
        let both = ProviderFlags { oidc_client_id: Some("of-the-flag".to_owned()), ..ProviderFlags::default() };
        let provider = provider(both, &file).expect("fine").expect("one is named");
        assert_eq!((provider.issuer.as_str(), provider.client_id.as_str()), ("https://file.example", "of-the-flag"));
        assert_eq!((provider.name.as_str(), provider.scopes.len()), ("the file", 3));
    }

    #[test]
    fn secrets_come_from_a_file_or_the_environment() {
        let folder = tempfile::tempdir().expect("temp folder");
        let file = folder.path().join("secret");
        let exposed = |secret: Option<ClientSecret>| secret.map(|secret| secret.expose().to_owned());
        assert!(secret(Some(&file), None).expect_err("missing").contains("cannot be read"));
        std::fs::write(&file, "\n").expect("written");
        assert!(secret(Some(&file), None).expect_err("empty").contains("is empty"));
        std::fs::write(&file, "from the file\n").expect("written");
        let both = secret(Some(&file), Some("from the environment".to_owned())).expect("read");
        assert_eq!(exposed(both).as_deref(), Some("from the file"));
        assert_eq!(exposed(secret(None, Some(" x ".to_owned())).expect("read")).as_deref(), Some("x"));
        assert_eq!(exposed(secret(None, None).expect("none")), None);
    }
}
