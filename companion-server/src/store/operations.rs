//! The operation queue in the database.

use std::time::Duration;

use async_trait::async_trait;
use companion_wire::operation::{Operation, OperationKind, OperationPayload};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

use super::reconcile::{self, kind_named};
use super::sql::{Tx, args};
use super::{OperationStore, QueueFilter, QueueItem, Retry, SqlStore, StoreResult, audit};
use crate::domain::audit::AuditEventName;
use crate::domain::operations::{CompletionOutcome, CompletionReport, LEASE, Settlement, error_text, lapse, settle};
use crate::time::Timestamp;

/// An operation as far as its completion looks at it.
struct Row {
    id: Uuid,
    kind: OperationKind,
    skill: Option<Uuid>,
    payload: OperationPayload,
    attempts: u32,
}

#[async_trait]
impl OperationStore for SqlStore {
    async fn lease(&self, integration: Uuid, limit: u32, now: Timestamp) -> StoreResult<Vec<Operation>> {
        // Most polls find nothing: they must not queue up for SQLite's one write lock.
        if !self.has_work(integration, now).await? {
            return Ok(Vec::new());
        }
        type Columns = (Uuid, String, Option<Uuid>, Json<OperationPayload>, i64, Timestamp);
        let mut tx = self.db.write().await?;
        let rows: Vec<Columns> = tx
            .unlocked(
                "SELECT id, kind, skill_id, payload, attempts, created_at FROM claude_ai_sync_operations
                 WHERE integration_id = $1 AND status = 'pending' AND (not_before IS NULL OR not_before <= $2)
                 ORDER BY created_at, id LIMIT $3",
                args![integration, now, limit],
            )
            .await?;
        let mut leased = Vec::with_capacity(rows.len());
        for (id, kind, skill_id, Json(payload), attempts, created) in rows {
            tx.execute(
                "UPDATE claude_ai_sync_operations SET status = 'in_progress', started_at = $2, attempts = attempts + 1
                 WHERE id = $1",
                args![id, now],
            )
            .await?;
            let attempts = u32::try_from(attempts + 1).unwrap_or(u32::MAX);
            let created_at = created.rfc3339();
            leased.push(Operation { id, kind: kind_named(&kind), skill_id, payload, attempts, created_at });
        }
        tx.commit().await?;
        Ok(leased)
    }

    async fn complete(
        &self,
        integration: Uuid,
        operation: Uuid,
        report: CompletionReport,
        now: Timestamp,
    ) -> StoreResult<CompletionOutcome> {
        let mut tx = self.db.write().await?;
        let found: Option<(String, String, Option<Uuid>, Json<OperationPayload>, i64)> = tx
            .locked(
                "SELECT status, kind, skill_id, payload, attempts FROM claude_ai_sync_operations
                 WHERE id = $1 AND integration_id = $2",
                args![operation, integration],
            )
            .await?;
        let Some((status, kind, skill, Json(payload), attempts)) = found else {
            return Ok(CompletionOutcome::NotFound);
        };
        match (status.as_str(), report.success) {
            ("completed", true) => return Ok(CompletionOutcome::Replayed),
            ("completed" | "failed", _) => return Ok(CompletionOutcome::AlreadyFinal),
            _ => {}
        }
        let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
        let row = Row { id: operation, kind: kind_named(&kind), skill, payload, attempts };
        let random = Uuid::new_v4().as_fields().0;
        match settle(attempts, &report, now, random) {
            Settlement::Completed => succeed(&mut tx, integration, &row, report, now).await?,
            Settlement::Failed { summary } => fail(&mut tx, integration, &row, &report, &summary, now).await?,
            Settlement::RetryLater { not_before } => {
                put_back(&mut tx, &row, &report, Some(not_before), row.attempts).await?;
            }
            Settlement::WaitForSignIn => {
                put_back(&mut tx, &row, &report, None, row.attempts.saturating_sub(1)).await?;
                signed_out(&mut tx, integration, &row, &report, now).await?;
            }
        }
        let queued = match row.skill {
            Some(skill) => reconcile::skill_for(&mut tx, integration, skill, now).await?,
            None => 0,
        };
        tx.commit().await?;
        if queued > 0 {
            self.signal.send(integration);
        }
        Ok(CompletionOutcome::Applied)
    }

