//! Searching the audit log.

use async_trait::async_trait;
use companion_wire::activity::ActivityEvent;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::overview::pattern;
use super::sql::{Arg, args};
use super::{AuditEventName, SqlStore, StoreResult};
use crate::domain::people::Scope;
use crate::time::Timestamp;

/// Which events. All that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct ActivityFilter {
    /// Of this browser.
    pub integration: Option<Uuid>,
    /// About this skill.
    pub skill: Option<Uuid>,
    /// With this name.
    pub event: Option<AuditEventName>,
    /// At this moment or later.
    pub since: Option<Timestamp>,
    /// At this moment or earlier.
    pub until: Option<Timestamp>,
    /// Before this moment. Events have moments of their own, so the last one of a page is where the next page begins.
    pub before: Option<Timestamp>,
    /// With this in the skill's name, the browser's label or the detail, in any letter case.
    pub part: Option<String>,
    /// Of these browsers alone.
    pub scope: Scope,
    /// At most so many.
    pub limit: u32,
}

/// The audit log for whoever looks back.
#[async_trait]
pub trait ActivityStore: Send + Sync {
    /// Matching events of any age, newest first.
    async fn activity(&self, filter: ActivityFilter) -> StoreResult<Vec<ActivityEvent<Value>>>;
}

macro_rules! select {
    ($and:literal) => {
        concat!(
            "SELECT a.id, a.integration_id, a.event, a.skill_id, s.name, a.detail, a.created_at
             FROM claude_ai_audit_log a LEFT JOIN skills s ON s.id = a.skill_id
             WHERE ($1 IS NULL OR a.integration_id = $1) AND ($2 IS NULL OR a.skill_id = $2)
               AND ($3 IS NULL OR a.event = $3) AND ($4 IS NULL OR a.created_at >= $4)
               AND ($5 IS NULL OR a.created_at <= $5) AND ($6 IS NULL OR a.created_at < $6)
               AND ($8 OR a.integration_id IN (SELECT id FROM claude_ai_integrations WHERE user_id = $9)) ",
            $and,
            " ORDER BY a.created_at DESC, a.seq DESC LIMIT $7"
        )
    };
}
const SELECT: &str = select!("");
/// The text of a detail is what differs.
const SEARCH: (&str, &str) = (
    select!(
        "AND (LOWER(s.name) LIKE $10 ESCAPE '\\' OR LOWER(a.detail) LIKE $10 ESCAPE '\\' OR a.integration_id IN
             (SELECT id FROM claude_ai_integrations WHERE LOWER(browser_label) LIKE $10 ESCAPE '\\'))"
    ),
    select!(
        "AND (LOWER(s.name) LIKE $10 ESCAPE '\\' OR LOWER(CAST(a.detail AS TEXT)) LIKE $10 ESCAPE '\\' OR a.integration_id IN
             (SELECT id FROM claude_ai_integrations WHERE LOWER(browser_label) LIKE $10 ESCAPE '\\'))"
    ),
);

type Columns = (Uuid, Option<Uuid>, String, Option<Uuid>, Option<String>, Json<Value>, Timestamp);

#[async_trait]
impl ActivityStore for SqlStore {
    async fn activity(&self, filter: ActivityFilter) -> StoreResult<Vec<ActivityEvent<Value>>> {
        // Who searches reads the details; who does not is not made to wait for them.
        let sql = match &filter.part {
            None => SELECT,
            Some(_) => self.db.pick(SEARCH),
        };
        let mut args = args![
            filter.integration,
            filter.skill,
            filter.event.map(AuditEventName::as_str),
            filter.since,
            filter.until,
            filter.before,
            filter.limit,
            filter.scope == Scope::All,
            filter.scope.owner()
        ];
        args.extend(filter.part.map(|part| Arg::from(pattern(&part))));
        let rows: Vec<Columns> = self.db.all(sql, args).await?;
        Ok(rows.into_iter().map(event).collect())
    }
}

fn event((id, integration_id, event, skill_id, skill_slug, Json(detail), created): Columns) -> ActivityEvent<Value> {
    ActivityEvent { id, integration_id, event, skill_id, skill_slug, detail, created_at: created.rfc3339() }
}
