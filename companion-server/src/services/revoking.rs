//! Revocations that a service has not confirmed: kept in the database, tried again with growing pauses, by one process at a time.

use super::Services;
use super::exchange::{self, ServiceFailure};
use crate::store::{Revocation, SharedStore, StoreResult};
use crate::time::Timestamp;

/// At most so many in one go.
const MOST: u32 = 50;

/// Tries what is due.
///
/// # Errors
///
/// The database.
pub async fn run(services: &Services, store: &SharedStore, now: Timestamp) -> StoreResult<()> {
    for revocation in store.due_revocations(MOST, now).await? {
        let service = revocation.service.clone();
        if let Err(why) = attempt(services, store, revocation, now).await? {
            tracing::warn!(service, why, "a key is not revoked yet");
        }
    }
    Ok(())
}

/// Tries one that this process has claimed. The inner error says in half a sentence why the key is not revoked yet.
///
/// # Errors
///
/// The database.
pub async fn attempt(
    services: &Services,
    store: &SharedStore,
    revocation: Revocation,
    now: Timestamp,
) -> StoreResult<Result<(), String>> {
    // Also one that was switched off: its keys are to end.
    let registry = services.registry();
    let service = registry.services.iter().find(|service| service.id == revocation.service);
    let Some(service) = service else { return Ok(Err("the service is not in the registry".to_owned())) };
    let Some(secret) = services.secret(&service.id) else { return Ok(Err("the service is not configured".to_owned())) };
    let revoked: Result<(), ServiceFailure> =
        exchange::revoke(&services.client, service, secret, &revocation.token_id).await;
    match revoked {
        Ok(()) => {
            store.revocation_done(revocation.id, now).await?;
            Ok(Ok(()))
        }
        Err(failure) => Ok(Err(failure.to_string())),
    }
}
