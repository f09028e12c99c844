//! What a browser's report changes: the operation, the browser, what is known of the account, and the audit log.

use companion_wire::operation::{OperationKind, OperationPayload};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

use super::arrivals::{self, Arrival};
use super::reconcile::{self, kind_named};
use super::reports::Reported;
use super::sql::{Tx, args};
use super::{NewAuditEvent, StoreResult, audit, pause, publication, publish};
use crate::domain::audit::AuditEventName;
use crate::domain::operations::{CompletionOutcome, CompletionReport, Settlement, error_text, settle};
use crate::time::Timestamp;

/// What became of a report, and how many operations were queued by it.
pub(super) struct Applied {
    pub outcome: CompletionOutcome,
    pub queued: u64,
}

/// An operation as far as its report concerns it.
pub(super) struct Row {
    pub id: Uuid,
    pub kind: OperationKind,
    pub skill: Option<Uuid>,
    pub payload: OperationPayload,
    pub attempts: u32,
    /// It has given way to another one.
    pub late: bool,
}

/// Applies a report inside a planning transaction, which is to be committed when it was applied.
pub(super) async fn apply(tx: &mut Tx, reported: Reported) -> StoreResult<Applied> {
    let Reported { integration, operation, report, now } = reported;
    type Columns = (String, String, Option<Uuid>, Json<OperationPayload>, i64);
    let found: Option<Columns> = tx
        .locked(
            "SELECT status, kind, skill_id, payload, attempts FROM claude_ai_sync_operations
             WHERE id = $1 AND integration_id = $2",
            args![operation, integration],
        )
        .await?;
    let Some((status, kind, skill, Json(payload), attempts)) = found else {
        return apply_late(tx, integration, operation, &report, now).await;
    };
    match (status.as_str(), report.success) {
        ("completed", true) => return Ok(unchanged(CompletionOutcome::Replayed)),
        ("completed" | "failed", false) => return Ok(unchanged(CompletionOutcome::AlreadyFinal)),
        _ => {}
    }
    let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
    let row = Row { id: operation, kind: kind_named(&kind), skill, payload, attempts, late: false };
    let named = row.is_named(&report);
    if status == "failed" {
        return apply_to_failed(tx, integration, &row, named, &report, now).await;
    }
    let report = report.or_nameless(named);
    settle_row(tx, integration, &row, &report, now).await?;
    if row.kind == OperationKind::PublishGroup && report.success {
        return groups_arrived(tx, integration, now).await;
    }
    plan_again(tx, integration, row.skill, now).await
}

/// The account has the groups as they are, so that copies of their skills can go.
async fn groups_arrived(tx: &mut Tx, integration: Uuid, now: Timestamp) -> StoreResult<Applied> {
    publish::forget_failed(tx, integration).await?;
    publication::arrived(tx, integration, now).await?;
    let queued = reconcile::own_copies(tx, integration, now).await?;
    Ok(Applied { outcome: CompletionOutcome::Applied, queued })
}

/// The server had given the operation up, and yet it was done. That it had failed is history; what it did is not.
async fn apply_to_failed(
    tx: &mut Tx,
    integration: Uuid,
    row: &Row,
    named: bool,
    report: &CompletionReport,
    now: Timestamp,
) -> StoreResult<Applied> {
    let outcome = CompletionOutcome::AlreadyFinal;
    // A report that does not say what it did leaves the failure to be seen and retried.
    if row.skill.is_none() || !named {
        return Ok(unchanged(outcome));
    }
    reconcile::supersede(tx, row.id, now).await?;
    let applied = apply_late(tx, integration, row.id, report, now).await?;
    Ok(Applied { outcome, ..applied })
}

/// A report about an operation that gave way to a newer one while the browser had it. What it did to the account is remembered, but
/// settles nothing: the newer one may have been done before it or after, so that another operation has to look. That it failed
/// means nothing any more.
async fn apply_late(
    tx: &mut Tx,
    integration: Uuid,
    operation: Uuid,
    report: &CompletionReport,
    now: Timestamp,
) -> StoreResult<Applied> {
    let found: Option<(String, Uuid, Json<OperationPayload>, bool)> = tx
        .locked(
            "SELECT kind, skill_id, payload, reported FROM superseded_operations WHERE id = $1 AND integration_id = $2",
            args![operation, integration],
        )
        .await?;
    let Some((kind, skill, Json(payload), reported)) = found else {
        return Ok(unchanged(CompletionOutcome::NotFound));
    };
    let row = Row { id: operation, kind: kind_named(&kind), skill: Some(skill), payload, attempts: 0, late: true };
    match (report.success && row.is_named(report), reported) {
        (false, _) => return Ok(unchanged(CompletionOutcome::AlreadyFinal)),
        (true, true) => return Ok(unchanged(CompletionOutcome::Replayed)),
        (true, false) => {}
    }
    tx.execute("UPDATE superseded_operations SET reported = $2 WHERE id = $1", args![operation, true]).await?;
    synced(tx, integration, report.claude_ai_org_id.clone(), now).await?;
    remember(tx, integration, &row, report, now).await?;
    plan_again(tx, integration, row.skill, now).await
}

