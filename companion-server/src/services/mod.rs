//! Internal services: their registry, what is asked of them, and their keys at rest.
//!
//! Reading order: [`registry`] for what is known of a service, [`exchange`] for what is asked of it, [`seal`] for keys at rest,
//! [`connect`] for what happens at a click, [`revoking`] for what is made good later, [`probing`] for what is looked at meanwhile.

pub mod connect;
pub mod exchange;
pub mod library;
pub mod probing;
pub mod registry;
pub mod revoking;
pub mod seal;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use notify_debouncer_full::notify::RecursiveMode;
use notify_debouncer_full::{DebounceEventResult, new_debouncer};
use reqwest::Client;
use tokio::sync::{Notify, watch};

use exchange::SharedSecret;
use registry::{Registry, RegistryError};
use seal::KeySource;

use crate::store::SharedStore;
use crate::time::Timestamp;

/// How long files are left alone before they are read: editors write in steps.
const QUIET: Duration = Duration::from_millis(200);
/// How often to look without being told.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// How often to look how connected services are, unless somebody says otherwise: as often as pages look.
pub const PROBE_EVERY: Duration = Duration::from_secs(60);

/// How services are set up, checked.
#[derive(Debug, Clone)]
pub struct ServiceSettings {
    /// The registry; none means that there are no services.
    pub registry: Option<PathBuf>,
    /// A further certificate authority of theirs, as PEM.
    pub certificates: Option<Vec<u8>>,
    /// Where the encryption keys are.
    pub keys: KeySource,
    /// Secrets by the name of their variable, as the environment had them at start.
    pub secrets: Secrets,
    /// How often to look how connected services are.
    pub probe_every: Duration,
    /// How long a service may take to answer.
    pub patience: Duration,
}

impl ServiceSettings {
    /// No services at all.
    pub fn none() -> Self {
        let keys = KeySource::File(PathBuf::from("service.key"));
        Self {
            registry: None,
            certificates: None,
            keys,
            secrets: Secrets::default(),
            probe_every: PROBE_EVERY,
            patience: exchange::PATIENCE,
        }
    }
}

/// Shared secrets of services. They are never printed.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, SharedSecret>);

impl Secrets {
    /// Takes those variables that begin as secrets do.
    pub fn from_variables(variables: impl Iterator<Item = (String, String)>) -> Self {
        let secret = |(name, value): (String, String)| {
            Some((name.strip_prefix("SC_SECRET_")?.to_owned(), SharedSecret::given(Some(value))?))
        };
        Self(variables.filter_map(secret).collect())
    }

    /// The secret of a service.
    pub fn of(&self, id: &str) -> Option<&SharedSecret> {
        self.0.get(&id.to_ascii_uppercase())
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} secrets", self.0.len())
    }
}

/// Why services cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The certificate authority.
    #[error("the certificates of --service-ca-file cannot be used: {0}")]
    Certificates(reqwest::Error),
}

/// What every route shares about services.
#[derive(Debug)]
pub struct Services {
    settings: ServiceSettings,
    client: Client,
    known: RwLock<Known>,
}

/// The last registry that could be read, and what is wrong with the one that stands there now.
#[derive(Debug, Default)]
struct Known {
    registry: Arc<Registry>,
    problem: Option<String>,
}

impl Services {
    /// Reads the registry for the first time.
    ///
    /// # Errors
    ///
    /// [`ServicesError`]: nothing is started with a registry that is wrong.
    pub fn start(settings: ServiceSettings) -> Result<Arc<Self>, ServicesError> {
        let registry = settings.registry.as_deref().map(Registry::read).transpose()?.unwrap_or_default();
        let client = exchange::client(settings.certificates.as_deref(), settings.patience)
            .map_err(ServicesError::Certificates)?;
        let known = RwLock::new(Known { registry: Arc::new(registry), problem: None });
        Ok(Arc::new(Self { settings, client, known }))
    }

    /// The registry as it counts now.
    pub fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner).registry)
    }

    /// What is wrong with the file since the last one that could be read.
    pub fn problem(&self) -> Option<String> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).problem.clone()
    }

    /// The shared secret of a service, where there is one.
    pub fn secret(&self, id: &str) -> Option<&SharedSecret> {
        self.settings.secrets.of(id)
    }

    /// Where the encryption keys are.
    pub fn keys(&self) -> &KeySource {
        &self.settings.keys
    }

    /// How often to look how connected services are.
    pub fn probe_every(&self) -> Duration {
        self.settings.probe_every
    }

    /// Reads the registry again. One that is wrong changes nothing but what is said about it.
    pub fn reload(&self) {
        let Some(file) = &self.settings.registry else { return };
        let read = Registry::read(file);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        match read {
            Ok(registry) if *known.registry == registry && known.problem.is_none() => {}
            Ok(registry) => {
                tracing::info!(services = registry.services.len(), "the registry of services was read");
                *known = Known { registry: Arc::new(registry), problem: None };
            }
            Err(error) => {
                let problem = Some(error.to_string());
                if known.problem != problem {
                    tracing::warn!(%error, "the registry of services is wrong; the last good one stays in force");
                    known.problem = problem;
                }
            }
        }
    }

    /// Follows the registry and the files beside it until the server stops.
    pub async fn follow(self: Arc<Self>, store: SharedStore, mut stopping: watch::Receiver<bool>) {
        let Some(folder) = self.settings.registry.as_deref().and_then(Path::parent) else { return };
        let changed = Arc::new(Notify::new());
        let told = Arc::clone(&changed);
        let notices = new_debouncer(QUIET, None, move |_: DebounceEventResult| told.notify_one());
        // Without notices there is still the look every half a minute.
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let _notices = notices.and_then(|mut notices| {
            notices.watch(folder, RecursiveMode::NonRecursive)?;
            Ok(notices)
        });
        loop {
            tokio::select! {
                () = changed.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
            self.reload();
            if let Err(error) = library::refresh(&self, &store, Timestamp::now()).await {
                tracing::warn!(%error, "the skills of services are brought up to date later");
            }
        }
    }
}
