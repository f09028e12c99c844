//! Brings the queue in line with what [`plan`] says, inside a transaction that changed something.
//!
//! Such a transaction begins with [`super::sql::Db::planning`]. An operation that gives way is remembered as superseded: the browser
//! that had taken it may still report, and its report must not be taken for one about the newer operation. What would change too
//! much of an account at once is held back ([`hold`]).

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use companion_wire::operation::{OperationKind, OperationPayload};
use serde_json::{Value, json};
use skill_format::Digest;
use uuid::Uuid;

use super::hold::{self, Holds, Permit, is_destructive};
use super::rows::{id, over_rows};
use super::sql::{Arg, Tx, args};
use super::{StoreError, StoreResult, publish, signal};
use crate::domain::delivery::{Delivery, OwnCopy, Standing, own_copy};
use crate::domain::plan::{Desired, Link, Plan, Unfinished, UnfinishedState, plan, plan_switched_off};
use crate::time::Timestamp;

/// Plans every skill of the library and the groups for one browser. Returns how many operations were queued.
pub(super) async fn browser(tx: &mut Tx, integration: Uuid, now: Timestamp) -> StoreResult<u64> {
    let queued = own_copies(tx, integration, now).await?;
    Ok(queued + publish::backfill(tx, integration, now).await?)
}

/// Plans every skill of the library for one browser, but no groups. Returns how many operations were queued.
pub(super) async fn own_copies(tx: &mut Tx, integration: Uuid, now: Timestamp) -> StoreResult<u64> {
    run(tx, integration, None, now).await
}

/// Plans one skill for one browser.
pub(super) async fn skill_for(tx: &mut Tx, integration: Uuid, skill: Uuid, now: Timestamp) -> StoreResult<u64> {
    run(tx, integration, Some(skill), now).await
}

const IN_STEP: (&str, &str) = over_rows!(
    ["unhex(value ->> 'integration') AS integration", "unhex(value ->> 'skill') AS skill"],
    ["(value ->> 'integration')::uuid AS integration", "(value ->> 'skill')::uuid AS skill"],
    "SELECT g.integration, g.skill FROM given g CROSS JOIN claude_ai_skill_links l
     JOIN skills s ON s.id = g.skill AND s.removed_at IS NULL
     JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest AND v.bundle_digest = l.pushed_digest
     WHERE l.integration_id = g.integration AND l.skillnote_skill_id = g.skill AND l.confirmed
         AND NOT EXISTS (SELECT 1 FROM skill_version_collections m
             JOIN collections c ON c.name_folded = m.name_folded AND c.published_to_claude_ai
             WHERE m.version_id = v.id)
         AND NOT EXISTS (SELECT 1 FROM claude_ai_sync_operations o
             WHERE o.integration_id = g.integration AND o.skill_id = g.skill AND o.status <> 'completed')",
);

/// Of browsers and skills those where the account holds the newest version for certain and nothing is queued: a plan would find nothing
/// to do there, and asks more often.
pub(super) async fn in_step(tx: &mut Tx, pairs: &[(Uuid, Uuid)]) -> StoreResult<BTreeSet<(Uuid, Uuid)>> {
    if publish::delivery(tx).await? != Delivery::Skills {
        return Ok(BTreeSet::new());
    }
    let row = |(integration, skill): &(Uuid, Uuid)| json!({ "integration": id(*integration), "skill": id(*skill) });
    let given: Vec<Value> = pairs.iter().map(row).collect();
    let found: Vec<(Uuid, Uuid)> = tx.all(tx.pick(IN_STEP), args![json!(given)]).await?;
    Ok(found.into_iter().collect())
}

/// Plans one skill, and the groups it may belong to, for every paired browser. Returns the browsers for which something was queued.
pub(super) async fn skill(tx: &mut Tx, skill: Uuid, now: Timestamp) -> StoreResult<Vec<Uuid>> {
    let mut queued = Vec::new();
    for browser in syncable(tx).await? {
        if run(tx, browser, Some(skill), now).await? > 0 {
            queued.push(browser);
        }
    }
    queued.extend(publish::skill_changed(tx, skill, now).await?);
    queued.sort_unstable();
    queued.dedup();
    Ok(queued)
}

/// Plans every skill for every paired browser, but no groups. Returns how much was queued for which.
pub(super) async fn everywhere(tx: &mut Tx, now: Timestamp) -> StoreResult<Vec<(Uuid, u64)>> {
    let mut queued = Vec::new();
    for browser in syncable(tx).await? {
        let count = run(tx, browser, None, now).await?;
        if count > 0 {
            queued.push((browser, count));
        }
    }
    Ok(queued)
}

