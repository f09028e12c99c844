//! Paired browsers in the database.

use async_trait::async_trait;
use companion_wire::health::ConnectorHealth;
use companion_wire::integration::{ExtensionStatus, Integration, IntegrationStatus};
use serde_json::json;
use uuid::Uuid;

use super::sql::{Db, Tx, args};
use super::{
    Bearer, ConnectorHealthStore as _, Disconnection, IntegrationStore, PauseStore as _, PollStore as _, SqlStore,
    StoreResult, TriggerSync, audit, health, hold, publish, reconcile,
};
use crate::domain::audit::AuditEventName;
use crate::domain::connector::Outcome;
use crate::domain::operations::DISCONNECTED;
use crate::time::Timestamp;
use crate::token::TokenHash;

type Columns =
    (Uuid, Option<String>, String, String, Option<String>, Option<Timestamp>, Option<String>, String, i64, i64, i64);

#[async_trait]
impl IntegrationStore for SqlStore {
    async fn authenticate(&self, bearer: &TokenHash, now: Timestamp) -> StoreResult<Bearer> {
        Ok(self.look(bearer, now).await?.0)
    }

    async fn integrations(&self) -> StoreResult<Vec<Integration>> {
        rows(&self.db, None).await
    }

    async fn extension_status(&self, id: Uuid) -> StoreResult<Option<ExtensionStatus>> {
        let found = rows(&self.db, Some(id)).await?.pop();
        let (pause, connector) = (self.pause_of(id).await?, self.broken_browser(id).await?);
        Ok(found.map(|integration| ExtensionStatus {
            pause,
            connector,
            integration_id: integration.id,
            browser_label: integration.browser_label,
            status: integration.status,
            linked_skill_count: integration.linked_skill_count,
            pending_op_count: integration.pending_op_count,
            failed_op_count: integration.failed_op_count,
            last_sync_at: integration.last_sync_at,
            last_error: integration.last_error,
        }))
    }

    async fn disconnect(&self, id: Uuid, now: Timestamp) -> StoreResult<Disconnection> {
        let mut tx = self.db.planning().await?;
        let found: Option<(Option<String>,)> =
            tx.locked("SELECT browser_label FROM claude_ai_integrations WHERE id = $1", args![id]).await?;
        let Some((label,)) = found else { return Ok(Disconnection::NotFound) };
        tx.execute(
            "UPDATE claude_ai_integrations SET status = 'disconnected', extension_token_hash = NULL,
                 pairing_code = NULL, pairing_token_hash = NULL, updated_at = $2 WHERE id = $1",
            args![id, now],
        )
        .await?;
        tx.execute(
            "UPDATE claude_ai_sync_operations SET status = 'failed', last_error = $2
             WHERE integration_id = $1 AND status IN ('pending', 'in_progress')",
            args![id, DISCONNECTED],
        )
        .await?;
        tx.execute("DELETE FROM superseded_operations WHERE integration_id = $1", args![id]).await?;
        let detail = json!({ "browser_label": label.unwrap_or_default() });
        audit::note(&mut tx, id, AuditEventName::IntegrationDisconnected, detail, now).await?;
        tx.commit().await?;
        self.signal.send(id);
        self.note_browser(id, Outcome::SwitchedOff, now).await;
        Ok(Disconnection::Done)
    }

    async fn reconcile(&self, id: Uuid, now: Timestamp) -> StoreResult<Option<u64>> {
        let mut tx = self.db.planning().await?;
        let forgotten = tx
            .execute(
                "UPDATE claude_ai_integrations SET last_error = NULL, updated_at = $2
                 WHERE id = $1 AND status IN ('active', 'cookie_expired', 'error')",
                args![id, now],
            )
            .await?;
        if forgotten == 0 {
            return Ok(None);
        }
        let before = waiting(&mut tx, id).await?;
        tx.execute(
            "UPDATE claude_ai_sync_operations SET status = 'pending', attempts = 0, last_error = NULL,
                 started_at = NULL, completed_at = NULL, not_before = NULL
             WHERE integration_id = $1 AND status = 'failed' AND kind <> 'publish_group'",
            args![id],
        )
        .await?;
        publish::revive(&mut tx, id, now).await?;
        reconcile::browser(&mut tx, id, now).await?;
        let enqueued = waiting(&mut tx, id).await?.saturating_sub(before);
        let detail = json!({ "reason": "manual_reconcile", "enqueued": enqueued });
        audit::note(&mut tx, id, AuditEventName::SyncTriggered, detail, now).await?;
        tx.notify(super::signal::CHANNEL, id).await?;
        tx.commit().await?;
        self.signal.send(id);
        Ok(Some(enqueued))
    }

