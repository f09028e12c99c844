//! Writing and reading the audit log.

use async_trait::async_trait;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::column::SourceIp;
use super::sql::{Tx, args};
use super::{AuditEvent, AuditStore, NewAuditEvent, SqlStore, StoreResult, chain};
use crate::domain::audit::AuditEventName;
use crate::domain::chain::{ChainReport, ChainedRow};
use crate::time::Timestamp;

/// Writes an event as part of a transaction, as the next row of the chain.
pub(super) async fn write(tx: &mut Tx, event: NewAuditEvent) -> StoreResult<()> {
    let mut row = ChainedRow {
        seq: 0,
        id: Uuid::now_v7(),
        integration: event.integration,
        event: event.event.as_str().to_owned(),
        skill: event.skill,
        detail: event.detail,
        source: event.source.map(|address| address.to_string()),
        created: event.now,
        previous_hash: String::new(),
    };
    let hash = chain::link(tx, &mut row).await?;
    tx.both(
        "UPDATE audit_chain SET seq = $8, hash = $10, created_at = $7 WHERE id = 1",
        "INSERT INTO claude_ai_audit_log
             (id, integration_id, event, skill_id, detail, source_ip, created_at, seq, previous_hash, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        args![
            row.id,
            row.integration,
            row.event,
            row.skill,
            row.detail,
            event.source.map(SourceIp),
            row.created,
            row.seq,
            row.previous_hash,
            hash
        ],
    )
    .await
}

/// Writes an event about a browser as part of a transaction.
pub(super) async fn note(
    tx: &mut Tx,
    integration: Uuid,
    event: AuditEventName,
    detail: Value,
    now: Timestamp,
) -> StoreResult<()> {
    write(tx, NewAuditEvent { integration: Some(integration), event, skill: None, detail, source: None, now }).await
}

/// Writes an event about a skill as part of a transaction.
pub(super) async fn note_skill(
    tx: &mut Tx,
    skill: Uuid,
    event: AuditEventName,
    detail: Value,
    now: Timestamp,
) -> StoreResult<()> {
    write(tx, NewAuditEvent { integration: None, event, skill: Some(skill), detail, source: None, now }).await
}

#[async_trait]
impl AuditStore for SqlStore {
    async fn append(&self, event: NewAuditEvent) -> StoreResult<()> {
        // Alone with those that plan: they lock browsers first and the end of the chain last.
        let mut tx = self.db.planning().await?;
        write(&mut tx, event).await?;
        tx.commit().await
    }

    async fn verify_chain(&self) -> StoreResult<ChainReport> {
        chain::verify(&self.db).await
    }

    async fn recent_events(&self, limit: u32) -> StoreResult<Vec<AuditEvent>> {
        type Columns = (Uuid, Option<Uuid>, String, Option<String>, Json<Value>, Timestamp);
        let rows: Vec<Columns> = self
            .db
            .all(
                "SELECT a.id, a.integration_id, a.event, s.name, a.detail, a.created_at
                 FROM claude_ai_audit_log a LEFT JOIN skills s ON s.id = a.skill_id
                 ORDER BY a.created_at DESC, a.id DESC LIMIT $1",
                args![limit],
            )
            .await?;
        let event = |(id, integration, event, skill_name, Json(detail), created)| AuditEvent {
            id,
            integration,
            event,
            skill_name,
            detail,
            created,
        };
        Ok(rows.into_iter().map(event).collect())
    }
}