/// Browsers that take work.
pub(super) async fn syncable(tx: &mut Tx) -> StoreResult<Vec<Uuid>> {
    let browsers: Vec<(Uuid,)> = tx
        .all("SELECT id FROM claude_ai_integrations WHERE status IN ('active', 'cookie_expired') ORDER BY id", args![])
        .await?;
    Ok(browsers.into_iter().map(|(browser,)| browser).collect())
}

async fn run(tx: &mut Tx, integration: Uuid, skill: Option<Uuid>, now: Timestamp) -> StoreResult<u64> {
    if !is_paired(tx, integration).await? {
        return Ok(0);
    }
    let delivery = publish::delivery(tx).await?;
    let skills = skills(tx, integration, skill).await?;
    let links = links(tx, integration, skill).await?;
    let mut unfinished = unfinished(tx, integration, skill, &links).await?;
    let holds = Holds::read(tx, integration, skill).await?;
    let (mut queued, mut destructive, mut cancelled) = (0, false, false);
    let mut wanted_operations = Vec::new();
    for skill in &skills {
        let link = links.get(&skill.id);
        let known = link.map(|link| Link { pushed: link.pushed.filter(|_| link.confirmed) });
        let desired = Desired { version: skill.version, digest: skill.digest };
        let unfinished = unfinished.remove(&skill.id);
        let held = link.is_some_and(|link| link.is_held(skill.version));
        let wanted = match own_copy(delivery, Standing { linked: link.is_some(), ..skill.standing }) {
            _ if held => OwnCopy::LeftAlone,
            wanted => wanted,
        };
        let (planned, version) = match wanted {
            OwnCopy::Wanted => (plan(Some(desired), known, unfinished), Some(skill.version)),
            OwnCopy::Unwanted => (plan(None, known, unfinished), None),
            OwnCopy::LeftAlone => (plan_switched_off(unfinished), None),
        };
        if wanted != OwnCopy::LeftAlone {
            holds.forget(tx, skill.id, version).await?;
        }
        let (former, kind) = match planned {
            Plan::Nothing => continue,
            Plan::Cancel(id) => (Some(id), None),
            Plan::Queue(kind) => (None, Some(kind)),
            Plan::Replace(id, kind) => (Some(id), Some(kind)),
        };
        if let Some(id) = former {
            supersede(tx, id, now).await?;
            cancelled |= holds.waits_in(skill.id).is_some();
        }
        let Some(kind) = kind else { continue };
        let permit = holds.permit(skill.id, kind, version);
        if permit == Permit::Refused {
            continue;
        }
        wanted_operations.push(Wanted { skill, kind, payload: payload(kind, skill, link), permit });
        destructive |= is_destructive(kind) && permit == Permit::Free;
        queued += u64::from(!matches!(permit, Permit::Known { held: true, .. }));
    }
    insert(tx, integration, &wanted_operations, now).await?;
    if destructive {
        queued = queued.saturating_sub(hold::judge(tx, integration, now).await?);
    }
    if cancelled {
        hold::close_moot(tx, now).await?;
    }
    if queued > 0 {
        tx.notify(signal::CHANNEL, integration).await?;
    }
    Ok(queued)
}

async fn is_paired(tx: &mut Tx, integration: Uuid) -> StoreResult<bool> {
    let found: Option<(Uuid,)> = tx
        .optional(
            "SELECT id FROM claude_ai_integrations WHERE id = $1 AND status IN ('active', 'cookie_expired', 'error')",
            args![integration],
        )
        .await?;
    Ok(found.is_some())
}

struct Skill {
    id: Uuid,
    name: String,
    /// But for the link.
    standing: Standing,
    version: Uuid,
    digest: Digest,
}

struct Linked {
    claude_ai_skill_id: String,
    claude_ai_version: Option<String>,
    pushed: Option<Digest>,
    confirmed: bool,
    diverged: bool,
    skipped: Option<Uuid>,
}

impl Linked {
    /// Both sides have changed, and a person has yet to decide or has put it aside while this version was the newest.
    fn is_held(&self, newest: Uuid) -> bool {
        self.diverged || self.skipped == Some(newest)
    }
}

/// A query over every skill, and the same over one. A condition that is both would read all of them each time.
macro_rules! every_or_one {
    ($every:literal, $one:literal) => {
        ($every, concat!($every, $one))
    };
}

