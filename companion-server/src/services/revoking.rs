//! Revocations that a service has not confirmed: kept in the database, tried again with growing pauses, by one process at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::exchange::ServiceFailure;
use super::{Services, exchange};
use crate::store::{Revocation, SharedStore, StoreResult};
use crate::time::Timestamp;

/// How often to look.
const EVERY: Duration = Duration::from_secs(30);
/// At most so many in one go.
const MOST: u32 = 50;

/// Why a key is not revoked yet, in half a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRevoked {
    /// Nobody knows where to ask.
    #[error("the service is not in the registry")]
    NotInRegistry,
    /// The server lacks the shared secret.
    #[error("the service is not configured")]
    NotConfigured,
    /// The service did not do it.
    #[error(transparent)]
    Failed(#[from] ServiceFailure),
}

/// Tries what is due now and again until the server stops.
pub async fn follow(services: Arc<Services>, store: SharedStore, mut stopping: watch::Receiver<bool>) {
    loop {
        let once = async {
            if let Err(error) = run(&services, &store, Timestamp::now()).await {
                tracing::warn!(%error, "revocations at services are put off");
            }
            tokio::time::sleep(EVERY).await;
        };
        tokio::select! {
            () = once => {}
            // What was under way is due again after the next start.
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
    }
}

/// Tries what is due, side by side: none keeps another from its turn, and all have ended before the claims do.
///
/// # Errors
///
/// The database.
pub async fn run(services: &Arc<Services>, store: &SharedStore, now: Timestamp) -> StoreResult<()> {
    let mut tries = JoinSet::new();
    for revocation in store.due_revocations(MOST, now).await? {
        let (services, store) = (Arc::clone(services), Arc::clone(store));
        tries.spawn(async move {
            let service = revocation.service.clone();
            (service, attempt(&services, &store, revocation, now).await)
        });
    }
    while let Some(tried) = tries.join_next().await {
        // A try that panicked has been logged, and is due again.
        let Ok((service, tried)) = tried else { continue };
        if let Err(why) = tried? {
            tracing::warn!(service, %why, "a key is not revoked yet");
        }
    }
    Ok(())
}

/// Tries one that this process has claimed.
///
/// # Errors
///
/// The database; inside, why the key is not revoked yet.
pub async fn attempt(
    services: &Services,
    store: &SharedStore,
    revocation: Revocation,
    now: Timestamp,
) -> StoreResult<Result<(), NotRevoked>> {
    // Also at one that was switched off: its keys are to end.
    let registry = services.registry();
    let service = registry.services.iter().find(|service| service.id == revocation.service);
    let Some(service) = service else { return Ok(Err(NotRevoked::NotInRegistry)) };
    let Some(secret) = services.secret(&service.id) else { return Ok(Err(NotRevoked::NotConfigured)) };
    match exchange::revoke(&services.client, service, secret, &revocation.token_id).await {
        Ok(()) => store.revocation_done(revocation.id, now).await.map(Ok),
        Err(failure) => Ok(Err(failure.into())),
    }
}
