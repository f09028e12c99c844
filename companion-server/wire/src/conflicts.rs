//! What comes from claude.ai, and skills that changed on both sides (`docs/protocol.md`, "Reverse sync" and "Conflicts").

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

/// 201 answer of `POST {PREFIX}/extension/imported-skill`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportedSkill {
    /// The skill of the library.
    pub skillnote_skill_id: Uuid,
    /// It was made for this.
    pub created: bool,
}

/// Element of `GET {PREFIX}/conflicts`, latest seen first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conflict {
    /// Names the conflict.
    pub link_id: Uuid,
    /// The browser whose account it is.
    pub integration_id: Uuid,
    /// What that calls itself.
    pub integration_label: Option<String>,
    /// The skill of the library.
    pub skillnote_skill_id: Option<Uuid>,
    /// Its name in addresses.
    pub skillnote_skill_slug: Option<String>,
    /// Its name.
    pub skillnote_skill_name: Option<String>,
    /// The account's id of the skill.
    pub claude_ai_skill_id: String,
    /// The account's version mark.
    pub claude_ai_version: Option<String>,
    /// When a browser saw it there last.
    pub last_seen_at: Option<Timestamp>,
}

/// Answer of `GET {PREFIX}/conflicts/{link_id}/preview`. The members from `claude_ai_content_md` on are this server's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConflictPreview {
    /// Names the conflict.
    pub link_id: Uuid,
    /// The browser whose account it is.
    pub integration_id: Uuid,
    /// What that calls itself.
    pub integration_label: Option<String>,
    /// The skill of the library.
    pub skill_id: Option<Uuid>,
    /// Its name in addresses.
    pub skill_slug: Option<String>,
    /// Its name.
    pub skill_name: Option<String>,
    /// The version that both sides had last.
    pub last_pushed_version_id: Option<Uuid>,
    /// Its number.
    pub last_pushed_version_number: Option<u32>,
    /// Its text.
    pub last_pushed_content_md: Option<String>,
    /// The library's newest version.
    pub current_version_id: Option<Uuid>,
    /// Its number.
    pub current_version_number: Option<u32>,
    /// Its text.
    pub current_content_md: Option<String>,
    /// The text has changed here since both had the same.
    pub local_changed: bool,
    /// The account's id of the skill.
    pub claude_ai_skill_id: String,
    /// The account's version mark.
    pub claude_ai_version: Option<String>,
    /// When a browser saw it there last.
    pub claude_ai_last_seen_at: Option<Timestamp>,
    /// The version that holds what claude.ai holds.
    pub claude_ai_version_id: Option<Uuid>,
    /// The text there.
    pub claude_ai_content_md: Option<String>,
    /// Files that are not the same on both sides, by path.
    pub files: Vec<ConflictFile>,
    /// What merging would give; null when a side is missing.
    pub merge: Option<MergePreview>,
}

/// A file that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConflictFile {
    /// Where in the skill.
    pub path: String,
    /// `changed`, `only_here` or `only_on_claude_ai`.
    pub state: String,
    /// From the library's to claude.ai's, as a unified diff; empty when only what may be run differs; null when either is no text or
    /// there is too much to compare.
    pub diff: Option<String>,
    /// Both are text, but more of it than the server compares in one request. Both sides can be had as zips.
    #[serde(default)]
    pub too_large: bool,
}

/// What merging both sides would give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MergePreview {
    /// The edits do not overlap: `merge` needs no text.
    pub clean: bool,
    /// The merged text, with conflict markers where the edits overlap; null when `SKILL.md` cannot be merged at all.
    pub content_md: Option<String>,
    /// Files in which the edits overlap.
    pub overlapping: Vec<String>,
}

/// Body of `POST {PREFIX}/conflicts/{link_id}/resolve`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResolveConflict {
    /// `keep_skillnote`, `keep_claude_ai`, `skip`, and here also `keep_both` and `merge`.
    pub resolution: String,
    /// With `merge`: the text behind the front matter, where the edits overlap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_content_md: Option<String>,
}