/// A skill is carried when a publication was done that began after its newest version was made, its switch was turned and its
/// collection was changed, and when no other one waits or is being done: that may have been asked for because of a change whose
/// moment lies before the publication but which came into the database after it. Where no collection is published nothing is asked of
/// each skill: that is the common case, and ten thousand skills make it two seconds.
const SKILLS: (&str, &str) = every_or_one!(
    "SELECT s.id, s.name, (s.removed_at IS NULL), s.claude_ai_sync_enabled, v.id, v.bundle_digest,
         (EXISTS (SELECT 1 FROM collections WHERE published_to_claude_ai)
          AND EXISTS (SELECT 1 FROM skill_version_collections m
                      JOIN collections c ON c.name_folded = m.name_folded AND c.published_to_claude_ai
                      WHERE m.version_id = v.id)),
         (EXISTS (SELECT 1 FROM collections WHERE published_to_claude_ai)
          AND EXISTS (SELECT 1 FROM skill_version_collections m
                  JOIN collections c ON c.name_folded = m.name_folded AND c.published_to_claude_ai
                  JOIN claude_ai_sync_operations o ON o.integration_id = $1 AND o.kind = 'publish_group'
                      AND o.status = 'completed' AND o.started_at >= c.updated_at
                      AND o.started_at >= v.created_at AND o.started_at >= s.updated_at
                  WHERE m.version_id = v.id)
          AND NOT EXISTS (SELECT 1 FROM claude_ai_sync_operations o
                          WHERE o.integration_id = $1 AND o.kind = 'publish_group'
                              AND o.status IN ('pending', 'in_progress')))
     FROM skills s JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest",
    " WHERE s.id = $2"
);
const LINKS: (&str, &str) = every_or_one!(
    "SELECT skillnote_skill_id, claude_ai_skill_id, claude_ai_version, pushed_digest, confirmed,
         (conflict_state = 'diverged'), skipped_version_id
     FROM claude_ai_skill_links WHERE integration_id = $1 AND skillnote_skill_id IS NOT NULL",
    " AND skillnote_skill_id = $2"
);
const UNFINISHED: (&str, &str) = every_or_one!(
    "SELECT skill_id, id, kind, status, payload FROM claude_ai_sync_operations
     WHERE integration_id = $1 AND skill_id IS NOT NULL AND status <> 'completed'",
    " AND skill_id = $2"
);

/// The text for one skill or for all, with the skill behind the other arguments.
fn narrowed(
    (every, one): (&'static str, &'static str),
    skill: Option<Uuid>,
    mut args: Vec<Arg>,
) -> (&'static str, Vec<Arg>) {
    let Some(skill) = skill else { return (every, args) };
    args.push(skill.into());
    (one, args)
}

async fn skills(tx: &mut Tx, integration: Uuid, skill: Option<Uuid>) -> StoreResult<Vec<Skill>> {
    type Columns = (Uuid, String, bool, bool, Uuid, String, bool, bool);
    let (sql, args) = narrowed(SKILLS, skill, args![integration]);
    let mut rows: Vec<Columns> = tx.all(sql, args).await?;
    rows.sort_unstable_by(|(_, left, ..), (_, right, ..)| left.cmp(right));
    let skill = |(id, name, live, switched_on, version, digest, grouped, carried): Columns| {
        let standing = Standing { live, switched_on, grouped, carried, linked: false };
        Ok(Skill { id, name, standing, version, digest: parse(&digest)? })
    };
    rows.into_iter().map(skill).collect()
}

async fn links(tx: &mut Tx, integration: Uuid, skill: Option<Uuid>) -> StoreResult<BTreeMap<Uuid, Linked>> {
    type Columns = (Uuid, String, Option<String>, Option<String>, bool, bool, Option<Uuid>);
    let (sql, args) = narrowed(LINKS, skill, args![integration]);
    let rows: Vec<Columns> = tx.all(sql, args).await?;
    let link = |(skill, claude_ai_skill_id, claude_ai_version, pushed, confirmed, diverged, skipped): Columns| {
        let pushed = pushed.as_deref().map(parse).transpose()?;
        Ok((skill, Linked { claude_ai_skill_id, claude_ai_version, pushed, confirmed, diverged, skipped }))
    };
    rows.into_iter().map(link).collect()
}

async fn unfinished(
    tx: &mut Tx,
    integration: Uuid,
    skill: Option<Uuid>,
    links: &BTreeMap<Uuid, Linked>,
) -> StoreResult<BTreeMap<Uuid, Unfinished>> {
    type Columns = (Uuid, Uuid, String, String, sqlx::types::Json<OperationPayload>);
    let (sql, args) = narrowed(UNFINISHED, skill, args![integration]);
    let rows: Vec<Columns> = tx.all_locked(sql, args).await?;
    let operation = |(skill, id, kind, status, payload): Columns| {
        let state = match status.as_str() {
            "pending" => UnfinishedState::Pending,
            "in_progress" => UnfinishedState::InProgress,
            _ => UnfinishedState::Failed,
        };
        let up_to_date = aims_at(&payload.0, links.get(&skill));
        let (kind, version) = (kind_named(&kind), payload.0.version_id);
        (skill, Unfinished { id, kind, version, up_to_date, state })
    };
    Ok(rows.into_iter().map(operation).collect())
}

