//! The pairing handshake in the database.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;

use super::column::SourceIp;
use super::pairing_polls::Unredeemed;
use super::sql::{Tx, args};
use super::{
    Approval, Approver, Attempt, AttemptEndpoint, NewAuditEvent, NewPairing, PairingStore, PendingPairing, Redemption,
    SqlStore, StartPairing, StoreResult, audit, guesses, reconcile,
};
use crate::domain::audit::AuditEventName;
use crate::domain::pairing::{ATTEMPT_WINDOW, LIFETIME, PairingState, normalised_code, retry_after, state};
use crate::time::Timestamp;
use crate::token::TokenHash;

/// How long after its end a pairing is still answered 410 rather than 404.
const ENDED_KEPT: Duration = Duration::from_secs(60 * 60);
/// Attempt rows older than this say nothing any more.
const ATTEMPTS_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

impl AttemptEndpoint {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Pair => "pair",
            Self::Approve => "approve",
            Self::Login => "login",
        }
    }
}

#[async_trait]
impl PairingStore for SqlStore {
    async fn record_attempt(
        &self,
        endpoint: AttemptEndpoint,
        source: Option<IpAddr>,
        limit: u32,
        now: Timestamp,
    ) -> StoreResult<Attempt> {
        let Some(address) = source.filter(|_| limit > 0).map(SourceIp) else { return Ok(Attempt::Allowed) };
        let mut tx = self.db.counting().await?;
        let (count, oldest): (i64, Option<Timestamp>) = tx
            .optional(
                "SELECT COUNT(*), MIN(created_at) FROM claude_ai_pair_attempts
                 WHERE source_ip = $1 AND endpoint = $2 AND created_at > $3",
                args![Some(address), endpoint.as_str(), now.minus(ATTEMPT_WINDOW)],
            )
            .await?
            .unwrap_or((0, None));
        if count >= i64::from(limit) {
            return Ok(Attempt::Limited { retry_after_secs: retry_after(oldest.unwrap_or(now), now) });
        }
        tx.execute(
            "INSERT INTO claude_ai_pair_attempts (id, source_ip, endpoint, created_at) VALUES ($1, $2, $3, $4)",
            args![Uuid::now_v7(), Some(address), endpoint.as_str(), now],
        )
        .await?;
        tx.commit().await?;
        Ok(Attempt::Allowed)
    }

