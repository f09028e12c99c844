//! Held batches: changes of many skills at once that wait for a person; and planning a whole pass over the folder at once.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use companion_wire::held_batch::{HeldAction, HeldBatch, HeldSide, HeldSkill};
use serde_json::json;
use uuid::Uuid;

use super::sql::{Tx, args};
use super::{
    Import, NewAuditEvent, NewVersion, SqlStore, StoreResult, audit, hold, imports, inbound, library, publish,
    reconcile, signal,
};
use crate::domain::audit::AuditEventName;
use crate::domain::people::Scope;
use crate::time::Timestamp;

/// The side whose content comes from an account.
const LIBRARY: &str = "library";

/// What became of a person's decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldDecision {
    /// It is in force.
    Decided {
        /// Which side it is about.
        side: HeldSide,
        /// The browser it is about; none for removals from the folder.
        integration: Option<Uuid>,
        /// Skills and the versions they may become; none for a removal.
        skills: Vec<(Uuid, Option<Uuid>)>,
    },
    /// No such batch.
    NotFound,
    /// Somebody has decided already, or there is nothing left to decide.
    Over,
}

/// Where the held removals of skills that vanished from the folder stand, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemovalDecisions {
    /// Nobody has decided.
    pub held: Vec<String>,
    /// May go.
    pub agreed: Vec<String>,
    /// Stay, for as long as their folders are gone.
    pub refused: Vec<String>,
}

/// May content from claude.ai take the place of the library's?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Yes; it is counted.
    Apply,
    /// It is one of too many, and waits in this batch.
    Held {
        /// The batch.
        batch: Uuid,
    },
    /// A person refused this very version.
    Refused,
}

/// Whole batches: planned together, held together, decided together.
#[async_trait]
pub trait HeldBatchStore: Send + Sync {
    /// Keeps a folder as [`super::LibraryStore::import_version`] does, but leaves the planning of a skill that the library had
    /// before to [`Self::plan_kept`], so that a pass is judged as a whole. A new skill is planned at once.
    async fn keep_version(&self, new: NewVersion) -> StoreResult<Import>;
    /// Removes a skill as [`super::LibraryStore::remove_skill`] does, and leaves the planning to [`Self::plan_kept`].
    async fn keep_removal(&self, name: &str, now: Timestamp) -> StoreResult<bool>;
    /// Plans whatever was kept or removed and is not planned yet, for every paired browser, in one transaction. What would
    /// change more than a fifth of an account (and at least five skills) is held. Returns how many operations may go.
    async fn plan_kept(&self, now: Timestamp) -> StoreResult<u64>;
    /// Batches that wait for a person and about which this one may decide, oldest first: an admin all; a member what would change the
    /// accounts of their own browsers, but not the library that everybody shares.
    async fn held_batches(&self, scope: Scope) -> StoreResult<Vec<HeldBatch>>;
    /// A person agrees to a batch or refuses it; of two who decide at once the first wins. Agreed operations may be taken
    /// from now on. Refused ones are gone, and what they would have done is not planned again until the skill is to become
    /// something else or a person asks for a sync. Writes `sync_triggered` with `held_batch_agreed` or `held_batch_refused`.
    async fn decide_held_batch(&self, batch: Uuid, agree: bool, now: Timestamp) -> StoreResult<HeldDecision>;
    /// Where the held removals from the folder stand.
    async fn removal_decisions(&self) -> StoreResult<RemovalDecisions>;
    /// Exactly these live skills, by name, vanished from the folder and are not to go unasked. New ones open a batch of their
    /// own, so that nobody agrees to what they have not seen; what is back leaves its batch, and so does what was decided about it.
    async fn hold_removals(&self, names: &BTreeSet<String>, now: Timestamp) -> StoreResult<()>;
    /// Counts content from this browser's account that is to become the newest version of a skill, or holds it: more than a
    /// fifth of the library (and at least five skills) within ten minutes wait for a person. Ask again after the agreement.
    async fn admit_inbound(
        &self,
        integration: Uuid,
        skill: Uuid,
        version: Uuid,
        now: Timestamp,
    ) -> StoreResult<Admission>;
}

/// SQL: from the batches that wait and about which `$1` may decide, or all with `$2`; named `b`, their browsers `i`.
macro_rules! batches_for {
    () => {
        "FROM held_batches b LEFT JOIN claude_ai_integrations i ON i.id = b.integration_id
         WHERE b.state = 'held' AND (i.status IS NULL OR i.status <> 'disconnected')
             AND ((i.user_id = $1 AND b.side <> 'library') OR $2)"
    };
}
pub(super) use batches_for;

