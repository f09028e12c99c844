//! Names of skills: finding room for one, and giving a skill another.
//!
//! A name is the identity on claude.ai. So a renamed skill leaves a removed one behind that has the old name and everything that
//! accounts hold under it: what waits, what is being done, and the links. Planning takes it away there like any removed skill.

use uuid::Uuid;

use super::sql::{Tx, args};
use super::{StoreResult, collections, reconcile};
use crate::time::Timestamp;

/// The id for a new skill of this name: a removed skill's that had it, or a fresh row. `None` when a live skill has the name or slug.
pub(super) async fn room_for(tx: &mut Tx, name: &str, slug: &str, now: Timestamp) -> StoreResult<Option<Uuid>> {
    let Some(removed) = removed_of(tx, name, slug, None).await? else { return Ok(None) };
    if let Some(skill) = removed {
        tx.execute(
            "UPDATE skills SET slug = $2, source_path = NULL, folder_digest = NULL WHERE id = $1",
            args![skill, slug],
        )
        .await?;
        return Ok(Some(skill));
    }
    let skill = Uuid::now_v7();
    tx.execute(
        "INSERT INTO skills (id, name, slug, description, created_at, updated_at) VALUES ($1, $2, $3, '', $4, $4)",
        args![skill, name, slug, now],
    )
    .await?;
    Ok(Some(skill))
}

/// The slug of a skill that the folder brings: its name, unless another skill has that one.
pub(super) async fn free_slug(tx: &mut Tx, name: &str) -> StoreResult<String> {
    let taken: Option<(Uuid,)> =
        tx.optional("SELECT id FROM skills WHERE slug = $1 AND name <> $1", args![name]).await?;
    Ok(taken.map_or_else(|| name.to_owned(), |(other,)| format!("{name}-{}", other.simple())))
}

/// Renames. False when a live skill has the name or slug. The caller makes the version that says the new name, and plans.
pub(super) async fn rename(tx: &mut Tx, skill: Uuid, name: &str, slug: &str, now: Timestamp) -> StoreResult<bool> {
    let Some(removed) = removed_of(tx, name, slug, Some(skill)).await? else { return Ok(false) };
    let old: Option<(String, String)> =
        tx.optional("SELECT name, slug FROM skills WHERE id = $1", args![skill]).await?;
    let (old_name, old_slug) = old.unwrap_or_default();
    let left_behind = if old_name == name { None } else { leave_behind(tx, skill, now).await? };
    if let Some(removed) = removed {
        absorb(tx, removed, skill).await?;
    }
    tx.execute("UPDATE skills SET name = $2, slug = $3, updated_at = $4 WHERE id = $1", args![skill, name, slug, now])
        .await?;
    tx.execute(
        "UPDATE skill_content_versions SET title = $2 WHERE skill_id = $1 AND title IS NULL",
        args![skill, old_name.as_str()],
    )
    .await?;
    if let Some(left_behind) = left_behind {
        tx.execute("UPDATE skills SET name = $2, slug = $3 WHERE id = $1", args![left_behind, old_name, old_slug])
            .await?;
        reconcile::skill(tx, left_behind, now).await?;
    }
    Ok(true)
}

/// The removed skill of this name, if there is one; the outer `None` when a live skill other than `except` has the name or slug.
/// A removed skill that is in the way of the slug only gets another.
async fn removed_of(tx: &mut Tx, name: &str, slug: &str, except: Option<Uuid>) -> StoreResult<Option<Option<Uuid>>> {
    let rows: Vec<(Uuid, String, bool)> = tx
        .all_locked("SELECT id, name, (removed_at IS NULL) FROM skills WHERE name = $1 OR slug = $2", args![name, slug])
        .await?;
    let rows: Vec<_> = rows.into_iter().filter(|(id, ..)| Some(*id) != except).collect();
    if rows.iter().any(|(_, _, live)| *live) {
        return Ok(None);
    }
    let mut found = None;
    for (id, other, _) in rows {
        if other == name {
            found = Some(id);
        } else {
            tx.execute("UPDATE skills SET slug = $2 WHERE id = $1", args![id, format!("{slug}~{}", id.simple())])
                .await?;
        }
    }
    Ok(Some(found))
}

