//! Skills of the library and their versions (`docs/protocol.md`, "Skills"). `Json` is whatever holds a JSON object on the side that
//! uses these types.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

/// Element of `GET /v1/skills`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedSkill<Json> {
    /// Its id.
    pub id: Uuid,
    /// The front matter's name: its identity on claude.ai.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// The front matter's description.
    pub description: String,
    /// Collections that list it.
    pub collections: Vec<String>,
    /// Number of its newest version.
    #[serde(rename = "latestVersion")]
    pub latest_version: u32,
    /// Always `active`: removed skills are not listed.
    pub status: String,
    /// Always `stable`: there are no release channels.
    pub channel: String,
    /// Number of its newest version.
    #[serde(rename = "currentVersion")]
    pub current_version: u32,
    /// Further keys of the front matter; null when there are none.
    pub extra_frontmatter: Option<Json>,
    /// Where it comes from; null when it was made here.
    pub origin: Option<SkillOrigin>,
    /// The text of its `SKILL.md` behind the front matter; only when asked for with `include=content`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_md: Option<String>,
}

/// Where a skill comes from. A skill of the watched folder has `source_type` `library_folder` and its `path`; the others are null.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SkillOrigin {
    /// The kind of source.
    pub source_type: String,
    /// Host of a repository.
    pub host: Option<String>,
    /// Owner of a repository.
    pub owner: Option<String>,
    /// Name of a repository.
    pub repo: Option<String>,
    /// Folder in a repository.
    pub subpath: Option<String>,
    /// Branch or tag.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// The folder below the root of the library.
    pub path: Option<String>,
    /// Commit.
    pub sha: Option<String>,
    /// Address of the source.
    pub url: Option<String>,
    /// Whether it was changed here since.
    pub forked: bool,
}

/// Answer of `GET /v1/skills/{slug}` and of what changes a skill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SkillDetail<Json> {
    /// Its id.
    pub id: Uuid,
    /// The front matter's name: its identity on claude.ai.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// The front matter's description.
    pub description: String,
    /// The text of its `SKILL.md` behind the front matter.
    pub content_md: String,
    /// Collections that list it.
    pub collections: Vec<String>,
    /// Number of its newest version.
    pub current_version: u32,
    /// How many versions are kept.
    pub total_versions: u32,
    /// Further keys of the front matter; null when there are none.
    pub extra_frontmatter: Option<Json>,
    /// Where it comes from; null when it was made here.
    pub origin: Option<SkillOrigin>,
    /// Whether it is kept in step with claude.ai.
    pub claude_ai_sync_enabled: bool,
    /// When it was first kept.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// Body of `POST /v1/skills`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateSkill<Json> {
    /// 1 to 64 lower-case letters, digits and hyphens, as claude.ai takes them.
    pub name: String,
    /// Its name in addresses: the same letters and underscores.
    pub slug: String,
    /// 1 to 1,024 characters without XML-like tags.
    pub description: String,
    /// At least one. Those that do not exist are made.
    pub collections: Vec<String>,
    /// The text behind the front matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_md: Option<String>,
    /// Further keys of the front matter: texts, lists or mappings of texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_frontmatter: Option<Json>,
}

/// Body of `PATCH /v1/skills/{slug}`. What is absent or null stays. Every call makes a version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeSkill<Json> {
    /// Another name; the slug follows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Another description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Another text behind the front matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_md: Option<String>,
    /// Other collections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collections: Option<Vec<String>>,
    /// Other further keys of the front matter, in place of all former ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_frontmatter: Option<Json>,
}

/// Element of `GET /v1/skills/{slug}/content-versions`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContentVersion {
    /// Its number, counted from 1; never given twice.
    pub version: u32,
    /// What the skill was called then.
    pub title: String,
    /// Its description then.
    pub description: String,
    /// Its text then.
    pub content_md: String,
    /// Collections that listed it then.
    pub collections: Vec<String>,
    /// It is the one in force.
    pub is_latest: bool,
    /// When it was kept.
    pub created_at: Timestamp,
}
