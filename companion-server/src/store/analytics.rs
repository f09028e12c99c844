//! The figures of `GET …/analytics`.

use async_trait::async_trait;
use companion_wire::analytics::{BrowserAnalytics, SyncAnalytics, SyncDay, SyncedSkill, UsedSkill};
use uuid::Uuid;

use super::days::{DAY, by_day};
use super::sql::{Tx, args};
use super::{SqlStore, StoreResult, days};
use crate::time::Timestamp;

/// Looking back at what was brought and used.
#[async_trait]
pub trait AnalyticsStore: Send + Sync {
    /// The figures as of `now`.
    async fn sync_analytics(&self, now: Timestamp) -> StoreResult<SyncAnalytics>;
    /// Of these figures, how much was brought on each of the last seven days, today last.
    async fn sync_days(&self, now: Timestamp) -> StoreResult<Vec<SyncDay>>;
    /// Of these figures, what each browser did within a day, the one that was active last first.
    async fn browser_analytics(&self, now: Timestamp) -> StoreResult<Vec<BrowserAnalytics>>;
}

#[async_trait]
impl AnalyticsStore for SqlStore {
    async fn sync_analytics(&self, now: Timestamp) -> StoreResult<SyncAnalytics> {
        let (day, week) = (now.minus(DAY), now.minus(DAY * 7));
        let mut tx = self.db.read().await?;
        let tx = &mut tx;
        let last_day = ended(tx, day, now.plus(DAY)).await?;
        let last_week = ended(tx, week, now.plus(DAY)).await?;
        Ok(SyncAnalytics {
            skills_synced_24h: last_day.done,
            skills_synced_7d: last_week.done,
            failed_24h: last_day.failed,
            failed_7d: last_week.failed,
            sync_success_rate_7d: last_week.success_rate(),
            avg_attempts_per_sync_7d: last_week.average_attempts(),
            top_skills_7d: top_skills(tx, week).await?,
            per_integration: browsers(tx, day).await?,
            sparkline_7d: self::week(tx, now).await?,
            invocations_24h: uses(tx, day).await?,
            invocations_7d: uses(tx, week).await?,
            top_used_skills_7d: top_used(tx, week).await?,
        })
    }

    async fn sync_days(&self, now: Timestamp) -> StoreResult<Vec<SyncDay>> {
        week(&mut self.db.read().await?, now).await
    }

    async fn browser_analytics(&self, now: Timestamp) -> StoreResult<Vec<BrowserAnalytics>> {
        browsers(&mut self.db.read().await?, now.minus(DAY)).await
    }
}

const BY_DAY: (&str, &str) = by_day!(
    "completed_at",
    "COUNT(CASE WHEN status = 'completed' THEN 1 END), COUNT(CASE WHEN status = 'failed' THEN 1 END)",
    "claude_ai_sync_operations
     WHERE kind IN ('publish_group', 'upload', 'update') AND completed_at >= $1 AND completed_at < $2"
);

/// The last seven days, today last.
async fn week(tx: &mut Tx, now: Timestamp) -> StoreResult<Vec<SyncDay>> {
    let begins: Vec<Timestamp> = days::last(7, now).collect();
    let args = args![begins.first().copied(), begins.last().map(|today| today.plus(DAY))];
    let rows: Vec<(i64, i64, i64)> = tx.all(tx.pick(BY_DAY), args).await?;
    let day = |begin: Timestamp| {
        let of_it = rows.iter().find(|(day, ..)| *day == days::number(begin));
        let (syncs, failed) = of_it.map_or((0, 0), |(_, done, failed)| (done.unsigned_abs(), failed.unsigned_abs()));
        SyncDay { date: days::date(begin), syncs, failed }
    };
    Ok(begins.into_iter().map(day).collect())
}

/// Operations that ended in a stretch of time.
struct Ended {
    done: u64,
    failed: u64,
    /// Hand-outs of those that were done.
    attempts: u64,
}

impl Ended {
    fn success_rate(&self) -> f64 {
        let all = self.done + self.failed;
        if all == 0 { 1.0 } else { rounded(self.done, all, 10_000) }
    }

    fn average_attempts(&self) -> f64 {
        if self.done == 0 { 0.0 } else { rounded(self.attempts, self.done, 100) }
    }
}

/// `part / whole`, rounded half up to the decimals that `unit` has zeros.
fn rounded(part: u64, whole: u64, unit: u64) -> f64 {
    let units = u32::try_from((2 * part * unit + whole) / (2 * whole)).unwrap_or(u32::MAX);
    f64::from(units) / f64::from(u32::try_from(unit).unwrap_or(1))
}

