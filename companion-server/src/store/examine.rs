//! What `skillferry doctor` asks a database, beside a server that may be using it. Nothing is created, migrated or written.

use super::sql::{Db, args};
use super::{DatabaseUrl, StoreResult, beside, chain, health};
use crate::domain::chain::ChainReport;
use crate::time::Timestamp;

/// A lease that is older was not given back in time.
const STUCK: std::time::Duration = std::time::Duration::from_secs(5 * 60);

/// The answers. What another version's tables cannot answer is an error of its own.
#[derive(Debug)]
pub struct Examined {
    /// The newest applied migration.
    pub schema: StoreResult<String>,
    /// The state of the audit log.
    pub chain: StoreResult<ChainReport>,
    /// Operations taken long ago and not reported; operations that have failed.
    pub operations: StoreResult<(u64, u64)>,
    /// The database's clock, and the moment of its newest event.
    pub clock: StoreResult<(Timestamp, Option<Timestamp>)>,
}

/// Asks.
///
/// # Errors
///
/// The database does not answer at all; a sentence for the person who asked.
pub async fn examine(url: &DatabaseUrl, now: Timestamp) -> Result<Examined, String> {
    let db = beside::open(url).await?;
    Ok(Examined {
        schema: health::schema_version(&db).await,
        chain: chain::verify(&db).await,
        operations: operations(&db, now).await,
        clock: clock(&db).await,
    })
}

async fn operations(db: &Db, now: Timestamp) -> StoreResult<(u64, u64)> {
    let counts: Option<(i64, i64)> = db
        .optional(
            "SELECT (SELECT COUNT(*) FROM claude_ai_sync_operations WHERE status = 'in_progress' AND started_at < $1),
                 (SELECT COUNT(*) FROM claude_ai_sync_operations o
                  JOIN claude_ai_integrations i ON i.id = o.integration_id
                  WHERE o.status = 'failed' AND i.status <> 'disconnected')",
            args![now.minus(STUCK)],
        )
        .await?;
    let (stuck, failed) = counts.unwrap_or_default();
    Ok((stuck.unsigned_abs(), failed.unsigned_abs()))
}

async fn clock(db: &Db) -> StoreResult<(Timestamp, Option<Timestamp>)> {
    let now = match db {
        Db::Sqlite { .. } => "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
        Db::Postgres { .. } => "SELECT clock_timestamp()",
    };
    let (now,): (Timestamp,) = db.optional(now, args![]).await?.unwrap_or_default();
    let newest: Option<(Option<Timestamp>,)> =
        db.optional("SELECT MAX(created_at) FROM claude_ai_audit_log", args![]).await?;
    Ok((now, newest.and_then(|(newest,)| newest)))
}
