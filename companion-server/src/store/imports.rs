//! Skills that a browser brings from claude.ai: new ones, changed ones, and those that changed on both sides.

use async_trait::async_trait;
use serde_json::{Value, json};
use skill_format::Digest;
use uuid::Uuid;

use super::held_batches::Admission;
use super::sql::{Tx, args};
use super::{NewAuditEvent, SqlStore, StoreResult, audit, collections, inbound, library, reconcile, renaming};
use crate::domain::audit::AuditEventName;
use crate::domain::conflicts::{Decision, Policy, Sides, decide};
use crate::domain::inbound::Inbound;
use crate::library::bundle::stored;
use crate::time::Timestamp;

/// A skill of an account.
#[derive(Debug, Clone)]
pub struct NewImport {
    /// The browser that brings it.
    pub integration: Uuid,
    /// The account's id of the skill.
    pub claude_ai_skill_id: String,
    /// The account's version mark.
    pub claude_ai_version: Option<String>,
    /// What stands there.
    pub inbound: Inbound,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportedSkill {
    /// It is this skill of the library now.
    Known {
        /// The skill.
        skill: Uuid,
        /// It was made for this.
        created: bool,
    },
    /// A skill of this name is there, with other content and no link to this one.
    SlugCollision,
}

/// Imports.
#[async_trait]
pub trait ImportStore: Send + Sync {
    /// Takes what an account holds into the library by the rules of [`crate::domain::conflicts`]; of two that bring the same new skill at
    /// once one makes it and the other finds it. What a decision overrules is kept as a version. A collision changes nothing
    /// but the audit log.
    async fn import_skill(&self, import: NewImport, now: Timestamp) -> StoreResult<ImportedSkill>;
}

#[async_trait]
impl ImportStore for SqlStore {
    async fn import_skill(&self, import: NewImport, now: Timestamp) -> StoreResult<ImportedSkill> {
        let mut tx = self.db.planning().await?;
        let mut done = Done::default();
        let outcome = match linked(&mut tx, &import).await? {
            Some(link) => known(&mut tx, &import, link, now, &mut done).await?,
            None => unknown(&mut tx, &import, now, &mut done).await?,
        };
        if let Some(skill) = done.changed {
            done.queued.extend(reconcile::skill(&mut tx, skill, now).await?);
        }
        for event in done.events {
            audit::write(&mut tx, event).await?;
        }
        tx.commit().await?;
        done.queued.into_iter().for_each(|browser| self.signal.send(browser));
        Ok(outcome)
    }
}

/// What is left to do at the end: the audit log comes last in every transaction.
#[derive(Default)]
struct Done {
    changed: Option<Uuid>,
    queued: Vec<Uuid>,
    events: Vec<NewAuditEvent>,
}

impl Done {
    fn note(&mut self, import: &NewImport, event: AuditEventName, skill: Uuid, mut detail: Value, now: Timestamp) {
        detail["claude_ai_skill_id"] = json!(import.claude_ai_skill_id);
        let integration = Some(import.integration);
        self.events.push(NewAuditEvent { integration, event, skill: Some(skill), detail, source: None, now });
    }