/// In both deliveries: what brings skills, one by one or by groups.
async fn ended(tx: &mut Tx, from: Timestamp, until: Timestamp) -> StoreResult<Ended> {
    let row: Option<(i64, i64, i64)> = tx
        .optional(
            "SELECT COUNT(CASE WHEN status = 'completed' THEN 1 END), COUNT(CASE WHEN status = 'failed' THEN 1 END),
                 CAST(COALESCE(SUM(CASE WHEN status = 'completed' THEN attempts END), 0) AS BIGINT)
             FROM claude_ai_sync_operations
             WHERE kind IN ('publish_group', 'upload', 'update') AND completed_at >= $1 AND completed_at < $2",
            args![from, until],
        )
        .await?;
    let (done, failed, attempts) = row.unwrap_or_default();
    Ok(Ended { done: done.unsigned_abs(), failed: failed.unsigned_abs(), attempts: attempts.unsigned_abs() })
}

async fn top_skills(tx: &mut Tx, since: Timestamp) -> StoreResult<Vec<SyncedSkill>> {
    let rows: Vec<(Uuid, String, String, i64)> = tx
        .all(
            "SELECT s.id, s.slug, s.name, COUNT(*)
             FROM claude_ai_sync_operations o JOIN skills s ON s.id = o.skill_id
             WHERE o.kind IN ('publish_group', 'upload', 'update') AND o.status = 'completed' AND o.completed_at >= $1
             GROUP BY s.id, s.slug, s.name ORDER BY COUNT(*) DESC, s.slug LIMIT 5",
            args![since],
        )
        .await?;
    let skill = |(skill_id, skill_slug, skill_name, count): (_, _, _, i64)| SyncedSkill {
        skill_id,
        skill_slug,
        skill_name,
        sync_count: count.unsigned_abs(),
    };
    Ok(rows.into_iter().map(skill).collect())
}

async fn browsers(tx: &mut Tx, since: Timestamp) -> StoreResult<Vec<BrowserAnalytics>> {
    type Columns = (Uuid, Option<String>, i64, i64, Option<Timestamp>);
    let rows: Vec<Columns> = tx
        .all(
            "SELECT i.id, i.browser_label, COALESCE(o.done, 0), COALESCE(o.failed, 0), i.last_sync_at
             FROM claude_ai_integrations i
             LEFT JOIN (SELECT integration_id, COUNT(CASE WHEN status = 'completed' THEN 1 END) AS done,
                            COUNT(CASE WHEN status = 'failed' THEN 1 END) AS failed
                        FROM claude_ai_sync_operations WHERE completed_at >= $1 GROUP BY integration_id) o
                 ON o.integration_id = i.id
             WHERE i.status <> 'disconnected'
             ORDER BY (i.last_sync_at IS NULL), i.last_sync_at DESC, i.id",
            args![since],
        )
        .await?;
    let browser = |(integration_id, integration_label, syncs, failed, last): Columns| BrowserAnalytics {
        integration_id,
        integration_label,
        syncs_24h: syncs.unsigned_abs(),
        failed_24h: failed.unsigned_abs(),
        last_sync_at: last.map(Timestamp::rfc3339),
    };
    Ok(rows.into_iter().map(browser).collect())
}

async fn uses(tx: &mut Tx, since: Timestamp) -> StoreResult<u64> {
    let sql = "SELECT COUNT(*) FROM skill_call_events
         WHERE agent_name = 'claude-ai' AND event_type = 'called' AND created_at >= $1";
    let count: Option<(i64,)> = tx.optional(sql, args![since]).await?;
    Ok(count.map_or(0, |(count,)| count.unsigned_abs()))
}

async fn top_used(tx: &mut Tx, since: Timestamp) -> StoreResult<Vec<UsedSkill>> {
    let rows: Vec<(String, i64)> = tx
        .all(
            "SELECT skill_slug, COUNT(*) FROM skill_call_events
             WHERE agent_name = 'claude-ai' AND event_type = 'called' AND created_at >= $1
             GROUP BY skill_slug ORDER BY COUNT(*) DESC, skill_slug LIMIT 5",
            args![since],
        )
        .await?;
    let used = |(skill_slug, count): (String, i64)| UsedSkill { skill_slug, invocations: count.unsigned_abs() };
    Ok(rows.into_iter().map(used).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_rounded_and_nothing_is_a_full_success() {
        let ended = |done, failed, attempts| Ended { done, failed, attempts };
        assert_eq!((ended(0, 0, 0).success_rate(), ended(0, 0, 0).average_attempts()), (1.0, 0.0));
        assert_eq!((ended(2, 1, 3).success_rate(), ended(2, 1, 3).average_attempts()), (0.6667, 1.5));
        assert_eq!((ended(1, 2, 1).success_rate(), ended(3, 0, 4).average_attempts()), (0.3333, 1.33));
        assert_eq!(ended(0, 4, 0).success_rate(), 0.0);
    }
}
