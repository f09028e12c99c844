//! Brings the queue in line with what [`plan`] says, inside a transaction that changed something.
//!
//! Such a transaction begins with [`super::sql::Db::planning`]. An operation that gives way is remembered as superseded: the browser
//! that had taken it may still report, and its report must not be taken for one about the newer operation. What would change too
//! much of an account at once is held back ([`hold`]).

use std::collections::BTreeMap;
use std::str::FromStr;

use companion_wire::operation::{OperationKind, OperationPayload};
use serde_json::{Value, json};
use skill_format::Digest;
use uuid::Uuid;

use super::hold::{self, Holds, Permit, is_destructive};
use super::sql::{Tx, args};
use super::{StoreError, StoreResult, signal};
use crate::domain::plan::{Desired, Link, Plan, Unfinished, UnfinishedState, plan, plan_switched_off};
use crate::time::Timestamp;

/// Plans every skill of the library for one browser. Returns how many operations were queued.
pub(super) async fn browser(tx: &mut Tx, integration: Uuid, now: Timestamp) -> StoreResult<u64> {
    run(tx, integration, None, now).await
}

/// Plans one skill for one browser.
pub(super) async fn skill_for(tx: &mut Tx, integration: Uuid, skill: Uuid, now: Timestamp) -> StoreResult<u64> {
    run(tx, integration, Some(skill), now).await
}

/// Plans one skill for every paired browser. Returns the browsers for which something was queued.
pub(super) async fn skill(tx: &mut Tx, skill: Uuid, now: Timestamp) -> StoreResult<Vec<Uuid>> {
    Ok(run_all(tx, Some(skill), now).await?.into_iter().map(|(browser, _)| browser).collect())
}

/// Plans every skill for every paired browser. Returns how much was queued for which.
pub(super) async fn everywhere(tx: &mut Tx, now: Timestamp) -> StoreResult<Vec<(Uuid, u64)>> {
    run_all(tx, None, now).await
}

async fn run_all(tx: &mut Tx, skill: Option<Uuid>, now: Timestamp) -> StoreResult<Vec<(Uuid, u64)>> {
    let browsers: Vec<(Uuid,)> = tx
        .all("SELECT id FROM claude_ai_integrations WHERE status IN ('active', 'cookie_expired') ORDER BY id", args![])
        .await?;
    let mut queued = Vec::new();
    for (browser,) in browsers {
        let count = run(tx, browser, skill, now).await?;
        if count > 0 {
            queued.push((browser, count));
        }
    }
    Ok(queued)
}

async fn run(tx: &mut Tx, integration: Uuid, skill: Option<Uuid>, now: Timestamp) -> StoreResult<u64> {
    if !is_paired(tx, integration).await? {
        return Ok(0);
    }
    let skills = skills(tx, skill).await?;
    let links = links(tx, integration, skill).await?;
    let mut unfinished = unfinished(tx, integration, skill, &links).await?;
    let holds = Holds::read(tx, integration, skill).await?;
    let (mut queued, mut destructive, mut cancelled) = (0, false, false);
    for skill in &skills {
        let link = links.get(&skill.id);
        let known = link.map(|link| Link { pushed: link.pushed.filter(|_| link.confirmed) });
        let desired = skill.wanted.then_some(Desired { version: skill.version, digest: skill.digest });
        let unfinished = unfinished.remove(&skill.id);
        let planned = if skill.switched_on { plan(desired, known, unfinished) } else { plan_switched_off(unfinished) };
        let version = desired.map(|desired| desired.version);
        if skill.switched_on {
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
        insert(tx, integration, skill, kind, payload(kind, skill, link), permit, now).await?;
        destructive |= is_destructive(kind) && permit == Permit::Free;
        queued += u64::from(!matches!(permit, Permit::Known { held: true, .. }));
    }
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
    wanted: bool,
    switched_on: bool,
    version: Uuid,
    digest: Digest,
}

struct Linked {
    claude_ai_skill_id: String,
    claude_ai_version: Option<String>,
    pushed: Option<Digest>,
    confirmed: bool,
}

async fn skills(tx: &mut Tx, skill: Option<Uuid>) -> StoreResult<Vec<Skill>> {
    let rows: Vec<(Uuid, String, bool, bool, Uuid, String)> = tx
        .all(
            "SELECT s.id, s.name, (s.removed_at IS NULL), s.claude_ai_sync_enabled, v.id, v.bundle_digest
             FROM skills s JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest
             WHERE s.id = $1 OR $2 ORDER BY s.name",
            args![skill, skill.is_none()],
        )
        .await?;
    let skill = |(id, name, wanted, switched_on, version, digest): (_, _, _, _, _, String)| {
        Ok(Skill { id, name, wanted, switched_on, version, digest: parse(&digest)? })
    };
    rows.into_iter().map(skill).collect()
}

async fn links(tx: &mut Tx, integration: Uuid, skill: Option<Uuid>) -> StoreResult<BTreeMap<Uuid, Linked>> {
    type Columns = (Uuid, String, Option<String>, Option<String>, bool);
    let rows: Vec<Columns> = tx
        .all(
            "SELECT skillnote_skill_id, claude_ai_skill_id, claude_ai_version, pushed_digest, confirmed
             FROM claude_ai_skill_links
             WHERE integration_id = $1 AND skillnote_skill_id IS NOT NULL AND (skillnote_skill_id = $2 OR $3)",
            args![integration, skill, skill.is_none()],
        )
        .await?;
    let link = |(skill, claude_ai_skill_id, claude_ai_version, pushed, confirmed): Columns| {
        let pushed = pushed.as_deref().map(parse).transpose()?;
        Ok((skill, Linked { claude_ai_skill_id, claude_ai_version, pushed, confirmed }))
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
    let rows: Vec<Columns> = tx
        .all_locked(
            "SELECT skill_id, id, kind, status, payload FROM claude_ai_sync_operations
             WHERE integration_id = $1 AND skill_id IS NOT NULL AND status <> 'completed' AND (skill_id = $2 OR $3)",
            args![integration, skill, skill.is_none()],
        )
        .await?;
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

async fn insert(
    tx: &mut Tx,
    integration: Uuid,
    skill: &Skill,
    kind: OperationKind,
    payload: Value,
    permit: Permit,
    now: Timestamp,
) -> StoreResult<()> {
    let (batch, held) = match permit {
        Permit::Known { batch, held } => (Some(batch), held),
        Permit::Free | Permit::Refused => (None, false),
    };
    tx.execute(
        "INSERT INTO claude_ai_sync_operations
             (id, integration_id, kind, skill_id, payload, created_at, held_batch_id, held)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![Uuid::now_v7(), integration, kind.as_str(), skill.id, payload, now, batch, held],
    )
    .await?;
    if let Some(batch) = batch.filter(|_| held) {
        let version = (kind != OperationKind::Delete).then_some(skill.version);
        hold::add_skill(tx, batch, skill.id, version).await?;
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