    fn imported(&mut self, import: &NewImport, skill: Uuid, detail: Value, now: Timestamp) {
        self.note(import, AuditEventName::SkillImported, skill, detail, now);
    }
}

/// A link with the library's side.
struct Link {
    id: Uuid,
    skill: Uuid,
    live: bool,
    switched_on: bool,
    base: Option<Digest>,
    diverged: bool,
    skipped: Option<(Digest, Uuid)>,
    newest: Uuid,
    local: Digest,
    synced: Option<Uuid>,
}

/// The link of this skill of the account, unless the skill has another name now.
async fn linked(tx: &mut Tx, import: &NewImport) -> StoreResult<Option<Link>> {
    type Columns =
        (Uuid, Uuid, bool, bool, Option<String>, bool, Option<String>, Option<Uuid>, Uuid, String, bool, Option<Uuid>);
    let found: Option<Columns> = tx
        .locked(
            "SELECT l.id, s.id, (s.removed_at IS NULL), s.claude_ai_sync_enabled, l.pushed_digest,
                 (l.conflict_state = 'diverged'), l.skipped_digest, l.skipped_version_id, v.id, v.bundle_digest,
                 l.confirmed, l.skillnote_version_id
             FROM claude_ai_skill_links l JOIN skills s ON s.id = l.skillnote_skill_id
             JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest
             WHERE l.integration_id = $1 AND l.claude_ai_skill_id = $2 AND s.name = $3",
            args![import.integration, import.claude_ai_skill_id.as_str(), import.inbound.name.as_str()],
        )
        .await?;
    let Some((id, skill, live, switched_on, base, diverged, skipped, put_aside, newest, local, confirmed, synced)) =
        found
    else {
        return Ok(None);
    };
    let base = base.filter(|_| confirmed).as_deref().map(reconcile::parse).transpose()?;
    let skipped = skipped.as_deref().map(reconcile::parse).transpose()?.zip(put_aside);
    let local = reconcile::parse(&local)?;
    Ok(Some(Link { id, skill, live, switched_on, base, diverged, skipped, newest, local, synced }))
}

async fn known(
    tx: &mut Tx,
    import: &NewImport,
    link: Link,
    now: Timestamp,
    done: &mut Done,
) -> StoreResult<ImportedSkill> {
    let outcome = Ok(ImportedSkill::Known { skill: link.skill, created: false });
    let remote = import.inbound.digest;
    if !link.switched_on {
        done.imported(import, link.skill, json!({ "applied": false, "reason": "sync_disabled" }), now);
        return outcome;
    }
    if link.diverged {
        stage(tx, import, &link, now, done).await?;
        return outcome;
    }
    let local = link.live.then_some(link.local);
    if link.skipped == Some((remote, link.newest)) && local != Some(remote) {
        done.imported(import, link.skill, json!({ "applied": false, "reason": "skipped" }), now);
        return outcome;
    }
    match decide(Sides { base: link.base, local, remote }, policy(tx, import.integration).await?) {
        Decision::InStep => {
            settle(tx, import, &link, Some((remote, link.newest)), now).await?;
            done.imported(import, link.skill, json!({ "applied": false, "reason": "unchanged" }), now);
        }
        Decision::KeepLocal => {
            settle(tx, import, &link, None, now).await?;
            done.imported(import, link.skill, json!({ "applied": false, "reason": "changed_here_only" }), now);
        }
        Decision::TakeRemote => {
            let held = apply(tx, import, &link, now).await?;
            done.imported(import, link.skill, held.unwrap_or_else(|| json!({ "applied": true })), now);
        }
        Decision::PolicyTakesRemote => {
            let held = apply(tx, import, &link, now).await?;
            if held.is_none() {
                resolved(import, &link, "auto_keep_claude_ai", now, done);
            }
            let applied = || json!({ "applied": true, "auto_resolution": "keep_claude_ai" });
            done.imported(import, link.skill, held.unwrap_or_else(applied), now);
        }
        Decision::PolicyKeepsLocal => {
            resolved(import, &link, "auto_keep_skillnote", now, done);
            let kept = keep(tx, link.skill, &import.inbound, false, now).await?;
            settle(tx, import, &link, None, now).await?;
            let detail = json!({ "applied": false, "auto_resolution": "keep_skillnote", "staged_version_id": kept });
            done.imported(import, link.skill, detail, now);
        }
        Decision::Ask => {
            done.note(import, AuditEventName::ConflictDetected, link.skill, versions(import, &link), now);
            stage(tx, import, &link, now, done).await?;
        }
    }
    done.changed = Some(link.skill);
    outcome
}

fn versions(import: &NewImport, link: &Link) -> Value {
    json!({ "local_version": link.newest, "remote_version": import.claude_ai_version, "base_version": link.synced })
}

fn resolved(import: &NewImport, link: &Link, resolution: &str, now: Timestamp, done: &mut Done) {
    let mut detail = versions(import, link);
    detail["resolution"] = json!(resolution);
    done.note(import, AuditEventName::ConflictResolved, link.skill, detail, now);
}

async fn policy(tx: &mut Tx, integration: Uuid) -> StoreResult<Policy> {
    let found: Option<(String,)> =
        tx.optional("SELECT conflict_policy FROM claude_ai_integrations WHERE id = $1", args![integration]).await?;
    Ok(Policy::named(&found.unwrap_or_default().0))
}

/// Both sides have changed: what claude.ai holds is kept beside the library's newest version until a person decides.
async fn stage(tx: &mut Tx, import: &NewImport, link: &Link, now: Timestamp, done: &mut Done) -> StoreResult<()> {
    let staged = keep(tx, link.skill, &import.inbound, false, now).await?;
    tx.execute(
        // From here on what the account holds is known, unless an update that is under way changes it.
        "UPDATE claude_ai_skill_links SET conflict_state = 'diverged', staged_version_id = $2, claude_ai_version = $3,
             last_seen_at = $4, updated_at = $4, direction = 'both', skipped_digest = NULL, skipped_version_id = NULL,
             pushed_digest = CASE WHEN confirmed THEN pushed_digest ELSE NULL END, confirmed = $5
         WHERE id = $1",
        args![link.id, staged, import.claude_ai_version.clone(), now, true],
    )
    .await?;
    done.changed = Some(link.skill);
    done.imported(import, link.skill, json!({ "applied": false, "staged_version_id": staged }), now);
    Ok(())
}

/// Remembers what was seen; `in_step` when both sides are the same.
async fn settle(
    tx: &mut Tx,
    import: &NewImport,
    link: &Link,
    in_step: Option<(Digest, Uuid)>,
    now: Timestamp,
) -> StoreResult<()> {
    let (digest, version) = in_step.map_or((None, None), |(digest, version)| (Some(digest.to_string()), Some(version)));
    tx.execute(
        "UPDATE claude_ai_skill_links SET claude_ai_version = $2, last_seen_at = $3, updated_at = $3,
             pushed_digest = COALESCE($4, pushed_digest), skillnote_version_id = COALESCE($5, skillnote_version_id),
             confirmed = CASE WHEN $6 THEN $6 ELSE confirmed END, skipped_digest = NULL, skipped_version_id = NULL
         WHERE id = $1",
        args![link.id, import.claude_ai_version.clone(), now, digest, version, version.is_some()],
    )
    .await
    .map(drop)
}

/// Makes what claude.ai holds the newest version, unless it is one of so many that a person has to agree. Then it is kept beside it,
/// and the audit log is told so.
async fn apply(tx: &mut Tx, import: &NewImport, link: &Link, now: Timestamp) -> StoreResult<Option<Value>> {
    let version = keep(tx, link.skill, &import.inbound, false, now).await?;
    let reason = match inbound::admit(tx, import.integration, link.skill, version, now).await? {
        Admission::Apply => {
            promote(tx, link.skill, version, now).await?;
            settle(tx, import, link, Some((import.inbound.digest, version)), now).await?;
            tx.execute("UPDATE claude_ai_skill_links SET direction = 'both' WHERE id = $1", args![link.id]).await?;
            return Ok(None);
        }
        Admission::Held { .. } => "held_batch",
        Admission::Refused => "held_batch_refused",
    };
    settle(tx, import, link, None, now).await?;
    Ok(Some(json!({ "applied": false, "reason": reason, "staged_version_id": version })))
}

/// A person agreed to content that was held: it becomes the newest version where the library has not changed meanwhile, and a
/// conflict where it has. Returns the browsers for which something was queued.
pub(super) async fn apply_agreed(
    tx: &mut Tx,
    integration: Uuid,
    skill: Uuid,
    version: Uuid,
    now: Timestamp,
) -> StoreResult<Vec<Uuid>> {
    let found: Option<(Uuid, bool, String)> = tx
        .locked(
            "SELECT l.id, (v.bundle_digest = l.pushed_digest AND l.confirmed AND s.removed_at IS NULL), n.bundle_digest
             FROM claude_ai_skill_links l JOIN skills s ON s.id = l.skillnote_skill_id
             JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest
             JOIN skill_content_versions n ON n.skill_id = s.id AND n.id = $3
             WHERE l.integration_id = $1 AND l.skillnote_skill_id = $2",
            args![integration, skill, version],
        )
        .await?;
    let Some((link, unchanged, digest)) = found else { return Ok(Vec::new()) };
    if unchanged {
        promote(tx, skill, version, now).await?;
        tx.execute(
            "UPDATE claude_ai_skill_links SET pushed_digest = $2, skillnote_version_id = $3, direction = 'both',
                 updated_at = $4 WHERE id = $1",
            args![link, digest, version, now],
        )
        .await?;
    } else {
        tx.execute(
            "UPDATE claude_ai_skill_links SET conflict_state = 'diverged', staged_version_id = $2, updated_at = $3
             WHERE id = $1",
            args![link, version, now],
        )
        .await?;
    }
    reconcile::skill(tx, skill, now).await
}

/// A skill of the account that no link leads to.
async fn unknown(tx: &mut Tx, import: &NewImport, now: Timestamp, done: &mut Done) -> StoreResult<ImportedSkill> {
    let inbound = &import.inbound;
    let found: Option<(Uuid, bool, Uuid, String)> = tx
        .locked(
            "SELECT s.id, s.claude_ai_sync_enabled, v.id, v.bundle_digest
             FROM skills s JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest
             WHERE (s.name = $1 OR s.slug = $2) AND s.removed_at IS NULL ORDER BY (s.name = $1) DESC LIMIT 1",
            args![inbound.name.as_str(), inbound.slug.as_str()],
        )
        .await?;
    let Some((skill, switched_on, version, digest)) = found else {
        return create(tx, import, now, done).await;
    };
    if !switched_on {
        done.imported(import, skill, json!({ "applied": false, "reason": "sync_disabled" }), now);
        return Ok(ImportedSkill::Known { skill, created: false });
    }
    if reconcile::parse(&digest)? != inbound.digest {
        done.imported(import, skill, json!({ "applied": false, "reason": "slug_collision_unlinked" }), now);
        return Ok(ImportedSkill::SlugCollision);
    }
    // The same skill, brought by another browser or by hand.
    link(tx, import, skill, version, now).await?;
    done.changed = Some(skill);
    done.imported(import, skill, json!({ "applied": false, "reason": "linked" }), now);
    Ok(ImportedSkill::Known { skill, created: false })
}

async fn create(tx: &mut Tx, import: &NewImport, now: Timestamp, done: &mut Done) -> StoreResult<ImportedSkill> {
    let inbound = &import.inbound;
    let Some(skill) = renaming::room_for(tx, &inbound.name, &inbound.slug, now).await? else {
        let detail = json!({ "applied": false, "reason": "slug_collision_unlinked", "claude_ai_skill_id": import.claude_ai_skill_id });
        let (integration, event) = (Some(import.integration), AuditEventName::SkillImported);
        done.events.push(NewAuditEvent { integration, event, skill: None, detail, source: None, now });
        return Ok(ImportedSkill::SlugCollision);
    };
    let version = keep(tx, skill, inbound, true, now).await?;
    promote(tx, skill, version, now).await?;
    forsake(tx, import, now, done).await?;
    link(tx, import, skill, version, now).await?;
    done.changed = Some(skill);
    done.imported(import, skill, json!({ "applied": true, "new_skill": true }), now);
    Ok(ImportedSkill::Known { skill, created: true })
}

/// The account's skill has another name now: a conflict about the old one is over, with both versions kept.
async fn forsake(tx: &mut Tx, import: &NewImport, now: Timestamp, done: &mut Done) -> StoreResult<()> {
    let found: Option<(Option<Uuid>, Uuid)> = tx
        .locked(
            "SELECT skillnote_skill_id, id FROM claude_ai_skill_links
             WHERE integration_id = $1 AND claude_ai_skill_id = $2 AND conflict_state = 'diverged'",
            args![import.integration, import.claude_ai_skill_id.as_str()],
        )
        .await?;
    if let Some((Some(skill), link)) = found {
        let detail = json!({ "link_id": link, "resolution": "renamed_on_claude_ai" });
        done.note(import, AuditEventName::ConflictResolved, skill, detail, now);
    }
    Ok(())
}

/// This account's skill is this skill of the library, and both are the same.
async fn link(tx: &mut Tx, import: &NewImport, skill: Uuid, version: Uuid, now: Timestamp) -> StoreResult<()> {
    tx.execute(
        "DELETE FROM claude_ai_skill_links
         WHERE integration_id = $1 AND (skillnote_skill_id = $2 OR claude_ai_skill_id = $3)",
        args![import.integration, skill, import.claude_ai_skill_id.as_str()],
    )
    .await?;
    tx.execute(
        "INSERT INTO claude_ai_skill_links (id, integration_id, skillnote_skill_id, skillnote_version_id,
             claude_ai_skill_id, claude_ai_version, pushed_digest, last_seen_at, direction, created_at, updated_at,
             confirmed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'inbound', $8, $8, $9)",
        args![
            Uuid::now_v7(),
            import.integration,
            skill,
            version,
            import.claude_ai_skill_id.as_str(),
            import.claude_ai_version.clone(),
            import.inbound.digest.to_string(),
            now,
            true
        ],
    )
    .await
    .map(drop)
}

