//! Skills that changed on both sides: shown, and resolved as a person decides. No version is ever lost by it.

use async_trait::async_trait;
use companion_wire::conflicts::Conflict;
use companion_wire::integration::IntegrationStatus;
use serde_json::{Value, json};
use skill_format::{Digest, Refusal, RelativePath, SkillFolder, folder_digest, preflight};
use uuid::Uuid;

use super::integrations::status_named;
use super::sql::{Tx, args};
use super::{
    NewAuditEvent, NewVersion, SqlStore, StoreResult, StoredFile, audit, imports, library, reconcile, renaming,
};
use crate::domain::audit::AuditEventName;
use crate::domain::authoring::{self, Authored, Draft};
use crate::domain::merge::{Merge, merge};
use crate::library::bundle::{folder, stored};
use crate::time::Timestamp;

/// The three sides of a link between a skill and an account.
#[derive(Debug, Clone)]
pub struct ConflictSides {
    /// The link as it is listed.
    pub conflict: Conflict,
    /// What both had last, with its number, as it is uploaded.
    pub pushed: Option<(Uuid, u32, SkillFolder)>,
    /// The library's newest version; none when the skill was removed or never there.
    pub current: Option<(Uuid, u32, SkillFolder)>,
    /// What claude.ai holds, where it is known.
    pub staged: Option<(Uuid, u32, SkillFolder)>,
}

/// What a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// The library's version goes to claude.ai.
    KeepSkillnote,
    /// claude.ai's version becomes the newest.
    KeepClaudeAi,
    /// Both go on: claude.ai's as a skill of its own.
    KeepBoth,
    /// Both edits in one version; with this text where they overlap.
    Merge(Option<String>),
    /// Nothing is done until either side changes again.
    Skip,
}

/// What became of a resolution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// Done.
    Done,
    /// No such link.
    LinkNotFound,
    /// It is not in conflict.
    NotInConflict,
    /// The library has no skill on its side.
    NoSkillnoteSide,
    /// The browser is not paired any more.
    IntegrationInactive,
    /// The skill has no version.
    NoLatestVersion,
    /// What claude.ai holds is not known.
    NeedsResync,
    /// The edits overlap in these files.
    Overlapping(Vec<String>),
    /// claude.ai would not take the merged skill.
    Refused(Refusal),
}

/// Conflicts.
#[async_trait]
pub trait ConflictStore: Send + Sync {
    /// All links in conflict, latest seen first.
    async fn conflicts(&self) -> StoreResult<Vec<Conflict>>;
    /// A link with its sides, in conflict or not.
    async fn conflict_sides(&self, link: Uuid) -> StoreResult<Option<ConflictSides>>;
    /// Resolves, plans for every browser, and writes `conflict_resolved`.
    async fn resolve_conflict(&self, link: Uuid, resolution: Resolution, now: Timestamp) -> StoreResult<Resolved>;
}

#[async_trait]
impl ConflictStore for SqlStore {
    async fn conflicts(&self) -> StoreResult<Vec<Conflict>> {
        let mut tx = self.db.read().await?;
        let rows = rows(&mut tx, None).await?;
        Ok(rows.into_iter().filter(|row| row.diverged).map(|row| row.conflict).collect())
    }

    async fn conflict_sides(&self, link: Uuid) -> StoreResult<Option<ConflictSides>> {
        let mut tx = self.db.read().await?;
        let Some(row) = rows(&mut tx, Some(link)).await?.into_iter().next() else { return Ok(None) };
        sides(&mut tx, row).await.map(Some)
    }

    async fn resolve_conflict(&self, link: Uuid, resolution: Resolution, now: Timestamp) -> StoreResult<Resolved> {
        let mut tx = self.db.planning().await?;
        let Some(row) = rows(&mut tx, Some(link)).await?.into_iter().next() else {
            return Ok(Resolved::LinkNotFound);
        };
        if !row.diverged {
            return Ok(Resolved::NotInConflict);
        }
        let Some(skill) = row.conflict.skillnote_skill_id else { return Ok(Resolved::NoSkillnoteSide) };
        let active = matches!(
            row.status,
            IntegrationStatus::Active | IntegrationStatus::CookieExpired | IntegrationStatus::Error
        );
        let mut detail = json!({ "link_id": link, "claude_ai_skill_id": row.conflict.claude_ai_skill_id.as_str() });
        let (integration, name) = (row.conflict.integration_id, row.conflict.skillnote_skill_name.clone());
        let case = Case { link, skill, name: name.unwrap_or_default(), sides: sides(&mut tx, row).await? };
        let writes = matches!(resolution, Resolution::KeepSkillnote | Resolution::KeepBoth | Resolution::Merge(_));
        if writes && !active {
            return Ok(Resolved::IntegrationInactive);
        }
        if let Err(outcome) = case.carry_out(&mut tx, &resolution, &mut detail, now).await? {
            return Ok(outcome);
        }
        let queued = reconcile::skill(&mut tx, skill, now).await?;
        let event = AuditEventName::ConflictResolved;
        let (integration, skill) = (Some(integration), Some(skill));
        audit::write(&mut tx, NewAuditEvent { integration, event, skill, detail, source: None, now }).await?;
        tx.commit().await?;
        queued.into_iter().for_each(|browser| self.signal.send(browser));
        Ok(Resolved::Done)
    }
}

