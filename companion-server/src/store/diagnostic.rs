//! The facts behind `GET …/diagnostic`.

use std::time::Duration;

use async_trait::async_trait;

use super::health::schema_version;
use super::sql::args;
use super::{SqlStore, StoreResult};
use crate::domain::diagnostic::Facts;
use crate::time::Timestamp;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const STUCK: Duration = Duration::from_secs(5 * 60);

/// What an operator asks when something does not work.
#[async_trait]
pub trait DiagnosticStore: Send + Sync {
    /// Counts what [`crate::domain::diagnostic`] judges.
    async fn diagnostic_facts(&self, now: Timestamp) -> StoreResult<Facts>;
}

#[async_trait]
impl DiagnosticStore for SqlStore {
    async fn diagnostic_facts(&self, now: Timestamp) -> StoreResult<Facts> {
        type Columns = (i64, i64, i64, i64, i64, i64, i64);
        let row: Option<Columns> = self
            .db
            .optional(
                "SELECT
                     (SELECT COUNT(*) FROM claude_ai_integrations WHERE status IN ('active', 'cookie_expired')),
                     (SELECT COUNT(*) FROM claude_ai_integrations WHERE status = 'cookie_expired'),
                     (SELECT COUNT(*) FROM claude_ai_sync_operations WHERE status = 'in_progress' AND started_at < $1),
                     (SELECT COUNT(*) FROM claude_ai_integrations
                      WHERE status IN ('active', 'cookie_expired') AND last_sync_at >= $2),
                     (SELECT COUNT(*) FROM claude_ai_skill_links WHERE conflict_state = 'diverged'),
                     (SELECT COUNT(*) FROM claude_ai_pair_attempts WHERE created_at >= $2),
                     (SELECT COUNT(*) FROM claude_ai_audit_log WHERE event = 'endpoint_changed' AND created_at >= $3)",
                args![now.minus(STUCK), now.minus(HOUR), now.minus(DAY)],
            )
            .await?;
        let (paired, signed_out, stuck, recent, diverged, attempts, changes) = row.unwrap_or_default();
        Ok(Facts {
            schema_version: schema_version(&self.db).await?,
            paired: paired.unsigned_abs(),
            signed_out: signed_out.unsigned_abs(),
            stuck: stuck.unsigned_abs(),
            recently_synced: recent.unsigned_abs(),
            diverged: diverged.unsigned_abs(),
            attempts: attempts.unsigned_abs(),
            endpoint_changes: changes.unsigned_abs(),
        })
    }
}
