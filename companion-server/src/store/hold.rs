//! Holds a browser's operations back while they change too much of an account at once. Part of planning.
//!
//! What counts is what [`TOGETHER`] saw planned, whichever transactions did it, so that a mass change that arrives in pieces is
//! noticed as well. What a person agreed to does not count again, and what a person refused is not planned again, until the
//! skill is to become something else.

use std::collections::{BTreeMap, BTreeSet};

use companion_wire::operation::{OperationKind, OperationPayload};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use super::sql::{Tx, args};
use super::{StoreResult, audit};
use crate::domain::audit::AuditEventName;
use crate::domain::mass::{TOGETHER, is_mass};
use crate::time::Timestamp;

/// What a person decided about a skill.
#[derive(Debug, Clone, Copy)]
struct Decision {
    batch: Uuid,
    agreed: bool,
    /// What the skill was to become; none for a removal.
    version: Option<Uuid>,
    /// About this account, as opposed to the whole library.
    here: bool,
}

/// Whether an operation may be queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Permit {
    /// Nobody was asked.
    Free,
    /// A person agreed to this very change, or it waits in this batch already.
    Known {
        /// The batch.
        batch: Uuid,
        /// It still waits.
        held: bool,
    },
    /// A person refused this very change.
    Refused,
}

/// What is decided or waits about one browser's skills.
#[derive(Debug, Default)]
pub(super) struct Holds {
    decisions: BTreeMap<Uuid, Vec<Decision>>,
    waiting: BTreeMap<Uuid, (Uuid, OperationKind)>,
}

impl Holds {
    /// Reads them. What was decided about a change that is not wanted any more is forgotten by [`Self::forget`].
    pub async fn read(tx: &mut Tx, integration: Uuid, skill: Option<Uuid>) -> StoreResult<Self> {
        let mut holds = Self::default();
        // Whoever agreed that a skill leaves the library agreed that it leaves the accounts.
        let decided: Vec<(Uuid, Uuid, String, Option<Uuid>, bool)> = tx
            .all(
                "SELECT s.skill_id, s.batch_id, b.state, s.version_id, (b.side = 'claude_ai')
                 FROM held_batch_skills s JOIN held_batches b ON b.id = s.batch_id
                 WHERE ((b.side = 'claude_ai' AND b.integration_id = $1 AND NOT b.publication AND b.state IN ('agreed', 'refused'))
                        OR (b.side = 'library' AND b.integration_id IS NULL AND b.state = 'agreed'))
                     AND (s.skill_id = $2 OR $3)",
                args![integration, skill, skill.is_none()],
            )
            .await?;
        for (skill, batch, state, version, here) in decided {
            let decision = Decision { batch, agreed: state == "agreed", version, here };
            holds.decisions.entry(skill).or_default().push(decision);
        }
        let waiting: Vec<(Uuid, Uuid, String)> = tx
            .all(
                "SELECT skill_id, held_batch_id, kind FROM claude_ai_sync_operations
                 WHERE integration_id = $1 AND status = 'pending' AND held AND skill_id IS NOT NULL
                     AND held_batch_id IS NOT NULL AND (skill_id = $2 OR $3)",
                args![integration, skill, skill.is_none()],
            )
            .await?;
        for (skill, batch, kind) in waiting {
            holds.waiting.insert(skill, (batch, super::reconcile::kind_named(&kind)));
        }
        Ok(holds)
    }

    /// Whether this change of a skill may be queued.
    pub fn permit(&self, skill: Uuid, kind: OperationKind, version: Option<Uuid>) -> Permit {
        if !is_destructive(kind) {
            return Permit::Free;
        }
        let decisions = self.decisions.get(&skill).map(Vec::as_slice).unwrap_or_default();
        match decisions.iter().find(|decision| decision.version == version) {
            Some(Decision { batch, agreed: true, .. }) => return Permit::Known { batch: *batch, held: false },
            Some(_) => return Permit::Refused,
            None => {}
        }
        match self.waiting.get(&skill) {
            Some((batch, waiting)) if *waiting == kind => Permit::Known { batch: *batch, held: true },
            _ => Permit::Free,
        }
    }

    /// Forgets decisions about a skill that is to become something else now.
    pub async fn forget(&self, tx: &mut Tx, skill: Uuid, version: Option<Uuid>) -> StoreResult<()> {
        let decisions = self.decisions.get(&skill).map(Vec::as_slice).unwrap_or_default();
        for decision in decisions.iter().filter(|decision| decision.here && decision.version != version) {
            remove_skill(tx, decision.batch, skill).await?;
        }
        Ok(())
    }

    /// The batch that a skill's operation waits in.
    pub fn waits_in(&self, skill: Uuid) -> Option<Uuid> {
        self.waiting.get(&skill).map(|(batch, _)| *batch)
    }
}

/// It destroys what the account holds.
pub(super) const fn is_destructive(kind: OperationKind) -> bool {
    matches!(kind, OperationKind::Update | OperationKind::Delete)
}

