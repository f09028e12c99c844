//! What happens when a person connects or disconnects a service.

use uuid::Uuid;

use super::exchange::ServiceFailure;
use super::registry::ServiceEntry;
use super::revoking::NotRevoked;
use super::seal::SealError;
use super::{Services, exchange};
use crate::domain::connector::{Connector, Outcome};
use crate::store::{NewConnection, SharedStore, StoreError};
use crate::time::Timestamp;

/// What became of a click on Connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connecting {
    /// The service issued a key, and it is kept.
    Connected,
    /// The server lacks the service's shared secret.
    NotConfigured,
    /// No e-mail address is known that the service could know the person by.
    NoAddress,
    /// The exchange failed; what was there stays.
    Failed(ServiceFailure),
}

/// What became of a click on Disconnect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disconnecting {
    /// There was no key.
    NotConnected,
    /// The key is gone here and revoked at the service.
    Revoked,
    /// The key is gone here. The service gave it no id that it could be revoked by.
    NotRevocable,
    /// The key is gone here. The service has not confirmed yet that it is revoked; the server tries again.
    NotYet(NotRevoked),
}

/// Why nothing could be tried.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The encryption keys.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Asks the service for a key and keeps it. A former key is revoked. When the exchange fails, what was there stays.
///
/// # Errors
///
/// [`ConnectError`].
pub async fn connect(
    services: &Services,
    store: &SharedStore,
    user: Uuid,
    service: &ServiceEntry,
    now: Timestamp,
) -> Result<Connecting, ConnectError> {
    let Some(secret) = services.secret(&service.id) else { return Ok(Connecting::NotConfigured) };
    let Some(email) = store.email(user).await? else { return Ok(Connecting::NoAddress) };
    // Before anything is issued: a key that could not be kept would be lost.
    let ring = services.keys().ring()?;
    let connector = Connector::Service(service.id.clone());
    match exchange::issue(&services.client, service, secret, &email).await {
        Ok(issued) => {
            let sealed = ring.seal(user, &service.id, &issued.api_key)?;
            let (token_id, expires) = (issued.token_id, issued.expires);
            let new = NewConnection { user, service: service.id.clone(), sealed, token_id, expires, now };
            if let Err(error) = store.keep_connection(new.clone()).await {
                give_back(services, service, new.token_id.as_deref()).await;
                return Err(error.into());
            }
            store.note_outcome(user, connector, Outcome::Success, now).await;
            Ok(Connecting::Connected)
        }
        Err(failure) => {
            let outcome = failure.outcome();
            if matches!(outcome, Outcome::Refused { .. }) {
                store.exchange_refused(user, &service.id).await?;
            }
            store.note_outcome(user, connector, outcome, now).await;
            Ok(Connecting::Failed(failure))
        }
    }
}

/// The key could not be kept. That it stays in force at the service is all that can go wrong now.
async fn give_back(services: &Services, service: &ServiceEntry, token_id: Option<&str>) {
    let Some((token_id, secret)) = token_id.zip(services.secret(&service.id)) else { return };
    if let Err(failure) = exchange::revoke(&services.client, service, secret, token_id).await {
        tracing::warn!(service = service.id, %failure, "a key that could not be kept was not revoked");
    }
}

/// Forgets the key and has the service revoke it: now if it can, else later. The service may have left the registry since, or have
/// refused its first key: who gives it up is not to be warned of it for ever.
///
/// # Errors
///
/// The database.
pub async fn disconnect(
    services: &Services,
    store: &SharedStore,
    user: Uuid,
    id: &str,
    now: Timestamp,
) -> Result<Disconnecting, StoreError> {
    let connector = Connector::Service(id.to_owned());
    let dropped = store.drop_connection(user, id, now).await?;
    if dropped.is_some() || store.connectors_of(user).await?.contains_key(&connector.to_string()) {
        store.note_outcome(user, connector, Outcome::SwitchedOff, now).await;
    }
    Ok(match dropped {
        None => Disconnecting::NotConnected,
        Some(None) => Disconnecting::NotRevocable,
        Some(Some(revocation)) => match super::revoking::attempt(services, store, revocation, now).await? {
            Ok(()) => Disconnecting::Revoked,
            Err(why) => Disconnecting::NotYet(why),
        },
    })
}

/// Whether a service is well. What a person's connection tells is noted.
///
/// # Errors
///
/// The database.
pub async fn probe(
    services: &Services,
    store: &SharedStore,
    user: Uuid,
    service: &ServiceEntry,
    now: Timestamp,
) -> Result<Option<bool>, StoreError> {
    let Some(url) = &service.health_url else { return Ok(None) };
    let probed = exchange::probe(&services.client, url).await;
    let connection = store.connections(user).await?.into_iter().find(|connection| connection.service == service.id);
    if let Some(connection) = connection {
        // That the service is well says nothing about a key that it has refused or that has run out.
        let in_force = !connection.exchange_refused && connection.expires.is_none_or(|expires| expires > now);
        let outcome =
            probed.as_ref().map_or_else(|failure| Some(failure.outcome()), |()| in_force.then_some(Outcome::Success));
        if let Some(outcome) = outcome {
            store.note_outcome(user, Connector::Service(service.id.clone()), outcome, now).await;
        }
    }
    Ok(Some(probed.is_ok()))
}
