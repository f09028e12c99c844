//! The operation queue in the database.

use std::time::Duration;

use async_trait::async_trait;
use companion_wire::operation::{Operation, OperationPayload};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use super::pause::{self, held};
use super::reconcile::{self, kind_named};
use super::reports::Reported;
use super::sql::{Tx, args};
use super::{OperationStore, QueueFilter, QueueItem, Retry, SqlStore, StoreResult, audit};
use crate::domain::audit::AuditEventName;
use crate::domain::operations::{CompletionOutcome, CompletionReport, DISCONNECTED, LEASE, lapse};
use crate::domain::people::Scope;
use crate::time::Timestamp;

/// Id, kind, skill, payload, attempts and time of an operation that was handed out.
type Taken = (Uuid, String, Option<Uuid>, Json<OperationPayload>, i64, Timestamp);

/// Takes the oldest waiting operations; what another process is just taking is passed over.
macro_rules! take {
    ($passing_over:literal) => {
        concat!(
            "WITH waiting AS MATERIALIZED (
                 SELECT id FROM claude_ai_sync_operations
                 WHERE NOT ",
            held!("$1"),
            " AND integration_id = $1 AND status = 'pending' AND NOT held AND (not_before IS NULL OR not_before <= $2)
                 ORDER BY created_at, id LIMIT $3 ",
            $passing_over,
            ")
             UPDATE claude_ai_sync_operations SET status = 'in_progress', started_at = $2, attempts = attempts + 1
             WHERE id IN (SELECT id FROM waiting)
             RETURNING id, kind, skill_id, payload, attempts, created_at"
        )
    };
}
const TAKE_SQLITE: &str = take!("");
const TAKE_POSTGRES: &str = take!("FOR UPDATE SKIP LOCKED");

#[async_trait]
impl OperationStore for SqlStore {
    async fn lease(&self, integration: Uuid, limit: u32, now: Timestamp) -> StoreResult<Vec<Operation>> {
        // Most polls find nothing: they must not queue up for SQLite's one write lock.
        if !self.has_work(integration, now).await? {
            return Ok(Vec::new());
        }
        let mut tx = self.db.write().await?;
        let mut taken: Vec<Taken> =
            tx.all(tx.pick((TAKE_SQLITE, TAKE_POSTGRES)), args![integration, now, limit]).await?;
        tx.commit().await?;
        // The order in which an UPDATE returns its rows is nobody's promise.
        taken.sort_unstable_by_key(|(id, .., created)| (*created, *id));
        Ok(taken.into_iter().map(leased).collect())
    }

    async fn complete(
        &self,
        integration: Uuid,
        operation: Uuid,
        report: CompletionReport,
        now: Timestamp,
    ) -> StoreResult<CompletionOutcome> {
        self.reports.ask(Reported { integration, operation, report, now }).await
    }