/// Whether the operation speaks of the account as it is known now.
fn aims_at(payload: &OperationPayload, link: Option<&Linked>) -> bool {
    let base = link.and_then(|link| link.pushed).map(|digest| digest.to_string());
    let id = link.map(|link| &link.claude_ai_skill_id);
    let mark = link.and_then(|link| link.claude_ai_version.as_ref());
    payload.base_digest == base
        && payload.claude_ai_skill_id.as_ref() == id
        && payload.claude_ai_version.as_ref() == mark
}

fn payload(kind: OperationKind, skill: &Skill, link: Option<&Linked>) -> Value {
    let deleting = kind == OperationKind::Delete;
    json!(OperationPayload {
        version_id: (!deleting).then_some(skill.version),
        name: Some(skill.name.clone()),
        digest: (!deleting).then(|| skill.digest.to_string()),
        claude_ai_skill_id: link.map(|link| link.claude_ai_skill_id.clone()),
        base_digest: link.and_then(|link| link.pushed).map(|digest| digest.to_string()),
        claude_ai_version: link.and_then(|link| link.claude_ai_version.clone()),
        skillnote_skill_id: deleting.then_some(skill.id),
        reason: None,
    })
}

/// An operation that is to be queued.
struct Wanted<'s> {
    skill: &'s Skill,
    kind: OperationKind,
    payload: Value,
    permit: Permit,
}

impl Wanted<'_> {
    /// The batch, and whether it still waits there.
    const fn batch(&self) -> (Option<Uuid>, bool) {
        match self.permit {
            Permit::Known { batch, held } => (Some(batch), held),
            Permit::Free | Permit::Refused => (None, false),
        }
    }

    fn row(&self) -> Value {
        let (batch, held) = self.batch();
        json!({
            "id": id(Uuid::now_v7()),
            "kind": self.kind.as_str(),
            "skill": id(self.skill.id),
            "payload": self.payload,
            "batch": batch.map(id),
            "held": held,
        })
    }
}

const INSERT: (&str, &str) = over_rows!(
    [
        "unhex(value ->> 'id') AS id",
        "value ->> 'kind' AS kind",
        "unhex(value ->> 'skill') AS skill",
        "value -> 'payload' AS payload",
        "unhex(value ->> 'batch') AS batch",
        "value ->> 'held' AS held",
    ],
    [
        "(value ->> 'id')::uuid AS id",
        "value ->> 'kind' AS kind",
        "(value ->> 'skill')::uuid AS skill",
        "value -> 'payload' AS payload",
        "(value ->> 'batch')::uuid AS batch",
        "(value ->> 'held')::boolean AS held",
    ],
    "INSERT INTO claude_ai_sync_operations
         (id, integration_id, kind, skill_id, payload, created_at, held_batch_id, held)
     SELECT id, $2, kind, skill, payload, $3, batch, held FROM given ORDER BY place",
);

async fn insert(tx: &mut Tx, integration: Uuid, operations: &[Wanted<'_>], now: Timestamp) -> StoreResult<()> {
    if operations.is_empty() {
        return Ok(());
    }
    let given: Vec<Value> = operations.iter().map(Wanted::row).collect();
    tx.execute(tx.pick(INSERT), args![json!(given), integration, now]).await?;
    for wanted in operations {
        if let (Some(batch), true) = wanted.batch() {
            let version = (wanted.kind != OperationKind::Delete).then_some(wanted.skill.version);
            hold::add_skill(tx, batch, wanted.skill.id, version).await?;
        }
    }
    Ok(())
}

/// Takes an operation out of the queue and remembers that a browser may have taken it.
pub(super) async fn supersede(tx: &mut Tx, id: Uuid, now: Timestamp) -> StoreResult<()> {
    tx.execute(
        "INSERT INTO superseded_operations (id, integration_id, kind, skill_id, payload, superseded_at)
         SELECT id, integration_id, kind, skill_id, payload, $2 FROM claude_ai_sync_operations WHERE id = $1",
        args![id, now],
    )
    .await?;
    tx.execute("DELETE FROM claude_ai_sync_operations WHERE id = $1", args![id]).await.map(drop)
}

/// The kind by the text that the database's CHECK allows.
pub(super) fn kind_named(text: &str) -> OperationKind {
    match text {
        "upload" => OperationKind::Upload,
        "update" => OperationKind::Update,
        "delete" => OperationKind::Delete,
        "list" => OperationKind::List,
        "fetch_one" => OperationKind::FetchOne,
        "publish_group" => OperationKind::PublishGroup,
        _ => OperationKind::Unknown,
    }
}

/// Reads a digest that the database kept.
pub(super) fn parse(digest: &str) -> StoreResult<Digest> {
    Digest::from_str(digest).map_err(|_| StoreError::Refused("a stored digest is damaged".to_owned()))
}
