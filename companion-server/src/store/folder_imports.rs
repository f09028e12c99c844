//! Skills that a person brings as folders: what the library has of them, and taking one against what was shown.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::json;
use skill_format::{Digest, RelativePath};
use uuid::Uuid;

use super::sql::{Tx, args};
use super::{NewVersion, SqlStore, StoreError, StoreResult, audit, collections, library, reconcile, renaming};
use crate::domain::audit::AuditEventName;

/// A live skill as somebody who brings one of its name is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InLibrary {
    /// Its name in addresses.
    pub slug: String,
    /// Its newest version.
    pub version: Uuid,
    /// That version's number.
    pub number: u32,
    /// Canonical digest of that version's source.
    pub digest: Digest,
    /// The folder of the watched library that it lies in.
    pub source_path: Option<String>,
}

/// What became of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FolderImport {
    /// It is the skill's newest version.
    Imported {
        /// The skill's name in addresses.
        slug: String,
        /// The version's number.
        number: u32,
    },
    /// The newest version is the same.
    Unchanged,
    /// The library has another version than the one that was shown, or has none any more, or has one now.
    Moved,
}

/// Folders that a person brings.
#[async_trait]
pub trait FolderImportStore: Send + Sync {
    /// All live skills by name.
    async fn in_library(&self) -> StoreResult<BTreeMap<String, InLibrary>>;
    /// What tells whether a file of a version's source is the same: whether it may be run, and its content's digest.
    async fn version_marks(&self, version: Uuid) -> StoreResult<BTreeMap<RelativePath, (bool, Digest)>>;
    /// Keeps a folder as the newest version of the skill of its name, if `shown` is the newest one still (none: if there is no such
    /// skill still); of two that were shown the same, one is `Moved`. Collections stay. Writes `skill_created` or `skill_updated`. A
    /// skill that is changed waits for [`super::HeldBatchStore::plan_kept`], so that one import is one batch; a new one is planned at
    /// once. What [`NewVersion::source_path`] says does not count: the skill stays where it lies.
    async fn import_folder(&self, new: NewVersion, shown: Option<Uuid>) -> StoreResult<FolderImport>;
}

#[async_trait]
impl FolderImportStore for SqlStore {
    async fn in_library(&self) -> StoreResult<BTreeMap<String, InLibrary>> {
        let rows: Vec<(String, String, Uuid, i64, String, Option<String>)> = self
            .db
            .all(
                "SELECT s.name, s.slug, v.id, v.version, v.source_digest, s.source_path
                 FROM skills s JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest
                 WHERE s.removed_at IS NULL",
                args![],
            )
            .await?;
        let known = |(name, slug, version, number, digest, source_path): (_, _, _, i64, String, _)| {
            let number = u32::try_from(number).unwrap_or_default();
            Ok((name, InLibrary { slug, version, number, digest: reconcile::parse(&digest)?, source_path }))
        };
        rows.into_iter().map(known).collect()
    }

    async fn version_marks(&self, version: Uuid) -> StoreResult<BTreeMap<RelativePath, (bool, Digest)>> {
        let rows: Vec<(String, bool, String)> = self
            .db
            .all(
                "SELECT path, executable, digest FROM skill_version_files
                 WHERE version_id = $1 AND part IN ('both', 'source')",
                args![version],
            )
            .await?;
        let mark = |(path, executable, digest): (String, bool, String)| {
            let path =
                RelativePath::try_from(path).map_err(|_| StoreError::Refused("a stored path is damaged".to_owned()))?;
            Ok((path, (executable, reconcile::parse(&digest)?)))
        };
        rows.into_iter().map(mark).collect()
    }

    async fn import_folder(&self, new: NewVersion, shown: Option<Uuid>) -> StoreResult<FolderImport> {
        let mut tx = self.db.planning().await?;
        let found: Option<(Uuid, String, Uuid, String)> = tx
            .locked(
                "SELECT s.id, s.slug, v.id, v.source_digest FROM skills s
                 JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest
                 WHERE s.name = $1 AND s.removed_at IS NULL",
                args![new.name.as_str()],
            )
            .await?;
        let (skill, slug, former) = match found {
            Some((.., digest)) if reconcile::parse(&digest)? == new.source_digest => {
                return Ok(FolderImport::Unchanged);
            }
            Some((skill, slug, newest, _)) if shown == Some(newest) => (skill, slug, Some(newest)),
            None if shown.is_none() => {
                let slug = renaming::free_slug(&mut tx, &new.name).await?;
                match renaming::room_for(&mut tx, &new.name, &slug, new.now).await? {
                    Some(skill) => (skill, slug, None),
                    None => return Ok(FolderImport::Moved),
                }
            }
            Some(_) | None => return Ok(FolderImport::Moved),
        };
        let number = keep(&mut tx, skill, former, &new).await?;
        let queued = if former.is_none() { reconcile::skill(&mut tx, skill, new.now).await? } else { Vec::new() };
        let (event, detail) = match former {
            None => (AuditEventName::SkillCreated, json!({ "slug": slug, "name": new.name })),
            Some(_) => (AuditEventName::SkillUpdated, json!({ "slug": slug, "name": new.name, "version": number })),
        };
        audit::note_skill(&mut tx, skill, event, detail, new.now).await?;
        tx.commit().await?;
        queued.into_iter().for_each(|browser| self.signal.send(browser));
        Ok(FolderImport::Imported { slug, number })
    }
}

async fn keep(tx: &mut Tx, skill: Uuid, former: Option<Uuid>, new: &NewVersion) -> StoreResult<u32> {
    let before: Option<(Uuid,)> =
        tx.optional("SELECT id FROM skill_content_versions WHERE skill_id = $1 AND is_latest", args![skill]).await?;
    let number = library::next_number(tx, skill).await?;
    let version = library::insert_version(tx, skill, number, new).await?;
    tx.execute("UPDATE skill_content_versions SET title = $2 WHERE id = $1", args![version, new.name.as_str()]).await?;
    if let Some((before,)) = before {
        collections::inherit_where_room(tx, skill, before, version).await?;
    }
    if former.is_none() {
        library::forget_removal(tx, skill).await?;
    }
    tx.execute(
        "UPDATE skills SET description = $2, current_version = $3, removed_at = NULL, updated_at = $4,
             unplanned = (unplanned OR $5) WHERE id = $1",
        args![skill, new.description.as_str(), number, new.now, former.is_some()],
    )
    .await?;
    Ok(number)
}
