//! The queue for whoever looks at it.

use async_trait::async_trait;
use companion_wire::queue::{QueueItem, QueuePage};
use uuid::Uuid;

use super::reconcile::kind_named;
use super::sql::args;
use super::{SqlStore, StoreResult};
use crate::domain::people::Scope;
use crate::time::Timestamp;

/// Looking at the queue.
#[async_trait]
pub trait QueueStore: Send + Sync {
    /// Open operations of one browser or all that `scope` has, oldest first, at most `limit`; the counts are of all of them. A
    /// browser that does not exist has none.
    async fn queue_page(
        &self,
        scope: Scope,
        integration: Option<Uuid>,
        limit: u32,
        now: Timestamp,
    ) -> StoreResult<QueuePage>;
}

type Columns = (
    Uuid,
    String,
    String,
    i64,
    Option<String>,
    Timestamp,
    Option<Timestamp>,
    Uuid,
    Option<String>,
    Option<Uuid>,
    Option<String>,
    Option<String>,
);

#[async_trait]
impl QueueStore for SqlStore {
    async fn queue_page(
        &self,
        scope: Scope,
        integration: Option<Uuid>,
        limit: u32,
        now: Timestamp,
    ) -> StoreResult<QueuePage> {
        let (everybodys, owner) = (scope == Scope::All, scope.owner());
        let rows: Vec<Columns> = self
            .db
            .all(
                "SELECT o.id, o.kind, o.status, o.attempts, o.last_error, o.created_at, o.started_at, o.integration_id,
                     i.browser_label, o.skill_id, s.slug, s.name
                 FROM claude_ai_sync_operations o
                 JOIN claude_ai_integrations i ON i.id = o.integration_id
                 LEFT JOIN skills s ON s.id = o.skill_id
                 WHERE (o.integration_id = $1 OR $2) AND (i.user_id = $3 OR $4) AND o.status IN ('pending', 'in_progress')
                 ORDER BY o.created_at, o.id LIMIT $5",
                args![integration, integration.is_none(), owner, everybodys, limit],
            )
            .await?;
        let counts: Option<(i64, i64, Option<Timestamp>)> = self
            .db
            .optional(
                "SELECT COUNT(CASE WHEN status = 'pending' THEN 1 END),
                     COUNT(CASE WHEN status = 'in_progress' THEN 1 END), MIN(created_at)
                 FROM claude_ai_sync_operations
                 WHERE (integration_id = $1 OR $2)
                     AND ($4 OR integration_id IN (SELECT id FROM claude_ai_integrations WHERE user_id = $3))
                     AND status IN ('pending', 'in_progress')",
                args![integration, integration.is_none(), owner, everybodys],
            )
            .await?;
        let (pending, in_progress, oldest) = counts.unwrap_or_default();
        let (pending_count, in_progress_count) = (pending.unsigned_abs(), in_progress.unsigned_abs());
        Ok(QueuePage {
            items: rows.into_iter().map(item).collect(),
            total: pending_count + in_progress_count,
            pending_count,
            in_progress_count,
            oldest_age_seconds: oldest.map(|oldest| now.since(oldest).as_secs_f64()),
        })
    }
}

fn item(columns: Columns) -> QueueItem {
    let (id, kind, status, attempts, last_error, created, started, browser, label, skill, slug, name) = columns;
    QueueItem {
        id,
        kind: kind_named(&kind),
        status,
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        last_error,
        created_at: created.rfc3339(),
        started_at: started.map(Timestamp::rfc3339),
        integration_id: browser,
        integration_label: label,
        skill_id: skill,
        skill_slug: slug,
        skill_name: name,
    }
}
