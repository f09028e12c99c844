//! The audit log's hash chain in the database: its end, its writers' lock, and the check of the whole.
//!
//! The one row of `audit_chain` is the end and the lock. Transactions that plan are alone anyway; the others take it after
//! every other row that they lock, so that no two of them wait for each other.

use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::column::SourceIp;
use super::sql::{Db, Tx, args};
use super::{StoreError, StoreResult, redaction};
use crate::domain::chain::{Break, ChainReport, ChainedRow, Walk};
use crate::time::Timestamp;

const PAGE: u32 = 1_000;

type End = (i64, String, Option<Timestamp>);
pub(super) type Columns = (
    Option<i64>,
    Uuid,
    Option<Uuid>,
    String,
    Option<Uuid>,
    Json<Value>,
    Option<SourceIp>,
    Timestamp,
    Option<String>,
    Option<String>,
);

/// Rows behind a place and up to another.
const ROWS: &str = "SELECT seq, id, integration_id, event, skill_id, detail, source_ip, created_at, previous_hash, hash
    FROM claude_ai_audit_log WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3";
const PRUNED: &str = "SELECT pruned_to, pruned_hash FROM audit_chain WHERE id = 1";

/// Gives rows their places, their moments and the hashes before them, and returns their hashes. The chain's end is locked, and is moved
/// when the rows are written.
pub(super) async fn link(tx: &mut Tx, rows: &mut [ChainedRow]) -> StoreResult<Vec<String>> {
    let end: Option<End> = tx.locked("SELECT seq, hash, created_at FROM audit_chain WHERE id = 1", args![]).await?;
    let (mut seq, mut hash, mut last) =
        end.ok_or_else(|| StoreError::Refused("audit_chain has lost its row".to_owned()))?;
    let mut hashes = Vec::with_capacity(rows.len());
    for row in rows {
        seq += 1;
        row.seq = seq;
        row.previous_hash = hash;
        // Every row has a moment of its own, so that a page can end between any two.
        row.created = last.map_or(row.created, |last| row.created.max(Timestamp(last.0 + 1)));
        last = Some(row.created);
        hash = row.hash();
        hashes.push(hash.clone());
    }
    Ok(hashes)
}

/// Rows from before the chain join it, once.
pub(super) async fn adopt(db: &Db) -> StoreResult<()> {
    let mut tx = db.write().await?;
    let adopted: Option<(bool,)> = tx.locked("SELECT adopted FROM audit_chain WHERE id = 1", args![]).await?;
    if adopted == Some((false,)) {
        let rows: Vec<Columns> = tx
            .all(
                "SELECT seq, id, integration_id, event, skill_id, detail, source_ip, created_at, previous_hash, hash
                 FROM claude_ai_audit_log WHERE seq IS NULL ORDER BY created_at, id",
                args![],
            )
            .await?;
        let mut rows: Vec<ChainedRow> = rows.into_iter().map(|columns| chained(columns).0).collect();
        let hashes = link(&mut tx, &mut rows).await?;
        for (row, hash) in rows.into_iter().zip(hashes) {
            tx.both(
                "UPDATE audit_chain SET seq = $2, hash = $4, created_at = $5 WHERE id = 1",
                "UPDATE claude_ai_audit_log SET seq = $2, previous_hash = $3, hash = $4, created_at = $5 WHERE id = $1",
                args![row.id, row.seq, row.previous_hash, hash, row.created],
            )
            .await?;
        }
        tx.execute("UPDATE audit_chain SET adopted = $1 WHERE id = 1", args![true]).await?;
    }
    tx.commit().await
}

