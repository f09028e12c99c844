//! Skills as their owner reads and writes them through the API: details, versions, and new versions of each.

use async_trait::async_trait;
use companion_wire::skills::{ContentVersion, ListedSkill, SkillDetail};
use serde_json::{Map, Value, json};
use skill_format::{Refusal, SkillFolder, folder_digest};
use uuid::Uuid;

use super::skill_rows::{Live, OldVersion, detail, live, number, rows, version_of};
use super::sql::{Tx, args};
use super::{NewVersion, SqlStore, StoreResult, StoredFile, audit, collections, library, reconcile, renaming};
use crate::domain::audit::AuditEventName;
use crate::domain::authoring::{self, Authored, Draft};
use crate::library::bundle::{folder, stored};
use crate::time::Timestamp;

/// Which skills to list.
#[derive(Debug, Clone, Default)]
pub struct SkillFilter {
    /// Those of any of these collections, in any letter case; none = all skills.
    pub collections: Vec<String>,
    /// With their text.
    pub content: bool,
}

/// A skill to make.
#[derive(Debug, Clone)]
pub struct NewSkill {
    /// Its name in addresses.
    pub slug: String,
    /// What it says.
    pub draft: Draft,
    /// Collections that list it.
    pub collections: Vec<String>,
}

/// What to change; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct SkillChange {
    /// Another name and the slug that follows from it.
    pub name: Option<(String, String)>,
    /// Another description.
    pub description: Option<String>,
    /// Another text.
    pub content_md: Option<String>,
    /// Other further keys, in place of all former ones.
    pub extra_frontmatter: Option<Map<String, Value>>,
    /// Other collections.
    pub collections: Option<Vec<String>>,
}

/// What became of writing a skill.
#[derive(Debug, Clone, PartialEq)]
pub enum SkillWrite {
    /// Kept as a new version.
    Kept(Box<SkillDetail<Value>>),
    /// No such skill.
    NotFound,
    /// The skill has no such version.
    VersionNotFound,
    /// Another skill has the name or slug.
    SlugExists,
    /// It lies in this folder of the library, and is renamed and removed there.
    InLibraryFolder(String),
    /// This collection is full.
    CollectionFull(String),
    /// claude.ai would not take it.
    Refused(Refusal),
}

/// What became of removing a skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkillRemoval {
    /// Gone; its versions are kept.
    Removed,
    /// No such skill.
    NotFound,
    /// It lies in this folder of the library, and is removed there.
    InLibraryFolder(String),
}

/// Skills through the API. Whatever changes makes a version and is planned for every paired browser in the same transaction.
#[async_trait]
pub trait SkillStore: Send + Sync {
    /// Live skills by slug.
    async fn listed_skills(&self, filter: SkillFilter) -> StoreResult<Vec<ListedSkill<Value>>>;
    /// A live skill.
    async fn skill_detail(&self, slug: &str) -> StoreResult<Option<SkillDetail<Value>>>;
    /// Its versions, newest first.
    async fn content_versions(&self, slug: &str) -> StoreResult<Option<Vec<ContentVersion>>>;
    /// Makes a skill. One that was removed and had the name lives again with its next number. Writes `skill_created`.
    async fn create_skill(&self, new: NewSkill, now: Timestamp) -> StoreResult<SkillWrite>;
    /// Makes a version that differs as asked, even when nothing does. A new name takes the account's copies of the old one away. Writes `skill_updated`.
    async fn change_skill(&self, slug: &str, change: SkillChange, now: Timestamp) -> StoreResult<SkillWrite>;
    /// Makes a version like an old one. Writes `skill_restored`.
    async fn restore_version(&self, slug: &str, number: u32, now: Timestamp) -> StoreResult<SkillWrite>;
    /// Puts an old version in force. Versions that come after get numbers that no version has. A version from before a renaming is
    /// restored under the present name instead. Writes `skill_updated`.
    async fn set_latest_version(&self, slug: &str, number: u32, now: Timestamp) -> StoreResult<SkillWrite>;
    /// Removes a skill that is the server's own. Every version is kept. Writes `skill_deleted`.
    async fn delete_skill(&self, slug: &str, now: Timestamp) -> StoreResult<SkillRemoval>;
}

