//! Collections: which versions list them, and whether they are published as a group.

use std::collections::BTreeMap;

use async_trait::async_trait;
use companion_wire::collections::{CollectionDetail, ListedCollection};
use uuid::Uuid;

use super::sql::{Tx, args};
use super::{SqlStore, StoreResult, publish};
use crate::time::Timestamp;

/// Most skills in one collection.
pub const MOST_SKILLS: i64 = 15;

/// Which collections to list.
#[derive(Debug, Clone, Default)]
pub struct CollectionFilter {
    /// Literal part of the name, in any letter case.
    pub part: Option<String>,
    /// Published or not.
    pub published: Option<bool>,
    /// At most so many; 0 = all.
    pub limit: u32,
}

/// What became of making a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateCollection {
    /// Made.
    Created(CollectionDetail),
    /// There is one of this name.
    Exists,
}

/// What became of removing a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoveCollection {
    /// Removed.
    Removed,
    /// No such collection.
    NotFound,
    /// Skills are in it.
    InUse,
}

/// Collections of skills. Names are the same in any letter case.
#[async_trait]
pub trait CollectionStore: Send + Sync {
    /// Those that fit the filter, by name, and how many fit before the limit. Names that only skills mention are among them.
    async fn collections(&self, filter: CollectionFilter) -> StoreResult<(Vec<ListedCollection>, u64)>;
    /// One that was made. A name that only skills mention is none.
    async fn collection(&self, name: &str) -> StoreResult<Option<CollectionDetail>>;
    /// Makes an empty one.
    async fn create_collection(&self, name: &str, description: &str, now: Timestamp) -> StoreResult<CreateCollection>;
    /// Says what it is for; makes the row when only skills mention it. A published one is published again. `None` when nothing has the name.
    async fn describe_collection(
        &self,
        name: &str,
        description: &str,
        now: Timestamp,
    ) -> StoreResult<Option<CollectionDetail>>;
    /// Publishes it as a group or takes it back, and queues that for every paired browser even when nothing changed. Makes the row when only
    /// skills mention the name. `None` when nothing has the name.
    async fn publish_collection(
        &self,
        name: &str,
        published: bool,
        now: Timestamp,
    ) -> StoreResult<Option<CollectionDetail>>;
    /// Removes one that no live skill's newest version lists.
    async fn remove_collection(&self, name: &str) -> StoreResult<RemoveCollection>;
}

#[async_trait]
impl CollectionStore for SqlStore {
    async fn collections(&self, filter: CollectionFilter) -> StoreResult<(Vec<ListedCollection>, u64)> {
        let mut tx = self.db.read().await?;
        // What a name is called: as its row says, else as the skills write it.
        let rows: Vec<(String, String, Option<String>, bool, i64)> = tx
            .all(
                "SELECT n.name_folded, COALESCE(c.name, MIN(n.name)), c.description,
                     COALESCE(c.published_to_claude_ai, $1), SUM(n.member)
                 FROM (SELECT name_folded, name, 0 AS member FROM collections
                       UNION ALL
                       SELECT l.name_folded, l.name, 1 FROM skill_version_collections l
                       JOIN skill_content_versions v ON v.id = l.version_id AND v.is_latest
                       JOIN skills s ON s.id = v.skill_id AND s.removed_at IS NULL) n
                 LEFT JOIN collections c ON c.name_folded = n.name_folded
                 GROUP BY n.name_folded, c.name, c.description, c.published_to_claude_ai ORDER BY n.name_folded",
                args![false],
            )
            .await?;
        let part = filter.part.map(|part| part.to_lowercase());
        let fits = |(folded, _, _, published, _): &(String, String, Option<String>, bool, i64)| {
            part.as_ref().is_none_or(|part| folded.contains(part.as_str()))
                && filter.published.is_none_or(|wanted| wanted == *published)
        };
        let rows: Vec<_> = rows.into_iter().filter(fits).collect();
        let total = rows.len() as u64;
        let most = if filter.limit == 0 { usize::MAX } else { filter.limit as usize };
        let listed =
            |(_, name, description, published, count): (_, String, Option<String>, bool, i64)| ListedCollection {
                name,
                count: u32::try_from(count).unwrap_or(u32::MAX),
                description: description.unwrap_or_default(),
                published_to_claude_ai: published,
            };
        Ok((rows.into_iter().take(most).map(listed).collect(), total))
    }

