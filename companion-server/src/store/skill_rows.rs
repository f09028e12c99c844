//! Rows of skills and versions as the API shows them.

use companion_wire::skills::{SkillDetail, SkillOrigin};
use serde_json::Value;
use uuid::Uuid;

use super::sql::{Tx, args};
use super::{StoreError, StoreResult, collections};
use crate::domain::authoring;
use crate::time::Timestamp;

/// A live skill with its newest version.
pub(super) struct Live {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) description: String,
    pub(super) source_path: Option<String>,
    pub(super) version: Uuid,
}

pub(super) async fn live(tx: &mut Tx, slug: &str) -> StoreResult<Option<Live>> {
    let found: Option<(Uuid, String, String, String, Option<String>, Uuid)> = tx
        .optional(
            "SELECT s.id, s.name, s.slug, s.description, s.source_path, v.id
             FROM skills s JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest
             WHERE s.slug = $1 AND s.removed_at IS NULL",
            args![slug],
        )
        .await?;
    let live = |(id, name, slug, description, source_path, version)| Live {
        id,
        name,
        slug,
        description,
        source_path,
        version,
    };
    Ok(found.map(live))
}

pub(super) struct OldVersion {
    pub(super) id: Uuid,
    pub(super) number: u32,
    pub(super) title: Option<String>,
    pub(super) description: String,
    /// It was found on claude.ai, which knows nothing of collections.
    pub(super) remote: bool,
}

pub(super) async fn version_of(tx: &mut Tx, skill: Uuid, number: u32) -> StoreResult<Option<OldVersion>> {
    let found: Option<(Uuid, Option<String>, String, bool)> = tx
        .optional(
            "SELECT id, title, description, (origin = 'claude_ai') FROM skill_content_versions WHERE skill_id = $1 AND version = $2",
            args![skill, number],
        )
        .await?;
    Ok(found.map(|(id, title, description, remote)| OldVersion { id, number, title, description, remote }))
}

/// A live skill as it is listed.
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) description: String,
    pub(super) source_path: Option<String>,
    pub(super) sync: bool,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) version: Uuid,
    pub(super) number: u32,
    pub(super) skill_md: Vec<u8>,
}

impl Row {
    pub(super) fn origin(&self) -> Option<SkillOrigin> {
        let path = self.source_path.clone()?;
        let source_type = "library_folder".to_owned();
        Some(SkillOrigin { source_type, path: Some(path), ..SkillOrigin::default() })
    }
}

/// One live skill by its slug, or all by their slugs.
pub(super) async fn rows(tx: &mut Tx, slug: Option<&str>) -> StoreResult<Vec<Row>> {
    type Columns =
        (Uuid, String, String, String, Option<String>, bool, Timestamp, Timestamp, Uuid, i64, Option<Vec<u8>>);
    let rows: Vec<Columns> = tx
        .all(
            "SELECT s.id, s.name, s.slug, s.description, s.source_path, s.claude_ai_sync_enabled, s.created_at,
                 s.updated_at, v.id, v.version, b.content
             FROM skills s JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest
             LEFT JOIN skill_version_files f ON f.version_id = v.id AND f.part IN ('both', 'source') AND LOWER(f.path) = 'skill.md'
             LEFT JOIN blobs b ON b.digest = f.digest
             WHERE s.removed_at IS NULL AND (s.slug = $1 OR $2) ORDER BY s.slug",
            args![slug, slug.is_none()],
        )
        .await?;
    let row =
        |(id, name, slug, description, source_path, sync, created, updated, version, count, skill_md): Columns| Row {
            id,
            name,
            slug,
            description,
            source_path,
            sync,
            created,
            updated,
            version,
            number: number(count),
            skill_md: skill_md.unwrap_or_default(),
        };
    Ok(rows.into_iter().map(row).collect())
}

pub(super) async fn detail(tx: &mut Tx, slug: &str) -> StoreResult<Option<SkillDetail<Value>>> {
    let Some(row) = rows(tx, Some(slug)).await?.into_iter().next() else { return Ok(None) };
    let collections = collections::of_version(tx, row.version).await?;
    let total: Option<(i64,)> =
        tx.optional("SELECT COUNT(*) FROM skill_content_versions WHERE skill_id = $1", args![row.id]).await?;
    let total = total.ok_or_else(|| StoreError::Refused("a count gave no row".to_owned()))?;
    let text = authoring::read(&row.skill_md);
    Ok(Some(SkillDetail {
        id: row.id,
        origin: row.origin(),
        name: row.name,
        slug: row.slug,
        description: row.description,
        content_md: text.content_md,
        collections,
        current_version: row.number,
        total_versions: number(total.0),
        extra_frontmatter: text.extra_frontmatter.map(Value::Object),
        claude_ai_sync_enabled: row.sync,
        created_at: row.created.rfc3339(),
        updated_at: row.updated.rfc3339(),
    }))
}

pub(super) fn number(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
