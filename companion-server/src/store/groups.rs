//! Published collections in the database, and the delivery they belong to.

use async_trait::async_trait;
use skill_format::{File, SkillFolder};
use uuid::Uuid;

use super::library::files;
use super::sql::{Tx, args};
use super::{SqlStore, StoreResult, publish};
use crate::domain::delivery::Delivery;
use crate::domain::groups::{GroupSkill, plugin_names};
use crate::time::Timestamp;

/// A group in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSummary {
    /// The plugin's name.
    pub name: String,
    /// The collection's.
    pub collection: String,
    /// Skills in it.
    pub skill_count: u64,
}

/// A group with everything in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The collection's name.
    pub collection: String,
    /// What people said about it.
    pub description: String,
    /// Its skills by slug, as their newest versions are.
    pub skills: Vec<GroupSkill>,
}

/// Groups: published collections with at least one live skill that is switched on and whose newest version lists them.
#[async_trait]
pub trait GroupStore: Send + Sync {
    /// All groups by name.
    async fn groups(&self) -> StoreResult<Vec<GroupSummary>>;
    /// The group of this plugin name.
    async fn group(&self, name: &str) -> StoreResult<Option<Group>>;
    /// How skills are delivered from now on, for every process on this database. Where that is another way than before, every paired
    /// browser's work is planned anew.
    async fn set_delivery(&self, delivery: Delivery, now: Timestamp) -> StoreResult<()>;
}

#[async_trait]
impl GroupStore for SqlStore {
    async fn groups(&self) -> StoreResult<Vec<GroupSummary>> {
        let mut tx = self.db.read().await?;
        let mut groups: Vec<GroupSummary> = published(&mut tx)
            .await?
            .into_iter()
            .filter(|group| group.skill_count > 0)
            .map(|group| GroupSummary {
                name: group.name,
                collection: group.collection,
                skill_count: group.skill_count,
            })
            .collect();
        groups.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(groups)
    }

    async fn group(&self, name: &str) -> StoreResult<Option<Group>> {
        let mut tx = self.db.read().await?;
        let found = published(&mut tx).await?.into_iter().find(|group| group.name == name && group.skill_count > 0);
        let Some(Published { collection, folded, description, .. }) = found else { return Ok(None) };
        let rows: Vec<(String, Uuid)> = tx
            .all(
                "SELECT s.slug, v.id FROM skill_version_collections m
                 JOIN skill_content_versions v ON v.id = m.version_id AND v.is_latest
                 JOIN skills s ON s.id = v.skill_id AND s.removed_at IS NULL AND s.claude_ai_sync_enabled
                 WHERE m.name_folded = $1 ORDER BY s.slug",
                args![folded],
            )
            .await?;
        let mut skills = Vec::with_capacity(rows.len());
        for (slug, version) in rows {
            let files = files(&mut tx, version, "bundle").await?.into_iter();
            let files = files.map(|file| (file.path, File { executable: file.executable, content: file.content }));
            skills.push(GroupSkill { slug, folder: SkillFolder { files: files.collect() } });
        }
        Ok((!skills.is_empty()).then_some(Group { collection, description, skills }))
    }

    async fn set_delivery(&self, delivery: Delivery, now: Timestamp) -> StoreResult<()> {
        let mut tx = self.db.planning().await?;
        let queued = if publish::set_delivery(&mut tx, delivery).await? {
            publish::delivery_changed(&mut tx, delivery, now).await?
        } else {
            Vec::new()
        };
        tx.commit().await?;
        queued.into_iter().for_each(|browser| self.signal.send(browser));
        Ok(())
    }
}

/// A published collection, with skills or without.
struct Published {
    name: String,
    collection: String,
    folded: String,
    description: String,
    skill_count: u64,
}

/// All of them, because what one is called depends on the others.
async fn published(tx: &mut Tx) -> StoreResult<Vec<Published>> {
    let rows: Vec<(String, String, String, i64)> = tx
        .all(
            "SELECT c.name, c.name_folded, c.description,
                 (SELECT COUNT(*) FROM skill_version_collections m
                  JOIN skill_content_versions v ON v.id = m.version_id AND v.is_latest
                  JOIN skills s ON s.id = v.skill_id AND s.removed_at IS NULL AND s.claude_ai_sync_enabled
                  WHERE m.name_folded = c.name_folded)
             FROM collections c WHERE c.published_to_claude_ai ORDER BY c.name_folded",
            args![],
        )
        .await?;
    let folded: Vec<String> = rows.iter().map(|(_, folded, ..)| folded.clone()).collect();
    let published = |((collection, folded, description, count), name): ((_, _, _, i64), String)| Published {
        name,
        collection,
        folded,
        description,
        skill_count: count.unsigned_abs(),
    };
    Ok(rows.into_iter().zip(plugin_names(&folded)).map(published).collect())
}