#[async_trait]
impl SkillStore for SqlStore {
    async fn listed_skills(&self, filter: SkillFilter) -> StoreResult<Vec<ListedSkill<Value>>> {
        let mut tx = self.db.read().await?;
        let wanted: Vec<String> = filter.collections.iter().map(|name| name.to_lowercase()).collect();
        let mut listed = Vec::new();
        let mut of_all = collections::of_newest(&mut tx).await?;
        for row in rows(&mut tx, None).await? {
            let own = of_all.remove(&row.version).unwrap_or_default();
            if !wanted.is_empty() && !own.iter().any(|name| wanted.contains(&name.to_lowercase())) {
                continue;
            }
            let text = authoring::read(&row.skill_md);
            listed.push(ListedSkill {
                id: row.id,
                origin: row.origin(),
                name: row.name,
                slug: row.slug,
                description: row.description,
                collections: own,
                latest_version: row.number,
                status: "active".to_owned(),
                channel: "stable".to_owned(),
                current_version: row.number,
                extra_frontmatter: text.extra_frontmatter.map(Value::Object),
                content_md: filter.content.then_some(text.content_md),
            });
        }
        Ok(listed)
    }

    async fn skill_detail(&self, slug: &str) -> StoreResult<Option<SkillDetail<Value>>> {
        detail(&mut self.db.read().await?, slug).await
    }

    async fn content_versions(&self, slug: &str) -> StoreResult<Option<Vec<ContentVersion>>> {
        type Columns = (Uuid, i64, String, String, bool, Timestamp, Option<Vec<u8>>);
        let mut tx = self.db.read().await?;
        let Some(skill) = live(&mut tx, slug).await? else { return Ok(None) };
        let rows: Vec<Columns> = tx
            .all(
                "SELECT v.id, v.version, COALESCE(v.title, s.name), v.description, v.is_latest, v.created_at, b.content
                 FROM skill_content_versions v JOIN skills s ON s.id = v.skill_id
                 LEFT JOIN skill_version_files f ON f.version_id = v.id AND f.part IN ('both', 'source') AND LOWER(f.path) = 'skill.md'
                 LEFT JOIN blobs b ON b.digest = f.digest WHERE s.id = $1 ORDER BY v.version DESC",
                args![skill.id],
            )
            .await?;
        let mut versions = Vec::new();
        for (id, version, title, description, is_latest, created, skill_md) in rows {
            versions.push(ContentVersion {
                version: number(version),
                title,
                description,
                content_md: authoring::read(&skill_md.unwrap_or_default()).content_md,
                collections: collections::of_version(&mut tx, id).await?,
                is_latest,
                created_at: created.rfc3339(),
            });
        }
        Ok(Some(versions))
    }

    async fn create_skill(&self, new: NewSkill, now: Timestamp) -> StoreResult<SkillWrite> {
        let authored = match authoring::write(None, &new.draft) {
            Ok(authored) => authored,
            Err(refusal) => return Ok(SkillWrite::Refused(refusal)),
        };
        let mut tx = self.db.planning().await?;
        let Some(skill) = renaming::room_for(&mut tx, &new.draft.name, &new.slug, now).await? else {
            return Ok(SkillWrite::SlugExists);
        };
        let kept = Kept { authored, draft: &new.draft, collections: Some(&new.collections) };
        let event = AuditEventName::SkillCreated;
        self.keep(tx, Edited { skill, slug: &new.slug, former: None, event, restored_from: None }, kept, now).await
    }

    async fn change_skill(&self, slug: &str, change: SkillChange, now: Timestamp) -> StoreResult<SkillWrite> {
        let mut tx = self.db.planning().await?;
        let Some(skill) = live(&mut tx, slug).await? else { return Ok(SkillWrite::NotFound) };
        let renamed = change.name.as_ref().filter(|(name, slug)| *name != skill.name || *slug != skill.slug);
        if let (Some(_), Some(path)) = (renamed, &skill.source_path) {
            return Ok(SkillWrite::InLibraryFolder(path.clone()));
        }
        let draft = Draft {
            name: change.name.as_ref().map_or_else(|| skill.name.clone(), |(name, _)| name.clone()),
            description: change.description.clone().unwrap_or_else(|| skill.description.clone()),
            content_md: change.content_md.clone(),
            extra_frontmatter: change.extra_frontmatter.clone(),
        };
        let authored = match author(&mut tx, &skill, skill.version, &draft).await? {
            Ok(authored) => authored,
            Err(refusal) => return Ok(SkillWrite::Refused(refusal)),
        };
        if let Some((name, slug)) = renamed
            && !renaming::rename(&mut tx, skill.id, name, slug, now).await?
        {
            return Ok(SkillWrite::SlugExists);
        }
        let slug = renamed.map_or(slug, |(_, slug)| slug.as_str());
        let edited = Edited {
            skill: skill.id,
            slug,
            former: Some(skill.version),
            event: AuditEventName::SkillUpdated,
            restored_from: None,
        };
        let kept = Kept { authored, draft: &draft, collections: change.collections.as_deref() };
        self.keep(tx, edited, kept, now).await
    }

