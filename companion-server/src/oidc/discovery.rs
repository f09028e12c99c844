//! What the provider says about itself, remembered for a while: its addresses and the keys that it signs with.

use std::sync::Arc;
use std::time::{Duration, Instant};

use openidconnect::IssuerUrl;
use openidconnect::core::CoreProviderMetadata;
use tokio::sync::Mutex;

use super::provider::ProviderError;
use super::transport::Transport;

/// So long it is believed without asking again.
const FRESH: Duration = Duration::from_secs(60 * 60);
/// So long it is better than nothing.
const USABLE: Duration = Duration::from_secs(24 * 60 * 60);
/// A provider that did not answer is left alone for so long: people press the button again.
const REST: Duration = Duration::from_secs(5);
/// Between the first try and the second.
const PAUSE: Duration = Duration::from_millis(300);

/// Remembers one provider's document and its keys.
#[derive(Debug)]
pub struct Discovery {
    issuer: String,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    known: Option<(Arc<CoreProviderMetadata>, Instant)>,
    failed: Option<Instant>,
}

impl Discovery {
    /// Of this issuer. Nothing is asked yet: the server starts also while the provider is down.
    pub fn new(issuer: &str) -> Self {
        Self { issuer: issuer.to_owned(), memory: Mutex::default() }
    }

    /// The document, asked for when it is not known or old. Many who ask at once wait for one answer.
    ///
    /// # Errors
    ///
    /// [`ProviderError::Unreachable`] when it does not answer and nothing usable is remembered, [`ProviderError::Unusable`] when the
    /// document is another issuer's or makes no sense.
    pub async fn metadata(&self, transport: &Transport) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let mut memory = self.memory.lock().await;
        if let Some((known, since)) = &memory.known
            && since.elapsed() < FRESH
        {
            return Ok(known.clone());
        }
        let usable = memory.known.clone().filter(|(_, since)| since.elapsed() < USABLE).map(|(known, _)| known);
        if memory.failed.is_some_and(|when| when.elapsed() < REST) {
            return usable.ok_or_else(|| ProviderError::Unreachable("it did not answer a moment ago".to_owned()));
        }
        match self.asked(transport).await {
            Ok(metadata) => Ok(memory.keep(metadata)),
            Err(error) => {
                memory.failed = Some(Instant::now());
                usable.ok_or(error)
            }
        }
    }

    /// The document, asked for again unless it is `seen` no more: the provider may have changed its keys.
    ///
    /// # Errors
    ///
    /// As [`Self::metadata`].
    pub async fn newer(
        &self,
        transport: &Transport,
        seen: &Arc<CoreProviderMetadata>,
    ) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let mut memory = self.memory.lock().await;
        match &memory.known {
            Some((known, _)) if !Arc::ptr_eq(known, seen) => Ok(known.clone()),
            _ => Ok(memory.keep(self.asked(transport).await?)),
        }
    }

    /// Asks twice: a connection that breaks is no outage.
    async fn asked(&self, transport: &Transport) -> Result<CoreProviderMetadata, ProviderError> {
        let issuer = IssuerUrl::new(self.issuer.clone()).map_err(|error| ProviderError::Unusable(error.to_string()))?;
        match CoreProviderMetadata::discover_async(issuer.clone(), transport).await {
            Ok(metadata) => Ok(metadata),
            Err(_) => {
                tokio::time::sleep(PAUSE).await;
                CoreProviderMetadata::discover_async(issuer, transport).await.map_err(ProviderError::of_discovery)
            }
        }
    }
}

impl Memory {
    fn keep(&mut self, metadata: CoreProviderMetadata) -> Arc<CoreProviderMetadata> {
        let known = Arc::new(metadata);
        *self = Self { known: Some((known.clone(), Instant::now())), failed: None };
        known
    }
}