/// Counts what was planned for a browser and holds it back when it is too much. Returns how many operations were held.
pub(super) async fn judge(tx: &mut Tx, integration: Uuid, now: Timestamp) -> StoreResult<u64> {
    // Id, skill, whether no browser has had it, and whether it waits in a batch already.
    type Planned = (Uuid, Uuid, bool, bool, Json<OperationPayload>);
    let planned: Vec<Planned> = tx
        .all(
            "SELECT id, skill_id, (status = 'pending' AND attempts = 0), (held_batch_id IS NOT NULL), payload
             FROM claude_ai_sync_operations
             WHERE integration_id = $1 AND kind IN ('update', 'delete') AND skill_id IS NOT NULL AND created_at > $2
                 AND (held OR held_batch_id IS NULL)
             ORDER BY created_at, id",
            args![integration, now.minus(TOGETHER)],
        )
        .await?;
    let changed: BTreeSet<Uuid> = planned.iter().map(|(_, skill, ..)| *skill).collect();
    if !is_mass(changed.len(), size(tx, integration, now).await?) {
        return Ok(0);
    }
    let free = planned.into_iter().filter(|(_, _, waits, known, _)| *waits && !known);
    let free: Vec<(Uuid, Uuid, Option<Uuid>)> =
        free.map(|(id, skill, _, _, payload)| (id, skill, payload.0.version_id)).collect();
    hold(tx, integration, &free, now).await
}

/// How many skills the account held by us when the counting began.
async fn size(tx: &mut Tx, integration: Uuid, now: Timestamp) -> StoreResult<usize> {
    let sizes: Option<(i64, i64)> = tx
        .optional(
            "SELECT (SELECT COUNT(*) FROM claude_ai_skill_links l
                     WHERE l.integration_id = $1 AND l.skillnote_skill_id IS NOT NULL),
                 (SELECT COUNT(DISTINCT o.skill_id) FROM claude_ai_sync_operations o
                  WHERE o.integration_id = $1 AND o.kind = 'delete' AND o.status = 'completed' AND o.created_at > $2
                      AND NOT EXISTS (SELECT 1 FROM claude_ai_skill_links l
                                      WHERE l.integration_id = $1 AND l.skillnote_skill_id = o.skill_id))",
            args![integration, now.minus(TOGETHER)],
        )
        .await?;
    Ok(sizes.map_or(0, |(linked, deleted)| usize::try_from(linked + deleted).unwrap_or(usize::MAX)))
}

async fn hold(
    tx: &mut Tx,
    integration: Uuid,
    operations: &[(Uuid, Uuid, Option<Uuid>)],
    now: Timestamp,
) -> StoreResult<u64> {
    if operations.is_empty() {
        return Ok(0);
    }
    let batch = open(tx, "claude_ai", Some(integration), now).await?;
    for (operation, skill, version) in operations {
        tx.execute(
            "UPDATE claude_ai_sync_operations SET held_batch_id = $2, held = $3 WHERE id = $1",
            args![*operation, batch, true],
        )
        .await?;
        add_skill(tx, batch, *skill, *version).await?;
    }
    let detail = json!({
        "reason": "mass_change_held", "side": "claude_ai", "held_batch_id": batch, "skills": operations.len(),
    });
    audit::note(tx, integration, AuditEventName::SyncTriggered, detail, now).await?;
    Ok(operations.len() as u64)
}

/// Opens a batch.
pub(super) async fn open(tx: &mut Tx, side: &str, integration: Option<Uuid>, now: Timestamp) -> StoreResult<Uuid> {
    let batch = Uuid::now_v7();
    tx.execute(
        "INSERT INTO held_batches (id, side, integration_id, created_at) VALUES ($1, $2, $3, $4)",
        args![batch, side, integration, now],
    )
    .await?;
    Ok(batch)
}

/// Says what would happen to a skill of a batch.
pub(super) async fn add_skill(tx: &mut Tx, batch: Uuid, skill: Uuid, version: Option<Uuid>) -> StoreResult<()> {
    tx.execute(
        "INSERT INTO held_batch_skills (batch_id, skill_id, version_id) VALUES ($1, $2, $3)
         ON CONFLICT (batch_id, skill_id) DO UPDATE SET version_id = excluded.version_id",
        args![batch, skill, version],
    )
    .await
    .map(drop)
}

/// Takes a skill out of a batch.
pub(super) async fn remove_skill(tx: &mut Tx, batch: Uuid, skill: Uuid) -> StoreResult<()> {
    tx.execute("DELETE FROM held_batch_skills WHERE batch_id = $1 AND skill_id = $2", args![batch, skill])
        .await
        .map(drop)
}

/// A person asks for everything that a browser still needs: what they refused before may be planned, and held, again.
pub(super) async fn forget_refusals(tx: &mut Tx, integration: Uuid) -> StoreResult<()> {
    tx.execute(
        "DELETE FROM held_batch_skills WHERE batch_id IN
             (SELECT b.id FROM held_batches b
              WHERE b.integration_id = $1 AND b.side = 'claude_ai' AND b.state = 'refused')",
        args![integration],
    )
    .await
    .map(drop)
}

/// Ends batches in which nothing waits any more, whatever the reason.
pub(super) async fn close_moot(tx: &mut Tx, now: Timestamp) -> StoreResult<()> {
    tx.execute(
        "DELETE FROM held_batch_skills
         WHERE batch_id IN (SELECT b.id FROM held_batches b
                           WHERE b.state = 'held' AND b.side = 'claude_ai' AND NOT b.publication)
             AND NOT EXISTS (SELECT 1 FROM claude_ai_sync_operations o
                             WHERE o.held_batch_id = held_batch_skills.batch_id AND o.skill_id = held_batch_skills.skill_id
                                 AND o.held AND o.status = 'pending')",
        args![],
    )
    .await?;
    tx.execute(
        "UPDATE held_batches SET state = 'moot', decided_at = $1
         WHERE state = 'held' AND NOT EXISTS (SELECT 1 FROM held_batch_skills s WHERE s.batch_id = held_batches.id)",
        args![now],
    )
    .await
    .map(drop)
}
