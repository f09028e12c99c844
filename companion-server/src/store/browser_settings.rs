//! What a person changes about a paired browser: its settings and its token.

use std::time::Duration;

use async_trait::async_trait;
use companion_wire::integration::Integration;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::sql::{Tx, args};
use super::{IntegrationStore as _, SqlStore, StoreResult, audit};
use crate::domain::audit::AuditEventName;
use crate::time::Timestamp;
use crate::token::TokenHash;

/// The window in which rotations of one browser are counted.
const ROTATION_WINDOW: Duration = Duration::from_secs(60 * 60);

/// Settings to change; `None` leaves one as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrowserChange {
    /// `personal`, `organization` or `both`.
    pub scope: Option<String>,
    /// `ask`, `skillnote_wins` or `claude_ai_wins`.
    pub conflict_policy: Option<String>,
    /// What the browser is called; an empty text takes the name away.
    pub browser_label: Option<String>,
}

/// What became of a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// The new token is in force, the former one is not.
    Rotated,
    /// Too many within the hour.
    Limited {
        /// Until the oldest rotation leaves the window; at least 1.
        retry_after_secs: u32,
    },
    /// No such browser, or one that was never paired.
    NotFound,
    /// The browser was disconnected: it has no token to replace.
    Disconnected,
}

/// Settings and tokens of paired browsers.
#[async_trait]
pub trait BrowserSettingsStore: Send + Sync {
    /// Changes settings, of disconnected browsers too, and writes `integration_updated` with the keys that changed, if any
    /// did. `None` when there is no such browser, or only a pairing that nobody has redeemed.
    async fn change_browser(&self, id: Uuid, change: BrowserChange, now: Timestamp)
    -> StoreResult<Option<Integration>>;
    /// Puts another token in force unless `limit` rotations of this browser lie in the last hour already (`limit` 0 = no
    /// limit), clears `last_error` and writes `token_revoked`. Of rotations at once the last one's token is in force.
    async fn rotate_token(&self, id: Uuid, token: &TokenHash, limit: u32, now: Timestamp) -> StoreResult<Rotation>;
}

#[async_trait]
impl BrowserSettingsStore for SqlStore {
    async fn change_browser(
        &self,
        id: Uuid,
        change: BrowserChange,
        now: Timestamp,
    ) -> StoreResult<Option<Integration>> {
        // Alone with those that plan: it holds a row that they refer to, and then wants the audit chain, which they may hold.
        let mut tx = self.db.planning().await?;
        let found: Option<(String, String, Option<String>)> = tx
            .locked(
                "SELECT scope, conflict_policy, browser_label FROM claude_ai_integrations
                 WHERE id = $1 AND status <> 'pending_approval'",
                args![id],
            )
            .await?;
        let Some((scope, policy, label)) = found else { return Ok(None) };
        let new_scope = change.scope.unwrap_or_else(|| scope.clone());
        let new_policy = change.conflict_policy.unwrap_or_else(|| policy.clone());
        let new_label = change.browser_label.map_or_else(|| label.clone(), |text| Some(text).filter(|t| !t.is_empty()));
        let mut detail = Map::new();
        note_change(&mut detail, "scope", &scope, &new_scope);
        note_change(&mut detail, "conflict_policy", &policy, &new_policy);
        if label != new_label {
            detail.insert("browser_label".to_owned(), Value::from("updated"));
        }
        if !detail.is_empty() {
            tx.execute(
                "UPDATE claude_ai_integrations SET scope = $2, conflict_policy = $3, browser_label = $4, updated_at = $5
                 WHERE id = $1",
                args![id, new_scope, new_policy, new_label, now],
            )
            .await?;
            audit::note(&mut tx, id, AuditEventName::IntegrationUpdated, Value::Object(detail), now).await?;
        }
        tx.commit().await?;
        Ok(self.integrations().await?.into_iter().find(|integration| integration.id == id))
    }

    async fn rotate_token(&self, id: Uuid, token: &TokenHash, limit: u32, now: Timestamp) -> StoreResult<Rotation> {
        // Alone with those that plan: it holds a row that they refer to, and then wants the audit chain, which they may hold.
        let mut tx = self.db.planning().await?;
        let found: Option<(String, Option<String>)> =
            tx.locked("SELECT status, browser_label FROM claude_ai_integrations WHERE id = $1", args![id]).await?;
        let label = match found {
            None => return Ok(Rotation::NotFound),
            Some((status, _)) if status == "pending_approval" => return Ok(Rotation::NotFound),
            Some((_, label)) => {
                if let Some(retry_after_secs) = too_many(&mut tx, id, limit, now).await? {
                    return Ok(Rotation::Limited { retry_after_secs });
                }
                label
            }
        };
        let replaced = tx
            .execute(
                "UPDATE claude_ai_integrations SET extension_token_hash = $2, last_error = NULL, updated_at = $3
                 WHERE id = $1 AND status <> 'disconnected'",
                args![id, token.hex(), now],
            )
            .await?;
        if replaced == 0 {
            return Ok(Rotation::Disconnected);
        }
        tx.execute(
            "INSERT INTO extension_tokens (token_hash, integration_id, issued_at) VALUES ($1, $2, $3)",
            args![token.hex(), id, now],
        )
        .await?;
        let detail = json!({ "action": "rotate", "browser_label": label.unwrap_or_default() });
        audit::note(&mut tx, id, AuditEventName::TokenRevoked, detail, now).await?;
        tx.commit().await?;
        self.signal.send(id);
        Ok(Rotation::Rotated)
    }
}

fn note_change(detail: &mut Map<String, Value>, key: &str, old: &str, new: &str) {
    if old != new {
        detail.insert(key.to_owned(), Value::from(format!("{old}→{new}")));
    }
}

/// Seconds to wait when `limit` rotations lie in the window.
async fn too_many(tx: &mut Tx, id: Uuid, limit: u32, now: Timestamp) -> StoreResult<Option<u32>> {
    let rotations: Vec<(Timestamp,)> = tx
        .all(
            "SELECT created_at FROM claude_ai_audit_log
             WHERE integration_id = $1 AND event = 'token_revoked' AND created_at > $2
             ORDER BY created_at DESC LIMIT $3",
            args![id, now.minus(ROTATION_WINDOW), limit],
        )
        .await?;
    let full = limit > 0 && rotations.len() >= limit as usize;
    let oldest = rotations.last().filter(|_| full);
    Ok(oldest.map(|(oldest,)| {
        let left = oldest.plus(ROTATION_WINDOW).0.saturating_sub(now.0) / 1_000_000;
        u32::try_from(left).unwrap_or_default().max(1)
    }))
}