/// A conflict that is being resolved.
struct Case {
    link: Uuid,
    skill: Uuid,
    name: String,
    sides: ConflictSides,
}

type Outcome = StoreResult<Result<(), Resolved>>;

impl Case {
    async fn carry_out(&self, tx: &mut Tx, resolution: &Resolution, detail: &mut Value, now: Timestamp) -> Outcome {
        let staged = self.sides.staged.as_ref();
        match resolution {
            Resolution::Skip => {
                detail["resolution"] = json!("skip");
                self.put_aside(tx, now).await?;
            }
            Resolution::KeepSkillnote => {
                detail["resolution"] = json!("keep_skillnote");
                detail["discarded_staged_version_id"] = json!(staged.map(|(id, ..)| id));
                let newest = self.sides.current.as_ref().map(|(id, ..)| *id);
                self.end(tx, newest, now).await?;
            }
            Resolution::KeepClaudeAi => {
                let Some((version, ..)) = staged else { return Ok(Err(Resolved::NeedsResync)) };
                detail["resolution"] = json!("keep_claude_ai");
                detail["promoted_version_id"] = json!(version);
                imports::promote(tx, self.skill, *version, now).await?;
                self.end(tx, Some(*version), now).await?;
            }
            Resolution::KeepBoth => {
                let Some((_, _, remote)) = staged else { return Ok(Err(Resolved::NeedsResync)) };
                detail["resolution"] = json!("keep_both");
                match self.second(tx, remote, now).await? {
                    Ok(name) => detail["second_skill"] = json!(name),
                    Err(refusal) => return Ok(Err(Resolved::Refused(refusal))),
                }
                self.end(tx, self.sides.current.as_ref().map(|(id, ..)| *id), now).await?;
            }
            Resolution::Merge(text) => {
                let Some((_, _, remote)) = staged else { return Ok(Err(Resolved::NeedsResync)) };
                let Some((_, _, local)) = &self.sides.current else { return Ok(Err(Resolved::NoLatestVersion)) };
                detail["resolution"] = json!("merge");
                let authored = match self.merged(local, remote, text.as_deref()) {
                    Ok(authored) => authored,
                    Err(outcome) => return Ok(Err(outcome)),
                };
                let version = write(tx, self.skill, &self.name, authored, now).await?;
                detail["merged_version_id"] = json!(version);
                // What claude.ai holds is not this version yet, so it is not the one that both had last.
                self.end(tx, None, now).await?;
            }
        }
        Ok(Ok(()))
    }

    /// Both sides count as the base now: what claude.ai holds is known, and what differs from it is planned as an update.
    async fn end(&self, tx: &mut Tx, version: Option<Uuid>, now: Timestamp) -> StoreResult<()> {
        let remote = self.sides.staged.as_ref().map(|(_, _, folder)| folder_digest(folder).to_string());
        tx.execute(
            "UPDATE claude_ai_skill_links SET conflict_state = 'resolved', staged_version_id = NULL, updated_at = $2,
                 pushed_digest = COALESCE($3, pushed_digest), skillnote_version_id = COALESCE($4, skillnote_version_id)
             WHERE id = $1",
            args![self.link, now, remote, version],
        )
        .await
        .map(drop)
    }

    async fn put_aside(&self, tx: &mut Tx, now: Timestamp) -> StoreResult<()> {
        let remote = self.sides.staged.as_ref().map(|(_, _, folder)| folder_digest(folder).to_string());
        tx.execute(
            "UPDATE claude_ai_skill_links SET conflict_state = 'resolved', staged_version_id = NULL, updated_at = $2,
                 skipped_digest = $3,
                 skipped_version_id = (SELECT id FROM skill_content_versions WHERE skill_id = $4 AND is_latest)
             WHERE id = $1",
            args![self.link, now, remote, self.skill],
        )
        .await
        .map(drop)
    }

