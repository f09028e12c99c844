//! The library as a whole: how its folder is followed, and where each skill stands.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

/// How the watched folder is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LibraryFollowing {
    /// There is none.
    None,
    /// Not looked through yet.
    Starting,
    /// Followed.
    Watching,
    /// It has vanished or cannot be read. Nothing is removed.
    RootMissing,
    /// So many skills vanished at once that their removal waits for a person.
    Held,
}

/// Where a skill stands in the accounts of the browsers that whoever asks may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SkillState {
    /// An operation for it has failed for good.
    Failed,
    /// An operation for it waits or is being done.
    Waiting,
    /// A browser's account has the newest version, and nothing is under way.
    InStep,
    /// No browser has it, and nothing is under way.
    Idle,
}

/// A live skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SkillStanding {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Number of its newest version.
    pub version: u32,
    /// When that was kept.
    pub updated_at: Timestamp,
    /// Where it stands; the worst of what its browsers say.
    pub state: SkillState,
    /// Browsers whose accounts have the newest version.
    pub browsers_in_step: u32,
    /// Operations for it that wait or are being done.
    pub operations_pending: u32,
    /// Operations for it that have failed for good.
    pub operations_failed: u32,
    /// What was repaired in the watched folder's skill before it travels, as plain sentences.
    pub repairs: Vec<String>,
    /// What stands between the watched folder and the newest version; null when nothing does.
    pub notice: Option<String>,
}

/// A folder of the watched library that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusedFolder {
    /// Below the library's root.
    pub path: String,
    /// A stable code, e.g. `DESCRIPTION_MISSING`.
    pub reason: String,
    /// Plain sentences: why, and what to do.
    pub notes: Vec<String>,
}

/// Answer of `GET /v1/library`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LibraryStanding {
    /// How the folder is followed.
    pub following: LibraryFollowing,
    /// The folder; null when there is none.
    pub root: Option<String>,
    /// Why not everything could be kept or seen; null when nothing is wrong.
    pub problem: Option<String>,
    /// All live skills by name.
    pub skills: Vec<SkillStanding>,
    /// Folders that are not taken, by path.
    pub refused: Vec<RefusedFolder>,
}
