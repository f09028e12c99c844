//! Skills that a person brings into the library from a folder, a zip or a working tree on the server: shown first, then taken
//! (`docs/protocol.md`, "Imports").

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

/// Whether a folder can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ImportVerdict {
    /// As it is.
    Ok,
    /// After mechanical repair; `notes` say what.
    Repaired,
    /// Not at all; `reason` and `notes` say why.
    Refused,
}

/// What taking a folder would mean for the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ImportEffect {
    /// The library has no skill of this name.
    New,
    /// The skill's newest version is the same.
    Same,
    /// The skill would get another newest version; the one it has is kept.
    Change,
}

/// What becomes of one file of a skill, seen from what is there now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ImportFileState {
    /// It would be there for the first time.
    Added,
    /// It would have other content, or another right to be run.
    Changed,
    /// It would not be there any more.
    Removed,
}

/// A file that would not stay as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportFile {
    /// Where in the skill.
    pub path: String,
    /// What would become of it.
    pub state: ImportFileState,
    /// From what is there to what would be, as a unified diff. Only where one skill is asked for, and null there when a side is no
    /// text or larger than 256 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
}

/// A folder with a `SKILL.md`, or one that cannot be looked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportCandidate {
    /// The folder in what was brought; names it when it is chosen.
    pub path: String,
    /// The skill's name, where one could be read.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Whether it can be taken.
    pub verdict: ImportVerdict,
    /// A stable code when refused, e.g. `DESCRIPTION_MISSING`.
    pub reason: Option<String>,
    /// Plain sentences: what was repaired, or why it was refused and what to do.
    pub notes: Vec<String>,
    /// What taking it would mean; null when refused.
    pub effect: Option<ImportEffect>,
    /// Canonical digest of the folder; sent back when it is chosen. Null when refused.
    pub digest: Option<String>,
    /// The skill's name in addresses, where the library has it.
    pub slug: Option<String>,
    /// The version in force there; sent back when it is chosen.
    pub version_id: Option<Uuid>,
    /// Its number.
    pub version: Option<u32>,
    /// The skill lies in this folder of the watched library, which is written too.
    pub library_folder: Option<String>,
    /// With the effect `change`: the files that would not stay as they are.
    pub files: Vec<ImportFile>,
}

/// How many folders end how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportCounts {
    /// All.
    pub found: u64,
    /// Those that the library has not.
    pub new: u64,
    /// Those that it has exactly so.
    pub same: u64,
    /// Those that would get another newest version.
    pub change: u64,
    /// Those of the three above that are repaired.
    pub repaired: u64,
    /// Those that cannot be taken.
    pub refused: u64,
}

/// Body of `POST /v1/library/imports` that names a folder on the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportFromPath {
    /// An absolute path below one of the server's `--import-roots`.
    pub path: String,
}

/// Answer of `POST /v1/library/imports` and `GET /v1/library/imports/{id}`. Nothing is changed by either.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportPreview {
    /// Names the preview; it is for whoever made it.
    pub id: Uuid,
    /// Until when it can be applied.
    pub expires_at: Timestamp,
    /// The folder on the server; null for what was sent along.
    pub source: Option<String>,
    /// How many folders end how.
    pub counts: ImportCounts,
    /// All folders, by path.
    pub skills: Vec<ImportCandidate>,
    /// Not everything was looked through: there are too many folders without a skill.
    pub incomplete: bool,
}

/// Answer of `GET /v1/library/imports/{id}/skill`: one folder with its diffs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportDetail {
    /// The folder; its files carry diffs from the library's version to it.
    pub skill: ImportCandidate,
    /// With the verdict `repaired`: from the folder's files to what would be uploaded.
    pub repairs: Vec<ImportFile>,
}

/// Body of `POST /v1/library/imports/{id}/apply`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApplyImport {
    /// Which folders to take, each as it was shown.
    pub skills: Vec<ImportChoice>,
}

/// A folder that a person has chosen, and what they were shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportChoice {
    /// [`ImportCandidate::path`].
    pub path: String,
    /// [`ImportCandidate::digest`].
    pub digest: String,
    /// [`ImportCandidate::version_id`].
    pub version_id: Option<Uuid>,
}

/// What became of a chosen folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ImportResult {
    /// It is the skill's newest version.
    Imported,
    /// The newest version was the same already.
    Unchanged,
    /// Not taken: the library has another version than the one that was shown.
    LibraryMoved,
    /// Not taken: the folder is another than the one that was shown, or is gone.
    SourceChanged,
}

/// One element of [`ImportApplied::outcomes`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportOutcome {
    /// The folder.
    pub path: String,
    /// What became of it.
    pub result: ImportResult,
    /// The skill's name in addresses, when it was imported.
    pub slug: Option<String>,
    /// The number of the version that was made.
    pub version: Option<u32>,
}

/// Answer of `POST /v1/library/imports/{id}/apply`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportApplied {
    /// One for each chosen folder, in the order in which they were chosen.
    pub outcomes: Vec<ImportOutcome>,
    /// Everything as it is now, to be shown again where something has moved.
    pub preview: ImportPreview,
}