    async fn known_skill_ids(&self, id: Uuid) -> StoreResult<Vec<String>> {
        let rows: Vec<(String,)> = self
            .db
            .all(
                "SELECT claude_ai_skill_id FROM claude_ai_skill_links WHERE integration_id = $1 ORDER BY claude_ai_skill_id",
                args![id],
            )
            .await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    async fn trigger_sync(&self, id: Uuid, now: Timestamp) -> StoreResult<TriggerSync> {
        let mut tx = self.db.planning().await?;
        let found: Option<(String,)> =
            tx.locked("SELECT status FROM claude_ai_integrations WHERE id = $1", args![id]).await?;
        match found.as_ref().map(|(status,)| status.as_str()) {
            None => return Ok(TriggerSync::NotFound),
            Some("active" | "cookie_expired") => {}
            Some(_) => return Ok(TriggerSync::NotActive),
        }
        hold::forget_refusals(&mut tx, id).await?;
        let enqueued = reconcile::browser(&mut tx, id, now).await?;
        publish::ask_for_list(&mut tx, id, now).await?;
        let detail = json!({ "reason": "user_triggered", "uploads_enqueued": enqueued });
        audit::note(&mut tx, id, AuditEventName::SyncTriggered, detail, now).await?;
        tx.commit().await?;
        self.signal.send(id);
        Ok(TriggerSync::Triggered { enqueued })
    }

    async fn connector_health(&self) -> StoreResult<ConnectorHealth> {
        health::connector(&self.db).await
    }

    async fn schema_version(&self) -> StoreResult<String> {
        health::schema_version(&self.db).await
    }
}

/// Paired browsers, or one of them, the newest first.
async fn rows(db: &Db, one: Option<Uuid>) -> StoreResult<Vec<Integration>> {
    let rows: Vec<Columns> = db
        .all(
            "SELECT i.id, i.browser_label, i.status, i.scope, i.claude_ai_org_id, i.last_sync_at, i.last_error,
                 i.conflict_policy,
                 (SELECT COUNT(*) FROM claude_ai_sync_operations o
                  WHERE o.integration_id = i.id AND o.status IN ('pending', 'in_progress')),
                 (SELECT COUNT(*) FROM claude_ai_sync_operations o
                  WHERE o.integration_id = i.id AND o.status = 'failed'),
                 (SELECT COUNT(*) FROM claude_ai_skill_links l WHERE l.integration_id = i.id)
             FROM claude_ai_integrations i WHERE i.status <> 'pending_approval' AND (i.id = $1 OR $2)
             ORDER BY i.created_at DESC, i.id DESC",
            args![one, one.is_none()],
        )
        .await?;
    Ok(rows.into_iter().map(integration).collect())
}

/// How many operations of a browser wait to be taken.
async fn waiting(tx: &mut Tx, integration: Uuid) -> StoreResult<u64> {
    let sql = "SELECT COUNT(*) FROM claude_ai_sync_operations WHERE integration_id = $1 AND status = 'pending'";
    let count: Option<(i64,)> = tx.optional(sql, args![integration]).await?;
    Ok(count.map_or(0, |(count,)| count.unsigned_abs()))
}

fn integration(row: Columns) -> Integration {
    let (
        id,
        browser_label,
        status,
        scope,
        claude_ai_org_id,
        last_sync,
        last_error,
        conflict_policy,
        open,
        failed,
        linked,
    ) = row;
    Integration {
        id,
        browser_label,
        status: status_named(&status),
        scope,
        claude_ai_org_id,
        last_sync_at: last_sync.map(Timestamp::rfc3339),
        last_error,
        conflict_policy,
        pending_op_count: open.unsigned_abs(),
        failed_op_count: failed.unsigned_abs(),
        linked_skill_count: linked.unsigned_abs(),
    }
}

/// The status by the text that the database's CHECK allows.
pub(super) fn status_named(text: &str) -> IntegrationStatus {
    match text {
        "pending_approval" => IntegrationStatus::PendingApproval,
        "active" => IntegrationStatus::Active,
        "cookie_expired" => IntegrationStatus::CookieExpired,
        "disconnected" => IntegrationStatus::Disconnected,
        _ => IntegrationStatus::Error,
    }
}