const fn unchanged(outcome: CompletionOutcome) -> Applied {
    Applied { outcome, queued: 0 }
}

async fn plan_again(tx: &mut Tx, integration: Uuid, skill: Option<Uuid>, now: Timestamp) -> StoreResult<Applied> {
    let queued = match skill {
        Some(skill) if !reconcile::in_step(tx, &[(integration, skill)]).await?.is_empty() => 0,
        Some(skill) => reconcile::skill_for(tx, integration, skill, now).await?,
        None => 0,
    };
    Ok(Applied { outcome: CompletionOutcome::Applied, queued })
}

impl Row {
    /// The account's skill that the report is about: what the browser says, else what the operation said.
    fn account_skill(&self, report: &CompletionReport) -> Option<String> {
        let reported = report.result.get("claude_ai_skill_id").and_then(Value::as_str).filter(|id| !id.is_empty());
        reported.map(str::to_owned).or_else(|| self.payload.claude_ai_skill_id.clone())
    }

    /// What the account holds by this report; `None` when the report does not say it, or the operation has no skill.
    pub fn arrival(&self, integration: Uuid, report: &CompletionReport) -> Option<Arrival> {
        let claude_ai_version = report.result.get("claude_ai_version").and_then(Value::as_str).map(str::to_owned);
        Some(Arrival {
            integration,
            skill: self.skill?,
            version: self.payload.version_id,
            claude_ai_skill_id: self.account_skill(report)?,
            claude_ai_version,
            confirmed: !self.late,
        })
    }

    /// What the audit log says about a success.
    pub fn event(&self, integration: Uuid, report: &CompletionReport, now: Timestamp) -> NewAuditEvent {
        let event = match self.kind {
            OperationKind::Delete => AuditEventName::SkillDeletePushed,
            OperationKind::List => AuditEventName::SkillImported,
            _ => AuditEventName::SkillPushed,
        };
        let detail = json!({ "op_kind": self.kind.as_str(), "result": report.result });
        NewAuditEvent { integration: Some(integration), event, skill: self.skill, detail, source: None, now }
    }

    /// Whether a success says enough to be remembered.
    fn is_named(&self, report: &CompletionReport) -> bool {
        let writes = matches!(self.kind, OperationKind::Upload | OperationKind::Update);
        !writes || self.skill.is_none() || self.account_skill(report).is_some()
    }
}

async fn settle_row(
    tx: &mut Tx,
    integration: Uuid,
    row: &Row,
    report: &CompletionReport,
    now: Timestamp,
) -> StoreResult<()> {
    let random = Uuid::new_v4().as_fields().0;
    let report = &pause::spare(tx, integration, report).await?;
    match settle(row.attempts, report, now, random) {
        Settlement::Completed => succeed(tx, integration, row, report, now).await,
        Settlement::Failed { summary } => fail(tx, integration, row, report, &summary, now).await,
        Settlement::RetryLater { not_before } => put_back(tx, row, report, Some(not_before), row.attempts).await,
        Settlement::WaitForSignIn => {
            put_back(tx, row, report, None, row.attempts.saturating_sub(1)).await?;
            signed_out(tx, integration, row, report, now).await
        }
        Settlement::Held { summary } => {
            put_back(tx, row, report, None, row.attempts.saturating_sub(1)).await?;
            // Why it waits is said wherever a pause is said, and is no trouble of the browser's.
            if pause::is_held(tx, integration).await? {
                return Ok(());
            }
            tx.execute(
                "UPDATE claude_ai_integrations SET last_error = $2, updated_at = $3 WHERE id = $1",
                args![integration, summary, now],
            )
            .await
            .map(drop)
        }
    }
}

async fn succeed(
    tx: &mut Tx,
    integration: Uuid,
    row: &Row,
    report: &CompletionReport,
    now: Timestamp,
) -> StoreResult<()> {
    tx.execute(
        "UPDATE claude_ai_sync_operations SET status = 'completed', completed_at = $2, last_error = NULL WHERE id = $1",
        args![row.id, now],
    )
    .await?;
    synced(tx, integration, report.claude_ai_org_id.clone(), now).await?;
    remember(tx, integration, row, report, now).await
}

/// What a success says about the browser.
pub(super) async fn synced(
    tx: &mut Tx,
    integration: Uuid,
    organisation: Option<String>,
    now: Timestamp,
) -> StoreResult<()> {
    tx.execute(
        "UPDATE claude_ai_integrations SET last_sync_at = $2, last_error = NULL, updated_at = $2,
             claude_ai_org_id = COALESCE(claude_ai_org_id, $3),
             status = CASE WHEN status = 'cookie_expired' THEN 'active' ELSE status END
         WHERE id = $1",
        args![integration, now, organisation],
    )
    .await
    .map(drop)
}