    fn merged(&self, local: &SkillFolder, remote: &SkillFolder, text: Option<&str>) -> Result<Authored, Resolved> {
        let base = self.sides.pushed.as_ref().map(|(_, _, folder)| folder);
        let (mut files, overlaps) = match merge(base, local, &canonical(remote)) {
            Merge::Clean(folder) => (folder, Vec::new()),
            Merge::Overlapping { rest, overlaps } => (rest, overlaps),
        };
        let other = overlaps.iter().map(|overlap| overlap.path.as_str().to_owned());
        let other: Vec<String> = other.filter(|path| text.is_none() || path != "SKILL.md").collect();
        if !other.is_empty() {
            return Err(Resolved::Overlapping(other));
        }
        let skill_md = RelativePath::try_from("SKILL.md").map_err(|_| Resolved::NoLatestVersion)?;
        if let (false, Some(file)) = (files.files.contains_key(&skill_md), local.files.get(&skill_md)) {
            files.files.insert(skill_md.clone(), file.clone());
        }
        match (text, files.files.get(&skill_md).map(|file| file.content.clone())) {
            (Some(text), Some(former)) => {
                let draft = Draft {
                    name: self.name.clone(),
                    description: description(&self.name, &files),
                    content_md: Some(text.to_owned()),
                    extra_frontmatter: None,
                };
                authoring::write(Some((&files, &former)), &draft).map_err(Resolved::Refused)
            }
            _ => match preflight::check(&self.name, &files) {
                preflight::Verdict::Accepted(accepted) => Ok(Authored { source: files, accepted }),
                preflight::Verdict::Refused(refusal) => Err(Resolved::Refused(refusal)),
            },
        }
    }

    /// Makes a skill of its own of what claude.ai holds, under the first free name.
    async fn second(&self, tx: &mut Tx, remote: &SkillFolder, now: Timestamp) -> StoreResult<Result<String, Refusal>> {
        let stem: String = self.name.chars().take(56).collect();
        let stem = stem.trim_end_matches('-');
        for number in 1.. {
            let name = if number == 1 { format!("{stem}-copy") } else { format!("{stem}-copy-{number}") };
            let Some(skill) = renaming::room_for(tx, &name, &name, now).await? else { continue };
            let remote = &canonical(remote);
            let skill_md = RelativePath::try_from("SKILL.md").ok().and_then(|path| remote.files.get(&path));
            let former = skill_md.map(|file| file.content.clone()).unwrap_or_default();
            let draft = Draft {
                name: name.clone(),
                description: description(&self.name, remote),
                content_md: None,
                extra_frontmatter: None,
            };
            let authored = match authoring::write(Some((remote, &former)), &draft) {
                Ok(authored) => authored,
                Err(refusal) => return Ok(Err(refusal)),
            };
            write(tx, skill, &name, authored, now).await?;
            reconcile::skill(tx, skill, now).await?;
            return Ok(Ok(name));
        }
        Ok(Ok(String::new()))
    }
}

/// With its `SKILL.md` called so, in whatever case it was written.
fn canonical(folder: &SkillFolder) -> SkillFolder {
    let named = |path: &RelativePath| match RelativePath::try_from("SKILL.md") {
        Ok(canonical) if path.as_str().eq_ignore_ascii_case("skill.md") => canonical,
        _ => path.clone(),
    };
    SkillFolder { files: folder.files.iter().map(|(path, file)| (named(path), file.clone())).collect() }
}

fn description(name: &str, folder: &SkillFolder) -> String {
    match preflight::check(name, folder) {
        preflight::Verdict::Accepted(accepted) => accepted.description,
        preflight::Verdict::Refused(_) => name.to_owned(),
    }
}

/// Makes a folder the newest version of a skill.
async fn write(tx: &mut Tx, skill: Uuid, name: &str, authored: Authored, now: Timestamp) -> StoreResult<Uuid> {
    let Authored { source, accepted } = authored;
    let repaired =
        |(path, file): (_, skill_format::File)| StoredFile { path, executable: file.executable, content: file.content };
    let new = NewVersion {
        name: name.to_owned(),
        description: accepted.description.clone(),
        source_path: String::new(),
        source_digest: folder_digest(&source),
        bundle_digest: folder_digest(&accepted.bundle(&source)),
        source_files: stored(source),
        repaired_files: accepted.replaced.into_iter().map(repaired).collect(),
        now,
    };
    let former: Option<(Uuid,)> =
        tx.optional("SELECT id FROM skill_content_versions WHERE skill_id = $1 AND is_latest", args![skill]).await?;
    let number = library::next_number(tx, skill).await?;
    let version = library::insert_version(tx, skill, number, &new).await?;
    if let Some((former,)) = former {
        super::collections::inherit(tx, former, version).await?;
    }
    tx.execute("UPDATE skill_content_versions SET title = $2 WHERE id = $1", args![version, name]).await?;
    imports::promote(tx, skill, version, now).await?;
    Ok(version)
}

