//! Which skills were used, in the database.

use std::time::Duration;

use async_trait::async_trait;
use companion_wire::usage::{RecentSession, UsageSummary};
use uuid::Uuid;

use super::sql::args;
use super::{SqlStore, StoreResult};
use crate::time::Timestamp;

/// A use of a skill, as an agent reported it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillUse {
    /// The skill as the agent calls it; need not be one of the library.
    pub skill_slug: String,
    /// The agent.
    pub agent_name: String,
    /// Its session.
    pub session_id: Option<String>,
    /// What that is called.
    pub session_name: Option<String>,
    /// When the report came.
    pub now: Timestamp,
}

/// What agents report and people read about the use of skills.
#[async_trait]
pub trait UsageStore: Send + Sync {
    /// Notes a use. Two reports of the same use are two uses.
    async fn note_use(&self, used: SkillUse) -> StoreResult<()>;
    /// Figures of the last `days` days, of one agent or all.
    async fn usage_summary(&self, agent: Option<String>, days: u32, now: Timestamp) -> StoreResult<UsageSummary>;
    /// The sessions in which skills were used latest, newest first, of one agent or all, at most `limit`.
    async fn recent_sessions(&self, agent: Option<String>, limit: u32) -> StoreResult<Vec<RecentSession>>;
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[async_trait]
impl UsageStore for SqlStore {
    async fn note_use(&self, used: SkillUse) -> StoreResult<()> {
        let SkillUse { skill_slug, agent_name, session_id, session_name, now } = used;
        let sql = "INSERT INTO skill_call_events
                 (id, skill_slug, event_type, agent_name, session_id, session_name, remote_ip, created_at)
             VALUES ($1, $2, 'called', $3, $4, $5, 'plugin-hook', $6)";
        let args = args![Uuid::now_v7(), skill_slug, agent_name, session_id, session_name, now];
        self.db.execute(sql, args).await.map(drop)
    }

    async fn usage_summary(&self, agent: Option<String>, days: u32, now: Timestamp) -> StoreResult<UsageSummary> {
        let (any, since) = (agent.is_none(), now.minus(DAY.saturating_mul(days)));
        let mut tx = self.db.read().await?;
        let counts: Option<(i64, i64, i64)> = tx
            .optional(
                "SELECT COUNT(*), COUNT(DISTINCT skill_slug), COUNT(DISTINCT agent_name) FROM skill_call_events
                 WHERE event_type = 'called' AND (agent_name = $1 OR $2) AND created_at >= $3",
                args![agent.clone(), any, since],
            )
            .await?;
        let today: Option<(i64,)> = tx
            .optional(
                "SELECT COUNT(*) FROM skill_call_events
                 WHERE event_type = 'called' AND (agent_name = $1 OR $2) AND created_at >= $3",
                args![agent.clone(), any, now.minus(DAY)],
            )
            .await?;
        let most: Option<(String,)> = tx
            .optional(
                "SELECT skill_slug FROM skill_call_events
                 WHERE event_type = 'called' AND (agent_name = $1 OR $2) AND created_at >= $3
                 GROUP BY skill_slug ORDER BY COUNT(*) DESC, skill_slug LIMIT 1",
                args![agent, any, since],
            )
            .await?;
        let (total, skills, agents) = counts.unwrap_or_default();
        Ok(UsageSummary {
            total_calls: total.unsigned_abs(),
            unique_skills: skills.unsigned_abs(),
            unique_agents: agents.unsigned_abs(),
            calls_today: today.unwrap_or_default().0.unsigned_abs(),
            most_called_skill: most.map(|(slug,)| slug),
        })
    }

    async fn recent_sessions(&self, agent: Option<String>, limit: u32) -> StoreResult<Vec<RecentSession>> {
        let rows: Vec<(String, String, i64, i64, Timestamp, Option<String>)> = self
            .db
            .all(
                "SELECT e.session_id, e.agent_name, COUNT(*), COUNT(DISTINCT e.skill_slug), MAX(e.created_at),
                     (SELECT n.session_name FROM skill_call_events n
                      WHERE n.session_id = e.session_id AND n.agent_name = e.agent_name AND n.session_name IS NOT NULL
                      ORDER BY n.created_at DESC, n.id DESC LIMIT 1)
                 FROM skill_call_events e
                 WHERE e.event_type = 'called' AND e.session_id IS NOT NULL AND (e.agent_name = $1 OR $2)
                 GROUP BY e.session_id, e.agent_name ORDER BY MAX(e.created_at) DESC, e.session_id LIMIT $3",
                args![agent.clone(), agent.is_none(), limit],
            )
            .await?;
        let session = |(session_id, agent_name, calls, skills, last, session_name): (_, _, i64, i64, Timestamp, _)| {
            RecentSession {
                session_id,
                session_name,
                agent_name,
                call_count: calls.unsigned_abs(),
                skill_count: skills.unsigned_abs(),
                last_used: last.rfc3339_offset(),
            }
        };
        Ok(rows.into_iter().map(session).collect())
    }
}
