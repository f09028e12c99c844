//! The library in the database: skills, versions, blobs, and what became of each folder.

use async_trait::async_trait;
use serde_json::json;
use skill_format::{Digest, RelativePath, content_digest};
use sqlx::types::Json;
use uuid::Uuid;

use super::reconcile::{self, parse};
use super::sql::{Tx, args};
use super::{
    BundleAccess, EntryState, Import, LibraryEntry, LibraryStore, NewSnapshot, NewVersion, NewestDigest, SkillSummary,
    SqlStore, StoreError, StoreResult, StoredFile, audit, collections, renaming,
};
use crate::domain::audit::AuditEventName;
use crate::time::Timestamp;

#[async_trait]
impl LibraryStore for SqlStore {
    async fn import_version(&self, new: NewVersion) -> StoreResult<Import> {
        self.import(new, Planning::Now).await
    }

    async fn remove_skill(&self, name: &str, now: Timestamp) -> StoreResult<bool> {
        let mut tx = self.db.planning().await?;
        let Some(skill) = live_by_name(&mut tx, name).await? else { return Ok(false) };
        let queued = remove(&mut tx, skill, name, now).await?;
        tx.commit().await?;
        for browser in queued {
            self.signal.send(browser);
        }
        Ok(true)
    }

    async fn replace_entries(&self, entries: Vec<LibraryEntry>) -> StoreResult<()> {
        let mut tx = self.db.write().await?;
        tx.execute("DELETE FROM library_entries", args![]).await?;
        for entry in entries {
            tx.execute(
                "INSERT INTO library_entries (source_path, name, state, reason, notes, seen_at, notice)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (source_path) DO NOTHING",
                args![
                    entry.source_path,
                    entry.name,
                    state_text(entry.state),
                    entry.reason,
                    json!(entry.notes),
                    entry.seen,
                    entry.notice
                ],
            )
            .await?;
        }
        tx.commit().await
    }

    async fn entries(&self) -> StoreResult<Vec<LibraryEntry>> {
        type Columns = (String, Option<String>, String, Option<String>, Json<Vec<String>>, Timestamp, Option<String>);
        let rows: Vec<Columns> = self
            .db
            .all(
                "SELECT source_path, name, state, reason, notes, seen_at, notice FROM library_entries
                 ORDER BY source_path",
                args![],
            )
            .await?;
        let entry = |(source_path, name, state, reason, Json(notes), seen, notice): Columns| {
            let state = state_named(&state);
            LibraryEntry { source_path, name, state, reason, notes, notice, seen }
        };
        Ok(rows.into_iter().map(entry).collect())
    }

    async fn skills(&self) -> StoreResult<Vec<SkillSummary>> {
        type Columns = (Uuid, String, String, i64, Timestamp, i64, i64, i64);
        let rows: Vec<Columns> = self
            .db
            .all(
                "SELECT s.id, s.name, s.description, s.current_version, v.created_at,
                     (SELECT COUNT(*) FROM claude_ai_skill_links l
                      JOIN claude_ai_integrations i ON i.id = l.integration_id AND i.status IN ('active', 'cookie_expired')
                      WHERE l.skillnote_skill_id = s.id AND l.confirmed AND l.pushed_digest = v.bundle_digest),
                     (SELECT COUNT(*) FROM claude_ai_sync_operations o
                      WHERE o.skill_id = s.id AND o.status IN ('pending', 'in_progress')),
                     (SELECT COUNT(*) FROM claude_ai_sync_operations o
                      JOIN claude_ai_integrations i ON i.id = o.integration_id AND i.status <> 'disconnected'
                      WHERE o.skill_id = s.id AND o.status = 'failed')
                 FROM skills s JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest
                 WHERE s.removed_at IS NULL ORDER BY s.name",
                args![],
            )
            .await?;
        let summary = |(id, name, description, version, updated, in_sync, pending, failed): Columns| SkillSummary {
            id,
            name,
            description,
            version: count(version),
            updated,
            browsers_in_sync: count(in_sync),
            browsers_pending: count(pending),
            browsers_failed: count(failed),
        };
        Ok(rows.into_iter().map(summary).collect())
    }

    async fn newest_digests(&self) -> StoreResult<Vec<NewestDigest>> {
        let rows: Vec<(String, String, Uuid, String, Option<String>)> = self
            .db
            .all(
                "SELECT s.name, s.source_path, v.id, v.source_digest, s.folder_digest
                 FROM skills s JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest
                 WHERE s.removed_at IS NULL AND s.source_path IS NOT NULL ORDER BY s.name",
                args![],
            )
            .await?;
        let newest = |(name, source_path, version, digest, folder): (_, _, _, String, Option<String>)| {
            let folder_digest = folder.as_deref().map(parse).transpose()?;
            Ok(NewestDigest { name, source_path, version, source_digest: parse(&digest)?, folder_digest })
        };
        rows.into_iter().map(newest).collect()
    }

