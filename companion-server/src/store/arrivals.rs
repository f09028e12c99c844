//! Uploads and updates that have arrived on the account. Nearly every report says so, and those that come together are remembered
//! together: each statement is one way to the database for all of them.

use std::collections::{BTreeMap, BTreeSet};

use companion_wire::operation::OperationPayload;
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

use super::completion::{self, Applied, Row};
use super::reconcile::{self, kind_named};
use super::reports::Reported;
use super::rows::{id, over_rows};
use super::sql::{Tx, args};
use super::{NewAuditEvent, StoreResult, audit};
use crate::domain::operations::CompletionOutcome;
use crate::time::Timestamp;

/// What an account holds since an upload or an update.
#[derive(Debug, Clone)]
pub(super) struct Arrival {
    pub integration: Uuid,
    pub skill: Uuid,
    pub version: Option<Uuid>,
    pub claude_ai_skill_id: String,
    pub claude_ai_version: Option<String>,
    /// Nothing that came later can have changed it.
    pub confirmed: bool,
}

/// An operation that is being done, and what its report says.
struct Settled<'r> {
    row: Row,
    arrival: Arrival,
    reported: &'r Reported,
}

/// Applies reports inside a planning transaction: first those that say that something arrived, then the others in their order. What
/// became of each stands in the order of the reports.
pub(super) async fn apply_all(tx: &mut Tx, reports: &[Reported]) -> StoreResult<Vec<Applied>> {
    let arrived = arrived(tx, reports).await?;
    let mut applied = remember(tx, arrived).await?;
    let mut all = Vec::with_capacity(reports.len());
    for (place, reported) in reports.iter().enumerate() {
        all.push(match applied.remove(&place) {
            Some(applied) => applied,
            None => completion::apply(tx, reported.clone()).await?,
        });
    }
    Ok(all)
}

const OPERATIONS: (&str, &str) = over_rows!(
    ["unhex(value ->> 'op') AS op", "unhex(value ->> 'integration') AS integration"],
    ["(value ->> 'op')::uuid AS op", "(value ->> 'integration')::uuid AS integration"],
    "SELECT o.id, o.kind, o.skill_id, o.payload, o.attempts FROM given g CROSS JOIN claude_ai_sync_operations o
     WHERE o.id = g.op AND o.integration_id = g.integration
         AND o.status = 'in_progress' AND o.kind IN ('upload', 'update') AND o.skill_id IS NOT NULL",
);

/// Those reports that say that an operation which is being done has arrived, by their place. Of several about one operation, one skill or
/// one skill of the account only the first can be among them.
async fn arrived<'r>(tx: &mut Tx, reports: &'r [Reported]) -> StoreResult<BTreeMap<usize, Settled<'r>>> {
    type Columns = (Uuid, String, Option<Uuid>, Json<OperationPayload>, i64);
    let row = |reported: &Reported| json!({ "op": id(reported.operation), "integration": id(reported.integration) });
    let given: Vec<Value> = reports.iter().filter(|reported| reported.report.success).map(row).collect();
    if given.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found: Vec<Columns> = tx.all_locked(tx.pick(OPERATIONS), args![json!(given)]).await?;
    let mut found: BTreeMap<Uuid, Columns> = found.into_iter().map(|columns| (columns.0, columns)).collect();
    let (mut skills, mut accounts) = (BTreeSet::new(), BTreeSet::new());
    let mut arrived = BTreeMap::new();
    for (place, reported) in reports.iter().enumerate().filter(|(_, reported)| reported.report.success) {
        let Some((operation, kind, skill, Json(payload), attempts)) = found.remove(&reported.operation) else {
            continue;
        };
        let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
        let row = Row { id: operation, kind: kind_named(&kind), skill, payload, attempts, late: false };
        let Some(arrival) = row.arrival(reported.integration, &reported.report) else { continue };
        let alone = skills.insert((arrival.integration, arrival.skill))
            && accounts.insert((arrival.integration, arrival.claude_ai_skill_id.clone()));
        if alone {
            arrived.insert(place, Settled { row, arrival, reported });
        }
    }
    Ok(arrived)
}

async fn remember(tx: &mut Tx, arrived: BTreeMap<usize, Settled<'_>>) -> StoreResult<BTreeMap<usize, Applied>> {
    let Some(now) = arrived.values().map(|settled| settled.reported.now).max() else { return Ok(BTreeMap::new()) };
    complete(tx, &arrived, now).await?;
    let arrivals: Vec<Arrival> = arrived.values().map(|settled| settled.arrival.clone()).collect();
    link(tx, &arrivals, now).await?;
    let events = arrived.values().map(|settled| event(settled, now)).collect();
    audit::write_all(tx, events).await?;
    let pairs: Vec<(Uuid, Uuid)> = arrivals.iter().map(|arrival| (arrival.integration, arrival.skill)).collect();
    let in_step = reconcile::in_step(tx, &pairs).await?;
    let mut applied = BTreeMap::new();
    for (place, Settled { arrival: Arrival { integration, skill, .. }, .. }) in arrived {
        let queued = match in_step.contains(&(integration, skill)) {
            true => 0,
            false => reconcile::skill_for(tx, integration, skill, now).await?,
        };
        applied.insert(place, Applied { outcome: CompletionOutcome::Applied, queued });
    }
    Ok(applied)
}