    async fn collection(&self, name: &str) -> StoreResult<Option<CollectionDetail>> {
        detail(&mut self.db.read().await?, name).await
    }

    async fn create_collection(&self, name: &str, description: &str, now: Timestamp) -> StoreResult<CreateCollection> {
        let mut tx = self.db.planning().await?;
        if detail(&mut tx, name).await?.is_some() || called(&mut tx, name).await?.is_some() {
            return Ok(CreateCollection::Exists);
        }
        ensure(&mut tx, name, now).await?;
        let made = change(&mut tx, name, Some(description), None, now).await?;
        tx.commit().await?;
        Ok(made.map_or(CreateCollection::Exists, CreateCollection::Created))
    }

    async fn describe_collection(
        &self,
        name: &str,
        description: &str,
        now: Timestamp,
    ) -> StoreResult<Option<CollectionDetail>> {
        let mut tx = self.db.planning().await?;
        let Some(before) = known(&mut tx, name, now).await? else { return Ok(None) };
        let after = change(&mut tx, name, Some(description), None, now).await?;
        let mut queued = Vec::new();
        if before.published_to_claude_ai && before.description != description {
            queued = publish::groups_changed(&mut tx, now).await?;
        }
        tx.commit().await?;
        queued.into_iter().for_each(|browser| self.signal.send(browser));
        Ok(after)
    }

    async fn publish_collection(
        &self,
        name: &str,
        published: bool,
        now: Timestamp,
    ) -> StoreResult<Option<CollectionDetail>> {
        let mut tx = self.db.planning().await?;
        if known(&mut tx, name, now).await?.is_none() {
            return Ok(None);
        }
        let after = change(&mut tx, name, None, Some(published), now).await?;
        let queued = publish::everywhere(&mut tx, now).await?;
        tx.commit().await?;
        queued.into_iter().for_each(|browser| self.signal.send(browser));
        Ok(after)
    }

    async fn remove_collection(&self, name: &str) -> StoreResult<RemoveCollection> {
        let mut tx = self.db.planning().await?;
        if called(&mut tx, name).await?.is_some() {
            return Ok(RemoveCollection::InUse);
        }
        let removed = tx.execute("DELETE FROM collections WHERE name_folded = $1", args![name.to_lowercase()]).await?;
        tx.commit().await?;
        Ok(if removed > 0 { RemoveCollection::Removed } else { RemoveCollection::NotFound })
    }
}

