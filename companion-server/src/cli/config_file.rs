//! The configuration file: TOML with the names of the flags as keys.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Keys of the file; all optional, none unknown.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConfigFile {
    pub listen: Option<String>,
    pub database_url: Option<String>,
    pub library: Option<PathBuf>,
    pub library_write_back: Option<bool>,
    pub import_roots: Option<Vec<PathBuf>>,
    pub delivery: Option<String>,
    pub hold_writing: Option<bool>,
    pub pause: Option<String>,
    pub endpoint_paths: Option<Vec<String>>,
    pub trusted_proxies: Option<Vec<String>>,
    pub pair_rate_limit: Option<u32>,
    pub audit_retention_days: Option<u32>,
    pub service_connectors: Option<PathBuf>,
    pub service_key_file: Option<PathBuf>,
    pub service_ca_file: Option<PathBuf>,
    pub service_probe_seconds: Option<u32>,
    pub usage_retention_days: Option<u32>,
    pub allowed_hosts: Option<Vec<String>>,
    pub public_url: Option<String>,
    pub oidc_issuer: Option<String>,
    pub oidc_client_id: Option<String>,
    pub oidc_client_secret_file: Option<PathBuf>,
    pub oidc_name: Option<String>,
    pub oidc_scopes: Option<Vec<String>>,
    pub oidc_allowed_domains: Option<Vec<String>>,
    pub oidc_required_claim: Option<String>,
    pub oidc_admin_claim: Option<String>,
}

/// Reads a file.
///
/// # Errors
///
/// A sentence that names file and line.
pub fn read(path: &Path) -> Result<ConfigFile, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("The configuration file {} cannot be read: {error}.", path.display()))?;
    toml::from_str(&text).map_err(|error| sentence(path, &text, &error))
}

/// In one line, and without the line of the file that is wrong: it may hold a password.
fn sentence(path: &Path, text: &str, error: &toml::de::Error) -> String {
    let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
    let place = line.map(|line| format!(", line {line}")).unwrap_or_default();
    let reason = error.message().lines().collect::<Vec<_>>().join("; ");
    format!("The configuration file {}{place} is wrong: {reason}.", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_flags() {
        let file: ConfigFile =
            toml::from_str("listen = \"127.0.0.1:9\"\npair-rate-limit = 5\ntrusted-proxies = [\"10.0.0.0/8\"]")
                .expect("toml");
        assert_eq!((file.listen.as_deref(), file.pair_rate_limit), (Some("127.0.0.1:9"), Some(5)));
        assert!(toml::from_str::<ConfigFile>("listn = \"x\"").is_err());
        let text = "listen = \"x\"\ndatabase-url = postgres://me:secret@db/x\n";
        let error = toml::from_str::<ConfigFile>(text).expect_err("not quoted");
        let sentence = sentence(Path::new("my.toml"), text, &error);
        assert!(sentence.starts_with("The configuration file my.toml, line 2 is wrong: "), "{sentence}");
        assert!(!sentence.contains("secret") && !sentence.contains('\n'), "{sentence}");
        assert!(read(Path::new("/no/such/file")).expect_err("missing").contains("cannot be read"));
    }
}