/// Moves what accounts hold of a skill to a new, removed one under a name that nobody has. `None` when they hold nothing.
async fn leave_behind(tx: &mut Tx, skill: Uuid, now: Timestamp) -> StoreResult<Option<Uuid>> {
    let held: Option<(i64,)> = tx
        .optional(
            "SELECT (SELECT COUNT(*) FROM claude_ai_skill_links WHERE skillnote_skill_id = $1)
                 + (SELECT COUNT(*) FROM claude_ai_sync_operations WHERE skill_id = $1 AND status <> 'completed')
                 + (SELECT COUNT(*) FROM superseded_operations WHERE skill_id = $1)",
            args![skill],
        )
        .await?;
    if held.is_none_or(|(count,)| count == 0) {
        return Ok(None);
    }
    let (left_behind, version) = (Uuid::now_v7(), Uuid::now_v7());
    let placeholder = left_behind.to_string();
    tx.execute(
        "INSERT INTO skills (id, name, slug, description, current_version, claude_ai_sync_enabled, removed_at, created_at, updated_at)
         SELECT $2, $3, $3, description, 1, claude_ai_sync_enabled, $4, created_at, $4 FROM skills WHERE id = $1",
        args![skill, left_behind, placeholder, now],
    )
    .await?;
    let newest: Option<(Uuid,)> =
        tx.optional("SELECT id FROM skill_content_versions WHERE skill_id = $1 AND is_latest", args![skill]).await?;
    if let Some((newest,)) = newest {
        copy_version(tx, newest, left_behind, version).await?;
    }
    move_holdings(tx, skill, left_behind).await?;
    Ok(Some(left_behind))
}

async fn copy_version(tx: &mut Tx, from: Uuid, skill: Uuid, version: Uuid) -> StoreResult<()> {
    tx.execute(
        "INSERT INTO skill_content_versions
             (id, skill_id, version, description, origin, source_digest, bundle_digest, is_latest, created_at, title)
         SELECT $2, $3, 1, description, origin, source_digest, bundle_digest, is_latest, created_at, title
         FROM skill_content_versions WHERE id = $1",
        args![from, version, skill],
    )
    .await?;
    tx.execute(
        "INSERT INTO skill_version_files (version_id, part, path, executable, digest)
         SELECT $2, part, path, executable, digest FROM skill_version_files WHERE version_id = $1",
        args![from, version],
    )
    .await?;
    collections::inherit(tx, from, version).await
}

/// What accounts hold and what is on its way there.
async fn move_holdings(tx: &mut Tx, from: Uuid, to: Uuid) -> StoreResult<()> {
    for statement in [
        "UPDATE claude_ai_skill_links SET skillnote_skill_id = $2 WHERE skillnote_skill_id = $1",
        "UPDATE claude_ai_sync_operations SET skill_id = $2 WHERE skill_id = $1 AND status <> 'completed'",
        "UPDATE superseded_operations SET skill_id = $2 WHERE skill_id = $1",
    ] {
        tx.execute(statement, args![from, to]).await?;
    }
    Ok(())
}

/// Takes over everything of a removed skill, versions with new numbers, and forgets its row.
async fn absorb(tx: &mut Tx, removed: Uuid, skill: Uuid) -> StoreResult<()> {
    move_holdings(tx, removed, skill).await?;
    tx.execute(
        "UPDATE skill_content_versions SET skill_id = $2, is_latest = $3,
             version = version + (SELECT MAX(version) FROM skill_content_versions WHERE skill_id = $2)
         WHERE skill_id = $1",
        args![removed, skill, false],
    )
    .await?;
    tx.execute("UPDATE claude_ai_sync_operations SET skill_id = $2 WHERE skill_id = $1", args![removed, skill]).await?;
    tx.execute("DELETE FROM skills WHERE id = $1", args![removed]).await.map(drop)
}