const BATCHES: &str = concat!(
    "SELECT b.id, b.side, b.integration_id, i.browser_label, b.created_at ",
    batches_for!(),
    " ORDER BY b.created_at, b.id"
);
const SKILLS: &str = concat!(
    "SELECT h.batch_id, s.id, s.slug, s.name, h.version_id FROM held_batch_skills h JOIN skills s ON s.id = h.skill_id
     WHERE h.batch_id IN (SELECT b.id ",
    batches_for!(),
    ") ORDER BY s.name"
);

#[async_trait]
impl HeldBatchStore for SqlStore {
    async fn keep_version(&self, new: NewVersion) -> StoreResult<Import> {
        self.import(new, library::Planning::Together).await
    }

    async fn keep_removal(&self, name: &str, now: Timestamp) -> StoreResult<bool> {
        let mut tx = self.db.planning().await?;
        let Some(skill) = library::live_by_name(&mut tx, name).await? else { return Ok(false) };
        library::mark_removed(&mut tx, skill, true, now).await?;
        library::note_removal(&mut tx, skill, name, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn plan_kept(&self, now: Timestamp) -> StoreResult<u64> {
        // Most passes change nothing: they must not queue up for SQLite's one write lock.
        let sql = "SELECT id FROM skills WHERE unplanned ORDER BY id";
        if self.db.optional::<(Uuid,)>(sql, args![]).await?.is_none() {
            return Ok(0);
        }
        let mut tx = self.db.planning().await?;
        let kept: Vec<(Uuid,)> = tx.all(sql, args![]).await?;
        let queued = match kept.as_slice() {
            [(skill,)] => {
                reconcile::skill(&mut tx, *skill, now).await?.into_iter().map(|browser| (browser, 1)).collect()
            }
            _ => reconcile::everywhere(&mut tx, now).await?,
        };
        let mut published = Vec::new();
        for (skill,) in &kept {
            published.extend(publish::skill_changed(&mut tx, *skill, now).await?);
        }
        tx.execute("UPDATE skills SET unplanned = $1 WHERE unplanned", args![false]).await?;
        tx.commit().await?;
        for browser in queued.iter().map(|(browser, _)| *browser).chain(published) {
            self.signal.send(browser);
        }
        Ok(queued.iter().map(|(_, queued)| queued).sum())
    }

    async fn held_batches(&self, scope: Scope) -> StoreResult<Vec<HeldBatch>> {
        let mut tx = self.db.read().await?;
        type Columns = (Uuid, String, Option<Uuid>, Option<String>, Timestamp);
        let seen = || args![scope.owner(), scope == Scope::All];
        let batches: Vec<Columns> = tx.all(BATCHES, seen()).await?;
        let skills: Vec<(Uuid, Uuid, String, String, Option<Uuid>)> = tx.all(SKILLS, seen()).await?;
        let mut by_batch: BTreeMap<Uuid, Vec<HeldSkill>> = BTreeMap::new();
        for (batch, skill_id, skill_slug, skill_name, version_id) in skills {
            let action = if version_id.is_some() { HeldAction::Replace } else { HeldAction::Delete };
            let skill = HeldSkill { skill_id, skill_slug, skill_name, action, version_id };
            by_batch.entry(batch).or_default().push(skill);
        }
        let batch = |columns: Columns| shown(columns, &mut by_batch);
        Ok(batches.into_iter().filter_map(batch).collect())
    }

    async fn decide_held_batch(&self, batch: Uuid, agree: bool, now: Timestamp) -> StoreResult<HeldDecision> {
        let mut tx = self.db.planning().await?;
        hold::close_moot(&mut tx, now).await?;
        let found: Option<(String, String, Option<Uuid>)> =
            tx.locked("SELECT state, side, integration_id FROM held_batches WHERE id = $1", args![batch]).await?;
        let Some((state, side, integration)) = found else { return Ok(HeldDecision::NotFound) };
        if state != "held" {
            tx.commit().await?;
            return Ok(HeldDecision::Over);
        }
        let skills: Vec<(Uuid, Option<Uuid>)> = tx
            .all(
                "SELECT skill_id, version_id FROM held_batch_skills WHERE batch_id = $1 ORDER BY skill_id",
                args![batch],
            )
            .await?;
        let (state, reason) = if agree { ("agreed", "held_batch_agreed") } else { ("refused", "held_batch_refused") };
        tx.execute("UPDATE held_batches SET state = $2, decided_at = $3 WHERE id = $1", args![batch, state, now])
            .await?;
        release(&mut tx, batch, agree).await?;
        let mut queued = Vec::new();
        if let Some(browser) = integration.filter(|_| agree) {
            tx.notify(signal::CHANNEL, browser).await?;
            for (skill, version) in skills.iter().filter(|_| side == LIBRARY) {
                if let Some(version) = version {
                    queued.extend(imports::apply_agreed(&mut tx, browser, *skill, *version, now).await?);
                }
            }
        }
        let detail = json!({ "reason": reason, "side": side, "held_batch_id": batch, "skills": skills.len() });
        let (event, source) = (AuditEventName::SyncTriggered, None);
        audit::write(&mut tx, NewAuditEvent { integration, event, skill: None, detail, source, now }).await?;
        tx.commit().await?;
        for browser in queued.into_iter().chain(integration) {
            self.signal.send(browser);
        }
        Ok(HeldDecision::Decided { side: side_named(&side), integration, skills })
    }

    async fn removal_decisions(&self) -> StoreResult<RemovalDecisions> {
        let mut tx = self.db.read().await?;
        let mut decisions = RemovalDecisions::default();
        for (_, state, _, name, live) in removals(&mut tx).await? {
            match state.as_str() {
                _ if !live => {}
                "held" => decisions.held.push(name),
                "agreed" => decisions.agreed.push(name),
                _ => decisions.refused.push(name),
            }
        }
        Ok(decisions)
    }

    async fn hold_removals(&self, names: &BTreeSet<String>, now: Timestamp) -> StoreResult<()> {
        let mut tx = self.db.planning().await?;
        let known = removals(&mut tx).await?;
        for (batch, _, skill, name, live) in &known {
            if *live && !names.contains(name) {
                hold::remove_skill(&mut tx, *batch, *skill).await?;
            }
        }
        hold::close_moot(&mut tx, now).await?;
        let asked: BTreeSet<&String> = known.iter().filter(|(.., live)| *live).map(|(_, _, _, name, _)| name).collect();
        let new: Vec<&String> = names.iter().filter(|name| !asked.contains(name)).collect();
        if !new.is_empty() {
            open_removals(&mut tx, &new, now).await?;
        }
        tx.commit().await
    }

    async fn admit_inbound(
        &self,
        integration: Uuid,
        skill: Uuid,
        version: Uuid,
        now: Timestamp,
    ) -> StoreResult<Admission> {
        let mut tx = self.db.planning().await?;
        let admission = inbound::admit(&mut tx, integration, skill, version, now).await?;
        tx.commit().await?;
        Ok(admission)
    }
}

fn shown(
    (id, side, integration_id, integration_label, since): (Uuid, String, Option<Uuid>, Option<String>, Timestamp),
    skills: &mut BTreeMap<Uuid, Vec<HeldSkill>>,
) -> Option<HeldBatch> {
    let skills = skills.remove(&id)?;
    let count = |action| skills.iter().filter(|skill| skill.action == action).count() as u64;
    Some(HeldBatch {
        id,
        side: side_named(&side),
        integration_id,
        integration_label,
        replace_count: count(HeldAction::Replace),
        delete_count: count(HeldAction::Delete),
        skills,
        held_since: since.rfc3339(),
    })
}

fn side_named(text: &str) -> HeldSide {
    if text == "library" { HeldSide::Library } else { HeldSide::ClaudeAi }
}

/// Lets the operations of a batch go, or takes them out of the queue: no browser has ever had them.
async fn release(tx: &mut Tx, batch: Uuid, agree: bool) -> StoreResult<()> {
    if agree {
        let sql = "UPDATE claude_ai_sync_operations SET held = $2 WHERE held_batch_id = $1 AND held";
        tx.execute(sql, args![batch, false]).await.map(drop)
    } else {
        let sql = "DELETE FROM claude_ai_sync_operations WHERE held_batch_id = $1 AND held";
        tx.execute(sql, args![batch]).await.map(drop)
    }
}

/// Batch, state, skill, its name, and whether it is live, of removals from the folder that are held or decided.
async fn removals(tx: &mut Tx) -> StoreResult<Vec<(Uuid, String, Uuid, String, bool)>> {
    tx.all(
        "SELECT b.id, b.state, s.id, s.name, (s.removed_at IS NULL)
         FROM held_batches b JOIN held_batch_skills h ON h.batch_id = b.id JOIN skills s ON s.id = h.skill_id
         WHERE b.side = 'library' AND b.integration_id IS NULL AND b.state IN ('held', 'agreed', 'refused')
         ORDER BY s.name",
        args![],
    )
    .await
}

async fn open_removals(tx: &mut Tx, names: &[&String], now: Timestamp) -> StoreResult<()> {
    let batch = hold::open(tx, "library", None, now).await?;
    for name in names {
        tx.execute(
            "INSERT INTO held_batch_skills (batch_id, skill_id)
             SELECT $1, s.id FROM skills s WHERE s.name = $2 AND s.removed_at IS NULL",
            args![batch, name.as_str()],
        )
        .await?;
    }
    let detail =
        json!({ "reason": "mass_change_held", "side": "library", "held_batch_id": batch, "skills": names.len() });
    let (event, source) = (AuditEventName::SyncTriggered, None);
    audit::write(tx, NewAuditEvent { integration: None, event, skill: None, detail, source, now }).await
}
