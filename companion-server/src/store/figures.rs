//! Figures for whoever looks: how many skills stand how, what waits for a person, how old the queue is, how often a skill is used.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;

use super::days::by_day;
use super::held_batches::batches_for;
use super::sql::{Tx, args};
use super::{SqlStore, StoreResult, days};
use crate::domain::people::Scope;
use crate::time::Timestamp;

/// How many skills stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Glance {
    /// Live skills.
    pub skills: u64,
    /// Those that are kept in step and are so everywhere.
    pub in_step: u64,
    /// Those with an operation under way.
    pub waiting: u64,
    /// Folders that were not taken.
    pub refused: u64,
    /// Paired browsers.
    pub paired: u64,
    /// What waits for a person.
    pub asks: Asks,
}

/// What waits for a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asks {
    /// Skills that changed on both sides.
    pub conflicts: u64,
    /// Failed operations of paired browsers.
    pub failed: u64,
    /// Changes of many skills at once that are held; a member decides about those of their own accounts alone.
    pub held: u64,
}

/// Uses of a skill, on claude.ai and by agents, where somebody has agreed to have them counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Uses {
    /// In the last seven days.
    pub week: u64,
    /// Ever.
    pub ever: u64,
    /// The latest.
    pub last: Option<Timestamp>,
}

/// A day (UTC, `2026-11-21`) and how often a skill was used on it.
pub type DayOfUse = (String, u64);

/// Open operations by age: under a minute, ten minutes, an hour, a day, and older.
pub type QueueAges = [u64; 5];

/// How many skills are among the most used.
const MOST_USED: u32 = 5;

/// Counting.
#[async_trait]
pub trait FigureStore: Send + Sync {
    /// What waits for a person; the part of [`FigureStore::glance`] that is quick.
    async fn asks(&self, scope: Scope) -> StoreResult<Asks>;
    /// How many skills stand how.
    async fn glance(&self, scope: Scope) -> StoreResult<Glance>;
    /// Open operations by age.
    async fn queue_ages(&self, scope: Scope, now: Timestamp) -> StoreResult<QueueAges>;
    /// Uses of the skill of this slug.
    async fn uses_of(&self, slug: &str, now: Timestamp) -> StoreResult<Uses>;
    /// Uses on each of the last `days` days, today last; of the skill of this slug, or of all.
    async fn uses_by_day(&self, slug: Option<&str>, days: u32, now: Timestamp) -> StoreResult<Vec<DayOfUse>>;
    /// The five skills that were used most since the day `days` - 1 days ago began, by slug, most uses first.
    async fn most_used(&self, days: u32, now: Timestamp) -> StoreResult<Vec<(String, u64)>>;
}

/// Of the skill `$1`, or of all with `$2`.
const USES_BY_DAY: (&str, &str) = by_day!(
    "created_at",
    "COUNT(*)",
    "skill_call_events WHERE event_type = 'called' AND (skill_slug = $1 OR $2) AND created_at >= $3"
);

/// Paired browsers of `$1`, or everybody's with `$2`.
const PAIRED: &str = "SELECT COUNT(*) FROM claude_ai_integrations
     WHERE status IN ('active', 'cookie_expired') AND (user_id = $1 OR $2)";

const ASKS: &str = concat!(
    "SELECT (SELECT COUNT(*) FROM claude_ai_skill_links l
          JOIN claude_ai_integrations i ON i.id = l.integration_id AND (i.user_id = $1 OR $2)
          WHERE l.conflict_state = 'diverged'),
         (SELECT COUNT(*) FROM claude_ai_sync_operations o
          JOIN claude_ai_integrations i ON i.id = o.integration_id AND i.status <> 'disconnected' AND (i.user_id = $1 OR $2)
          WHERE o.status = 'failed'),
         (SELECT COUNT(*) ",
    batches_for!(),
    " AND EXISTS (SELECT 1 FROM held_batch_skills h WHERE h.batch_id = b.id))"
);

/// SQL: the ids of skills that are in step in at least so many paired browsers, of those that `$1` sees, or of all with `$2`. The digests
/// are compared after the join: PostgreSQL expects one row of a join that compares them, and then looks up ten thousand one by one.
macro_rules! in_step_in {
    ($browsers:literal) => {
        concat!(
            "(SELECT l.skillnote_skill_id FROM claude_ai_skill_links l
              JOIN claude_ai_integrations i ON i.id = l.integration_id AND i.status IN ('active', 'cookie_expired')
                  AND (i.user_id = $1 OR $2)
              JOIN skill_content_versions w ON w.skill_id = l.skillnote_skill_id AND w.is_latest
              WHERE l.confirmed AND l.conflict_state <> 'diverged'
              GROUP BY l.skillnote_skill_id
              HAVING COUNT(CASE WHEN w.bundle_digest = l.pushed_digest THEN 1 END) >= ",
            $browsers,
            ")"
        )
    };
}
pub(super) use in_step_in;

