//! Connections to internal services: sealed keys, and what is still to be revoked.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;

use super::sql::{Tx, args};
use super::{NewAuditEvent, SqlStore, StoreResult, audit};
use crate::domain::audit::AuditEventName;
use crate::services::seal::Sealed;
use crate::time::Timestamp;

/// How long a claimed revocation is this process's: longer than a service may take.
const CLAIM: Duration = Duration::from_secs(60);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(6 * 60 * 60);

/// A key to keep.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// Whose it is.
    pub user: Uuid,
    /// Of which service.
    pub service: String,
    /// The key, encrypted.
    pub sealed: Sealed,
    /// What it is revoked by.
    pub token_id: Option<String>,
    /// Until when it works.
    pub expires: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
}

/// A connection as it is kept.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Whose it is.
    pub user: Uuid,
    /// Of which service.
    pub service: String,
    /// The key, encrypted.
    pub sealed: Sealed,
    /// Since when.
    pub connected: Timestamp,
    /// Until when the key works.
    pub expires: Option<Timestamp>,
    /// The service has since refused to issue another.
    pub exchange_refused: bool,
}

/// A key that is to be revoked at its service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Its id.
    pub id: Uuid,
    /// At which service.
    pub service: String,
    /// Which key.
    pub token_id: String,
}

/// Connections to internal services.
#[async_trait]
pub trait ServiceStore: Send + Sync {
    /// What services know a person by: the address that an admin has set, else their name where it is one.
    async fn email(&self, user: Uuid) -> StoreResult<Option<String>>;
    /// Sets that address. False: no such person.
    async fn set_email(&self, user: Uuid, email: Option<String>, now: Timestamp) -> StoreResult<bool>;
    /// Keeps a key in place of a former one, whose revocation is queued in the same transaction. Writes `service_connected`.
    async fn keep_connection(&self, new: NewConnection) -> StoreResult<()>;
    /// Forgets a key. Its revocation is queued and claimed for the caller; none where the service gave the key no id. The outer
    /// `None`: there was no connection. Writes `service_disconnected`.
    async fn drop_connection(
        &self,
        user: Uuid,
        service: &str,
        now: Timestamp,
    ) -> StoreResult<Option<Option<Revocation>>>;
    /// The service refuses to issue another key for this connection.
    async fn exchange_refused(&self, user: Uuid, service: &str) -> StoreResult<()>;
    /// A person's connections, by service.
    async fn connections(&self, user: Uuid) -> StoreResult<Vec<Connection>>;
    /// Services that somebody is connected to.
    async fn connected_services(&self) -> StoreResult<Vec<String>>;
    /// Connections whose key has run out, of everybody.
    async fn expired_connections(&self, now: Timestamp) -> StoreResult<Vec<(Uuid, String)>>;
    /// Connections that another key than this one has sealed, at most `limit`.
    async fn connections_not_sealed_by(&self, key_id: &str, limit: u32) -> StoreResult<Vec<Connection>>;
    /// Puts a newly sealed key in the place of the one that was read, unless that has changed meanwhile.
    async fn reseal(&self, read: &Connection, sealed: Sealed) -> StoreResult<()>;
    /// Writes that keys at rest were encrypted anew.
    async fn note_rotation(&self, connections: u64, now: Timestamp) -> StoreResult<()>;
    /// Claims revocations that are due: of any number of processes one gets each, and it is due again after a pause that doubles.
    async fn due_revocations(&self, limit: u32, now: Timestamp) -> StoreResult<Vec<Revocation>>;
    /// The service has revoked it. Writes `service_key_revoked`.
    async fn revocation_done(&self, id: Uuid, now: Timestamp) -> StoreResult<()>;
}

type Columns = (Uuid, String, String, Vec<u8>, Timestamp, Option<Timestamp>, bool);

#[async_trait]
impl ServiceStore for SqlStore {
    async fn email(&self, user: Uuid) -> StoreResult<Option<String>> {
        let found: Option<(Option<String>, String)> =
            self.db.optional("SELECT email, name FROM users WHERE id = $1", args![user]).await?;
        Ok(found.and_then(|(email, name)| email.or_else(|| is_address(&name).then_some(name))))
    }

