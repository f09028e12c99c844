//! Looks by itself how connected services are: what breaks is shown before somebody needs it, and what is well again stops being shown.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Services, exchange};
use crate::domain::connector::{Connector, Outcome};
use crate::domain::services::KEY_EXPIRED;
use crate::store::{SharedStore, StoreResult};
use crate::time::Timestamp;

/// Looks now and again until the server stops.
pub async fn follow(services: Arc<Services>, store: SharedStore, mut stopping: watch::Receiver<bool>) {
    loop {
        let once = async {
            if let Err(error) = run(&services, &store, Timestamp::now()).await {
                tracing::warn!(%error, "services are looked at later");
            }
            tokio::time::sleep(services.probe_every()).await;
        };
        tokio::select! {
            () = once => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
    }
}

/// Asks each service once that somebody is connected to and that says how it is, side by side, and notes the answer for everybody
/// who is connected. Several processes may do so: each answer is as good as the other.
///
/// # Errors
///
/// The database.
pub async fn run(services: &Arc<Services>, store: &SharedStore, now: Timestamp) -> StoreResult<()> {
    let (registry, connected) = (services.registry(), store.connected_services().await?);
    let mut asked = JoinSet::new();
    for id in connected {
        let Some(url) = registry.enabled(&id).and_then(|service| service.health_url.clone()) else { continue };
        let services = Arc::clone(services);
        asked.spawn(async move {
            let probed = exchange::probe(&services.client, &url).await;
            (id, probed.map_or_else(|failure| failure.outcome(), |()| Outcome::Success))
        });
    }
    while let Some(answered) = asked.join_next().await {
        // One that panicked has been logged, and is asked again.
        let Ok((service, outcome)) = answered else { continue };
        store.note_probe(&service, outcome, now).await;
    }
    Ok(())
}

/// Notes for everybody whose key has run out that it has.
///
/// # Errors
///
/// The database.
pub async fn tell_of_expired(store: &SharedStore, now: Timestamp) -> StoreResult<()> {
    for (user, service) in store.expired_connections(now).await? {
        store.note_outcome(user, Connector::Service(service), Outcome::refused(KEY_EXPIRED), now).await;
    }
    Ok(())
}