    async fn retry(&self, operation: Uuid, now: Timestamp) -> StoreResult<Retry> {
        let mut tx = self.db.write().await?;
        let found: Option<(String, Uuid, String, Option<Uuid>)> = tx
            .locked(
                "SELECT status, integration_id, kind, skill_id FROM claude_ai_sync_operations WHERE id = $1",
                args![operation],
            )
            .await?;
        let Some((status, integration, kind, skill)) = found else { return Ok(Retry::NotFound) };
        if status != "failed" {
            return Ok(Retry::NotRetryable);
        }
        tx.execute(
            "UPDATE claude_ai_sync_operations SET status = 'pending', attempts = 0, last_error = NULL,
                 started_at = NULL, completed_at = NULL, not_before = NULL WHERE id = $1",
            args![operation],
        )
        .await?;
        let detail = json!({ "op_id": operation, "op_kind": kind });
        audit::note(&mut tx, integration, AuditEventName::OpRetried, detail, now).await?;
        if let Some(skill) = skill {
            reconcile::skill_for(&mut tx, integration, skill, now).await?;
        }
        tx.notify(super::signal::CHANNEL, integration).await?;
        tx.commit().await?;
        self.signal.send(integration);
        Ok(Retry::Queued)
    }

    async fn reap(&self, now: Timestamp) -> StoreResult<u64> {
        let mut tx = self.db.write().await?;
        let lapsed: Vec<(Uuid, Uuid, String, i64)> = tx
            .unlocked(
                "SELECT id, integration_id, kind, attempts FROM claude_ai_sync_operations
                 WHERE status = 'in_progress' AND started_at <= $1 ORDER BY started_at",
                args![now.minus(LEASE)],
            )
            .await?;
        for (id, integration, kind, attempts) in &lapsed {
            let attempts = u32::try_from(*attempts).unwrap_or(u32::MAX);
            match lapse(attempts) {
                None => give_back(&mut tx, *id, *integration, kind, now).await?,
                Some(error) => give_up(&mut tx, *id, *integration, kind, attempts, &error, now).await?,
            }
            tx.notify(super::signal::CHANNEL, *integration).await?;
        }
        tx.commit().await?;
        for (_, integration, ..) in &lapsed {
            self.signal.send(*integration);
        }
        Ok(lapsed.len() as u64)
    }

    async fn queue(&self, filter: QueueFilter) -> StoreResult<Vec<QueueItem>> {
        type Columns = (Uuid, Uuid, Option<String>, String, String, Option<String>, i64, Option<String>, Timestamp);
        let rows: Vec<Columns> = self
            .db
            .all(
                "SELECT o.id, o.integration_id, i.browser_label, o.kind, o.status, s.name, o.attempts, o.last_error,
                     o.created_at
                 FROM claude_ai_sync_operations o
                 JOIN claude_ai_integrations i ON i.id = o.integration_id
                 LEFT JOIN skills s ON s.id = o.skill_id
                 WHERE (o.integration_id = $1 OR $2)
                     AND ((o.status = 'failed' AND $3) OR (o.status IN ('pending', 'in_progress') AND NOT $3))
                 ORDER BY o.created_at, o.id LIMIT $4",
                args![filter.integration, filter.integration.is_none(), filter.failed, filter.limit],
            )
            .await?;
        let item =
            |(id, integration, browser_label, kind, status, skill_name, attempts, last_error, created): Columns| {
                let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
                let kind = kind_named(&kind);
                QueueItem { id, integration, browser_label, kind, status, skill_name, attempts, last_error, created }
            };
        Ok(rows.into_iter().map(item).collect())
    }

    async fn work_arrives(&self, integration: Uuid, wait: Duration) {
        // Listening begins before looking, so that nothing can be queued unnoticed between the two.
        let mut subscription = self.signal.subscribe();
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let now = Timestamp::now();
            // A database that does not answer is the next lease's to report.
            if self.has_work(integration, now).await.unwrap_or(true) {
                return;
            }
            let until = deadline.min(tokio::time::Instant::now() + RECHECK);
            tokio::select! {
                () = subscription.heard(integration) => {}
                () = tokio::time::sleep_until(until) => {}
            }
            if tokio::time::Instant::now() >= deadline {
                return;
            }
        }
    }
}