    async fn set_email(&self, user: Uuid, email: Option<String>, now: Timestamp) -> StoreResult<bool> {
        let set = "UPDATE users SET email = $2, updated_at = $3 WHERE id = $1";
        Ok(self.db.execute(set, args![user, email, now]).await? == 1)
    }

    async fn keep_connection(&self, new: NewConnection) -> StoreResult<()> {
        let mut tx = self.db.planning().await?;
        let former = take(&mut tx, new.user, &new.service).await?.flatten();
        if let Some(token_id) = former {
            queue(&mut tx, &new.service, token_id, new.now).await?;
        }
        tx.execute(
            "INSERT INTO service_connections (id, user_id, service_id, key_id, sealed, token_id, connected_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            args![
                Uuid::now_v7(),
                new.user,
                new.service.as_str(),
                new.sealed.key_id,
                new.sealed.bytes,
                new.token_id,
                new.now,
                new.expires
            ],
        )
        .await?;
        note(&mut tx, AuditEventName::ServiceConnected, new.user, &new.service, new.now).await?;
        tx.commit().await
    }

    async fn drop_connection(
        &self,
        user: Uuid,
        service: &str,
        now: Timestamp,
    ) -> StoreResult<Option<Option<Revocation>>> {
        let mut tx = self.db.planning().await?;
        let Some(token_id) = take(&mut tx, user, service).await? else { return Ok(None) };
        let revocation = match token_id {
            Some(token_id) => Some(queue(&mut tx, service, token_id, now.plus(CLAIM)).await?),
            None => None,
        };
        note(&mut tx, AuditEventName::ServiceDisconnected, user, service, now).await?;
        tx.commit().await?;
        Ok(Some(revocation))
    }

    async fn exchange_refused(&self, user: Uuid, service: &str) -> StoreResult<()> {
        let refused = "UPDATE service_connections SET exchange_refused = $3 WHERE user_id = $1 AND service_id = $2";
        self.db.execute(refused, args![user, service, true]).await.map(drop)
    }

    async fn connections(&self, user: Uuid) -> StoreResult<Vec<Connection>> {
        let rows: Vec<Columns> = self
            .db
            .all(
                "SELECT user_id, service_id, key_id, sealed, connected_at, expires_at, exchange_refused
                 FROM service_connections WHERE user_id = $1 ORDER BY service_id",
                args![user],
            )
            .await?;
        Ok(rows.into_iter().map(connection).collect())
    }

    async fn connected_services(&self) -> StoreResult<Vec<String>> {
        let found: Vec<(String,)> =
            self.db.all("SELECT DISTINCT service_id FROM service_connections ORDER BY service_id", args![]).await?;
        Ok(found.into_iter().map(|(service,)| service).collect())
    }

    async fn expired_connections(&self, now: Timestamp) -> StoreResult<Vec<(Uuid, String)>> {
        self.db
            .all(
                "SELECT c.user_id, c.service_id FROM service_connections c
                 WHERE c.expires_at <= $1 AND NOT EXISTS (SELECT 1 FROM connector_health h
                     WHERE h.user_id = c.user_id AND h.connector_name = 'service:' || c.service_id
                         AND h.status = 'needs_reauth')",
                args![now],
            )
            .await
    }

    async fn connections_not_sealed_by(&self, key_id: &str, limit: u32) -> StoreResult<Vec<Connection>> {
        let rows: Vec<Columns> = self
            .db
            .all(
                "SELECT user_id, service_id, key_id, sealed, connected_at, expires_at, exchange_refused
                 FROM service_connections WHERE key_id <> $1 ORDER BY id LIMIT $2",
                args![key_id, limit],
            )
            .await?;
        Ok(rows.into_iter().map(connection).collect())
    }

    async fn reseal(&self, read: &Connection, sealed: Sealed) -> StoreResult<()> {
        self.db
            .execute(
                "UPDATE service_connections SET key_id = $4, sealed = $5
                 WHERE user_id = $1 AND service_id = $2 AND sealed = $3",
                args![read.user, read.service.as_str(), read.sealed.bytes.clone(), sealed.key_id, sealed.bytes],
            )
            .await
            .map(drop)
    }

    async fn note_rotation(&self, connections: u64, now: Timestamp) -> StoreResult<()> {
        let mut tx = self.db.planning().await?;
        let detail = json!({ "connections": connections });
        let event = AuditEventName::ServiceKeysRotated;
        audit::write(&mut tx, NewAuditEvent { integration: None, event, skill: None, detail, source: None, now })
            .await?;
        tx.commit().await
    }

    async fn due_revocations(&self, limit: u32, now: Timestamp) -> StoreResult<Vec<Revocation>> {
        let mut tx = self.db.write().await?;
        let due: Vec<(Uuid, String, String, i64)> = tx
            .unlocked(
                "SELECT id, service_id, token_id, attempts FROM service_revocations WHERE not_before <= $1
                 ORDER BY not_before LIMIT 1000",
                args![now],
            )
            .await?;
        let mut claimed = Vec::new();
        for (id, service, token_id, attempts) in due.into_iter().take(limit as usize) {
            let again = now.plus(pause(attempts.unsigned_abs()));
            let claim = "UPDATE service_revocations SET attempts = attempts + 1, not_before = $2 WHERE id = $1";
            tx.execute(claim, args![id, again]).await?;
            claimed.push(Revocation { id, service, token_id });
        }
        tx.commit().await?;
        Ok(claimed)
    }

    async fn revocation_done(&self, id: Uuid, now: Timestamp) -> StoreResult<()> {
        let mut tx = self.db.planning().await?;
        let found: Option<(String,)> =
            tx.optional("SELECT service_id FROM service_revocations WHERE id = $1", args![id]).await?;
        let Some((service,)) = found else { return Ok(()) };
        tx.execute("DELETE FROM service_revocations WHERE id = $1", args![id]).await?;
        let (event, detail) = (AuditEventName::ServiceKeyRevoked, json!({ "service": service }));
        audit::write(&mut tx, NewAuditEvent { integration: None, event, skill: None, detail, source: None, now })
            .await?;
        tx.commit().await
    }
}