    async fn bundle_for(&self, integration: Uuid, skill: Uuid, version: Uuid) -> StoreResult<BundleAccess> {
        let mut tx = self.db.read().await?;
        let found: Option<(String, bool, i64, String, bool)> = tx
            .optional(
                "SELECT s.name, (s.removed_at IS NULL AND s.claude_ai_sync_enabled), v.version, v.bundle_digest,
                     (EXISTS (SELECT 1 FROM claude_ai_skill_links l
                              WHERE l.integration_id = $3 AND l.skillnote_skill_id = s.id)
                      OR EXISTS (SELECT 1 FROM claude_ai_sync_operations o
                                 WHERE o.integration_id = $3 AND o.skill_id = s.id
                                     AND o.kind IN ('upload', 'update') AND o.status IN ('pending', 'in_progress')))
                 FROM skill_content_versions v JOIN skills s ON s.id = v.skill_id WHERE v.id = $1 AND s.id = $2",
                args![version, skill, integration],
            )
            .await?;
        let Some((name, live, number, digest, related)) = found else { return Ok(BundleAccess::VersionNotFound) };
        if !live || !related {
            return Ok(BundleAccess::SkillNotFound);
        }
        let files = files(&mut tx, version, "bundle").await?;
        Ok(BundleAccess::Granted { name, number: count(number), digest: parse(&digest)?, files })
    }

    async fn version_files(&self, version: Uuid) -> StoreResult<Option<Vec<StoredFile>>> {
        let mut tx = self.db.read().await?;
        let found: Option<(i64,)> =
            tx.optional("SELECT version FROM skill_content_versions WHERE id = $1", args![version]).await?;
        match found {
            Some(_) => files(&mut tx, version, "source").await.map(Some),
            None => Ok(None),
        }
    }

    async fn keep_remote_snapshot(&self, snapshot: NewSnapshot) -> StoreResult<Option<Uuid>> {
        // Alone with those that plan: it holds a row that they refer to, and then wants the audit chain, which they may hold.
        let mut tx = self.db.planning().await?;
        let found: Option<(String,)> =
            tx.locked("SELECT description FROM skills WHERE id = $1", args![snapshot.skill]).await?;
        let Some((description,)) = found else { return Ok(None) };
        let digest = snapshot.digest.to_string();
        let kept: Option<(Uuid,)> = tx
            .optional(
                "SELECT id FROM skill_content_versions WHERE skill_id = $1 AND origin = 'claude_ai' AND source_digest = $2",
                args![snapshot.skill, digest.as_str()],
            )
            .await?;
        if let Some((version,)) = kept {
            return Ok(Some(version));
        }
        let (version, number) = (Uuid::now_v7(), next_number(&mut tx, snapshot.skill).await?);
        tx.execute(
            "INSERT INTO skill_content_versions
                 (id, skill_id, version, description, origin, source_digest, bundle_digest, is_latest, created_at)
             VALUES ($1, $2, $3, $4, 'claude_ai', $5, $5, $6, $7)",
            args![version, snapshot.skill, i64::from(number), description, digest, false, snapshot.now],
        )
        .await?;
        for file in &snapshot.files {
            insert_file(&mut tx, version, "both", file).await?;
        }
        let detail = json!({
            "reason": "remote_snapshot", "applied": false, "claude_ai_skill_id": snapshot.claude_ai_skill_id,
            "claude_ai_version": snapshot.claude_ai_version, "staged_version_id": version,
        });
        let (integration, skill) = (Some(snapshot.integration), Some(snapshot.skill));
        let (event, now) = (AuditEventName::SkillImported, snapshot.now);
        audit::write(&mut tx, super::NewAuditEvent { integration, event, skill, detail, source: None, now }).await?;
        tx.commit().await?;
        Ok(Some(version))
    }
}

/// When a change of a skill that the library had before is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Planning {
    /// In its own transaction.
    Now,
    /// With all others of the same pass over the folder.
    Together,
}