    async fn restore_version(&self, slug: &str, number: u32, now: Timestamp) -> StoreResult<SkillWrite> {
        let mut tx = self.db.planning().await?;
        let Some(skill) = live(&mut tx, slug).await? else { return Ok(SkillWrite::NotFound) };
        let Some(old) = version_of(&mut tx, skill.id, number).await? else { return Ok(SkillWrite::VersionNotFound) };
        self.restore(tx, skill, old, now).await
    }

    async fn set_latest_version(&self, slug: &str, number: u32, now: Timestamp) -> StoreResult<SkillWrite> {
        let mut tx = self.db.planning().await?;
        let Some(skill) = live(&mut tx, slug).await? else { return Ok(SkillWrite::NotFound) };
        let Some(old) = version_of(&mut tx, skill.id, number).await? else { return Ok(SkillWrite::VersionNotFound) };
        if old.title.as_ref().is_some_and(|title| *title != skill.name) {
            return self.restore(tx, skill, old, now).await;
        }
        for (version, latest) in [(skill.version, false), (old.id, true)] {
            tx.execute("UPDATE skill_content_versions SET is_latest = $2 WHERE id = $1", args![version, latest])
                .await?;
        }
        if old.remote {
            tx.execute("DELETE FROM skill_version_collections WHERE version_id = $1", args![old.id]).await?;
            collections::inherit(&mut tx, skill.version, old.id).await?;
        }
        if let Some(full) = collections::full(&mut tx, skill.id, old.id).await? {
            return Ok(SkillWrite::CollectionFull(full));
        }
        tx.execute(
            "UPDATE skills SET current_version = $2, description = $3, updated_at = $4 WHERE id = $1",
            args![skill.id, number, old.description.as_str(), now],
        )
        .await?;
        let detail = json!({ "slug": skill.slug, "name": skill.name, "version": number });
        self.finish(tx, skill.id, slug, (AuditEventName::SkillUpdated, detail), now).await
    }

    async fn delete_skill(&self, slug: &str, now: Timestamp) -> StoreResult<SkillRemoval> {
        let mut tx = self.db.planning().await?;
        let Some(skill) = live(&mut tx, slug).await? else { return Ok(SkillRemoval::NotFound) };
        if let Some(path) = skill.source_path {
            return Ok(SkillRemoval::InLibraryFolder(path));
        }
        let queued = library::remove(&mut tx, skill.id, &skill.name, now).await?;
        tx.commit().await?;
        queued.into_iter().for_each(|browser| self.signal.send(browser));
        Ok(SkillRemoval::Removed)
    }
}

/// What a new version is about.
struct Edited<'a> {
    skill: Uuid,
    slug: &'a str,
    former: Option<Uuid>,
    event: AuditEventName,
    restored_from: Option<u32>,
}

/// What a new version holds.
struct Kept<'a> {
    authored: Authored,
    draft: &'a Draft,
    collections: Option<&'a [String]>,
}

impl SqlStore {
    async fn restore(&self, mut tx: Tx, skill: Live, old: OldVersion, now: Timestamp) -> StoreResult<SkillWrite> {
        let draft = Draft {
            name: skill.name.clone(),
            description: old.description.clone(),
            content_md: None,
            extra_frontmatter: None,
        };
        let authored = match author(&mut tx, &skill, old.id, &draft).await? {
            Ok(authored) => authored,
            Err(refusal) => return Ok(SkillWrite::Refused(refusal)),
        };
        let listed = collections::of_version(&mut tx, old.id).await?;
        let edited = Edited {
            skill: skill.id,
            slug: &skill.slug,
            former: Some(skill.version),
            event: AuditEventName::SkillRestored,
            restored_from: Some(old.number),
        };
        self.keep(tx, edited, Kept { authored, draft: &draft, collections: (!old.remote).then_some(&listed[..]) }, now)
            .await
    }

