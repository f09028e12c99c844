//! Holds a publication of groups back while it changes too much of an account at once.
//!
//! What the groups held when they were brought in line last is remembered for each browser; what they would hold now is held against it
//! whenever a publication is queued, or would have been. A first publication changes nothing that is known, and goes.

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::sql::{Tx, args};
use super::{StoreResult, audit, hold};
use crate::domain::audit::AuditEventName;
use crate::domain::publication::{Changes, Said, Verdict, changes, judge};
use crate::time::Timestamp;

/// Decides about the publication that waits for this browser. False when a browser may not take it.
pub(super) async fn admit(tx: &mut Tx, integration: Uuid, now: Timestamp) -> StoreResult<bool> {
    let had = held_last(tx, integration).await?;
    let changes = changes(&had, &held_now(tx).await?);
    let last = last(tx, integration).await?;
    match judge(&changes, had.len(), last.as_ref().map(|(_, said, changes)| (*said, changes))) {
        Verdict::Goes => {
            release(tx, integration).await?;
            // What was asked has become needless; what was agreed to stays agreed until it is done.
            if let Some((batch, Said::Nothing, _)) = last {
                close(tx, batch, now).await?;
            }
            Ok(true)
        }
        Verdict::Waits => {
            let batch = last.map(|(batch, ..)| batch);
            wait(tx, integration, batch).await?;
            Ok(false)
        }
        Verdict::Refused => {
            tx.execute(
                "DELETE FROM claude_ai_sync_operations
                 WHERE integration_id = $1 AND kind = 'publish_group' AND status = 'pending'",
                args![integration],
            )
            .await?;
            Ok(false)
        }
        Verdict::Asks => {
            if let Some((batch, ..)) = last {
                close(tx, batch, now).await?;
            }
            ask(tx, integration, &changes, now).await?;
            Ok(false)
        }
    }
}

/// The account has the groups as they are: this is what the next publication is held against.
pub(super) async fn arrived(tx: &mut Tx, integration: Uuid, now: Timestamp) -> StoreResult<()> {
    tx.execute("DELETE FROM published_skills WHERE integration_id = $1", args![integration]).await?;
    for (skill, (_, digest)) in held_now(tx).await? {
        tx.execute(
            "INSERT INTO published_skills (integration_id, skill_id, bundle_digest) VALUES ($1, $2, $3)",
            args![integration, skill, digest],
        )
        .await?;
    }
    if let Some((batch, ..)) = last(tx, integration).await? {
        close(tx, batch, now).await?;
    }
    Ok(())
}

/// What the groups of this browser's account held, as skills with the digest of what travelled.
async fn held_last(tx: &mut Tx, integration: Uuid) -> StoreResult<BTreeMap<Uuid, String>> {
    let rows: Vec<(Uuid, String)> = tx
        .all("SELECT skill_id, bundle_digest FROM published_skills WHERE integration_id = $1", args![integration])
        .await?;
    Ok(rows.into_iter().collect())
}

/// What they would hold, in the sense of [`super::GroupStore`].
async fn held_now(tx: &mut Tx) -> StoreResult<BTreeMap<Uuid, (Uuid, String)>> {
    let rows: Vec<(Uuid, Uuid, String)> = tx
        .all(
            "SELECT DISTINCT s.id, v.id, v.bundle_digest FROM skill_version_collections m
             JOIN collections c ON c.name_folded = m.name_folded AND c.published_to_claude_ai
             JOIN skill_content_versions v ON v.id = m.version_id AND v.is_latest
             JOIN skills s ON s.id = v.skill_id AND s.removed_at IS NULL AND s.claude_ai_sync_enabled",
            args![],
        )
        .await?;
    Ok(rows.into_iter().map(|(skill, version, digest)| (skill, (version, digest))).collect())
}

/// The publication that was held last and is not over, what was said about it, and what it would have changed.
async fn last(tx: &mut Tx, integration: Uuid) -> StoreResult<Option<(Uuid, Said, Changes)>> {
    let found: Option<(Uuid, String)> = tx
        .optional(
            "SELECT id, state FROM held_batches
             WHERE integration_id = $1 AND publication AND state <> 'moot' ORDER BY created_at DESC, id DESC LIMIT 1",
            args![integration],
        )
        .await?;
    let Some((batch, state)) = found else { return Ok(None) };
    let said = match state.as_str() {
        "agreed" => Said::Yes,
        "refused" => Said::No,
        _ => Said::Nothing,
    };
    let rows: Vec<(Uuid, Option<Uuid>)> =
        tx.all("SELECT skill_id, version_id FROM held_batch_skills WHERE batch_id = $1", args![batch]).await?;
    Ok(Some((batch, said, rows.into_iter().collect())))
}

async fn ask(tx: &mut Tx, integration: Uuid, changes: &Changes, now: Timestamp) -> StoreResult<()> {
    let batch = hold::open(tx, "claude_ai", Some(integration), now).await?;
    tx.execute("UPDATE held_batches SET publication = $2 WHERE id = $1", args![batch, true]).await?;
    for (skill, version) in changes {
        hold::add_skill(tx, batch, *skill, *version).await?;
    }
    wait(tx, integration, Some(batch)).await?;
    let detail = json!({
        "reason": "mass_change_held", "side": "claude_ai", "held_batch_id": batch, "skills": changes.len(),
        "op_kind": "publish_group",
    });
    audit::note(tx, integration, AuditEventName::SyncTriggered, detail, now).await
}

async fn wait(tx: &mut Tx, integration: Uuid, batch: Option<Uuid>) -> StoreResult<()> {
    tx.execute(
        "UPDATE claude_ai_sync_operations SET held = $2, held_batch_id = $3
         WHERE integration_id = $1 AND kind = 'publish_group' AND status = 'pending'",
        args![integration, true, batch],
    )
    .await
    .map(drop)
}

async fn release(tx: &mut Tx, integration: Uuid) -> StoreResult<()> {
    tx.execute(
        "UPDATE claude_ai_sync_operations SET held = $2
         WHERE integration_id = $1 AND kind = 'publish_group' AND status = 'pending' AND held",
        args![integration, false],
    )
    .await
    .map(drop)
}

async fn close(tx: &mut Tx, batch: Uuid, now: Timestamp) -> StoreResult<()> {
    tx.execute("UPDATE held_batches SET state = 'moot', decided_at = $2 WHERE id = $1", args![batch, now])
        .await
        .map(drop)
}
