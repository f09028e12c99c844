//! Takes away what an operator does not want to keep for ever.

use std::collections::BTreeSet;

use async_trait::async_trait;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::chain::{self, Pruning};
use super::sql::{Db, Tx, args};
use super::{DatabaseUrl, SqlStore, StoreError, StoreResult, beside, pairing};
use crate::domain::prune::{Kept, VersionRule, expendable};
use crate::time::Timestamp;

/// So many audit rows are removed in one transaction, so that a server beside it is not held up.
const BATCH: u64 = 10_000;

/// What to take away. Nothing is the default of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unwanted {
    /// Audit rows from before this moment.
    pub audit_before: Option<Timestamp>,
    /// Pairing, approval and login attempts from before this moment.
    pub attempts_before: Option<Timestamp>,
    /// Uses of skills that were reported before this moment.
    pub uses_before: Option<Timestamp>,
    /// Pairings that ended without being redeemed.
    pub pairings: bool,
    /// Versions of skills, and content that no version refers to.
    pub versions: VersionRule,
    /// Only say what would go.
    pub dry_run: bool,
}

/// How much went, or would go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Rows of the audit log.
    pub audit_rows: u64,
    /// Attempts.
    pub attempts: u64,
    /// Reported uses of skills.
    pub uses: u64,
    /// Ended pairings.
    pub pairings: u64,
    /// Versions of skills.
    pub versions: u64,
    /// Files' contents that no version refers to.
    pub blobs: u64,
}

/// Retention.
#[async_trait]
pub trait PruneStore: Send + Sync {
    /// Takes away what is named, each part in transactions of its own. The audit log loses its beginning only and stays
    /// verifiable; a part of it that was changed from outside stays and is [`StoreError::Refused`]. A newest version and one that
    /// a link, a staged conflict, an unfinished operation or the watched folder refers to never goes.
    async fn prune(&self, unwanted: Unwanted, now: Timestamp) -> StoreResult<Pruned>;
}

#[async_trait]
impl PruneStore for SqlStore {
    async fn prune(&self, unwanted: Unwanted, now: Timestamp) -> StoreResult<Pruned> {
        run(&self.db, unwanted, now).await
    }
}

/// As [`PruneStore::prune`], for a command beside a server.
///
/// # Errors
///
/// A sentence for the person who asked.
pub async fn prune(url: &DatabaseUrl, unwanted: Unwanted, now: Timestamp) -> Result<Pruned, String> {
    let db = beside::current(url).await?;
    run(&db, unwanted, now).await.map_err(|error| format!("It was not pruned: {error}."))
}

async fn run(db: &Db, unwanted: Unwanted, now: Timestamp) -> StoreResult<Pruned> {
    let mut pruned = Pruned::default();
    if let Some(cutoff) = unwanted.attempts_before {
        let mut tx = db.write().await?;
        let sql = "DELETE FROM claude_ai_pair_attempts WHERE created_at < $1";
        pruned.attempts = tx.execute(sql, args![cutoff]).await?;
        end(tx, unwanted.dry_run).await?;
    }
    if let Some(cutoff) = unwanted.uses_before {
        pruned.uses = uses(db, cutoff, unwanted.dry_run).await?;
    }
    if unwanted.pairings {
        let mut tx = db.write().await?;
        pruned.pairings = pairing::end_pairings(&mut tx, now).await?;
        end(tx, unwanted.dry_run).await?;
    }
    if unwanted.versions != VersionRule::default() {
        // Nobody refers to a version anew meanwhile: whoever does, plans.
        let mut tx = db.planning().await?;
        pruned.versions = versions(&mut tx, unwanted.versions).await?;
        pruned.blobs = blobs(&mut tx).await?;
        end(tx, unwanted.dry_run).await?;
    }
    // Last, because the end of a pairing is a row of its own.
    if let Some(cutoff) = unwanted.audit_before {
        pruned.audit_rows = audit(db, cutoff, unwanted.dry_run).await?;
    }
    Ok(pruned)
}

async fn end(tx: Tx, dry_run: bool) -> StoreResult<()> {
    if dry_run { tx.rollback().await } else { tx.commit().await }
}

async fn uses(db: &Db, cutoff: Timestamp, dry_run: bool) -> StoreResult<u64> {
    // As with the audit log: most rounds of the scheduled clean-up find nothing.
    let oldest: Option<(Option<Timestamp>,)> =
        db.optional("SELECT MIN(created_at) FROM skill_call_events", args![]).await?;
    if oldest.and_then(|(oldest,)| oldest).is_none_or(|oldest| oldest >= cutoff) {
        return Ok(0);
    }
    let mut tx = db.write().await?;
    let gone = tx.execute("DELETE FROM skill_call_events WHERE created_at < $1", args![cutoff]).await?;
    end(tx, dry_run).await?;
    Ok(gone)
}