impl SqlStore {
    /// Keeps a folder as the skill's newest version.
    pub(super) async fn import(&self, new: NewVersion, planning: Planning) -> StoreResult<Import> {
        let mut tx = self.db.planning().await?;
        let (skill, revived, newest, former) = open_skill(&mut tx, &new).await?;
        if !revived && newest == Some(new.source_digest) {
            // The folder may have been moved, or hold what was the server's own so far. Where it lies decides whether the skill is still there.
            tx.execute(
                "UPDATE skills SET source_path = $2, folder_digest = $3
                 WHERE id = $1 AND (source_path IS NULL OR source_path <> $2 OR folder_digest IS NULL OR folder_digest <> $3)",
                args![skill, new.source_path.as_str(), new.source_digest.to_string()],
            )
            .await?;
            tx.commit().await?;
            return Ok(Import::Unchanged);
        }
        let number = next_number(&mut tx, skill).await?;
        let version = insert_version(&mut tx, skill, number, &new).await?;
        if let Some(former) = former {
            collections::inherit_where_room(&mut tx, skill, former, version).await?;
        }
        let later = planning == Planning::Together && newest.is_some();
        tx.execute(
            "UPDATE skills SET description = $2, source_path = $3, current_version = $4, removed_at = NULL,
                 updated_at = $5, folder_digest = $6, unplanned = (unplanned OR $7) WHERE id = $1",
            args![
                skill,
                new.description.as_str(),
                new.source_path.as_str(),
                i64::from(number),
                new.now,
                new.source_digest.to_string(),
                later
            ],
        )
        .await?;
        if revived {
            forget_removal(&mut tx, skill).await?;
        }
        let (event, detail) = if number == 1 {
            (AuditEventName::SkillCreated, json!({ "slug": new.name, "name": new.name }))
        } else {
            (AuditEventName::SkillUpdated, json!({ "slug": new.name, "name": new.name, "version": number }))
        };
        let queued = if later { Vec::new() } else { reconcile::skill(&mut tx, skill, new.now).await? };
        audit::note_skill(&mut tx, skill, event, detail, new.now).await?;
        tx.commit().await?;
        for browser in &queued {
            self.signal.send(*browser);
        }
        Ok(Import::Imported { skill, version, number, enqueued: queued.len() as u64 })
    }
}

/// What was decided about a skill's removal ends when it is back.
pub(super) async fn forget_removal(tx: &mut Tx, skill: Uuid) -> StoreResult<()> {
    tx.execute(
        "DELETE FROM held_batch_skills WHERE skill_id = $1 AND batch_id IN
             (SELECT b.id FROM held_batches b WHERE b.side = 'library' AND b.integration_id IS NULL)",
        args![skill],
    )
    .await
    .map(drop)
}

/// A live skill by its name.
pub(super) async fn live_by_name(tx: &mut Tx, name: &str) -> StoreResult<Option<Uuid>> {
    let found: Option<(Uuid,)> =
        tx.locked("SELECT id FROM skills WHERE name = $1 AND removed_at IS NULL", args![name]).await?;
    Ok(found.map(|(skill,)| skill))
}

/// Marks a skill as removed and plans that.
pub(super) async fn remove(tx: &mut Tx, skill: Uuid, name: &str, now: Timestamp) -> StoreResult<Vec<Uuid>> {
    mark_removed(tx, skill, false, now).await?;
    let queued = reconcile::skill(tx, skill, now).await?;
    note_removal(tx, skill, name, now).await?;
    Ok(queued)
}

/// Takes a live skill out of the library; `unplanned` when [`super::HeldBatchStore::plan_kept`] is to plan that.
pub(super) async fn mark_removed(tx: &mut Tx, skill: Uuid, unplanned: bool, now: Timestamp) -> StoreResult<()> {
    tx.execute(
        "UPDATE skills SET removed_at = $2, updated_at = $2, unplanned = (unplanned OR $3) WHERE id = $1",
        args![skill, now, unplanned],
    )
    .await
    .map(drop)
}

/// The row of the audit log names no skill: it may outlive it.
pub(super) async fn note_removal(tx: &mut Tx, skill: Uuid, name: &str, now: Timestamp) -> StoreResult<()> {
    let found: Option<(String,)> = tx.optional("SELECT slug FROM skills WHERE id = $1", args![skill]).await?;
    let slug = found.map_or_else(|| name.to_owned(), |(slug,)| slug);
    let (event, detail) = (AuditEventName::SkillDeleted, json!({ "slug": slug, "name": name }));
    audit::write(tx, super::NewAuditEvent { integration: None, event, skill: None, detail, source: None, now }).await
}