const GLANCE: &str = concat!(
    "SELECT (SELECT COUNT(*) FROM skills WHERE removed_at IS NULL),
         (SELECT COUNT(*) FROM skills WHERE removed_at IS NULL AND id IN ",
    in_step_in!("$3"),
    "),
         (SELECT COUNT(DISTINCT o.skill_id) FROM claude_ai_sync_operations o
          JOIN claude_ai_integrations i ON i.id = o.integration_id AND (i.user_id = $1 OR $2)
          WHERE o.status IN ('pending', 'in_progress') AND NOT o.held),
         (SELECT COUNT(*) FROM library_entries WHERE state = 'refused')"
);

#[async_trait]
impl FigureStore for SqlStore {
    async fn asks(&self, scope: Scope) -> StoreResult<Asks> {
        asks(&mut self.db.read().await?, scope).await
    }

    async fn glance(&self, scope: Scope) -> StoreResult<Glance> {
        let (owner, everybodys) = (scope.owner(), scope == Scope::All);
        let mut tx = self.db.read().await?;
        let paired = paired(&mut tx, scope).await?;
        let row: Option<(i64, i64, i64, i64)> = tx.optional(GLANCE, args![owner, everybodys, paired.max(1)]).await?;
        let (skills, in_step, waiting, refused) = row.unwrap_or_default();
        let count = i64::unsigned_abs;
        Ok(Glance {
            skills: count(skills),
            in_step: count(in_step),
            waiting: count(waiting),
            refused: count(refused),
            paired: count(paired),
            asks: asks(&mut tx, scope).await?,
        })
    }

    async fn queue_ages(&self, scope: Scope, now: Timestamp) -> StoreResult<QueueAges> {
        let before = |seconds| now.minus(Duration::from_secs(seconds));
        let row: Option<(i64, i64, i64, i64, i64)> = self
            .db
            .optional(
                "SELECT COUNT(CASE WHEN o.created_at > $3 THEN 1 END),
                     COUNT(CASE WHEN o.created_at <= $3 AND o.created_at > $4 THEN 1 END),
                     COUNT(CASE WHEN o.created_at <= $4 AND o.created_at > $5 THEN 1 END),
                     COUNT(CASE WHEN o.created_at <= $5 AND o.created_at > $6 THEN 1 END),
                     COUNT(CASE WHEN o.created_at <= $6 THEN 1 END)
                 FROM claude_ai_sync_operations o
                 JOIN claude_ai_integrations i ON i.id = o.integration_id AND (i.user_id = $1 OR $2)
                 WHERE o.status IN ('pending', 'in_progress')",
                args![scope.owner(), scope == Scope::All, before(60), before(600), before(3600), before(86_400)],
            )
            .await?;
        let (a, b, c, d, e) = row.unwrap_or_default();
        Ok([a, b, c, d, e].map(i64::unsigned_abs))
    }

    async fn uses_of(&self, slug: &str, now: Timestamp) -> StoreResult<Uses> {
        let row: Option<(i64, i64, Option<Timestamp>)> = self
            .db
            .optional(
                "SELECT COUNT(CASE WHEN created_at >= $2 THEN 1 END), COUNT(*), MAX(created_at) FROM skill_call_events
                 WHERE event_type = 'called' AND skill_slug = $1",
                args![slug, now.minus(Duration::from_secs(7 * 86_400))],
            )
            .await?;
        let (week, ever, last) = row.unwrap_or_default();
        Ok(Uses { week: week.unsigned_abs(), ever: ever.unsigned_abs(), last })
    }

    async fn uses_by_day(&self, slug: Option<&str>, days: u32, now: Timestamp) -> StoreResult<Vec<DayOfUse>> {
        let args = args![slug, slug.is_none(), days::last(days, now).next()];
        let rows: Vec<(i64, i64)> = self.db.all(self.db.pick(USES_BY_DAY), args).await?;
        let uses: BTreeMap<i64, i64> = rows.into_iter().collect();
        let on = |begin| uses.get(&days::number(begin)).map_or(0, |uses| uses.unsigned_abs());
        Ok(days::last(days, now).map(|begin| (days::date(begin), on(begin))).collect())
    }

    async fn most_used(&self, days: u32, now: Timestamp) -> StoreResult<Vec<(String, u64)>> {
        let sql = "SELECT skill_slug, COUNT(*) FROM skill_call_events
             WHERE event_type = 'called' AND created_at >= $1
             GROUP BY skill_slug ORDER BY COUNT(*) DESC, skill_slug LIMIT $2";
        let rows: Vec<(String, i64)> = self.db.all(sql, args![days::last(days, now).next(), MOST_USED]).await?;
        Ok(rows.into_iter().map(|(slug, uses)| (slug, uses.unsigned_abs())).collect())
    }
}

async fn asks(tx: &mut Tx, scope: Scope) -> StoreResult<Asks> {
    let row: Option<(i64, i64, i64)> = tx.optional(ASKS, args![scope.owner(), scope == Scope::All]).await?;
    let (conflicts, failed, held) = row.unwrap_or_default();
    Ok(Asks { conflicts: conflicts.unsigned_abs(), failed: failed.unsigned_abs(), held: held.unsigned_abs() })
}

/// Paired browsers that somebody sees.
pub(super) async fn paired(tx: &mut Tx, scope: Scope) -> StoreResult<i64> {
    let row: Option<(i64,)> = tx.optional(PAIRED, args![scope.owner(), scope == Scope::All]).await?;
    Ok(row.map_or(0, |(paired,)| paired))
}
