//! The figures an operator looks at.

use companion_wire::health::ConnectorHealth;

use super::StoreResult;
use super::migration::full_name;
use super::sql::{Db, args};
use crate::time::Timestamp;

/// The figures of `GET …/health`, of one moment.
pub(super) async fn connector(db: &Db) -> StoreResult<ConnectorHealth> {
    type Columns = (i64, i64, i64, i64, i64, Option<Timestamp>);
    // Operations of a disconnected browser have ended with it; they are no failure that waits for a person.
    let row: Option<Columns> = db
        .optional(
            "SELECT
                 (SELECT COUNT(*) FROM claude_ai_integrations WHERE status = 'active'),
                 (SELECT COUNT(*) FROM claude_ai_integrations WHERE status = 'error'),
                 (SELECT COUNT(*) FROM claude_ai_sync_operations WHERE status IN ('pending', 'in_progress')),
                 (SELECT COUNT(*) FROM claude_ai_sync_operations o JOIN claude_ai_integrations i ON i.id = o.integration_id
                  WHERE o.status = 'failed' AND i.status <> 'disconnected'),
                 (SELECT COUNT(*) FROM claude_ai_skill_links WHERE conflict_state = 'diverged'),
                 (SELECT MAX(created_at) FROM claude_ai_audit_log)",
            args![],
        )
        .await?;
    let (active, errors, pending, failed, diverged, last_audit) = row.unwrap_or_default();
    Ok(ConnectorHealth {
        integrations_active: active.unsigned_abs(),
        integrations_with_errors: errors.unsigned_abs(),
        pending_ops_total: pending.unsigned_abs(),
        failed_ops_total: failed.unsigned_abs(),
        diverged_links_total: diverged.unsigned_abs(),
        last_audit_at: last_audit.map(Timestamp::rfc3339),
        schema_version: schema_version(db).await?,
    })
}

/// The newest applied migration.
pub(super) async fn schema_version(db: &Db) -> StoreResult<String> {
    let newest: Option<(i64, String)> =
        db.optional("SELECT version, description FROM _sqlx_migrations ORDER BY version DESC LIMIT 1", args![]).await?;
    Ok(newest.map_or_else(|| "unknown".to_owned(), |(number, name)| full_name(number, &name)))
}
