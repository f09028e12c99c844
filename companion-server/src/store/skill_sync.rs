//! Whether a skill is kept in step with claude.ai, and where it stands there.

use async_trait::async_trait;
use companion_wire::skill_sync::{SkillLink, SkillSyncStatus};
use uuid::Uuid;

use super::integrations::status_named;
use super::sql::args;
use super::{SqlStore, StoreResult, reconcile};
use crate::domain::people::Scope;
use crate::time::Timestamp;

/// The switch that a person has for each skill of the library.
#[async_trait]
pub trait SkillSyncStore: Send + Sync {
    /// A live skill's switch, its links and open operations in `scope`; `None` when there is no such skill.
    async fn skill_sync_status(&self, slug: &str, scope: Scope) -> StoreResult<Option<SkillSyncStatus>>;
    /// Turns the switch of a live skill, named by its id or its slug (the id wins). Off takes waiting and failed operations
    /// out of the queue in the same transaction and touches nothing on claude.ai; on plans the skill for every paired
    /// browser. False when there is no such skill.
    async fn set_skill_sync(&self, skill: &str, enabled: bool, now: Timestamp) -> StoreResult<bool>;
}

#[async_trait]
impl SkillSyncStore for SqlStore {
    async fn skill_sync_status(&self, slug: &str, scope: Scope) -> StoreResult<Option<SkillSyncStatus>> {
        let (everybodys, owner) = (scope == Scope::All, scope.owner());
        type Columns = (Uuid, Option<String>, String, String, Option<String>, String, Option<Timestamp>, String);
        let mut tx = self.db.read().await?;
        let found: Option<(Uuid, String, bool, i64)> = tx
            .optional(
                "SELECT s.id, s.slug, s.claude_ai_sync_enabled,
                     (SELECT COUNT(*) FROM claude_ai_sync_operations o
                      JOIN claude_ai_integrations i ON i.id = o.integration_id AND (i.user_id = $2 OR $3)
                      WHERE o.skill_id = s.id AND o.status IN ('pending', 'in_progress'))
                 FROM skills s WHERE s.slug = $1 AND s.removed_at IS NULL",
                args![slug, owner, everybodys],
            )
            .await?;
        let Some((skill_id, skill_slug, claude_ai_sync_enabled, open)) = found else { return Ok(None) };
        let rows: Vec<Columns> = tx
            .all(
                "SELECT i.id, i.browser_label, i.status, l.claude_ai_skill_id, l.claude_ai_version, l.conflict_state,
                     l.last_seen_at, l.direction
                 FROM claude_ai_skill_links l JOIN claude_ai_integrations i ON i.id = l.integration_id
                 WHERE l.skillnote_skill_id = $1 AND (i.user_id = $2 OR $3) ORDER BY (l.last_seen_at IS NULL), l.last_seen_at DESC, l.id",
                args![skill_id, owner, everybodys],
            )
            .await?;
        let link = |(
            integration_id,
            integration_label,
            status,
            claude_ai_skill_id,
            claude_ai_version,
            conflict_state,
            seen,
            direction,
        ): Columns| SkillLink {
            integration_id,
            integration_label,
            integration_status: status_named(&status),
            claude_ai_skill_id,
            claude_ai_version,
            conflict_state,
            last_seen_at: seen.map(Timestamp::rfc3339),
            direction,
        };
        let links = rows.into_iter().map(link).collect();
        let pending_op_count = open.unsigned_abs();
        Ok(Some(SkillSyncStatus { skill_id, skill_slug, claude_ai_sync_enabled, links, pending_op_count }))
    }

    async fn set_skill_sync(&self, skill: &str, enabled: bool, now: Timestamp) -> StoreResult<bool> {
        let mut tx = self.db.planning().await?;
        let found: Option<(Uuid, bool)> = tx
            .optional(
                "SELECT id, claude_ai_sync_enabled FROM skills WHERE (id = $1 OR slug = $2) AND removed_at IS NULL
                 ORDER BY (slug = $2) LIMIT 1",
                args![Uuid::try_parse(skill).ok(), skill],
            )
            .await?;
        let Some((id, before)) = found else { return Ok(false) };
        if before == enabled {
            return Ok(true);
        }
        tx.execute(
            "UPDATE skills SET claude_ai_sync_enabled = $2, updated_at = $3 WHERE id = $1",
            args![id, enabled, now],
        )
        .await?;
        let queued = reconcile::skill(&mut tx, id, now).await?;
        tx.commit().await?;
        for browser in queued {
            self.signal.send(browser);
        }
        Ok(true)
    }
}