struct Row {
    conflict: Conflict,
    status: IntegrationStatus,
    diverged: bool,
    live: bool,
    pushed: Option<Uuid>,
    pushed_digest: Option<Digest>,
    staged: Option<Uuid>,
    newest: Option<Uuid>,
}

/// One link, or all, latest seen first.
async fn rows(tx: &mut Tx, link: Option<Uuid>) -> StoreResult<Vec<Row>> {
    type Named = (Uuid, Uuid, Option<String>, Option<Uuid>, Option<String>, Option<String>, String, Option<String>);
    type State = (Option<Timestamp>, String, bool, bool, Option<Uuid>, Option<String>, Option<Uuid>, Option<Uuid>);
    let links: Vec<Named> = tx
        .all(
            "SELECT l.id, i.id, i.browser_label, s.id, s.slug, s.name, l.claude_ai_skill_id, l.claude_ai_version
             FROM claude_ai_skill_links l JOIN claude_ai_integrations i ON i.id = l.integration_id
             LEFT JOIN skills s ON s.id = l.skillnote_skill_id
             WHERE (l.id = $1 OR $2) AND (l.conflict_state = 'diverged' OR NOT $2)
             ORDER BY (l.last_seen_at IS NULL), l.last_seen_at DESC, l.id",
            args![link, link.is_none()],
        )
        .await?;
    let mut rows = Vec::new();
    for (link_id, integration_id, integration_label, skill, slug, name, claude_ai_skill_id, claude_ai_version) in links
    {
        let state: Option<State> = tx
            .optional(
                "SELECT l.last_seen_at, i.status, (l.conflict_state = 'diverged'), (s.id IS NOT NULL AND s.removed_at IS NULL),
                     l.skillnote_version_id, l.pushed_digest, l.staged_version_id,
                     (SELECT v.id FROM skill_content_versions v WHERE v.skill_id = s.id AND v.is_latest)
                 FROM claude_ai_skill_links l JOIN claude_ai_integrations i ON i.id = l.integration_id
                 LEFT JOIN skills s ON s.id = l.skillnote_skill_id WHERE l.id = $1",
                args![link_id],
            )
            .await?;
        let Some((seen, status, diverged, live, pushed, pushed_digest, staged, newest)) = state else { continue };
        rows.push(Row {
            conflict: Conflict {
                link_id,
                integration_id,
                integration_label,
                skillnote_skill_id: skill,
                skillnote_skill_slug: slug,
                skillnote_skill_name: name,
                claude_ai_skill_id,
                claude_ai_version,
                last_seen_at: seen.map(Timestamp::rfc3339),
            },
            status: status_named(&status),
            diverged,
            live,
            pushed,
            pushed_digest: pushed_digest.as_deref().map(reconcile::parse).transpose()?,
            staged,
            newest,
        });
    }
    Ok(rows)
}

async fn sides(tx: &mut Tx, row: Row) -> StoreResult<ConflictSides> {
    let pushed = side(tx, row.pushed).await?;
    Ok(ConflictSides {
        // A version is the common base only if it is what was written.
        pushed: pushed.filter(|(_, _, folder)| row.pushed_digest.is_none_or(|digest| digest == folder_digest(folder))),
        current: side(tx, row.newest.filter(|_| row.live)).await?,
        staged: side(tx, row.staged).await?,
        conflict: row.conflict,
    })
}

async fn side(tx: &mut Tx, version: Option<Uuid>) -> StoreResult<Option<(Uuid, u32, SkillFolder)>> {
    let Some(version) = version else { return Ok(None) };
    let found: Option<(i64,)> =
        tx.optional("SELECT version FROM skill_content_versions WHERE id = $1", args![version]).await?;
    let Some((number,)) = found else { return Ok(None) };
    let folder = folder(library::files(tx, version, "bundle").await?);
    Ok(Some((version, u32::try_from(number).unwrap_or(u32::MAX), folder)))
}