async fn audit(db: &Db, cutoff: Timestamp, dry_run: bool) -> StoreResult<u64> {
    // Most rounds of the scheduled clean-up find nothing: they must not queue up with those who write.
    let oldest: Option<(Option<Timestamp>,)> =
        db.optional("SELECT MIN(created_at) FROM claude_ai_audit_log", args![]).await?;
    if oldest.and_then(|(oldest,)| oldest).is_none_or(|oldest| oldest >= cutoff) {
        return Ok(0);
    }
    let most = if dry_run { u64::MAX } else { BATCH };
    let mut sum = 0;
    loop {
        let mut tx = db.write().await?;
        match chain::prune(&mut tx, cutoff, most).await? {
            Pruning::Gone(rows) => {
                end(tx, dry_run).await?;
                sum += rows;
                if rows < most {
                    return Ok(sum);
                }
            }
            Pruning::Refused { seq, what } => {
                let sentence = what.sentence();
                return Err(StoreError::Refused(format!(
                    "the audit log was changed at row {seq}, {sentence}; it stays"
                )));
            }
        }
    }
}

async fn versions(tx: &mut Tx, rule: VersionRule) -> StoreResult<u64> {
    let all: Vec<(Uuid, Uuid, i64, Timestamp, bool)> =
        tx.all("SELECT id, skill_id, version, created_at, is_latest FROM skill_content_versions", args![]).await?;
    let kept = |(id, skill, number, created, latest)| Kept { id, skill, number, created, latest };
    let all: Vec<Kept> = all.into_iter().map(kept).collect();
    let gone = expendable(&all, rule, &referred(tx).await?);
    for version in &gone {
        tx.execute("DELETE FROM skill_content_versions WHERE id = $1", args![*version]).await?;
    }
    Ok(gone.len() as u64)
}

/// Versions that something else refers to: links, conflicts staged or put aside, and held batches; what an account or the folder was last brought in step
/// with, because the next three-way comparison begins there; and operations, by the ids in their payloads.
async fn referred(tx: &mut Tx) -> StoreResult<BTreeSet<Uuid>> {
    let linked: Vec<(Uuid,)> = tx
        .all(
            "SELECT skillnote_version_id FROM claude_ai_skill_links WHERE skillnote_version_id IS NOT NULL
             UNION SELECT staged_version_id FROM claude_ai_skill_links WHERE staged_version_id IS NOT NULL
             UNION SELECT skipped_version_id FROM claude_ai_skill_links WHERE skipped_version_id IS NOT NULL
             UNION SELECT h.version_id FROM held_batch_skills h JOIN held_batches b ON b.id = h.batch_id
                 WHERE h.version_id IS NOT NULL AND b.state = 'held'
             UNION SELECT v.id FROM skill_content_versions v JOIN claude_ai_skill_links l
                 ON l.skillnote_skill_id = v.skill_id AND l.pushed_digest = v.bundle_digest
             UNION SELECT v.id FROM skill_content_versions v JOIN skills s
                 ON s.id = v.skill_id AND s.folder_digest = v.source_digest",
            args![],
        )
        .await?;
    let mut referred: BTreeSet<Uuid> = linked.into_iter().map(|(id,)| id).collect();
    // A late report about an operation that gave way is believed as well.
    let payloads: Vec<(Json<Value>,)> = tx
        .all(
            "SELECT payload FROM claude_ai_sync_operations WHERE status <> 'completed'
             UNION ALL SELECT payload FROM superseded_operations",
            args![],
        )
        .await?;
    for (Json(payload),) in payloads {
        ids(&payload, &mut referred);
    }
    Ok(referred)
}

fn ids(value: &Value, found: &mut BTreeSet<Uuid>) {
    match value {
        Value::String(text) => found.extend(text.parse::<Uuid>().ok()),
        Value::Array(items) => items.iter().for_each(|item| ids(item, found)),
        Value::Object(members) => members.values().for_each(|member| ids(member, found)),
        _ => {}
    }
}

async fn blobs(tx: &mut Tx) -> StoreResult<u64> {
    tx.execute(
        "DELETE FROM blobs WHERE NOT EXISTS (SELECT 1 FROM skill_version_files f WHERE f.digest = blobs.digest)",
        args![],
    )
    .await
}