/// The skill of that name, made when missing; whether it had been removed; the newest source digest and version.
async fn open_skill(tx: &mut Tx, new: &NewVersion) -> StoreResult<(Uuid, bool, Option<Digest>, Option<Uuid>)> {
    let slug = renaming::free_slug(tx, &new.name).await?;
    tx.execute(
        "INSERT INTO skills (id, name, slug, description, source_path, created_at, updated_at)
         VALUES ($1, $2, $6, $3, $4, $5, $5) ON CONFLICT (name) DO NOTHING",
        args![Uuid::now_v7(), new.name.as_str(), new.description.as_str(), new.source_path.as_str(), new.now, slug],
    )
    .await?;
    let found: Option<(Uuid, Option<Timestamp>)> =
        tx.locked("SELECT id, removed_at FROM skills WHERE name = $1", args![new.name.as_str()]).await?;
    let (skill, removed) = found.ok_or_else(|| StoreError::Refused("a skill vanished while it was kept".to_owned()))?;
    let newest: Option<(String, Uuid)> = tx
        .optional(
            "SELECT source_digest, id FROM skill_content_versions WHERE skill_id = $1 AND is_latest",
            args![skill],
        )
        .await?;
    let former = newest.as_ref().map(|(_, version)| *version);
    let newest = newest.map(|(digest, _)| parse(&digest)).transpose()?;
    Ok((skill, removed.is_some(), newest, former))
}

pub(super) async fn next_number(tx: &mut Tx, skill: Uuid) -> StoreResult<u32> {
    let highest: Option<(Option<i64>,)> =
        tx.optional("SELECT MAX(version) FROM skill_content_versions WHERE skill_id = $1", args![skill]).await?;
    Ok(count(highest.and_then(|(number,)| number).unwrap_or(0)) + 1)
}

pub(super) async fn insert_version(tx: &mut Tx, skill: Uuid, number: u32, new: &NewVersion) -> StoreResult<Uuid> {
    let version = Uuid::now_v7();
    tx.execute(
        "UPDATE skill_content_versions SET is_latest = $2 WHERE skill_id = $1 AND is_latest",
        args![skill, false],
    )
    .await?;
    tx.execute(
        "INSERT INTO skill_content_versions
             (id, skill_id, version, description, source_digest, bundle_digest, is_latest, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            version,
            skill,
            i64::from(number),
            new.description.as_str(),
            new.source_digest.to_string(),
            new.bundle_digest.to_string(),
            true,
            new.now
        ],
    )
    .await?;
    let replaced = |path: &RelativePath| {
        new.repaired_files.iter().any(|file| file.path.as_str().eq_ignore_ascii_case(path.as_str()))
    };
    for file in &new.source_files {
        insert_file(tx, version, if replaced(&file.path) { "source" } else { "both" }, file).await?;
    }
    for file in &new.repaired_files {
        insert_file(tx, version, "bundle", file).await?;
    }
    Ok(version)
}

pub(super) async fn insert_file(tx: &mut Tx, version: Uuid, part: &str, file: &StoredFile) -> StoreResult<()> {
    let digest = content_digest(&file.content).to_string();
    tx.execute(
        "INSERT INTO blobs (digest, content) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING",
        args![digest.as_str(), file.content.clone()],
    )
    .await?;
    tx.execute(
        "INSERT INTO skill_version_files (version_id, part, path, executable, digest) VALUES ($1, $2, $3, $4, $5)",
        args![version, part, file.path.as_str(), file.executable, digest],
    )
    .await
    .map(drop)
}

pub(super) async fn files(tx: &mut Tx, version: Uuid, part: &str) -> StoreResult<Vec<StoredFile>> {
    let rows: Vec<(String, bool, Vec<u8>)> = tx
        .all(
            "SELECT f.path, f.executable, b.content FROM skill_version_files f JOIN blobs b ON b.digest = f.digest
             WHERE f.version_id = $1 AND f.part IN ('both', $2) ORDER BY f.path",
            args![version, part],
        )
        .await?;
    let file = |(path, executable, content): (String, bool, Vec<u8>)| {
        let path =
            RelativePath::try_from(path).map_err(|_| StoreError::Refused("a stored path is damaged".to_owned()))?;
        Ok(StoredFile { path, executable, content })
    };
    rows.into_iter().map(file).collect()
}

fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

const fn state_text(state: EntryState) -> &'static str {
    match state {
        EntryState::Ok => "ok",
        EntryState::Repaired => "repaired",
        EntryState::Refused => "refused",
    }
}

pub(super) fn state_named(text: &str) -> EntryState {
    match text {
        "ok" => EntryState::Ok,
        "repaired" => EntryState::Repaired,
        _ => EntryState::Refused,
    }
}