/// The collections that a version lists, in its order.
pub(super) async fn of_version(tx: &mut Tx, version: Uuid) -> StoreResult<Vec<String>> {
    let rows: Vec<(String,)> = tx
        .all("SELECT name FROM skill_version_collections WHERE version_id = $1 ORDER BY position", args![version])
        .await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// The collections of every newest version, by version.
pub(super) async fn of_newest(tx: &mut Tx) -> StoreResult<BTreeMap<Uuid, Vec<String>>> {
    let rows: Vec<(Uuid, String)> = tx
        .all(
            "SELECT l.version_id, l.name FROM skill_version_collections l
             JOIN skill_content_versions v ON v.id = l.version_id AND v.is_latest ORDER BY l.version_id, l.position",
            args![],
        )
        .await?;
    let mut listed: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    for (version, name) in rows {
        listed.entry(version).or_default().push(name);
    }
    Ok(listed)
}

/// Lists a version in these collections; those that do not exist are made. Returns the first one that is full already.
pub(super) async fn list(
    tx: &mut Tx,
    skill: Uuid,
    version: Uuid,
    names: &[String],
    now: Timestamp,
) -> StoreResult<Option<String>> {
    for (position, name) in names.iter().enumerate() {
        ensure(tx, name, now).await?;
        tx.execute(
            "INSERT INTO skill_version_collections (version_id, position, name, name_folded)
             VALUES ($1, $2, $3, $4) ON CONFLICT (version_id, name_folded) DO NOTHING",
            args![version, i64::try_from(position).unwrap_or(i64::MAX), name.as_str(), name.to_lowercase()],
        )
        .await?;
    }
    full(tx, skill, version).await
}

/// The first collection of a version that other skills fill already.
pub(super) async fn full(tx: &mut Tx, skill: Uuid, version: Uuid) -> StoreResult<Option<String>> {
    for name in of_version(tx, version).await? {
        if members(tx, &name, skill).await? >= MOST_SKILLS {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Gives a new version the collections of the one before it.
pub(super) async fn inherit(tx: &mut Tx, from: Uuid, to: Uuid) -> StoreResult<()> {
    tx.execute(
        "INSERT INTO skill_version_collections (version_id, position, name, name_folded)
         SELECT $2, position, name, name_folded FROM skill_version_collections WHERE version_id = $1",
        args![from, to],
    )
    .await
    .map(drop)
}

/// The same for a skill that may have been removed: what lives again gets the collections that still have room, because others may
/// have taken its place. Called before the skill is marked as live.
pub(super) async fn inherit_where_room(tx: &mut Tx, skill: Uuid, from: Uuid, to: Uuid) -> StoreResult<()> {
    inherit(tx, from, to).await?;
    let removed: Option<(bool,)> =
        tx.optional("SELECT (removed_at IS NOT NULL) FROM skills WHERE id = $1", args![skill]).await?;
    if removed != Some((true,)) {
        return Ok(());
    }
    for name in of_version(tx, to).await? {
        if members(tx, &name, skill).await? >= MOST_SKILLS {
            tx.execute(
                "DELETE FROM skill_version_collections WHERE version_id = $1 AND name_folded = $2",
                args![to, name.to_lowercase()],
            )
            .await?;
        }
    }
    Ok(())
}

/// Other live skills in the collection.
async fn members(tx: &mut Tx, name: &str, except: Uuid) -> StoreResult<i64> {
    let found: Option<(i64,)> = tx
        .optional(
            "SELECT COUNT(*) FROM skill_version_collections l
             JOIN skill_content_versions v ON v.id = l.version_id AND v.is_latest
             JOIN skills s ON s.id = v.skill_id AND s.removed_at IS NULL
             WHERE l.name_folded = $1 AND s.id <> $2",
            args![name.to_lowercase(), except],
        )
        .await?;
    Ok(found.map_or(0, |(count,)| count))
}

/// How live skills write the name, if any does.
async fn called(tx: &mut Tx, name: &str) -> StoreResult<Option<String>> {
    let found: Option<(Option<String>,)> = tx
        .optional(
            "SELECT MIN(l.name) FROM skill_version_collections l
             JOIN skill_content_versions v ON v.id = l.version_id AND v.is_latest
             JOIN skills s ON s.id = v.skill_id AND s.removed_at IS NULL WHERE l.name_folded = $1",
            args![name.to_lowercase()],
        )
        .await?;
    Ok(found.and_then(|(name,)| name))
}

/// The collection as it is, with a row even when only skills mention it.
async fn known(tx: &mut Tx, name: &str, now: Timestamp) -> StoreResult<Option<CollectionDetail>> {
    if let Some(name) = called(tx, name).await? {
        ensure(tx, &name, now).await?;
    }
    detail(tx, name).await
}

async fn ensure(tx: &mut Tx, name: &str, now: Timestamp) -> StoreResult<()> {
    tx.execute(
        "INSERT INTO collections (id, name, name_folded, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)
         ON CONFLICT (name_folded) DO NOTHING",
        args![Uuid::now_v7(), name, name.to_lowercase(), now],
    )
    .await
    .map(drop)
}

async fn change(
    tx: &mut Tx,
    name: &str,
    description: Option<&str>,
    published: Option<bool>,
    now: Timestamp,
) -> StoreResult<Option<CollectionDetail>> {
    let folded = name.to_lowercase();
    if let Some(description) = description {
        tx.execute(
            "UPDATE collections SET description = $2, updated_at = $3 WHERE name_folded = $1",
            args![folded.as_str(), description, now],
        )
        .await?;
    }
    if let Some(published) = published {
        tx.execute(
            "UPDATE collections SET published_to_claude_ai = $2, updated_at = $3 WHERE name_folded = $1",
            args![folded.as_str(), published, now],
        )
        .await?;
    }
    detail(tx, name).await
}

async fn detail(tx: &mut Tx, name: &str) -> StoreResult<Option<CollectionDetail>> {
    let found: Option<(String, String, bool, Timestamp, Timestamp)> = tx
        .optional(
            "SELECT name, description, published_to_claude_ai, created_at, updated_at FROM collections
             WHERE name_folded = $1",
            args![name.to_lowercase()],
        )
        .await?;
    let detail = |(name, description, published_to_claude_ai, created, updated): (_, _, _, Timestamp, Timestamp)| {
        let (created_at, updated_at) = (created.rfc3339(), updated.rfc3339());
        CollectionDetail { name, description, published_to_claude_ai, created_at, updated_at }
    };
    Ok(found.map(detail))
}