fn is_address(name: &str) -> bool {
    name.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.') && !name.contains(' '))
}

/// A minute, two, four … up to six hours.
fn pause(attempts: u64) -> Duration {
    let doubled = 1_u32.checked_shl(u32::try_from(attempts).unwrap_or(u32::MAX)).unwrap_or(u32::MAX);
    CLAIM.saturating_mul(doubled).min(LONGEST_PAUSE)
}

fn connection((user, service, key_id, bytes, connected, expires, exchange_refused): Columns) -> Connection {
    Connection { user, service, sealed: Sealed { key_id, bytes }, connected, expires, exchange_refused }
}

/// Removes a connection. The outer `None`: there was none; the inner one: its key has no id.
async fn take(tx: &mut Tx, user: Uuid, service: &str) -> StoreResult<Option<Option<String>>> {
    let found: Option<(Option<String>,)> = tx
        .locked("SELECT token_id FROM service_connections WHERE user_id = $1 AND service_id = $2", args![user, service])
        .await?;
    tx.execute("DELETE FROM service_connections WHERE user_id = $1 AND service_id = $2", args![user, service]).await?;
    Ok(found.map(|(token_id,)| token_id))
}

/// Queues a revocation.
pub(super) async fn queue(
    tx: &mut Tx,
    service: &str,
    token_id: String,
    not_before: Timestamp,
) -> StoreResult<Revocation> {
    let id = Uuid::now_v7();
    tx.execute(
        "INSERT INTO service_revocations (id, service_id, token_id, not_before, created_at) VALUES ($1, $2, $3, $4, $4)",
        args![id, service, token_id.as_str(), not_before],
    )
    .await?;
    Ok(Revocation { id, service: service.to_owned(), token_id })
}

async fn note(tx: &mut Tx, event: AuditEventName, user: Uuid, service: &str, now: Timestamp) -> StoreResult<()> {
    let name: Option<(String,)> = tx.optional("SELECT name FROM users WHERE id = $1", args![user]).await?;
    let detail = json!({ "user": name.map(|(name,)| name), "service": service });
    audit::write(tx, NewAuditEvent { integration: None, event, skill: None, detail, source: None, now }).await
}
