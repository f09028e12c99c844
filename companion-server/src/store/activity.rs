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

/// What a search found that looked at a part of the log.
#[derive(Debug, Default)]
pub struct Found {
    /// Matching events, newest first.
    pub events: Vec<ActivityEvent<Value>>,
    /// The moment of the last event that was looked at, when there are older ones.
    pub reached: Option<Timestamp>,
}

/// The audit log for whoever looks back.
#[async_trait]
pub trait ActivityStore: Send + Sync {
    /// Matching events of any age, newest first.
    async fn activity(&self, filter: ActivityFilter) -> StoreResult<Vec<ActivityEvent<Value>>>;
    /// The same, but of the events that match in everything else no more than the newest `reach` are searched for the text: however
    /// long the log is, the answer takes no longer. Whoever wants to go on asks for what is before [`Found::reached`].
    async fn recent_activity(&self, filter: ActivityFilter, reach: u32) -> StoreResult<Found>;
}

/// Events that match in all but the text, newest first; a single kind of event has an index of its own.
macro_rules! events {
    ($columns:literal, $event:literal, $limit:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM claude_ai_audit_log a
             WHERE ($1 IS NULL OR a.integration_id = $1) AND ($2 IS NULL OR a.skill_id = $2) AND ",
            $event,
            " AND ($4 IS NULL OR a.created_at >= $4)
               AND ($5 IS NULL OR a.created_at <= $5) AND ($6 IS NULL OR a.created_at < $6)
               AND ($7 OR a.integration_id IN (SELECT id FROM claude_ai_integrations WHERE user_id = $8))
             ORDER BY a.created_at DESC, a.seq DESC LIMIT ",
            $limit
        )
    };
}

macro_rules! select {
    ($event:literal, $limit:literal, $end:literal) => {
        concat!(
            "SELECT a.id, a.integration_id, a.event, a.skill_id, s.name, a.detail, a.created_at FROM (",
            events!("a.*", $event, $limit),
            ") a LEFT JOIN skills s ON s.id = a.skill_id ",
            $end,
            " ORDER BY a.created_at DESC, a.seq DESC LIMIT $9"
        )
    };
}

/// The text of a detail is what differs.
macro_rules! search {
    ($event:literal) => {
        (
            select!(
                $event,
                "$11",
                "WHERE a.skill_id IN (SELECT id FROM skills WHERE LOWER(name) LIKE $10 ESCAPE '\\')
                     OR LOWER(a.detail) LIKE $10 ESCAPE '\\'
                     OR a.integration_id IN (SELECT id FROM claude_ai_integrations WHERE LOWER(browser_label) LIKE $10 ESCAPE '\\')"
            ),
            select!(
                $event,
                "$11",
                "WHERE a.skill_id IN (SELECT id FROM skills WHERE LOWER(name) LIKE $10 ESCAPE '\\')
                     OR LOWER(CAST(a.detail AS TEXT)) LIKE $10 ESCAPE '\\'
                     OR a.integration_id IN (SELECT id FROM claude_ai_integrations WHERE LOWER(browser_label) LIKE $10 ESCAPE '\\')"
            ),
        )
    };
}

/// Everything that is asked of one set of events.
struct Texts {
    select: &'static str,
    search: (&'static str, &'static str),
    /// The last event within reach, and the next.
    reached: &'static str,
}

macro_rules! texts {
    ($event:literal) => {
        Texts {
            select: select!($event, "$9", ""),
            search: search!($event),
            reached: events!("a.created_at", $event, "2 OFFSET $9"),
        }
    };
}
const OF_ANY_KIND: Texts = texts!("($3 IS NULL OR a.event = $3)");
const OF_ONE_KIND: Texts = texts!("a.event = $3");

type Columns = (Uuid, Option<Uuid>, String, Option<Uuid>, Option<String>, Json<Value>, Timestamp);

#[async_trait]
impl ActivityStore for SqlStore {
    async fn activity(&self, filter: ActivityFilter) -> StoreResult<Vec<ActivityEvent<Value>>> {
        Ok(self.recent_activity(filter, u32::MAX).await?.events)
    }

    async fn recent_activity(&self, filter: ActivityFilter, reach: u32) -> StoreResult<Found> {
        let texts = if filter.event.is_some() { &OF_ONE_KIND } else { &OF_ANY_KIND };
        // Who searches reads the details; who does not is not made to wait for them.
        let Some(part) = &filter.part else {
            let rows: Vec<Columns> = self.db.all(texts.select, matched(&filter, filter.limit)).await?;
            return Ok(Found { events: rows.into_iter().map(event).collect(), reached: None });
        };
        let mut tx = self.db.read().await?;
        let mut args = matched(&filter, filter.limit);
        args.extend(args![pattern(part), reach]);
        let rows: Vec<Columns> = tx.all(tx.pick(texts.search), args).await?;
        let ends: Vec<(Timestamp,)> = tx.all(texts.reached, matched(&filter, reach.saturating_sub(1))).await?;
        let reached = ends.first().filter(|_| ends.len() > 1).map(|(moment,)| *moment);
        Ok(Found { events: rows.into_iter().map(event).collect(), reached })
    }
}

/// What the texts take as `$1` to `$9`.
fn matched(filter: &ActivityFilter, number: u32) -> Vec<Arg> {
    args![
        filter.integration,
        filter.skill,
        filter.event.map(AuditEventName::as_str),
        filter.since,
        filter.until,
        filter.before,
        filter.scope == Scope::All,
        filter.scope.owner(),
        number
    ]
}

fn event((id, integration_id, event, skill_id, skill_slug, Json(detail), created): Columns) -> ActivityEvent<Value> {
    ActivityEvent { id, integration_id, event, skill_id, skill_slug, detail, created_at: created.rfc3339() }
}