/// How often a long poll looks by itself: for pauses that end and for signals of other processes that were lost.
const RECHECK: Duration = Duration::from_secs(1);

impl SqlStore {
    async fn has_work(&self, integration: Uuid, now: Timestamp) -> StoreResult<bool> {
        let found: Option<(i64,)> = self
            .db
            .optional(
                "SELECT CAST(1 AS BIGINT) FROM claude_ai_sync_operations
                 WHERE integration_id = $1 AND status = 'pending' AND (not_before IS NULL OR not_before <= $2) LIMIT 1",
                args![integration, now],
            )
            .await?;
        Ok(found.is_some())
    }
}

async fn succeed(
    tx: &mut Tx,
    integration: Uuid,
    row: &Row,
    report: CompletionReport,
    now: Timestamp,
) -> StoreResult<()> {
    tx.execute(
        "UPDATE claude_ai_sync_operations SET status = 'completed', completed_at = $2, last_error = NULL WHERE id = $1",
        args![row.id, now],
    )
    .await?;
    tx.execute(
        "UPDATE claude_ai_integrations SET last_sync_at = $2, last_error = NULL, updated_at = $2,
             claude_ai_org_id = COALESCE(claude_ai_org_id, $3),
             status = CASE WHEN status = 'cookie_expired' THEN 'active' ELSE status END
         WHERE id = $1",
        args![integration, now, report.claude_ai_org_id],
    )
    .await?;
    match row.kind {
        OperationKind::Upload | OperationKind::Update => link(tx, integration, row, &report.result, now).await?,
        OperationKind::Delete => unlink(tx, integration, row).await?,
        _ => {}
    }
    let event = match row.kind {
        OperationKind::Delete => AuditEventName::SkillDeletePushed,
        OperationKind::List => AuditEventName::SkillImported,
        _ => AuditEventName::SkillPushed,
    };
    let detail = json!({ "op_kind": row.kind.as_str(), "result": report.result });
    note(tx, integration, row, event, detail, now).await
}

/// Remembers what the account now holds.
async fn link(tx: &mut Tx, integration: Uuid, row: &Row, result: &Value, now: Timestamp) -> StoreResult<()> {
    let text = |key: &str| result.get(key).and_then(Value::as_str).map(str::to_owned);
    let (Some(skill), Some(claude_ai_skill_id)) = (row.skill, text("claude_ai_skill_id")) else { return Ok(()) };
    tx.execute(
        "DELETE FROM claude_ai_skill_links
         WHERE integration_id = $1 AND skillnote_skill_id = $2 AND claude_ai_skill_id <> $3",
        args![integration, skill, claude_ai_skill_id.clone()],
    )
    .await?;
    tx.execute(
        "INSERT INTO claude_ai_skill_links (id, integration_id, skillnote_skill_id, skillnote_version_id,
             claude_ai_skill_id, claude_ai_version, pushed_digest, last_seen_at, direction, created_at, updated_at)
         VALUES ($1, $2, $3, (SELECT v.id FROM skill_content_versions v WHERE v.id = $4), $5, $6,
             (SELECT v.bundle_digest FROM skill_content_versions v WHERE v.id = $4), $7, 'outbound', $7, $7)
         ON CONFLICT (integration_id, claude_ai_skill_id) DO UPDATE SET
             skillnote_skill_id = excluded.skillnote_skill_id,
             skillnote_version_id = excluded.skillnote_version_id,
             claude_ai_version = excluded.claude_ai_version, pushed_digest = excluded.pushed_digest,
             last_seen_at = excluded.last_seen_at, updated_at = excluded.updated_at",
        args![
            Uuid::now_v7(),
            integration,
            skill,
            row.payload.version_id,
            claude_ai_skill_id,
            text("claude_ai_version"),
            now
        ],
    )
    .await
    .map(drop)
}