    async fn retry(&self, operation: Uuid, now: Timestamp) -> StoreResult<Retry> {
        let mut tx = self.db.planning().await?;
        let found: Option<(bool, Uuid, String, Option<Uuid>)> = tx
            .locked(
                "SELECT (status = 'failed' AND integration_id IN
                     (SELECT i.id FROM claude_ai_integrations i WHERE i.status <> 'disconnected')),
                     integration_id, kind, skill_id FROM claude_ai_sync_operations WHERE id = $1",
                args![operation],
            )
            .await?;
        let Some((retryable, integration, kind, skill)) = found else { return Ok(Retry::NotFound) };
        if !retryable {
            // Not left to the drop, which rolls back some time later: until then a lease would pass the row by.
            tx.rollback().await?;
            return Ok(Retry::NotRetryable);
        }
        tx.execute(
            "UPDATE claude_ai_sync_operations SET status = 'pending', attempts = 0, last_error = NULL,
                 started_at = NULL, completed_at = NULL, not_before = NULL WHERE id = $1",
            args![operation],
        )
        .await?;
        let detail = json!({ "op_id": operation, "op_kind": kind });
        audit::note(&mut tx, integration, AuditEventName::OpRetried, detail, now).await?;
        if let Some(skill) = skill {
            reconcile::skill_for(&mut tx, integration, skill, now).await?;
        }
        tx.notify(super::signal::CHANNEL, integration).await?;
        tx.commit().await?;
        self.signal.send(integration);
        Ok(Retry::Queued)
    }

    async fn recover(&self, integration: Uuid, now: Timestamp) -> StoreResult<u64> {
        // A browser that wakes has nearly never lost anything: it must not queue up for SQLite's one write lock.
        if self.db.all::<Ended>(LEASED, args![integration]).await?.is_empty() {
            return Ok(0);
        }
        let mut tx = self.db.planning().await?;
        let lost: Vec<Ended> = tx.unlocked(LEASED, args![integration]).await?;
        for operation in &lost {
            end_lease(&mut tx, operation, &LOST, now).await?;
        }
        tx.commit().await?;
        self.signal.send(integration);
        Ok(lost.len() as u64)
    }

    async fn reap(&self, now: Timestamp) -> StoreResult<u64> {
        let mut tx = self.db.planning().await?;
        end_disconnected(&mut tx).await?;
        tx.execute("DELETE FROM superseded_operations WHERE superseded_at < $1", args![now.minus(LATE_REPORTS)])
            .await?;
        let lapsed: Vec<Ended> = tx
            .unlocked(
                "SELECT id, integration_id, kind, skill_id, attempts FROM claude_ai_sync_operations
                 WHERE status = 'in_progress' AND started_at <= $1 ORDER BY started_at",
                args![now.minus(LEASE)],
            )
            .await?;
        for operation in &lapsed {
            end_lease(&mut tx, operation, &RAN_OUT, now).await?;
        }
        tx.commit().await?;
        for (_, integration, ..) in &lapsed {
            self.signal.send(*integration);
        }
        Ok(lapsed.len() as u64)
    }

    async fn queue(&self, filter: QueueFilter) -> StoreResult<Vec<QueueItem>> {
        type Columns = (Uuid, Uuid, Option<String>, String, String, Option<String>, i64, Option<String>, Timestamp);
        let rows: Vec<Columns> = self
            .db
            .all(
                "SELECT o.id, o.integration_id, i.browser_label, o.kind, o.status, s.name, o.attempts, o.last_error,
                     o.created_at
                 FROM claude_ai_sync_operations o
                 JOIN claude_ai_integrations i ON i.id = o.integration_id
                 LEFT JOIN skills s ON s.id = o.skill_id
                 WHERE (o.integration_id = $1 OR $2) AND (i.user_id = $5 OR $6)
                     AND ((o.status = 'failed' AND i.status <> 'disconnected' AND $3) OR (o.status IN ('pending', 'in_progress') AND NOT $3))
                 ORDER BY o.created_at, o.id LIMIT $4",
                args![
                    filter.integration,
                    filter.integration.is_none(),
                    filter.failed,
                    filter.limit,
                    filter.scope.owner(),
                    filter.scope == Scope::All
                ],
            )
            .await?;
        let item =
            |(id, integration, browser_label, kind, status, skill_name, attempts, last_error, created): Columns| {
                let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
                let kind = kind_named(&kind);
                QueueItem { id, integration, browser_label, kind, status, skill_name, attempts, last_error, created }
            };
        Ok(rows.into_iter().map(item).collect())
    }

    async fn work_arrives(&self, integration: Uuid, wait: Duration) {
        // Listening begins before looking, so that nothing can be queued unnoticed between the two.
        let mut subscription = self.signal.subscribe();
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let now = Timestamp::now();
            // A database that does not answer is the next lease's to report.
            if self.has_work(integration, now).await.unwrap_or(true) {
                return;
            }
            let until = deadline.min(tokio::time::Instant::now() + RECHECK);
            tokio::select! {
                () = subscription.heard(integration) => {}
                () = tokio::time::sleep_until(until) => {}
            }
            if tokio::time::Instant::now() >= deadline {
                return;
            }
        }
    }
}

fn leased((id, kind, skill_id, Json(payload), attempts, created): Taken) -> Operation {
    let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
    Operation { id, kind: kind_named(&kind), skill_id, payload, attempts, created_at: created.rfc3339() }
}

/// How long a browser may sleep with work it had taken and still be believed when it reports.
const LATE_REPORTS: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How often a long poll looks by itself: for pauses that end and for signals of other processes that were lost.
const RECHECK: Duration = Duration::from_secs(1);

