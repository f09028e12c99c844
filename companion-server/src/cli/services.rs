//! What `serve` and `keys` are told about internal services.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::config_file::ConfigFile;
use super::folders;
use crate::services::exchange::PATIENCE;
use crate::services::seal::{FORMER, KeySource, VARIABLE};
use crate::services::{PROBE_EVERY, Secrets, ServiceSettings};

const REGISTRY: &str = "service_connectors.json";
const KEY_FILE: &str = "service.key";

/// Flags about internal services.
#[derive(Debug, Default, Args)]
pub struct ServiceFlags {
    /// Registry of internal services [default: service_connectors.json in the data folder, where there is one]
    #[arg(long, env = "SKILLFERRY_SERVICE_CONNECTORS", value_name = "FILE")]
    service_connectors: Option<PathBuf>,
    /// The file with the key that encrypts services' keys [default: service.key in the data folder]
    #[arg(long, env = "SKILLFERRY_SERVICE_KEY_FILE", value_name = "FILE")]
    service_key_file: Option<PathBuf>,
    /// Certificates, as PEM, of an authority of your own that services are certified by
    #[arg(long, env = "SKILLFERRY_SERVICE_CA_FILE", value_name = "FILE")]
    service_ca_file: Option<PathBuf>,
    /// Seconds between two looks at how connected services are [default: 60]
    #[arg(long, env = "SKILLFERRY_SERVICE_PROBE_SECONDS", value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    service_probe_seconds: Option<u32>,
}

/// The file with the encryption keys, as somebody named it.
#[derive(Debug)]
pub struct KeyFile(pub Option<PathBuf>);

impl KeyFile {
    /// The environment where it has a key, else this file, else the one in the data folder.
    ///
    /// # Errors
    ///
    /// There is no data folder.
    pub fn source(self) -> Result<KeySource, String> {
        let variable = |name| std::env::var(name).ok();
        let file = match self.0 {
            Some(file) => file,
            None => {
                folders::data().ok_or("There is no home folder. Name a file with --service-key-file.")?.join(KEY_FILE)
            }
        };
        Ok(KeySource::new(variable(VARIABLE), variable(FORMER), file))
    }
}

/// Flag or environment before file before default.
pub fn settings(flags: ServiceFlags, file: &ConfigFile) -> Result<ServiceSettings, String> {
    let registry = flags.service_connectors.or(file.service_connectors.clone());
    let usual = || folders::data().map(|folder| folder.join(REGISTRY)).filter(|file| file.is_file());
    let registry = registry.or_else(usual).map(|file| std::path::absolute(&file).unwrap_or(file));
    let authority = flags.service_ca_file.or(file.service_ca_file.clone());
    let certificates = authority.map(|file| {
        std::fs::read(&file).map_err(|error| format!("--service-ca-file {} cannot be read: {error}.", file.display()))
    });
    let probe_every = flags.service_probe_seconds.or(file.service_probe_seconds);
    if probe_every == Some(0) {
        return Err("service-probe-seconds must be 1 or more.".to_owned());
    }
    Ok(ServiceSettings {
        probe_every: probe_every.map_or(PROBE_EVERY, |seconds| Duration::from_secs(seconds.into())),
        registry,
        certificates: certificates.transpose()?,
        patience: PATIENCE,
        keys: KeyFile(flags.service_key_file.or(file.service_key_file.clone())).source()?,
        secrets: Secrets::from_variables(
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        ),
    })
}