    async fn start_pairing(&self, new: NewPairing) -> StoreResult<StartPairing> {
        let (integration, expires) = (Uuid::now_v7(), new.now.plus(LIFETIME));
        let mut tx = self.db.write().await?;
        // A code of a pairing whose time is over is free again, swept or not.
        tx.execute(
            "UPDATE claude_ai_integrations SET pairing_code = NULL WHERE pairing_code = $1 AND pairing_expires_at <= $2",
            args![new.code.as_str(), new.now],
        )
        .await?;
        let opened = tx
            .execute(
                "INSERT INTO claude_ai_integrations (id, status, browser_label, pairing_code, pairing_token_hash,
                     pairing_expires_at, created_at, updated_at)
                 VALUES ($1, 'pending_approval', $2, $3, $4, $5, $6, $6) ON CONFLICT DO NOTHING",
                args![integration, new.browser_label.clone(), new.code, new.token.hex(), expires, new.now],
            )
            .await?;
        if opened == 0 {
            return Ok(StartPairing::CodeTaken);
        }
        let detail = json!({ "browser_label": new.browser_label.unwrap_or_default() });
        let (event, now) = (AuditEventName::PairStarted, new.now);
        let integration_id = Some(integration);
        let event = NewAuditEvent { integration: integration_id, event, skill: None, detail, source: new.source, now };
        audit::write(&mut tx, event).await?;
        tx.commit().await?;
        Ok(StartPairing::Started { integration, expires })
    }

    async fn pending_pairings(&self, now: Timestamp) -> StoreResult<Vec<PendingPairing>> {
        type Columns = (Uuid, Option<String>, String, Option<SourceIp>, Timestamp, Timestamp);
        let rows: Vec<Columns> = self
            .db
            .all(
                "SELECT i.id, i.browser_label, i.pairing_code,
                     (SELECT a.source_ip FROM claude_ai_audit_log a
                      WHERE a.integration_id = i.id AND a.event = 'pair_started' LIMIT 1),
                     i.created_at, i.pairing_expires_at
                 FROM claude_ai_integrations i
                 WHERE i.status = 'pending_approval' AND i.pairing_approved_at IS NULL
                     AND i.pairing_code IS NOT NULL AND i.pairing_expires_at > $1
                 ORDER BY i.created_at DESC, i.id DESC",
                args![now],
            )
            .await?;
        let pairing = |(integration, browser_label, code, source, created, expires): Columns| PendingPairing {
            integration,
            browser_label,
            code,
            source: source.map(|source| source.0),
            created,
            expires,
        };
        Ok(rows.into_iter().map(pairing).collect())
    }

    async fn approve_pairing(&self, code: &str, by: Approver, now: Timestamp) -> StoreResult<Approval> {
        let mut tx = self.db.counting().await?;
        if let Some(retry_after_secs) = by.refused(&mut tx, now).await? {
            return Ok(Approval::Limited { retry_after_secs });
        }
        let found: Option<(Uuid, Timestamp, Option<Timestamp>)> = tx
            .locked(
                "SELECT id, pairing_expires_at, pairing_approved_at FROM claude_ai_integrations
                 WHERE pairing_code = $1 AND status = 'pending_approval'",
                args![normalised_code(code)],
            )
            .await?;
        let Some((id, expires, approved)) = found else {
            by.guessed_wrong(&mut tx, now).await?;
            tx.commit().await?;
            return Ok(Approval::NotFound);
        };
        match state(expires, approved, now) {
            PairingState::Expired => return Ok(Approval::Expired),
            PairingState::Approved => return Ok(Approval::Approved),
            PairingState::Waiting => {}
        }
        tx.execute(
            "UPDATE claude_ai_integrations SET pairing_approved_at = $2, updated_at = $2, user_id = $3 WHERE id = $1",
            args![id, now, by.user],
        )
        .await?;
        audit::note(&mut tx, id, AuditEventName::PairApproved, json!({}), now).await?;
        tx.commit().await?;
        Ok(Approval::Approved)
    }

    async fn redeem_pairing(
        &self,
        pairing: &TokenHash,
        extension: &TokenHash,
        now: Timestamp,
    ) -> StoreResult<Redemption> {
        // Most polls come before the approval: they must not queue up with those who write.
        if let Err(answer) = approved(self.pairing_polls.ask(pairing.hex()).await?, now) {
            return Ok(answer);
        }
        let mut tx = self.db.planning().await?;
        let id = match approved(tx.locked(UNREDEEMED, args![pairing.hex()]).await?, now) {
            Ok(id) => id,
            Err(answer) => return Ok(answer),
        };
        tx.execute(
            "UPDATE claude_ai_integrations SET status = 'active', extension_token_hash = $2, pairing_code = NULL,
                 pairing_token_hash = NULL, pairing_approved_at = NULL, pairing_expires_at = NULL, updated_at = $3
             WHERE id = $1",
            args![id, extension.hex(), now],
        )
        .await?;
        tx.execute(
            "INSERT INTO extension_tokens (token_hash, integration_id, issued_at) VALUES ($1, $2, $3)",
            args![extension.hex(), id, now],
        )
        .await?;
        audit::note(&mut tx, id, AuditEventName::PairRedeemed, json!({}), now).await?;
        let enqueued = reconcile::browser(&mut tx, id, now).await?;
        if enqueued > 0 {
            let detail = json!({ "reason": "pair_backfill", "enqueued": enqueued });
            audit::note(&mut tx, id, AuditEventName::SyncTriggered, detail, now).await?;
        }
        tx.commit().await?;
        self.signal.send(id);
        Ok(Redemption::Redeemed { integration: id, enqueued })
    }

    async fn sweep_pairings(&self, now: Timestamp) -> StoreResult<u64> {
        let mut tx = self.db.write().await?;
        let ended = end_pairings(&mut tx, now).await?;
        let kept_since = now.minus(ATTEMPTS_KEPT);
        tx.execute("DELETE FROM claude_ai_pair_attempts WHERE created_at < $1", args![kept_since]).await?;
        guesses::forget(&mut tx, ATTEMPTS_KEPT, now).await?;
        tx.commit().await?;
        Ok(ended)
    }
}

/// Removes the pairings that ended long enough ago, and says so in the audit log. Returns how many.
pub(super) async fn end_pairings(tx: &mut Tx, now: Timestamp) -> StoreResult<u64> {
    let ended: Vec<(Uuid, Option<String>, Option<String>)> = tx
        .unlocked(
            "SELECT id, browser_label, (SELECT u.name FROM users u WHERE u.id = user_id) FROM claude_ai_integrations
             WHERE status = 'pending_approval' AND pairing_expires_at <= $1",
            args![now.minus(ENDED_KEPT)],
        )
        .await?;
    for (id, label, approver) in &ended {
        // The row goes, its story stays: the event keeps what the row knew.
        let mut detail = json!({ "browser_label": label.as_deref().unwrap_or_default(), "integration_id": id });
        if let Some(approver) = approver {
            detail["user"] = json!(approver);
        }
        let (event, source) = (AuditEventName::PairExpired, None);
        audit::write(tx, NewAuditEvent { integration: None, event, skill: None, detail, source, now }).await?;
        tx.execute("DELETE FROM claude_ai_integrations WHERE id = $1", args![*id]).await?;
    }
    Ok(ended.len() as u64)
}

const UNREDEEMED: &str = "SELECT id, pairing_expires_at, pairing_approved_at FROM claude_ai_integrations
    WHERE pairing_token_hash = $1 AND status = 'pending_approval'";

/// The browser whose pairing may be redeemed now, or what the poll is answered.
fn approved(found: Option<Unredeemed>, now: Timestamp) -> Result<Uuid, Redemption> {
    let (id, expires, approved) = found.ok_or(Redemption::Unknown)?;
    match state(expires, approved, now) {
        PairingState::Expired => Err(Redemption::Expired),
        PairingState::Waiting => Err(Redemption::NotApproved),
        PairingState::Approved => Ok(id),
    }
}