impl SqlStore {
    async fn has_work(&self, integration: Uuid, now: Timestamp) -> StoreResult<bool> {
        let found: Option<(i64,)> = self
            .db
            .optional(
                concat!(
                    "SELECT CAST(1 AS BIGINT) FROM claude_ai_sync_operations
                     WHERE NOT ",
                    held!("$1"),
                    " AND integration_id = $1 AND status = 'pending' AND NOT held AND (not_before IS NULL OR not_before <= $2) LIMIT 1"
                ),
                args![integration, now],
            )
            .await?;
        Ok(found.is_some())
    }
}

/// Id, browser, kind, skill and attempts of an operation whose lease has ended.
type Ended = (Uuid, Uuid, String, Option<Uuid>, i64);

const LEASED: &str = "SELECT id, integration_id, kind, skill_id, attempts FROM claude_ai_sync_operations
     WHERE integration_id = $1 AND status = 'in_progress' ORDER BY started_at";

/// Why a lease ended without a report.
struct Reason {
    /// In the audit log.
    code: &'static str,
    sentence: &'static str,
}

const RAN_OUT: Reason =
    Reason { code: "lease_timeout", sentence: "The browser took the work and did not report back in time." };
const LOST: Reason = Reason { code: "lease_lost", sentence: "The work was handed out and never reached the browser." };

/// An operator's own `UPDATE … SET status = 'disconnected'` leaves operations behind that nobody will ever do.
async fn end_disconnected(tx: &mut Tx) -> StoreResult<()> {
    tx.execute(
        "UPDATE claude_ai_sync_operations SET status = 'failed', last_error = $1
         WHERE status IN ('pending', 'in_progress')
             AND integration_id IN (SELECT i.id FROM claude_ai_integrations i WHERE i.status = 'disconnected')",
        args![DISCONNECTED],
    )
    .await
    .map(drop)
}

/// Gives the work back or up; then plans, because a newer version may have come while the lease ran.
async fn end_lease(tx: &mut Tx, ended: &Ended, reason: &Reason, now: Timestamp) -> StoreResult<()> {
    let (_, integration, _, skill, attempts) = ended;
    let attempts = u32::try_from(*attempts).unwrap_or(u32::MAX);
    // A browser that was not served could not do the work: the hand-out is not counted.
    let spared = u32::from(pause::is_held(tx, *integration).await?);
    match lapse(attempts.saturating_sub(spared)) {
        None => give_back(tx, ended, reason, spared, now).await?,
        Some(error) => give_up(tx, ended, reason, &error, now).await?,
    }
    if let Some(skill) = skill {
        reconcile::skill_for(tx, *integration, *skill, now).await?;
    }
    tx.notify(super::signal::CHANNEL, *integration).await
}

async fn give_back(tx: &mut Tx, ended: &Ended, reason: &Reason, spared: u32, now: Timestamp) -> StoreResult<()> {
    let (id, integration, kind, ..) = ended;
    tx.execute(
        "UPDATE claude_ai_sync_operations SET status = 'pending', started_at = NULL, attempts = attempts - $2,
             last_error = $3 WHERE id = $1",
        args![*id, spared, reason.sentence],
    )
    .await?;
    let detail = json!({ "op_id": id, "kind": kind, "reason": reason.code });
    audit::note(tx, *integration, AuditEventName::OpRetried, detail, now).await
}

async fn give_up(tx: &mut Tx, ended: &Ended, reason: &Reason, error: &str, now: Timestamp) -> StoreResult<()> {
    let (id, integration, kind, _, attempts) = ended;
    tx.execute(
        "UPDATE claude_ai_sync_operations SET status = 'failed', completed_at = $2, last_error = $3 WHERE id = $1",
        args![*id, now, error],
    )
    .await?;
    tx.execute(
        "UPDATE claude_ai_integrations SET last_error = $2, updated_at = $3 WHERE id = $1 AND status = 'active'",
        args![*integration, error, now],
    )
    .await?;
    let detail = json!({ "op_id": id, "kind": kind, "attempts": attempts, "reason": reason.code, "error": error });
    audit::note(tx, *integration, AuditEventName::OpFailed, detail, now).await
}
