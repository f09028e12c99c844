//! What happens when a person connects or disconnects a service.

use companion_wire::services::ServiceChanged;
use uuid::Uuid;

use super::registry::ServiceEntry;
use super::seal::SealError;
use super::{Services, exchange};
use crate::domain::connector::{Connector, Outcome};
use crate::store::{NewConnection, SharedStore, StoreError};
use crate::time::Timestamp;

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

fn changed(success: bool, message: String) -> ServiceChanged {
    ServiceChanged { success, message }
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
) -> Result<ServiceChanged, ConnectError> {
    let name = &service.name;
    let Some(secret) = services.secret(&service.id) else {
        let variable = service.id.to_ascii_uppercase();
        return Ok(changed(
            false,
            format!("{name} is not configured: the server lacks SC_SECRET_{variable}. Ask an admin."),
        ));
    };
    let Some(email) = store.email(user).await? else {
        let sentence = "no e-mail address is known for you. Ask an admin to set one with “skillferry user set-email”.";
        return Ok(changed(false, format!("{name} was not asked: {sentence}")));
    };
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
            Ok(changed(true, format!("{name} is connected. Your machine receives the key with its next pull.")))
        }
        Err(failure) => {
            let outcome = failure.outcome();
            if matches!(outcome, Outcome::Refused { .. }) {
                store.exchange_refused(user, &service.id).await?;
            }
            store.note_outcome(user, connector, outcome, now).await;
            Ok(changed(
                false,
                format!("The token exchange with {name} failed: {failure}. Nothing was stored; try again."),
            ))
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

/// Forgets the key and has the service revoke it: now if it can, else later.
///
/// # Errors
///
/// The database.
pub async fn disconnect(
    services: &Services,
    store: &SharedStore,
    user: Uuid,
    service: &ServiceEntry,
    now: Timestamp,
) -> Result<ServiceChanged, StoreError> {
    let name = &service.name;
    let Some(revocation) = store.drop_connection(user, &service.id, now).await? else {
        return Ok(changed(true, format!("{name} was not connected.")));
    };
    store.note_outcome(user, Connector::Service(service.id.clone()), Outcome::SwitchedOff, now).await;
    let revoked = match revocation {
        Some(revocation) => super::revoking::attempt(services, store, revocation, now).await?,
        None => Ok(()),
    };
    Ok(match revoked {
        Ok(()) => changed(true, format!("{name} is disconnected. Your machine loses the key with its next pull.")),
        Err(why) => {
            let rest = format!("The key was not revoked there yet: {why}. The server tries again by itself.");
            changed(
                true,
                format!("{name} is disconnected here, and your machine loses the key with its next pull. {rest}"),
            )
        }
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