async fn unlink(tx: &mut Tx, integration: Uuid, row: &Row) -> StoreResult<()> {
    let skill = row.skill.or(row.payload.skillnote_skill_id);
    tx.execute(
        "DELETE FROM claude_ai_skill_links
         WHERE integration_id = $1 AND (claude_ai_skill_id = $2 OR skillnote_skill_id = $3)",
        args![integration, row.payload.claude_ai_skill_id.clone(), skill],
    )
    .await
    .map(drop)
}

async fn fail(
    tx: &mut Tx,
    integration: Uuid,
    row: &Row,
    report: &CompletionReport,
    summary: &str,
    now: Timestamp,
) -> StoreResult<()> {
    let error = error_text(report);
    tx.execute(
        "UPDATE claude_ai_sync_operations SET status = 'failed', completed_at = $2, last_error = $3 WHERE id = $1",
        args![row.id, now, error],
    )
    .await?;
    tx.execute(
        "UPDATE claude_ai_integrations SET last_error = $2, updated_at = $3 WHERE id = $1",
        args![integration, summary, now],
    )
    .await?;
    let kind = row.kind.as_str();
    let detail = json!({ "op_kind": kind, "attempts": row.attempts, "error": error, "permanent": report.permanent });
    note(tx, integration, row, AuditEventName::OpFailed, detail, now).await
}

async fn put_back(
    tx: &mut Tx,
    row: &Row,
    report: &CompletionReport,
    not_before: Option<Timestamp>,
    attempts: u32,
) -> StoreResult<()> {
    tx.execute(
        "UPDATE claude_ai_sync_operations SET status = 'pending', started_at = NULL, last_error = $2,
             not_before = $3, attempts = $4 WHERE id = $1",
        args![row.id, error_text(report), not_before, attempts],
    )
    .await
    .map(drop)
}

async fn signed_out(
    tx: &mut Tx,
    integration: Uuid,
    row: &Row,
    report: &CompletionReport,
    now: Timestamp,
) -> StoreResult<()> {
    let changed = tx
        .execute(
            "UPDATE claude_ai_integrations SET status = 'cookie_expired', updated_at = $2
             WHERE id = $1 AND status <> 'cookie_expired'",
            args![integration, now],
        )
        .await?;
    if changed == 0 {
        return Ok(());
    }
    let error: String = error_text(report).chars().take(200).collect();
    let detail = json!({ "op_kind": row.kind.as_str(), "error": error });
    audit::note(tx, integration, AuditEventName::CookieExpired, detail, now).await
}

async fn give_back(tx: &mut Tx, id: Uuid, integration: Uuid, kind: &str, now: Timestamp) -> StoreResult<()> {
    tx.execute(
        "UPDATE claude_ai_sync_operations SET status = 'pending', started_at = NULL,
             last_error = 'The browser took the work and did not report back in time.' WHERE id = $1",
        args![id],
    )
    .await?;
    let detail = json!({ "op_id": id, "kind": kind, "reason": "lease_timeout" });
    audit::note(tx, integration, AuditEventName::OpRetried, detail, now).await
}

async fn give_up(
    tx: &mut Tx,
    id: Uuid,
    integration: Uuid,
    kind: &str,
    attempts: u32,
    error: &str,
    now: Timestamp,
) -> StoreResult<()> {
    tx.execute(
        "UPDATE claude_ai_sync_operations SET status = 'failed', completed_at = $2, last_error = $3 WHERE id = $1",
        args![id, now, error],
    )
    .await?;
    tx.execute(
        "UPDATE claude_ai_integrations SET last_error = $2, updated_at = $3 WHERE id = $1 AND status = 'active'",
        args![integration, error, now],
    )
    .await?;
    let detail = json!({ "op_id": id, "kind": kind, "attempts": attempts, "reason": "lease_timeout", "error": error });
    audit::note(tx, integration, AuditEventName::OpFailed, detail, now).await
}

async fn note(
    tx: &mut Tx,
    integration: Uuid,
    row: &Row,
    event: AuditEventName,
    detail: Value,
    now: Timestamp,
) -> StoreResult<()> {
    let (integration, skill) = (Some(integration), row.skill);
    audit::write(tx, super::NewAuditEvent { integration, event, skill, detail, source: None, now }).await
}
