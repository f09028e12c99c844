//! Counts what comes from claude.ai in place of the library's content, and holds it when it is too much at once.

use serde_json::json;
use uuid::Uuid;

use super::held_batches::Admission;
use super::sql::{Tx, args};
use super::{StoreResult, audit, hold};
use crate::domain::audit::AuditEventName;
use crate::domain::mass::{INBOUND_TOGETHER, is_mass};
use crate::time::Timestamp;

/// Decides inside the planning transaction that would apply the import; `version` is its staged version.
pub(super) async fn admit(
    tx: &mut Tx,
    integration: Uuid,
    skill: Uuid,
    version: Uuid,
    now: Timestamp,
) -> StoreResult<Admission> {
    match decided(tx, integration, skill, version).await? {
        Some((batch, state)) if state == "held" => return Ok(Admission::Held { batch }),
        Some((_, state)) if state == "refused" => return Ok(Admission::Refused),
        // Whoever agreed has counted.
        Some(_) => return Ok(Admission::Apply),
        None => {}
    }
    let (changed, total) = figures(tx, integration, skill, now).await?;
    if is_mass(changed, total) {
        return hold_it(tx, integration, skill, version, now).await;
    }
    tx.execute(
        "INSERT INTO inbound_replacements (integration_id, skill_id, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (integration_id, skill_id) DO UPDATE SET created_at = excluded.created_at",
        args![integration, skill, now],
    )
    .await?;
    tx.execute("DELETE FROM inbound_replacements WHERE created_at <= $1", args![now.minus(INBOUND_TOGETHER)]).await?;
    Ok(Admission::Apply)
}

async fn decided(tx: &mut Tx, integration: Uuid, skill: Uuid, version: Uuid) -> StoreResult<Option<(Uuid, String)>> {
    tx.optional(
        "SELECT b.id, b.state FROM held_batches b JOIN held_batch_skills h ON h.batch_id = b.id
         WHERE b.side = 'library' AND b.integration_id = $1 AND h.skill_id = $2 AND h.version_id = $3
             AND b.state IN ('held', 'agreed', 'refused') ORDER BY b.created_at DESC, b.id DESC LIMIT 1",
        args![integration, skill, version],
    )
    .await
}

/// How many skills were replaced or wait to be, this one included; and how many the library has.
async fn figures(tx: &mut Tx, integration: Uuid, skill: Uuid, now: Timestamp) -> StoreResult<(usize, usize)> {
    let figures: Option<(i64, i64)> = tx
        .optional(
            "SELECT (SELECT COUNT(*) FROM skills s WHERE s.id <> $2 AND (
                         EXISTS (SELECT 1 FROM inbound_replacements r
                                 WHERE r.integration_id = $1 AND r.skill_id = s.id AND r.created_at > $3)
                         OR EXISTS (SELECT 1 FROM held_batch_skills h JOIN held_batches b ON b.id = h.batch_id
                                    WHERE b.side = 'library' AND b.state = 'held' AND b.integration_id = $1
                                        AND h.skill_id = s.id))),
                 (SELECT COUNT(*) FROM skills s WHERE s.removed_at IS NULL)",
            args![integration, skill, now.minus(INBOUND_TOGETHER)],
        )
        .await?;
    let (others, total) = figures.unwrap_or_default();
    let figure = |number: i64| usize::try_from(number).unwrap_or_default();
    Ok((figure(others) + 1, figure(total)))
}

/// A browser reports skill by skill, so that one batch takes all that come while nobody has decided.
async fn hold_it(tx: &mut Tx, integration: Uuid, skill: Uuid, version: Uuid, now: Timestamp) -> StoreResult<Admission> {
    let open: Option<(Uuid,)> = tx
        .optional(
            "SELECT id FROM held_batches WHERE side = 'library' AND state = 'held' AND integration_id = $1
             ORDER BY created_at, id LIMIT 1",
            args![integration],
        )
        .await?;
    if let Some((batch,)) = open {
        hold::add_skill(tx, batch, skill, Some(version)).await?;
        return Ok(Admission::Held { batch });
    }
    let batch = hold::open(tx, "library", Some(integration), now).await?;
    hold::add_skill(tx, batch, skill, Some(version)).await?;
    let detail = json!({ "reason": "mass_change_held", "side": "library", "held_batch_id": batch, "skills": 1 });
    audit::note(tx, integration, AuditEventName::SyncTriggered, detail, now).await?;
    Ok(Admission::Held { batch })
}