const COMPLETE: (&str, &str) = over_rows!(
    ["unhex(value ->> 'op') AS op"],
    ["(value ->> 'op')::uuid AS op"],
    "UPDATE claude_ai_sync_operations SET status = 'completed', completed_at = $2, last_error = NULL
     WHERE id IN (SELECT op FROM given)",
);

async fn complete(tx: &mut Tx, arrived: &BTreeMap<usize, Settled<'_>>, now: Timestamp) -> StoreResult<()> {
    let done: Vec<Value> = arrived.values().map(|settled| json!({ "op": id(settled.row.id) })).collect();
    tx.execute(tx.pick(COMPLETE), args![json!(done), now]).await?;
    let mut browsers: BTreeMap<Uuid, Option<&String>> = BTreeMap::new();
    for Settled { reported, .. } in arrived.values() {
        let organisation = browsers.entry(reported.integration).or_default();
        *organisation = organisation.or(reported.report.claude_ai_org_id.as_ref());
    }
    for (integration, organisation) in browsers {
        completion::synced(tx, integration, organisation.cloned(), now).await?;
    }
    Ok(())
}

fn event(settled: &Settled<'_>, now: Timestamp) -> NewAuditEvent {
    settled.row.event(settled.arrival.integration, &settled.reported.report, now)
}

const OTHERS: (&str, &str) = over_rows!(
    [
        "unhex(value ->> 'integration') AS integration",
        "unhex(value ->> 'skill') AS skill",
        "value ->> 'account' AS account"
    ],
    [
        "(value ->> 'integration')::uuid AS integration",
        "(value ->> 'skill')::uuid AS skill",
        "value ->> 'account' AS account"
    ],
    "DELETE FROM claude_ai_skill_links
     WHERE id IN (SELECT l.id FROM given g CROSS JOIN claude_ai_skill_links l
                  WHERE l.integration_id = g.integration AND l.skillnote_skill_id = g.skill
                      AND l.claude_ai_skill_id <> g.account)",
);

const LINK: (&str, &str) = over_rows!(
    [
        "unhex(value ->> 'link') AS link",
        "unhex(value ->> 'integration') AS integration",
        "unhex(value ->> 'skill') AS skill",
        "unhex(value ->> 'version') AS version",
        "value ->> 'account' AS account",
        "value ->> 'mark' AS mark",
        "value ->> 'confirmed' AS confirmed",
    ],
    [
        "(value ->> 'link')::uuid AS link",
        "(value ->> 'integration')::uuid AS integration",
        "(value ->> 'skill')::uuid AS skill",
        "(value ->> 'version')::uuid AS version",
        "value ->> 'account' AS account",
        "value ->> 'mark' AS mark",
        "(value ->> 'confirmed')::boolean AS confirmed",
    ],
    "INSERT INTO claude_ai_skill_links (id, integration_id, skillnote_skill_id, skillnote_version_id,
         claude_ai_skill_id, claude_ai_version, pushed_digest, last_seen_at, direction, created_at, updated_at, confirmed)
     SELECT g.link, g.integration, g.skill, v.id, g.account, g.mark, v.bundle_digest, $2, 'outbound', $2, $2, g.confirmed
     FROM given g LEFT JOIN skill_content_versions v ON v.id = g.version WHERE TRUE
     ON CONFLICT (integration_id, claude_ai_skill_id) DO UPDATE SET
         skillnote_skill_id = excluded.skillnote_skill_id,
         skillnote_version_id = excluded.skillnote_version_id,
         claude_ai_version = excluded.claude_ai_version, pushed_digest = excluded.pushed_digest,
         confirmed = (excluded.confirmed AND claude_ai_skill_links.conflict_state <> 'diverged'),
         skipped_digest = NULL, skipped_version_id = NULL,
         last_seen_at = excluded.last_seen_at, updated_at = excluded.updated_at",
);

/// Remembers what accounts now hold: each skill under the id that it has now and under no other. No two may be about one skill or one id.
pub(super) async fn link(tx: &mut Tx, arrivals: &[Arrival], now: Timestamp) -> StoreResult<()> {
    let row = |arrival: &Arrival| {
        json!({
            "link": id(Uuid::now_v7()),
            "integration": id(arrival.integration),
            "skill": id(arrival.skill),
            "version": arrival.version.map(id),
            "account": arrival.claude_ai_skill_id,
            "mark": arrival.claude_ai_version,
            "confirmed": arrival.confirmed,
        })
    };
    let given = json!(arrivals.iter().map(row).collect::<Vec<_>>());
    tx.execute(tx.pick(OTHERS), args![given.clone()]).await?;
    tx.execute(tx.pick(LINK), args![given, now]).await.map(drop)
}