    async fn keep(&self, mut tx: Tx, edited: Edited<'_>, kept: Kept<'_>, now: Timestamp) -> StoreResult<SkillWrite> {
        let Kept { authored, draft, collections: listed } = kept;
        let count = library::next_number(&mut tx, edited.skill).await?;
        let new = new_version(authored, draft, now);
        let version = library::insert_version(&mut tx, edited.skill, count, &new).await?;
        tx.execute("UPDATE skill_content_versions SET title = $2 WHERE id = $1", args![version, draft.name.as_str()])
            .await?;
        match (listed, edited.former) {
            (Some(names), _) => {
                if let Some(full) = collections::list(&mut tx, edited.skill, version, names, now).await? {
                    return Ok(SkillWrite::CollectionFull(full));
                }
            }
            (None, Some(former)) => collections::inherit(&mut tx, former, version).await?,
            (None, None) => {}
        }
        tx.execute(
            "UPDATE skills SET description = $2, current_version = $3, removed_at = NULL, updated_at = $4 WHERE id = $1",
            args![edited.skill, draft.description.as_str(), count, now],
        )
        .await?;
        let detail = match (edited.event, edited.restored_from) {
            (AuditEventName::SkillCreated, _) => json!({ "slug": edited.slug, "name": draft.name }),
            (_, Some(from)) => json!({ "slug": edited.slug, "name": draft.name, "restored_from_version": from }),
            (_, None) => json!({ "slug": edited.slug, "name": draft.name, "version": count }),
        };
        self.finish(tx, edited.skill, edited.slug, (edited.event, detail), now).await
    }

    /// Plans, writes the event, commits, wakes the browsers.
    async fn finish(
        &self,
        mut tx: Tx,
        skill: Uuid,
        slug: &str,
        event: (AuditEventName, Value),
        now: Timestamp,
    ) -> StoreResult<SkillWrite> {
        let queued = reconcile::skill(&mut tx, skill, now).await?;
        let detail = detail(&mut tx, slug).await?;
        audit::note_skill(&mut tx, skill, event.0, event.1, now).await?;
        tx.commit().await?;
        queued.into_iter().for_each(|browser| self.signal.send(browser));
        Ok(detail.map_or(SkillWrite::NotFound, |detail| SkillWrite::Kept(Box::new(detail))))
    }
}

/// Writes a draft over a version. A version that says the same already is taken as it is, byte for byte.
async fn author(tx: &mut Tx, skill: &Live, version: Uuid, draft: &Draft) -> StoreResult<Result<Authored, Refusal>> {
    let source = folder(library::files(tx, version, "source").await?);
    let skill_md = skill_md(&source).unwrap_or_default();
    let same = draft.content_md.is_none() && draft.extra_frontmatter.is_none();
    if same
        && let skill_format::Verdict::Accepted(accepted) = skill_format::preflight::check(&skill.name, &source)
        && accepted.name == draft.name
        && accepted.description == draft.description
    {
        return Ok(Ok(Authored { source, accepted }));
    }
    Ok(authoring::write(Some((&source, &skill_md)), draft))
}

/// As it was written: what pre-flight repairs on the way to claude.ai is not the author's text.
fn skill_md(source: &SkillFolder) -> Option<Vec<u8>> {
    let file = source.files.iter().find(|(path, _)| path.as_str().eq_ignore_ascii_case("skill.md"));
    file.map(|(_, file)| file.content.clone())
}

fn new_version(authored: Authored, draft: &Draft, now: Timestamp) -> NewVersion {
    let Authored { source, accepted } = authored;
    let bundle_digest = folder_digest(&accepted.bundle(&source));
    let repaired =
        |(path, file): (_, skill_format::File)| StoredFile { path, executable: file.executable, content: file.content };
    NewVersion {
        name: draft.name.clone(),
        description: draft.description.clone(),
        source_path: String::new(),
        source_digest: folder_digest(&source),
        source_files: stored(source),
        bundle_digest,
        repaired_files: accepted.replaced.into_iter().map(repaired).collect(),
        now,
    }
}