/// Looks at every row up to the end that the chain has now.
pub(super) async fn verify(db: &Db) -> StoreResult<ChainReport> {
    let end: Option<End> = db.optional("SELECT seq, hash, created_at FROM audit_chain WHERE id = 1", args![]).await?;
    let Some((head, head_hash, _)) = end else {
        return Ok(ChainReport::Broken { seq: 0, what: Break::Truncated });
    };
    let strangers: Option<(i64,)> =
        db.optional(
            "SELECT COUNT(*) FROM claude_ai_audit_log WHERE seq IS NULL OR seq < 1 OR seq > (SELECT seq FROM audit_chain)",
            args![],
        ).await?;
    if strangers != Some((0,)) {
        return Ok(ChainReport::Broken { seq: 0, what: Break::Foreign });
    }
    let pruned: Option<(i64, String)> = db.optional(PRUNED, args![]).await?;
    let (place, hash) = pruned.unwrap_or_default();
    let mut walk = Walk::pruned(place, &hash).vouched(redaction::vouchers(db).await?);
    loop {
        let rows: Vec<Columns> = db.all(ROWS, args![walk.place(), head, PAGE]).await?;
        if rows.is_empty() {
            return Ok(walk.end(head, &head_hash));
        }
        for (row, stored) in rows.into_iter().map(chained) {
            if let Err(what) = walk.step(&row, stored.as_deref()) {
                return Ok(ChainReport::Broken { seq: row.seq, what });
            }
        }
    }
}

/// What pruning came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pruning {
    /// So many rows are gone.
    Gone(u64),
    /// Nothing is: this row is not as it was written, and pruning would have taken the evidence away.
    Refused {
        /// Its place.
        seq: i64,
        /// What is wrong there.
        what: Break,
    },
}

/// Removes the rows from before `cutoff`, from the beginning on and without a gap, and remembers where. Each is checked first.
/// A call ends soon after `most` rows; the next one goes on.
pub(super) async fn prune(tx: &mut Tx, cutoff: Timestamp, most: u64) -> StoreResult<Pruning> {
    let end: Option<End> = tx.locked("SELECT seq, hash, created_at FROM audit_chain WHERE id = 1", args![]).await?;
    let head = end.map_or(0, |(seq, ..)| seq);
    // The oldest row that stays ends it: one that was given an old date from outside takes no younger ones with it.
    let kept: Option<(Option<i64>,)> =
        tx.optional("SELECT MIN(seq) FROM claude_ai_audit_log WHERE created_at >= $1", args![cutoff]).await?;
    let last = kept.and_then(|(seq,)| seq).map_or(head, |seq| seq - 1);
    let pruned: Option<(i64, String)> = tx.optional(PRUNED, args![]).await?;
    let (place, hash) = pruned.unwrap_or_default();
    let mut walk = Walk::pruned(place, &hash).vouched(redaction::vouchers_in(tx).await?);
    while walk.rows() < most {
        let rows: Vec<Columns> = tx.all(ROWS, args![walk.place(), last, PAGE]).await?;
        if rows.is_empty() {
            break;
        }
        for (row, stored) in rows.into_iter().map(chained) {
            if let Err(what) = walk.step(&row, stored.as_deref()) {
                return Ok(Pruning::Refused { seq: row.seq, what });
            }
        }
    }
    let Some((seq, hash)) = walk.last() else { return Ok(Pruning::Gone(0)) };
    let gone = tx.execute("DELETE FROM claude_ai_audit_log WHERE seq >= 1 AND seq <= $1", args![seq]).await?;
    tx.execute("UPDATE audit_chain SET pruned_to = $1, pruned_hash = $2 WHERE id = 1", args![seq, hash]).await?;
    Ok(Pruning::Gone(gone))
}

/// The row and the hash that is stored beside it.
pub(super) fn chained(columns: Columns) -> (ChainedRow, Option<String>) {
    let (seq, id, integration, event, skill, Json(detail), source, created, previous_hash, hash) = columns;
    let row = ChainedRow {
        seq: seq.unwrap_or_default(),
        id,
        integration,
        event,
        skill,
        detail,
        source: source.map(|SourceIp(address)| address.to_string()),
        created,
        previous_hash: previous_hash.unwrap_or_default(),
    };
    (row, hash)
}
