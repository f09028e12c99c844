//! Writing and reading the audit log.

use async_trait::async_trait;
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

use super::rows::{id, over_rows};
use super::sql::{Tx, args};
use super::{AuditEvent, AuditStore, NewAuditEvent, SqlStore, StoreResult, chain};
use crate::domain::audit::AuditEventName;
use crate::domain::chain::{ChainReport, ChainedRow};
use crate::time::Timestamp;

const APPEND: (&str, &str) = over_rows!(
    [
        "unhex(value ->> 'id') AS id",
        "unhex(value ->> 'integration') AS integration",
        "value ->> 'event' AS event",
        "unhex(value ->> 'skill') AS skill",
        "value -> 'detail' AS detail",
        "value ->> 'source' AS source",
        "value ->> 'created' AS created",
        "value ->> 'seq' AS seq",
        "value ->> 'previous_hash' AS previous_hash",
        "value ->> 'hash' AS hash",
    ],
    [
        "(value ->> 'id')::uuid AS id",
        "(value ->> 'integration')::uuid AS integration",
        "value ->> 'event' AS event",
        "(value ->> 'skill')::uuid AS skill",
        "value -> 'detail' AS detail",
        "(value ->> 'source')::inet AS source",
        "timestamptz 'epoch' + (value ->> 'created')::bigint * interval '1 microsecond' AS created",
        "(value ->> 'seq')::bigint AS seq",
        "value ->> 'previous_hash' AS previous_hash",
        "value ->> 'hash' AS hash",
    ],
    "INSERT INTO claude_ai_audit_log
         (id, integration_id, event, skill_id, detail, source_ip, created_at, seq, previous_hash, hash)
     SELECT id, integration, event, skill, detail, source, created, seq, previous_hash, hash FROM given WHERE TRUE",
);

/// Writes an event as part of a transaction, as the next row of the chain.
pub(super) async fn write(tx: &mut Tx, event: NewAuditEvent) -> StoreResult<()> {
    write_all(tx, vec![event]).await
}

/// Writes events as part of a transaction, as the next rows of the chain.
pub(super) async fn write_all(tx: &mut Tx, events: Vec<NewAuditEvent>) -> StoreResult<()> {
    let mut rows: Vec<ChainedRow> = events.into_iter().map(row).collect();
    let hashes = chain::link(tx, &mut rows).await?;
    let Some((end, end_hash)) = rows.last().zip(hashes.last()) else { return Ok(()) };
    let (seq, created, end_hash) = (end.seq, end.created, end_hash.clone());
    let given: Vec<Value> = rows.into_iter().zip(hashes).map(given).collect();
    tx.both(
        tx.pick(APPEND),
        "UPDATE audit_chain SET seq = $2, hash = $3, created_at = $4 WHERE id = 1",
        args![json!(given), seq, end_hash, created],
    )
    .await
}

fn row(event: NewAuditEvent) -> ChainedRow {
    ChainedRow {
        seq: 0,
        id: Uuid::now_v7(),
        integration: event.integration,
        event: event.event.as_str().to_owned(),
        skill: event.skill,
        detail: event.detail,
        source: event.source.map(|address| address.to_string()),
        created: event.now,
        previous_hash: String::new(),
    }
}

fn given((row, hash): (ChainedRow, String)) -> Value {
    json!({
        "id": id(row.id),
        "integration": row.integration.map(id),
        "event": row.event,
        "skill": row.skill.map(id),
        "detail": row.detail,
        "source": row.source,
        "created": row.created.0,
        "seq": row.seq,
        "previous_hash": row.previous_hash,
        "hash": hash,
    })
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
