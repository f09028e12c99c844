//! Which browsers somebody may see.

use async_trait::async_trait;
use companion_wire::integration::Integration;
use uuid::Uuid;

use super::sql::args;
use super::{IntegrationStore, LibraryStore, SkillSummary, SqlStore, StoreResult};
use crate::domain::people::Scope;

/// The browsers of one person, or all. Whose a browser is is settled when it is approved and never changes, so asking first and
/// acting afterwards is safe.
#[async_trait]
pub trait VisibilityStore: Send + Sync {
    /// Whether this browser exists for somebody who sees `scope`. With [`Scope::All`] everything does, also what is not there.
    async fn sees_browser(&self, scope: Scope, browser: Uuid) -> StoreResult<bool>;
    /// Whether this operation exists for somebody who sees `scope`, in the same sense.
    async fn sees_operation(&self, scope: Scope, operation: Uuid) -> StoreResult<bool>;
    /// Whether this link between a skill and an account exists for somebody who sees `scope`, in the same sense.
    async fn sees_link(&self, scope: Scope, link: Uuid) -> StoreResult<bool>;
    /// Like [`IntegrationStore::integrations`], of those alone.
    async fn visible_integrations(&self, scope: Scope) -> StoreResult<Vec<Integration>>;
    /// Like [`LibraryStore::skills`], with the figures of those browsers alone.
    async fn visible_skills(&self, scope: Scope) -> StoreResult<Vec<SkillSummary>>;
}

#[async_trait]
impl VisibilityStore for SqlStore {
    async fn sees_browser(&self, scope: Scope, browser: Uuid) -> StoreResult<bool> {
        self.sees(scope, "SELECT id FROM claude_ai_integrations WHERE id = $1 AND user_id = $2", browser).await
    }

    async fn sees_operation(&self, scope: Scope, operation: Uuid) -> StoreResult<bool> {
        let own = "SELECT o.id FROM claude_ai_sync_operations o
             JOIN claude_ai_integrations i ON i.id = o.integration_id AND i.user_id = $2 WHERE o.id = $1";
        self.sees(scope, own, operation).await
    }

    async fn sees_link(&self, scope: Scope, link: Uuid) -> StoreResult<bool> {
        let own = "SELECT l.id FROM claude_ai_skill_links l
             JOIN claude_ai_integrations i ON i.id = l.integration_id AND i.user_id = $2 WHERE l.id = $1";
        self.sees(scope, own, link).await
    }

    async fn visible_integrations(&self, scope: Scope) -> StoreResult<Vec<Integration>> {
        let mut shown = self.integrations().await?;
        if let Scope::Of(user) = scope {
            let own: Vec<(Uuid,)> =
                self.db.all("SELECT id FROM claude_ai_integrations WHERE user_id = $1", args![user]).await?;
            shown.retain(|integration| own.contains(&(integration.id,)));
        }
        Ok(shown)
    }

    async fn visible_skills(&self, scope: Scope) -> StoreResult<Vec<SkillSummary>> {
        let mut skills = self.skills().await?;
        let Scope::Of(user) = scope else { return Ok(skills) };
        let rows: Vec<(Uuid, i64, i64, i64)> = self
            .db
            .all(
                "SELECT v.skill_id,
                     (SELECT COUNT(*) FROM claude_ai_skill_links l
                      JOIN claude_ai_integrations i ON i.id = l.integration_id AND i.status IN ('active', 'cookie_expired')
                      WHERE l.skillnote_skill_id = v.skill_id AND l.confirmed AND l.pushed_digest = v.bundle_digest
                          AND i.user_id = $1),
                     (SELECT COUNT(*) FROM claude_ai_sync_operations o
                      JOIN claude_ai_integrations i ON i.id = o.integration_id AND i.user_id = $1
                      WHERE o.skill_id = v.skill_id AND o.status IN ('pending', 'in_progress')),
                     (SELECT COUNT(*) FROM claude_ai_sync_operations o
                      JOIN claude_ai_integrations i ON i.id = o.integration_id AND i.user_id = $1 AND i.status <> 'disconnected'
                      WHERE o.skill_id = v.skill_id AND o.status = 'failed')
                 FROM skill_content_versions v WHERE v.is_latest",
                args![user],
            )
            .await?;
        let count = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        for skill in &mut skills {
            let own = rows.iter().find(|(id, ..)| *id == skill.id).map_or((0, 0, 0), |(_, a, b, c)| (*a, *b, *c));
            skill.browsers_in_sync = count(own.0);
            skill.browsers_pending = count(own.1);
            skill.browsers_failed = count(own.2);
        }
        Ok(skills)
    }
}

impl SqlStore {
    /// Whether `own` finds this id for the person whose browsers alone are seen.
    async fn sees(&self, scope: Scope, own: &'static str, id: Uuid) -> StoreResult<bool> {
        let Scope::Of(user) = scope else { return Ok(true) };
        let found: Option<(Uuid,)> = self.db.optional(own, args![id, user]).await?;
        Ok(found.is_some())
    }
}