/// What a success says about the account.
async fn remember(
    tx: &mut Tx,
    integration: Uuid,
    row: &Row,
    report: &CompletionReport,
    now: Timestamp,
) -> StoreResult<()> {
    match row.kind {
        OperationKind::Upload | OperationKind::Update => link(tx, integration, row, report, now).await?,
        OperationKind::Delete => unlink(tx, integration, row).await?,
        _ => {}
    }
    audit::write(tx, row.event(integration, report, now)).await
}

/// Remembers what the account now holds.
async fn link(tx: &mut Tx, integration: Uuid, row: &Row, report: &CompletionReport, now: Timestamp) -> StoreResult<()> {
    let Some(arrival) = row.arrival(integration, report) else { return Ok(()) };
    if row.late && doubt_other(tx, integration, arrival.skill, &arrival.claude_ai_skill_id).await? {
        return Ok(());
    }
    arrivals::link(tx, &[arrival], now).await
}

/// A link to another skill of the account is newer than a late report, but what it says is not certain any more.
async fn doubt_other(tx: &mut Tx, integration: Uuid, skill: Uuid, claude_ai_skill_id: &str) -> StoreResult<bool> {
    let doubted = tx
        .execute(
            "UPDATE claude_ai_skill_links SET confirmed = $4
             WHERE integration_id = $1 AND skillnote_skill_id = $2 AND claude_ai_skill_id <> $3",
            args![integration, skill, claude_ai_skill_id, false],
        )
        .await?;
    Ok(doubted > 0)
}

/// Forgets the account's skill that was removed. Its id never comes back, so that a link to another one stays.
async fn unlink(tx: &mut Tx, integration: Uuid, row: &Row) -> StoreResult<()> {
    let known = row.payload.claude_ai_skill_id.clone();
    let skill = row.skill.or(row.payload.skillnote_skill_id).filter(|_| known.is_none());
    tx.execute(
        "DELETE FROM claude_ai_skill_links
         WHERE integration_id = $1 AND (claude_ai_skill_id = $2 OR skillnote_skill_id = $3)",
        args![integration, known, skill],
    )
    .await
    .map(drop)
}

async fn fail(
    tx: &mut Tx,
    integration: Uuid,
    row: &Row,
    report: &CompletionReport,
    summary: &str,
    now: Timestamp,
) -> StoreResult<()> {
    let error = error_text(report);
    tx.execute(
        "UPDATE claude_ai_sync_operations SET status = 'failed', completed_at = $2, last_error = $3 WHERE id = $1",
        args![row.id, now, error],
    )
    .await?;
    tx.execute(
        "UPDATE claude_ai_integrations SET last_error = $2, updated_at = $3 WHERE id = $1",
        args![integration, summary, now],
    )
    .await?;
    let kind = row.kind.as_str();
    let detail = json!({ "op_kind": kind, "attempts": row.attempts, "error": error, "permanent": report.permanent });
    note(tx, integration, row, AuditEventName::OpFailed, detail, now).await
}

async fn put_back(
    tx: &mut Tx,
    row: &Row,
    report: &CompletionReport,
    not_before: Option<Timestamp>,
    attempts: u32,
) -> StoreResult<()> {
    tx.execute(
        "UPDATE claude_ai_sync_operations SET status = 'pending', started_at = NULL, last_error = $2,
             not_before = $3, attempts = $4 WHERE id = $1",
        args![row.id, error_text(report), not_before, attempts],
    )
    .await
    .map(drop)
}

async fn signed_out(
    tx: &mut Tx,
    integration: Uuid,
    row: &Row,
    report: &CompletionReport,
    now: Timestamp,
) -> StoreResult<()> {
    let changed = tx
        .execute(
            "UPDATE claude_ai_integrations SET status = 'cookie_expired', updated_at = $2
             WHERE id = $1 AND status IN ('active', 'error')",
            args![integration, now],
        )
        .await?;
    if changed == 0 {
        return Ok(());
    }
    let error: String = error_text(report).chars().take(200).collect();
    let detail = json!({ "op_kind": row.kind.as_str(), "error": error });
    audit::note(tx, integration, AuditEventName::CookieExpired, detail, now).await
}

async fn note(
    tx: &mut Tx,
    integration: Uuid,
    row: &Row,
    event: AuditEventName,
    detail: Value,
    now: Timestamp,
) -> StoreResult<()> {
    let (integration, skill) = (Some(integration), row.skill);
    audit::write(tx, NewAuditEvent { integration, event, skill, detail, source: None, now }).await
}