/// Keeps what claude.ai holds as a version that is not the newest. Content that is kept already is not kept again unless `anew`.
pub(super) async fn keep(tx: &mut Tx, skill: Uuid, inbound: &Inbound, anew: bool, now: Timestamp) -> StoreResult<Uuid> {
    let digest = inbound.digest.to_string();
    if !anew {
        let kept: Option<(Uuid,)> = tx
            .optional(
                "SELECT id FROM skill_content_versions
                 WHERE skill_id = $1 AND origin = 'claude_ai' AND source_digest = $2 ORDER BY version DESC LIMIT 1",
                args![skill, digest.as_str()],
            )
            .await?;
        if let Some((version,)) = kept {
            return Ok(version);
        }
    }
    let (version, number) = (Uuid::now_v7(), library::next_number(tx, skill).await?);
    tx.execute(
        "INSERT INTO skill_content_versions
             (id, skill_id, version, description, origin, source_digest, bundle_digest, is_latest, created_at, title)
         VALUES ($1, $2, $3, $4, 'claude_ai', $5, $5, $6, $7, $8)",
        args![version, skill, number, inbound.description.as_str(), digest, false, now, inbound.name.as_str()],
    )
    .await?;
    for file in stored(inbound.folder.clone()) {
        library::insert_file(tx, version, "both", &file).await?;
    }
    Ok(version)
}

/// Makes a kept version the newest. It takes over the collections of the one before, and a removed skill lives again.
pub(super) async fn promote(tx: &mut Tx, skill: Uuid, version: Uuid, now: Timestamp) -> StoreResult<()> {
    let former: Option<(Uuid,)> =
        tx.optional("SELECT id FROM skill_content_versions WHERE skill_id = $1 AND is_latest", args![skill]).await?;
    if let Some((former,)) = former.filter(|(former,)| *former != version) {
        tx.execute("UPDATE skill_content_versions SET is_latest = $2 WHERE id = $1", args![former, false]).await?;
        tx.execute("DELETE FROM skill_version_collections WHERE version_id = $1", args![version]).await?;
        collections::inherit_where_room(tx, skill, former, version).await?;
    }
    tx.execute("UPDATE skill_content_versions SET is_latest = $2 WHERE id = $1", args![version, true]).await?;
    tx.execute(
        "UPDATE skills SET removed_at = NULL, updated_at = $3,
             description = (SELECT description FROM skill_content_versions WHERE id = $2),
             current_version = (SELECT version FROM skill_content_versions WHERE id = $2)
         WHERE id = $1",
        args![skill, version, now],
    )
    .await
    .map(drop)
}
